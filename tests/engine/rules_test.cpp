// What the rule solver says of unverified boards: marked as its own, and in bounded time.
#include "engine/solution_json.h"
#include "puzzles/registry.h"
#include "tests/engine/bench.h"

namespace trm {
namespace {

using namespace test;
using Clock = std::chrono::steady_clock;

SolveRequest ruled(Params params, int rules_ms = 10'000) {
  SolveRequest asked = request(question(1, std::move(params)), 2);
  asked.rules_ms = rules_ms;
  return asked;
}

TEST_CASE("The rule solver tells no solution from one and several", "[scheduler][rules]") {
  Bench bench(1);
  const char* names[] = {"none", "one", "several"};
  for (int solutions = 0; solutions <= 3; ++solutions) {
    const auto solution = bench.solve(ruled({{"solutions", solutions}}));
    REQUIRE(solution.ok());
    CHECK_FALSE(solution->verified());
    CHECK(solution->source == "scripted");
    CHECK(solution->stopped == Stopped::max_steps);
    REQUIRE(solution->rules.has_value());
    CHECK(solution->rules->solutions == std::min(solutions, 2));
    CHECK(solution->rules->complete == (solutions < 2));
    const Json json = solution_to_json(*solution);
    CHECK(json.find("rule_solver")->dump() ==
          std::string(R"({"solutions":")") + names[std::min(solutions, 2)] + "\"}");
  }
  CHECK_FALSE(bench.solve(ruled({}, 0))->rules.has_value());
}

TEST_CASE("Boards of the shipped puzzles without a solution and with several are told",
          "[scheduler][rules]") {
  SolverOptions options;
  options.backend = "random";
  const auto solver = Solver::create(options);
  REQUIRE(solver.ok());
  const std::tuple<const char*, const char*, int> boards[] = {{"sudoku", "12........3...4.", 0},
                                                              {"sudoku", "1...............", 2}};
  for (const auto& [name, text, solutions] : boards) {
    INFO(text);
    auto question = (*find_puzzle(name))->parse(text);
    if (!question) FAIL(question.error().message);
    SolveRequest asked(*question);
    asked.max_steps = 1;
    asked.rules_ms = 10'000;
    const auto solution = (*solver)->solve(std::move(asked));
    REQUIRE(solution.ok());
    REQUIRE_FALSE(solution->verified());
    REQUIRE(solution->rules.has_value());
    CHECK(solution->rules->solutions == solutions);
  }
}

TEST_CASE("Verified answers need no rule solver", "[scheduler][rules]") {
  Script script;
  script.play = answer_right;
  Bench bench(1, script);
  const auto solution = bench.solve(ruled({{"slow", 1}}));
  REQUIRE(solution.ok());
  CHECK(solution->verified());
  CHECK_FALSE(solution->rules.has_value());
  CHECK(solution_to_json(*solution).find("rule_solver") == nullptr);
}

TEST_CASE("The rule solver's time is bounded by its budget and the deadline",
          "[scheduler][rules]") {
  Bench bench(1);
  const auto begun = Clock::now();
  auto solution = bench.solve(ruled({{"slow", 1}}, 30));
  REQUIRE(solution.ok());
  CHECK_FALSE(solution->rules.has_value());
  SolveRequest asked = ruled({{"slow", 1}});
  asked.deadline = milliseconds(50);
  solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK_FALSE(solution->rules.has_value());
  CHECK(solution->stopped == Stopped::max_steps);
  asked = ruled({{"slow", 1}});
  asked.deadline = milliseconds(50);
  asked.fallback = Fallback::exact;
  solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK(solution->source == "scripted");
  CHECK(Clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("A flood of unverified answers does not pile up behind the rule solver",
          "[scheduler][rules]") {
  Bench bench(8, {}, {}, 1000);
  const auto begun = Clock::now();
  std::vector<SolveHandle> handles;
  for (int i = 0; i < 400; ++i) handles.push_back(bench.submit(ruled({{"slow", 1}}, 50)));
  for (auto& handle : handles) CHECK(handle.wait().ok());
  CHECK(Clock::now() - begun < std::chrono::seconds(10));  // one after another: 20 s
}

TEST_CASE("A cancelled request does not wait for the rule solver", "[scheduler][rules]") {
  Bench bench(1);
  auto asking = bench.submit(ruled({{"slow", 1}}));
  auto behind = bench.submit(ruled({{"slow", 1}}));
  while (bench.stage().steps().size() < 4) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(20));
  const auto begun = Clock::now();
  for (auto* handle : {&behind, &asking}) {
    handle->cancel();
    const auto result = handle->wait();
    REQUIRE(result.ok());
    CHECK(result->stopped == Stopped::cancelled);
    CHECK(result->total_steps == 2);
  }
  CHECK(Clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("The end of the solver does not wait for the rule solver", "[scheduler][rules]") {
  const auto begun = Clock::now();
  std::vector<SolveHandle> handles;
  {
    Bench bench(1);
    for (int i = 0; i < 3; ++i) {
      SolveRequest asked = ruled({{"slow", 1}});
      if (i == 1) asked.fallback = Fallback::exact;
      handles.push_back(bench.submit(std::move(asked)));
    }
    while (bench.stage().steps().size() < 6) std::this_thread::sleep_for(milliseconds(1));
  }
  for (auto& handle : handles) (void)handle.wait();
  CHECK(Clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("Requests that wait for a fallback count as queued", "[scheduler][rules]") {
  Bench bench(2, {}, {}, 3);
  std::vector<SolveHandle> handles;
  bool busy = false;
  for (int i = 0; i < 200 && !busy; ++i) {
    SolveRequest asked = ruled({{"slow", 1}});
    asked.max_steps = 1;
    asked.fallback = Fallback::exact;
    auto handle = bench.try_submit(std::move(asked));
    if (handle.ok()) {
      handles.push_back(std::move(handle).value());
    } else {
      busy = handle.error().code == ErrorCode::busy;
    }
  }
  CHECK(busy);
}

TEST_CASE("The fallback answers, and says what it found", "[scheduler][rules]") {
  Bench bench(1);
  SolveRequest asked = ruled({});
  asked.fallback = Fallback::exact;
  asked.rules_ms = 0;
  auto solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK(solution->verified());
  CHECK(solution->source == "exact");
  CHECK(solution->stopped == Stopped::fallback);
  CHECK_FALSE(solution->rules.has_value());
  asked = ruled({{"solutions", 0}});
  asked.fallback = Fallback::exact;
  solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK_FALSE(solution->verified());
  REQUIRE(solution->rules.has_value());
  CHECK(solution->rules->solutions == 0);
}

}  // namespace
}  // namespace trm
