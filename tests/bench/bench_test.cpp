// The real trm_bench on tiny budgets: what it prints, never how fast anything was.
#include <algorithm>

#include "tests/bench/bench_program.h"

using namespace trm;
using namespace trm::test;

namespace {

/// Small boards, the rule solver: no network is loaded.
std::vector<std::string> quick(const char* command) {
  return {command, "--puzzle", "sudoku", "--size", "4x4", "--count", "6", "--backend", "exact"};
}
std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

#ifdef TRM_WITH_TORCH
TEST_CASE("bench: matrix products are measured in each precision", "[bench]") {
  const auto products = rows({"matmul", "--square", "64", "--model", "none", "--seconds", "0.002"},
                             {"of", "shape", "precision", "linear_gflops", "gflops", "ms"});
  REQUIRE(products.size() == 2);
  CHECK(text(products[0], "precision") == "float32");
  CHECK(text(products[1], "precision") == "bfloat16");
  CHECK(text(products[0], "shape") == "64x64x64");
  for (const auto& row : products) CHECK(number(row, "gflops") > 0);
}
#endif

TEST_CASE("bench: kernels are measured for each instruction set", "[bench]") {
  const auto kernels = rows({"kernels", "--rows", "18", "--dim", "64", "--seconds", "0.002"},
                            {"kernel", "element", "isa", "us", "gigabytes_per_second"});
  CHECK(text(kernels.front(), "isa") == "scalar");
  CHECK(number(kernels.front(), "over_scalar") == 1);
  CHECK(text(kernels.back(), "kernel") == "product");
  CHECK(number(kernels.back(), "gflops") > 0);
}

#ifdef TRM_WITH_TORCH
TEST_CASE("bench: a step is measured by every backend beside the eager path", "[bench]") {
  const auto steps =
      rows({"step", "--model", "sudoku", "--size", "4x4", "--batch", "1", "2", "--precision",
            "float32", "--seconds", "0.01"},
           {"model", "size", "precision", "batch", "threads", "backend", "step_ms", "row_ms",
            "gflops", "peak_gflops", "share_of_peak", "over_eager", "repeats"});
  REQUIRE(steps.size() >= 4);
  bool eager = false, torch = false;
  for (const auto& row : steps) {
    eager = eager || text(row, "backend") == "eager";
    torch = torch || text(row, "backend") == "torch";
    CHECK(number(row, "row_ms") == Approx(number(row, "step_ms") / number(row, "batch")));
    if (text(row, "backend") == "eager") CHECK(number(row, "over_eager") == 1);
  }
  CHECK(eager);
  CHECK(torch);
}

TEST_CASE("bench: a training step", "[bench]") {
  const auto trained = rows({"train", "sudoku", "--rows", "1", "--seconds", "0.02"},
                            {"preset", "rows", "positions", "step_seconds", "eager_seconds",
                             "matrix_seconds", "flops", "over_eager", "share_of_peak"});
  CHECK(trained.size() == 1);
}
#endif

TEST_CASE("bench: load solves the whole list at each level", "[bench]") {
  const auto levels =
      rows(with(quick("load"), {"--callers", "1", "3"}),
           {"boards_per_second", "solved_per_second", "verified_share", "mean_steps",
            "rows_per_step", "p50_ms", "p95_ms", "p99_ms", "resident_bytes", "peak_bytes"});
  REQUIRE(levels.size() == 2);
  for (const auto& row : levels) {
    CHECK(number(row, "boards") == 6);
    CHECK(number(row, "verified_share") == 1);
    CHECK(number(row, "rows_per_step") >= 1);
    CHECK(number(row, "rows_per_step") <= number(row, "callers"));
    CHECK(number(row, "p50_ms") <= number(row, "p95_ms"));
    CHECK(number(row, "p95_ms") <= number(row, "p99_ms"));
    CHECK(number(row, "resident_bytes") <= number(row, "peak_bytes"));
  }
}

TEST_CASE("bench: the service is measured beside the engine", "[bench]") {
  const auto levels = rows(with(quick("http"), {"--callers", "1", "3"}),
                           {"way", "boards_per_second", "of_engine", "verified_share", "p50_ms",
                            "p99_ms", "backend", "precision", "attempts"});
  REQUIRE(levels.size() == 4);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    CHECK(text(levels[i], "way") == (i % 2 == 0 ? "engine" : "http"));
    CHECK(number(levels[i], "callers") == (i < 2 ? 1 : 3));
    CHECK(number(levels[i], "boards") == 6);
    CHECK(number(levels[i], "verified_share") == 1);
  }
}

TEST_CASE("bench: answers have a signature that is the same twice", "[bench]") {
  const std::vector<std::string> model{"answers", "--puzzle",  "sudoku", "--size",
                                       "4x4",     "--count",   "4",      "--max-steps",
                                       "2",       "--threads", "1",      "--deterministic"};
  const auto first = rows(model, {"boards", "verified", "steps", "signature", "deterministic"});
  const auto second = rows(model, {"signature"});
  CHECK(text(first[0], "signature").size() == 64);
  CHECK(text(first[0], "signature") == text(second[0], "signature"));
  const auto others = rows(with(quick("answers"), {"--seed", "2"}), {"signature"});
  const auto exact = rows(quick("answers"), {"signature"});
  CHECK(text(others[0], "signature") != text(exact[0], "signature"));

  const Output list = bench(with(quick("answers"), {"--list"}));
  CHECK(std::count(list.out.begin(), list.out.end(), '\n') == 6);
  CHECK(list.out.find("\tverified\t1\n") != std::string::npos);
}

TEST_CASE("bench: policies of attempts, as a table and as a plot", "[bench]") {
  const TempDir dir;
  const std::string boards = dir / "boards.csv";
  write_file(boards, "puzzle,guesses\n1.34.41.2.4.4.21,0\n");
  const auto found = rows({"policies", "--file", boards, "--backend", "exact", "--policy", "one",
                           "--policy", "eight:attempts=8,max_steps=4", "--svg", dir / "p.svg"},
                          {"policy", "settings", "boards", "verified", "verified_share",
                           "mean_steps", "mean_ms", "p50_ms", "p95_ms", "boards_per_second"});
  REQUIRE(found.size() == 2);
  CHECK(text(found[1], "policy") == "eight");
  CHECK(text(found[1], "settings").starts_with("attempts=8,max_steps=4,"));
  for (const auto& row : found) {
    CHECK(text(row, "source") == "boards.csv");
    CHECK(text(row, "puzzle") == "sudoku");
    CHECK(number(row, "verified_share") == 1);
    const auto& curve = row.find("curve")->as_array();
    REQUIRE_FALSE(curve.empty());
    CHECK(curve.back().as_array()[1].as_double() == 1);
  }
  const std::string svg = read_file(dir / "p.svg");
  CHECK(svg.find(">eight<") != std::string::npos);
  CHECK(svg.find("time for a board") != std::string::npos);
}

TEST_CASE("bench: precisions are compared board by board", "[bench]") {
  const auto found =
      rows({"precision", "--puzzle", "sudoku", "--size", "4x4", "--count", "4", "--max-steps", "2"},
           {"precision", "reference", "verified", "mean_steps", "same_answers", "agreement",
            "boards_per_second"});
  REQUIRE(found.size() == 2);
  CHECK(number(found[0], "agreement") == 1);
  CHECK(text(found[1], "precision") == "bfloat16");
}

TEST_CASE("bench: the program is started and its answer read", "[bench]") {
  const auto found =
      rows({"startup", "--puzzle", "sudoku", "--backend", "exact", "--repeats", "1"},
           {"puzzle", "backend", "least_ms", "median_ms", "exit_ms", "peak_bytes", "verified"});
  CHECK(found[0].find("verified")->as_bool());
  CHECK(number(found[0], "least_ms") <= number(found[0], "exit_ms"));
}

TEST_CASE("bench: bad arguments end with an error that names the field", "[bench]") {
#ifdef TRM_WITH_TORCH
  refused({"step", "--model", "no-such-model"}, "no-such-model");
  refused({"step", "--model", "sudoku", "--size", "5x5"}, "--size 5x5");
  refused({"step", "--batch", "0"}, "--batch");
  refused({"step", "--backend", "random"}, "--backend");
  refused({"train", "no-such-preset"}, "no-such-preset");
#else
  refused({"step"}, "no command step");
#endif
  refused(with(quick("load"), {"--file", "x"}), "--file");
  refused({"load", "--file", "no/such/file"}, "no/such/file");
  refused(with(quick("answers"), {"--precision"}), "--precision");
  refused({"precision", "--count", "1", "--size", "4x4", "--precision", "float7"}, "(precision)");
  refused(with(quick("policies"), {"--policy", "attempts=8"}), "(policy)");
  refused(with(quick("policies"), {"--policy", "a:attempts=x"}), "attempts must be");
  refused(with(quick("policies"), {"--policy", "a:attempt=8"}), "unknown key \"attempt\"");
  refused(with(quick("policies"), {"--policy", "a", "--policy", "a"}), "two policies");
  refused({"startup", "--program", "no/such/program"}, "no/such/program");
  refused({"kernels", "--dim", "17"}, "(dim)");
  refused({"nonsense"}, "no command nonsense");
  refused({}, "subcommand is required");
}

TEST_CASE("bench: every command explains itself with examples", "[bench]") {
  std::vector<std::string> commands{"http",     "kernels",   "load",    "answers", "policies",
                                    "accuracy", "precision", "startup", "sample"};
#ifdef TRM_WITH_TORCH
  commands.insert(commands.end(), {"matmul", "step", "train"});
#endif
  for (const auto& command : commands) {
    const Output help = bench({command, "--help"});
    INFO(command);
    CHECK(help.status == 0);
    CHECK(help.out.find("Examples:\n  trm_bench " + command) != std::string::npos);
    // All but sample print rows.
    CHECK((help.out.find("--json") != std::string::npos) == (command != "sample"));
  }
  const Output table = bench(quick("answers"));
  CHECK(table.status == 0);
  CHECK(table.out.find("; torch ") != std::string::npos);  // the machine
  CHECK(table.out.find("signature") != std::string::npos);
}
