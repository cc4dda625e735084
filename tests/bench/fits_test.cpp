// trm_bench fits: what it compares with, and that a run goes on where it was.
#include <filesystem>
#include <fstream>

#include "bench/task_baselines.h"
#include "engine/fit/fitting_net.h"
#include "puzzles/registry.h"
#include "tests/bench/bench_program.h"

namespace trm::bench {
namespace {

using namespace trm::test;

Question task(const std::string& text) {
  const auto question = (*find_puzzle("arc"))->parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

std::string line(const Question& question, const Answer& answer) {
  return question.puzzle().format_answer(question, answer);
}

TEST_CASE("Answers that need no learning", "[fits]") {
  const Question question = task("12>34|21/11>43/33|1>5|21>?|12/19>?");
  CHECK(line(question, copied_input(question)) == "21|12/19");
  CHECK(line(question, mapped_values(question)) == "43|34/39");  // 9 is shown nowhere
  CHECK(line(question, nearest_output(question)) == "34|43/33");
  const Question none = task("21>?");
  CHECK(line(none, mapped_values(none)) == "21");
  CHECK(line(none, nearest_output(none)) == "21");
}

TEST_CASE("fits measures each task once and sums them up", "[fits][process]") {
  const TempDir dir;
  const std::string folder = dir / "tasks", out = dir / "rows.jsonl";
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* id, const char* text) {
    std::ofstream(folder + "/" + id + ".json") << text;
  };
  write("same", R"({"train":[{"input":[[1]],"output":[[1]]},{"input":[[2]],"output":[[2]]}],)"
                R"("test":[{"input":[[3]],"output":[[3]]}]})");
  write("other", R"({"train":[{"input":[[1,2]],"output":[[2,1]]}],)"
                 R"("test":[{"input":[[3,4]],"output":[[9,9]]}]})");
  const std::vector<std::string> words = {"fits",      folder, "--puzzle",  "arc", "--count", "0",
                                          "--seconds", "0.5",  "--threads", "1",   "--out",   out};
  const std::vector<std::string> fields = {"sides",         "tasks",    "solved", "low",
                                           "high",          "copy",     "values", "nearest",
                                           "cell_accuracy", "plausible"};
  if (!can_fit()) return refused(words, "LibTorch");
  const auto first = rows(words, fields);
  REQUIRE(first.size() == 2);  // sides 1 to 10, and all
  CHECK(number(first.back(), "tasks") == 2);
  CHECK(number(first.back(), "copy") == 1);
  CHECK(number(first.back(), "solved") <= 1);  // no network knows the other's answer
  const std::string measured = read_file(out);
  CHECK(std::count(measured.begin(), measured.end(), '\n') == 2);

  // Half a line of a run that was killed is no row: its task is measured again.
  const std::size_t half = measured.find('\n') + 10;
  std::ofstream(out) << measured.substr(0, half);
  const auto again = rows(words, fields);
  const std::string whole = read_file(out);
  CHECK(whole.starts_with(measured.substr(0, half) + "\n{"));
  CHECK(std::count(whole.begin(), whole.end(), '\n') == 3);
  CHECK(number(again.back(), "tasks") == 2);

  refused({"fits", folder, "--puzzle", "arc", "--seconds", "2", "--out", out}, "other --seconds");
  refused({"fits", folder, "--puzzle", "arc", "--out", dir / "none/rows"}, "cannot write");
  refused({"fits", dir / "nowhere", "--puzzle", "arc", "--out", out}, "nowhere");
}

}  // namespace
}  // namespace trm::bench
