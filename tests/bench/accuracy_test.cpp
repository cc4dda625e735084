// `trm_bench accuracy` and `sample` on a few boards: what is printed agrees with itself.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "tests/bench/bench_program.h"
#include "trainer/lines.h"

using namespace trm;
using namespace trm::test;

namespace {

const std::string kSets = std::string(TRM_SOURCE_DIR) + "/assets/sets/";
const std::string kBoard = "1.34.41.2.4.4.21", kAnswer = "1234341221434321";
const std::string kLarge =
    "123456789456789123789123456214365897365897214897214365531642978642978531978531642";
const std::vector<std::string> kFields{
    "set",        "puzzle",      "file",        "model",         "boards",       "solved",
    "solved_low", "solved_high", "solved_rate", "interval",      "labelled",     "exact",
    "exact_rate", "mean_steps",  "attempts",    "mean_attempts", "mean_seconds", "p99_seconds",
    "max_steps",  "seed",        "partial",     "false_claims"};

/// The figures of a row agree with each other.
void check_figures(const Json& row) {
  INFO(row.dump());
  const double boards = number(row, "boards"), solved = number(row, "solved");
  REQUIRE(boards > 0);
  CHECK(solved <= boards);
  CHECK(number(row, "solved_rate") == Approx(solved / boards));
  CHECK(number(row, "solved_low") <= number(row, "solved_rate"));
  CHECK(number(row, "solved_rate") <= number(row, "solved_high"));
  CHECK(number(row, "mean_seconds") > 0);
  CHECK(number(row, "p99_seconds") > 0);
  CHECK(number(row, "false_claims") == 0);
  CHECK(row.find("mean_steps")->is_null() == (solved == 0));
  const double labelled = number(row, "labelled"), exact = number(row, "exact");
  CHECK(exact <= labelled);
  CHECK(row.find("exact_rate")->is_null() == (labelled == 0));
  if (labelled == 0) return;
  CHECK(number(row, "exact_low") <= exact / labelled);
  CHECK(exact / labelled <= number(row, "exact_high"));
}

std::vector<Json> figures(std::vector<std::string> words) {
  words.insert(words.begin(), "accuracy");
  auto all = rows(std::move(words), kFields);
  for (const Json& row : all) check_figures(row);
  return all;
}

/// Boards of 4x4 with and without a solution that is known.
std::string labelled_file(const TempDir& dir) {
  const std::string path = dir / "small.csv";
  write_file(path, "puzzle,answer,rating\n" + kBoard + "," + kAnswer + ",1\n" + kAnswer + "," +
                       kAnswer + ",20\n" + kBoard + "," + kAnswer + ",3\n");
  return path;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  return all;
}

/// Waits until the process handles SIGINT (proc(5): SigCgt, a bit a signal).
void wait_for_handler(pid_t process) {
  for (int i = 0; i < 600; ++i) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigCgt:")) continue;
      const auto caught = std::stoull(line.substr(line.find_last_of(" \t") + 1), nullptr, 16);
      if ((caught >> (SIGINT - 1) & 1) != 0) return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  FAIL("SIGINT is not handled");
}

}  // namespace

TEST_CASE("accuracy: the shipped models on the shipped sets", "[bench]") {
  const auto found = figures({kSets + "sudoku-easy.csv.gz", kSets + "maze-5x5.txt.gz", "--count",
                              "6", "--seed", "3", "--backend", "native"});
  REQUIRE(found.size() == 2);
  CHECK(text(found[0], "set") == "sudoku-easy");
  CHECK(text(found[0], "model") == "sudoku");
  CHECK(number(found[0], "labelled") == 0);
  CHECK(text(found[1], "set") == "maze-5x5");
  CHECK(text(found[1], "model") == "maze");
  CHECK(number(found[1], "labelled") == 6);
  for (const Json& row : found) {
    CHECK(number(row, "boards") == 6);
    CHECK(number(row, "mean_attempts") == 1);
    CHECK(number(row, "max_steps") == 16);
    CHECK(number(row, "solved") >= 4);  // the models are far better than that on the easiest
    CHECK(number(row, "mean_steps") <= 16);
    CHECK_FALSE(row.find("partial")->as_bool());
  }
}

TEST_CASE("accuracy: labels give exact figures, ratings bands", "[bench]") {
  const TempDir dir;
  const std::string file = labelled_file(dir);
  const auto found = figures({file, "--backend", "exact", "--bands", "0,2,10,100"});
  REQUIRE(found.size() == 4);  // the last band is empty
  CHECK(number(found[0], "solved") == 3);
  CHECK(number(found[0], "exact") == 3);
  CHECK(number(found[0], "mean_steps") == 1);
  CHECK(text(found[1], "set") == "small, rating 0 to below 2");
  CHECK(text(found[3], "set") == "small, rating 10 to below 100");
  double boards = 0, solved = 0;
  for (std::size_t i = 1; i < found.size(); ++i) {
    boards += number(found[i], "boards");
    solved += number(found[i], "solved");
  }
  CHECK(boards == 3);
  CHECK(solved == 3);
  CHECK(figures({file, "--backend", "exact", "--bands", "quartiles"}).size() == 4);
}

TEST_CASE("accuracy: what nobody solves counts as unsolved", "[bench]") {
  const TempDir dir;
  write_file(dir / "hard.csv", "question,answer\n" + std::string(81, '.') + "," + kLarge + "\n");
  const auto once = figures({dir / "hard.csv", "--backend", "random", "--max-steps", "2"});
  CHECK(number(once[0], "solved") == 0);
  CHECK(number(once[0], "solved_low") == 0);
  CHECK(number(once[0], "exact") == 0);
  CHECK(number(once[0], "labelled") == 1);
  const auto timed = figures({dir / "hard.csv", "--backend", "random", "--seconds", "0.3"});
  CHECK(number(timed[0], "mean_attempts") > 1);
  CHECK(number(timed[0], "mean_seconds") >= 0.25);
  CHECK(timed[0].find("attempts")->is_null());
  CHECK(number(timed[0], "seconds") == Approx(0.3));
}

TEST_CASE("accuracy: symmetries are compared with the boards as they are", "[bench]") {
  const std::string set = kSets + "maze-5x5.txt.gz";
  const auto found = rows({"accuracy", set, "--count", "4", "--robust", "--backend", "native"}, {});
  REQUIRE(found.size() == 1 + 7 + 1);  // as they are, the seven others of a square, the largest
  std::set<std::string> kinds;
  double largest = 0;
  for (std::size_t i = 0; i + 1 < found.size(); ++i) {
    check_figures(found[i]);
    CHECK(number(found[i], "boards") == 4);
    CHECK(number(found[i], "labelled") == 4);
    kinds.insert(text(found[i], "symmetry"));
    const double won = number(found[i], "won"), lost = number(found[i], "lost");
    CHECK(number(found[i], "points") == Approx(100 * (won - lost) / 4));
    CHECK(number(found[i], "solved") == number(found[0], "solved") + won - lost);
    largest = std::max(largest, std::abs(number(found[i], "points")));
  }
  CHECK(kinds.size() == 8);
  CHECK(text(found[0], "symmetry") == "identity");
  const Json* said = found.back().find("largest_difference");
  REQUIRE(said != nullptr);
  CHECK(std::abs(number(*said, "points")) == largest);

  const Output table = bench({"accuracy", kSets + "sudoku-easy.csv.gz", "--count", "2", "--robust",
                              "--backend", "exact", "--markdown"});
  CHECK(table.status == 0);
  CHECK(table.out.find("| sudoku-easy | rows, columns and digits permuted | 2 | 100.0 % |") !=
        std::string::npos);
  CHECK(table.out.find("\nLargest difference to identity: +0.0 points (sudoku-easy, ") !=
        std::string::npos);
}

TEST_CASE("accuracy: the same seed chooses the same boards, tables are Markdown", "[bench]") {
  const std::vector<std::string> words{"accuracy",    kSets + "sudoku-hard.csv.gz",
                                       "--count",     "5",
                                       "--backend",   "random",
                                       "--max-steps", "1",
                                       "--markdown"};
  const Output table = bench(words);
  CHECK(table.status == 0);
  CHECK(table.out.find("| set | boards | solved | 95 % interval | exact | mean steps | ") !=
        std::string::npos);
  CHECK(table.out.find("| --- | --- | --- | --- |") != std::string::npos);
  CHECK(table.out.find("| sudoku-hard | 5 | 0.0 % | (0.0 % to 43.4 %) | - | - | 1.0 | ") !=
        std::string::npos);
  const auto chosen = [](const char* seed) {
    return bench({"sample", kSets + "sudoku-hard.csv.gz", "--count", "5", "--seed", seed}).out;
  };
  CHECK(chosen("1") == chosen("1"));
  CHECK(chosen("1") != chosen("2"));
}

TEST_CASE("accuracy: an interrupted run prints what it has, marked as partial", "[bench]") {
  const Output output = bench({"accuracy", kSets + "sudoku-hard.csv.gz", "--backend", "random",
                               "--seconds", "0.1", "--json"},
                              [](pid_t process) {
                                wait_for_handler(process);
                                std::this_thread::sleep_for(std::chrono::milliseconds(700));
                                kill(process, SIGINT);
                              });
  INFO(output.err);
  CHECK(output.status == 130);
  CHECK(output.err.find("interrupted") != std::string::npos);
  const auto found = rows_of(output.out, "accuracy", kFields);
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("partial")->as_bool());
  CHECK(text(found[0], "set") == "sudoku-hard (partial)");
  CHECK(number(found[0], "boards") < 1000);
  CHECK(number(found[0], "count") == 1000);
}

TEST_CASE("accuracy: files that cannot be used are refused by line and field", "[bench]") {
  const TempDir dir;
  const std::string file = dir / "bad.csv";
  const auto says = [&](const std::string& content, const std::string& part,
                        const std::string& field) {
    write_file(file, content);
    refused({"accuracy", "--puzzle", "sudoku", file, "--backend", "exact"}, part);
    refused({"accuracy", "--puzzle", "sudoku", file, "--backend", "exact"}, "(" + field + ")");
  };
  says("puzzle,guesses\n" + kBoard + ",1\nxyz,1\n", "bad.csv, line 3, puzzle: ", "puzzle");
  says("puzzle,guesses\n" + kBoard + ",few\n", "bad.csv, line 2, guesses: ", "guesses");
  says("puzzle,mood\n" + kBoard + ",1\n", "column \"mood\" is unknown", "mood");
  says("", "holds no puzzle", "file");
  says("puzzle\n" + kBoard + "\n" + kBoard.substr(0, 15) + "4\n", "line 3: the board cannot",
       "board");
  refused({"accuracy", "no/such/file.csv"}, "no/such/file.csv");
  refused({"accuracy", file, "no/such/file.csv"}, "no/such/file.csv");
  refused({"accuracy"}, "files");
  write_file(file, "puzzle\n" + kBoard + "\n");
  refused({"accuracy", file, "--bands", "0,1"}, "(bands)");
  refused({"accuracy", file, "--bands", "1,0"}, "rising numbers");
  refused({"accuracy", file, "--bands", "soon"}, "rising numbers");
  refused({"accuracy", file, "--bands", "0", "--robust"}, "--");
  refused({"accuracy", file, "--seconds", "0"}, "--seconds");
  refused({"accuracy", file, "--seconds", "1", "--attempts", "2"}, "--attempts");
  refused({"accuracy", file, "--model", "no-such-model"}, "no-such-model");
  refused({"accuracy", file, "--puzzle", "no-such-puzzle"}, "no-such-puzzle");
}

TEST_CASE("sample: lines of a file as they are, in their order", "[bench]") {
  const std::string source = kSets + "sudoku-easy.csv.gz";
  const auto all = lines_of(bench({"sample", source, "--count", "452"}).out);
  REQUIRE(all.size() == 453);
  CHECK(all.front() == "puzzle,guesses");
  const Output some = bench({"sample", source, "--count", "20", "--seed", "7"});
  const auto chosen = lines_of(some.out);
  REQUIRE(chosen.size() == 21);
  CHECK(chosen.front() == all.front());
  auto from = all.begin();
  for (const auto& line : chosen) {
    from = std::find(from, all.end(), line);
    REQUIRE(from != all.end());
    ++from;
  }

  const TempDir dir;
  const auto write = [&](const std::string& name) {
    return bench({"sample", source, "--count", "20", "--seed", "7", "-o", dir / name});
  };
  CHECK(write("a.csv").status == 0);
  CHECK(read_file(dir / "a.csv") == some.out);
  CHECK(write("a.csv.gz").status == 0);
  CHECK(read_file(dir / "a.csv.gz") == gzip(some.out).value());

  refused({"sample", source, "--count", "453"}, "(count)");
  refused({"sample", "no/such/file"}, "no/such/file");
  refused({"sample", source, "--count", "3", "-o", dir / "no/such/folder"}, "no/such/folder");
}
