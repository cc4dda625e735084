// Solving as a job: events become a trace that a frame can look at.
#include "ui/jobs/solving.h"

#include "engine/solution_json.h"
#include "tests/ui/jobs/bench.h"

namespace trm::ui {
namespace {

using test::board_of;
using test::finished;
using test::named;
using test::random_thinking;
using test::solver_with;

event::Step step_of(int attempt, int query, int number, Grid answer) {
  return {query, attempt, number, std::move(answer), {}, 0, {}};
}

TEST_CASE("Every puzzle's steps are gathered, in order, for every query", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const Question question = board_of(*puzzle);
    const Thinking thinking = random_thinking(question);
    CHECK(thinking.question == question);
    REQUIRE(thinking.attempts.size() >= 1);
    CHECK(thinking.attempts.front().description == "plain");
    for (int query = 0; query < puzzle->queries(question); ++query) {
      const auto steps = thinking.steps_of(0, query);
      REQUIRE_FALSE(steps.empty());
      for (std::size_t i = 0; i < steps.size(); ++i) {
        CHECK(thinking.steps[steps[i]].step == static_cast<int>(i) + 1);
        const Answer answer = thinking.answer_at(steps[i]);
        REQUIRE(answer.queries.size() == static_cast<std::size_t>(puzzle->queries(question)));
        CHECK(answer.best(static_cast<std::size_t>(query)) == thinking.steps[steps[i]].answer);
      }
    }
    CHECK(thinking.steps_of(0, 99).empty());
    CHECK(thinking.steps_of(99, 0).empty());
  }
}

TEST_CASE("Cells that change are told, at the first step against the start", "[jobs]") {
  Thinking thinking(test::parsed("maze", "S  /   /  G"));
  Grid one = thinking.question.grid(), two;
  one.at(0, 1) = 4;
  two = one;
  two.at(0, 1) = 0, two.at(1, 0) = 4;
  Grid other = one;
  other.at(2, 0) = 4;
  thinking.steps = {step_of(0, 0, 1, one), step_of(1, 0, 1, other), step_of(0, 0, 2, two),
                    step_of(1, 0, 2, other)};
  CHECK(thinking.changed_at(0) == std::vector<CellRef>{{0, 0, 1}});
  CHECK(thinking.changed_at(1) == std::vector<CellRef>{{0, 0, 1}, {0, 2, 0}});
  CHECK(thinking.changed_at(2) == std::vector<CellRef>{{0, 0, 1}, {0, 1, 0}});
  CHECK(thinking.changed_at(3).empty());
  CHECK(thinking.steps_of(1, 0) == std::vector<std::size_t>{1, 3});
}

TEST_CASE("Two queries: an answer takes the other one from the newest step of its attempt",
          "[jobs]") {
  const Question question = test::parsed("pairs", "12/30>23/10|11/22|123");
  Thinking thinking(question);
  const Answer start = question.puzzle().start_answer(question);
  Grid a(2, 2, 3), b(1, 3, 2), c(2, 2, 1);
  thinking.steps = {step_of(0, 0, 1, a), step_of(1, 1, 1, Grid(1, 3, 1)), step_of(0, 1, 1, b),
                    step_of(0, 0, 2, c)};
  CHECK(thinking.answer_at(0).best(0) == a);
  CHECK(thinking.answer_at(0).best(1) == start.best(1));
  CHECK(thinking.answer_at(1).best(0) == start.best(0));
  CHECK(thinking.answer_at(2).best(0) == a);
  CHECK(thinking.answer_at(2).best(1) == b);
  CHECK(thinking.answer_at(3).best(0) == c);
  CHECK(thinking.answer_at(3).best(1) == b);
}

TEST_CASE("Answers of another size, and none at all, are compared and shown", "[jobs]") {
  const Question question = board_of(named("resize"));
  Thinking thinking(question);
  const Grid asked = question.grid();
  Grid small(1, 1, asked.at(0, 0)), large(asked.rows + 1, asked.cols, 1);
  thinking.steps = {step_of(0, 0, 1, small), step_of(0, 0, 2, Grid(1, 2, asked.at(0, 0))),
                    step_of(0, 0, 3, Grid())};
  CHECK(thinking.changed_at(0).empty());  // the one cell is as it was
  CHECK(thinking.changed_at(1) == std::vector<CellRef>{{0, 0, 1}});
  CHECK(thinking.changed_at(2).empty());
  CHECK(thinking.answer_at(1).best() == Grid(1, 2, asked.at(0, 0)));
  CHECK(thinking.answer_at(2) == question.puzzle().start_answer(question));
  thinking.steps = {step_of(0, 0, 1, asked), step_of(0, 0, 2, large)};
  CHECK(thinking.changed_at(1).size() >= static_cast<std::size_t>(asked.cols));
}

TEST_CASE("The trace as JSON has what the service's events have", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const Thinking thinking = random_thinking(board_of(*puzzle));
    const auto json = parse_json(thinking_to_json(thinking).dump());
    REQUIRE(json.ok());
    CHECK(json->find("puzzle")->as_string() == puzzle->name());
    CHECK(*json->find("board") == *parse_json(puzzle->to_json(thinking.question).dump()));
    CHECK(json->find("attempts")->as_array().size() == thinking.attempts.size());
    REQUIRE(json->find("steps")->as_array().size() == thinking.steps.size());
    CHECK(json->find("steps")->as_array().front().find("step")->as_int() == 1);
    REQUIRE(json->find("result") != nullptr);
    CHECK_FALSE(json->find("result")->find("verified") == nullptr);
  }
  Thinking failed(board_of(named("sudoku")));
  CHECK(thinking_to_json(failed).find("result") == nullptr);
  CHECK(thinking_to_json(failed).find("error") == nullptr);
  failed.end = fail(ErrorCode::no_model, "no model");
  CHECK(thinking_to_json(failed).find("error")->find("code")->as_string() == "no_model");
}

TEST_CASE("An exact solver's answer arrives with its end", "[jobs]") {
  const auto solver = solver_with("exact");
  Solving solving;
  CHECK(solving.thinking() == nullptr);
  CHECK_FALSE(solving.poll());
  solving.start(*solver, SolveRequest(board_of(named("sudoku"))));
  const Thinking& thinking = finished(solving);
  REQUIRE(thinking.end->ok());
  CHECK(thinking.end->value().verified());
  REQUIRE(thinking.steps.size() == 1);
  CHECK(thinking.answer_at(0) == thinking.end->value().answer);
  CHECK_FALSE(solving.poll());
  solving.clear();
  CHECK(solving.thinking() == nullptr);
}

TEST_CASE("What submit refuses is the end of the thinking", "[jobs]") {
  const auto solver = solver_with("random");
  Solving solving;
  solving.start(*solver, SolveRequest(test::parsed("maze", "   /   ")));
  CHECK_FALSE(solving.running());
  REQUIRE(solving.thinking()->end.has_value());
  CHECK(solving.thinking()->end->error().code == ErrorCode::invalid_board);
  CHECK(solving.thinking()->steps.empty());
}

TEST_CASE("Beyond its budget the thinking keeps the newest attempts", "[jobs]") {
  const auto solver = solver_with("random");
  const Question question = board_of(named("sudoku"));
  SolveRequest request(question);
  request.attempts = 12;
  request.max_steps = 5;
  request.halt = false;
  request.max_events = 1024;
  Solving all;
  all.start(*solver, request);
  const std::size_t steps = finished(all).steps.size();
  REQUIRE(steps > 30);
  CHECK_FALSE(all.thinking()->shortened);
  Solving some(50'000);  // a step of 81 cells takes about a kilobyte and its conflicts
  some.start(*solver, request);
  const Thinking& thinking = finished(some);
  CHECK(thinking.shortened);
  REQUIRE_FALSE(thinking.steps.empty());
  CHECK(thinking.steps.size() < steps);
  CHECK(thinking.attempts.size() == all.thinking()->attempts.size());
  CHECK(thinking.end.has_value());
  // Whole attempts, and the last of them.
  int oldest = thinking.steps.front().attempt;
  for (const event::Step& step : thinking.steps) oldest = std::min(oldest, step.attempt);
  CHECK(oldest > 0);
  for (int attempt = 0; attempt < 12; ++attempt) {
    INFO("attempt " << attempt << ", oldest " << oldest);
    const auto expected = attempt < oldest ? 0u : all.thinking()->steps_of(attempt, 0).size();
    CHECK(thinking.steps_of(attempt, 0).size() == expected);
  }
  Solving least(1);  // the newest attempt stays, whatever it takes
  least.start(*solver, request);
  CHECK_FALSE(finished(least).steps_of(11, 0).empty());
  CHECK(least.thinking()->steps_of(10, 0).empty());
  // A new start begins anew.
  request.attempts = 1;
  some.start(*solver, request);
  CHECK_FALSE(finished(some).steps_of(0, 0).empty());
  CHECK_FALSE(some.thinking()->shortened);
}

TEST_CASE("A long solve can be cancelled, and a new one replaces it", "[jobs]") {
  const auto solver = solver_with("random");
  SolveRequest endless(board_of(named("sudoku")));
  endless.max_steps = 1024;
  endless.attempts = 1024;
  Solving solving;
  solving.start(*solver, endless);
  CHECK(solving.running());
  solving.cancel();
  const Thinking& cancelled = finished(solving);
  if (*cancelled.end) {
    CHECK(cancelled.end->value().stopped == Stopped::cancelled);
  } else {
    CHECK(cancelled.end->error().code == ErrorCode::cancelled);
  }
  solving.cancel();  // nothing runs

  solving.start(*solver, endless);
  const Question other = board_of(named("maze"));
  SolveRequest quick(other);
  quick.max_steps = 2;
  quick.attempts = 1;
  solving.start(*solver, quick);
  const Thinking& newest = finished(solving);
  CHECK(newest.question == other);
  CHECK(newest.end->ok());
  for (const auto& step : newest.steps) CHECK(step.answer.rows == other.grid().rows);
  solving.start(*solver, endless);  // the destructor cancels
}

}  // namespace
}  // namespace trm::ui
