// Boards that nobody should send, given to the solver: what any answer to them must be like.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/solution_json.h"
#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm::adversarial {

using Clock = std::chrono::steady_clock;

/// What holds for a board, whoever is asked.
enum class Truth {
  refused,  ///< it breaks a rule before anybody begins
  none,     ///< no solution
  one,
  several,
  unknown  ///< nobody has searched to the end
};

struct Board {
  std::string what;
  Question question;
  Truth truth;
};

/// A check of an answer's grid that shares no line with the module.
using RuleCheck = std::function<bool(const Question& question, const Grid& answer)>;

inline Question parsed(const char* puzzle, const std::string& text) {
  const auto module = find_puzzle(puzzle);
  REQUIRE(module.ok());
  auto question = (*module)->parse(text);
  INFO(text);
  if (!question) FAIL(question.error().message);
  return std::move(*question);
}

/// By the module's own rule solver.
inline Truth truth_of(const Question& question) {
  const Puzzle& puzzle = question.puzzle();
  if (!puzzle.problems(question).empty()) return Truth::refused;
  if (!puzzle.info().solves) return Truth::unknown;
  const auto exact = puzzle.solve_exact(question, {2, 200'000});
  REQUIRE(exact.ok());
  if (exact->solutions.size() > 1) return Truth::several;
  if (!exact->complete) return Truth::unknown;
  return exact->solutions.empty() ? Truth::none : Truth::one;
}

/// The shipped models on the native backend, or a backend that needs none.
inline std::unique_ptr<Solver> make_solver(const std::string& backend) {
  SolverOptions options;
  options.backend = backend;
  options.threads = 2;
  if (backend == "native") options.model_dir = std::string(TRM_SOURCE_DIR) + "/assets/models";
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  return std::move(*solver);
}

constexpr std::chrono::seconds kDeadline{10};
constexpr std::chrono::seconds kHang{60};  // far beyond the deadline: a step of a sanitized build

/// The end of a request; fails where there is none.
inline Result<Solution> outcome(Solver& solver, SolveRequest request) {
  auto handle = solver.submit(std::move(request));
  if (!handle) return handle.error();
  const auto begun = Clock::now();
  while (Clock::now() - begun < kHang) {
    const auto event = handle->next(std::chrono::milliseconds(200));
    if (event && std::holds_alternative<event::Done>(*event)) {
      return std::get<event::Done>(*event).result;
    }
  }
  FAIL("the request hangs");
  return fail(ErrorCode::internal, "not reached");
}

inline void check_rules(const RuleVerdict& rules, Truth truth) {
  if (truth == Truth::none) CHECK(rules.solutions == 0);
  if (truth == Truth::one) CHECK(rules.solutions == 1);
  if (truth == Truth::several) CHECK(rules.solutions == 2);
  if (rules.solutions < 2) CHECK(rules.complete);
}

/// Status, reason and JSON agree with the rules and with the truth.
inline void check_honest(const Board& board, const Solution& solution, const RuleCheck& rules) {
  const Puzzle& puzzle = board.question.puzzle();
  CHECK(solution.question == board.question);
  const Verdict verdict = puzzle.check(board.question, solution.answer);
  CHECK(solution.verdict.status == verdict.status);
  const Json json = solution_to_json(solution);
  CHECK(json.find("verified")->as_bool() == solution.verified());
  CHECK(json.find("status")->as_string() == status_name(verdict.status));
  CHECK(solution.total_steps >= solution.steps);
  if (!solution.verified()) {
    CHECK(solution.stopped != Stopped::verified);
    if (puzzle.info().checks) CHECK_FALSE(solution.verdict.conflicts.empty());
    if (solution.rules) check_rules(*solution.rules, board.truth);
    return;
  }
  CHECK(puzzle.info().checks);
  CHECK(board.truth != Truth::none);
  CHECK((solution.stopped == Stopped::verified || solution.stopped == Stopped::fallback));
  CHECK(solution.verdict.conflicts.empty());
  CHECK_FALSE(solution.rules.has_value());
  if (rules) CHECK(rules(board.question, solution.answer.best()));
}

struct Challenge {
  int attempts = 1;
  int max_steps = 16;
  Fallback fallback = Fallback::none;
};

/// Sends a board. Returns whether it was answered and verified.
inline bool challenge(Solver& solver, const Board& board, const Challenge& how,
                      const RuleCheck& rules = {}) {
  INFO(board.what << ", " << how.attempts << " attempts, " << solver.options().backend);
  SolveRequest request(board.question);
  request.attempts = how.attempts;
  request.max_steps = how.max_steps;
  request.fallback = how.fallback;
  request.rules_ms = 5000;
  request.deadline = kDeadline;
  const auto solution = outcome(solver, std::move(request));
  if (board.truth == Truth::refused) {
    REQUIRE_FALSE(solution.ok());
    CHECK(solution.error().code == ErrorCode::invalid_board);
    CHECK(solution.error().field == "board");
    return false;
  }
  if (!solution) {  // outside what any model was trained for, and nothing else
    INFO(solution.error().message);
    CHECK((solution.error().code == ErrorCode::unsupported_by_model ||
           solution.error().code == ErrorCode::no_model));
    return false;
  }
  check_honest(board, *solution, rules);
  // Small boards leave the rule solver all the time that it needs, unless the attempts took it all.
  const bool told = board.question.grid().size() <= 100 && board.truth != Truth::unknown &&
                    solution->stopped != Stopped::deadline;
  if (told && board.question.puzzle().info().checks && !solution->verified()) {
    CHECK(solution->rules.has_value());
  }
  return solution->verified();
}

/// The models with one attempt, with eight, and with the rule solver behind them; the rule solver
/// alone, which must find what there is.
inline void challenge_all(Solver& model, Solver& exact, const Board& board,
                          const RuleCheck& rules = {}, int max_steps = 16) {
  challenge(model, board, {1, max_steps}, rules);
  challenge(model, board, {8, std::min(max_steps, 6)}, rules);  // what they find matters less
  const bool found = challenge(exact, board, {1, 1}, rules);
  const bool behind = challenge(model, board, {1, 1, Fallback::exact}, rules);
  const bool solvable = board.truth == Truth::one || board.truth == Truth::several;
  if (!solvable || !board.question.puzzle().info().checks) return;
  INFO(board.what);
  CHECK(found);
  CHECK((behind || model.options().backend != "native"));
}

}  // namespace trm::adversarial
