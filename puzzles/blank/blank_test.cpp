// What the contract tests (tests/contract) cannot know: this puzzle's own boards and messages.
#include "puzzles/blank/blank.h"

#include "puzzles/puzzle.h"
#include "tests/catch.h"

namespace trm {
namespace {

const Puzzle& blank() { return blank_puzzle(); }

TEST_CASE("blank: rows take the colour of their givens") {
  const auto question = blank().parse("1../.2.");
  REQUIRE(question.ok());
  const auto right = blank().parse_answer(*question, "111/222");
  REQUIRE(right.ok());
  CHECK(blank().check(*question, *right).status == Status::verified);

  const auto wrong = blank().parse_answer(*question, "111/212");
  REQUIRE(wrong.ok());
  const Verdict verdict = blank().check(*question, *wrong);
  CHECK(verdict.status == Status::unverified);
  REQUIRE(verdict.conflicts.size() == 1);
  CHECK(verdict.conflicts.front().cell == CellRef{0, 1, 1});
}

TEST_CASE("blank: the rule solver finds the one answer") {
  const auto question = blank().parse("..1\n2..");
  REQUIRE(question.ok());
  const auto exact = blank().solve_exact(*question, {});
  REQUIRE(exact.ok());
  CHECK(exact->complete);
  REQUIRE(exact->solutions.size() == 1);
  CHECK(blank().format_answer(*question, exact->solutions.front()) == "111\n222");
}

TEST_CASE("blank: unfinished and contradictory boards are problems, with their rows") {
  const auto question = blank().parse("1.2/.../1..");
  REQUIRE(question.ok());
  const auto problems = blank().problems(*question);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].cell.row == 0);
  CHECK(problems[1].cell.row == 1);
  CHECK_FALSE(blank().solve_exact(*question, {}).ok());
}

TEST_CASE("blank: refusals name the place") {
  const auto letter = blank().parse("1./x.");
  REQUIRE_FALSE(letter.ok());
  CHECK(letter.error().field == "line 1, column 4");
  const auto ragged = blank().parse("1..\n2.");
  REQUIRE_FALSE(ragged.ok());
  CHECK(ragged.error().field == "line 2, column 1");
}

}  // namespace
}  // namespace trm
