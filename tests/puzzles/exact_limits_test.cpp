// Exact searches keep to their nodes, their time and their stop flag.
#include "puzzles/exact_budget.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

TEST_CASE("A budget counts nodes and notices the clock and the flag", "[exact]") {
  ExactLimits limits;
  limits.nodes = 3;
  ExactBudget three(limits);
  CHECK((three.spend() && three.spend() && three.spend()));
  CHECK_FALSE(three.spend());

  limits = {};
  limits.deadline = Clock::now();
  ExactBudget late(limits);
  CHECK_FALSE(late.spend());

  limits = {};
  std::atomic<bool> stop{false};
  limits.stop = &stop;
  ExactBudget stopped(limits);
  CHECK(stopped.spend());
  stop = true;
  int more = 0;
  while (stopped.spend()) ++more;
  CHECK(more < 64);
  CHECK_FALSE(stopped.spend());
}

TEST_CASE("Searches with far too many solutions end in time", "[exact]") {
  const std::pair<const char*, std::string> boards[] = {
      {"sudoku", std::string(81, '.')}, {"maze", "S" + std::string(19, ' ') + [] {
                                           std::string rows;
                                           for (int row = 0; row < 18; ++row)
                                             rows += "/" + std::string(20, ' ');
                                           return rows + "/" + std::string(19, ' ') + "G";
                                         }()}};
  for (const auto& [name, text] : boards) {
    INFO(name);
    const Puzzle& puzzle = **find_puzzle(name);
    const auto question = puzzle.parse(text);
    REQUIRE(question.ok());
    ExactLimits limits;
    limits.solutions = 100'000'000;
    limits.nodes = 1'000'000'000'000;
    const auto begun = Clock::now();
    limits.deadline = begun + std::chrono::milliseconds(20);
    const auto found = puzzle.solve_exact(*question, limits);
    CHECK(Clock::now() - begun < std::chrono::seconds(2));
    REQUIRE(found.ok());
    CHECK_FALSE(found->complete);
    CHECK_FALSE(found->solutions.empty());
  }
}

}  // namespace
}  // namespace trm
