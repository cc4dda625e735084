// Defaults of the contract: construction and edits.
#include "puzzles/puzzle.h"

#include "tests/catch.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

TEST_CASE("make checks sides and cell counts before the module sees the draft", "[puzzle]") {
  const auto code = [](int rows, int cols, std::size_t cells) {
    const auto made = toy().make(board_draft(grid_of(rows, cols, std::vector<Cell>(cells))));
    return made.ok() ? std::string("ok") : std::string(error_name(made.error().code));
  };
  CHECK(code(1, 1, 1) == "ok");
  CHECK(code(64, 64, 4096) == "ok");
  CHECK(code(0, 3, 0) == "invalid_board");
  CHECK(code(3, 0, 0) == "invalid_board");
  CHECK(code(-1, -1, 1) == "invalid_board");
  CHECK(code(65, 1, 65) == "too_large");
  CHECK(code(1, 65, 65) == "too_large");
  CHECK(code(2, 2, 3) == "invalid_board");
  CHECK(code(2, 2, 5) == "invalid_board");

  const auto wrong = toy().make(board_draft(grid_of(2, 2, {0, 0, 0})));
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().field == "grid 'board'");
  CHECK(wrong.error().message == "grid 'board' is 2x2 but holds 3 cells");
}

TEST_CASE("make lets the module refuse and complete the draft", "[puzzle]") {
  CHECK(toy_question(1, 1, {3}).param("weight") == 1);
  const auto refused = toy().make(board_draft(grid_of(1, 1, {4})));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "value beyond 3");
  CHECK_FALSE(toy().make(Draft{}).ok());
}

TEST_CASE("questions compare by content, not by notation", "[puzzle]") {
  const Question a = toy_question(1, 2, {1, 2});
  Draft draft = a.draft();
  draft.notation.form = "other";
  const Question b = toy().make(draft).value();
  CHECK(b.notation().form == "other");
  CHECK(a == b);
  CHECK_FALSE(a == toy_question(2, 1, {1, 2}));
  CHECK_FALSE(a == toy_question(1, 2, {1, 3}));
}

TEST_CASE("apply sets a cell", "[puzzle]") {
  const Question before = toy_question(2, 2, {0, 1, 2, 3});
  const auto after = toy().apply(before, SetCell{0, 1, 0, 3});
  REQUIRE(after.ok());
  CHECK(after->grid() == grid_of(2, 2, {0, 1, 3, 3}));
  CHECK(before.grid() == grid_of(2, 2, {0, 1, 2, 3}));

  const auto field = [&](const Edit& edit) {
    const auto changed = toy().apply(before, edit);
    return changed.ok() ? std::string("ok") : changed.error().field;
  };
  CHECK(field(SetCell{1, 0, 0, 0}) == "grid");
  CHECK(field(SetCell{-1, 0, 0, 0}) == "grid");
  CHECK(field(SetCell{0, 2, 0, 0}) == "row");
  CHECK(field(SetCell{0, -1, 0, 0}) == "row");
  CHECK(field(SetCell{0, 0, 2, 0}) == "col");
  CHECK(field(SetCell{0, 0, 0, 9}) == "board");
}

TEST_CASE("apply resizes and keeps the content at the top left", "[puzzle]") {
  const Question before = toy_question(2, 2, {3, 1, 2, 3});
  const auto larger = toy().apply(before, Resize{0, 3, 4});
  REQUIRE(larger.ok());
  CHECK(larger->grid() == grid_of(3, 4, {3, 1, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0}));
  const auto smaller = toy().apply(before, Resize{0, 2, 1});
  REQUIRE(smaller.ok());
  CHECK(smaller->grid() == grid_of(2, 1, {3, 2}));

  const auto empty = toy().apply(before, Resize{0, 0, 4});
  REQUIRE_FALSE(empty.ok());
  CHECK(empty.error().code == ErrorCode::invalid_field);
  CHECK(empty.error().field == "size");
  const auto huge = toy().apply(before, Resize{0, 1'000'000, 1'000'000});
  REQUIRE_FALSE(huge.ok());
  CHECK(huge.error().code == ErrorCode::too_large);
  CHECK_FALSE(toy().apply(before, Resize{5, 1, 1}).ok());
}

TEST_CASE("what a module leaves out", "[puzzle]") {
  const Question question = toy_question(1, 2, {1, 2});
  CHECK(toy().queries(question) == 1);
  CHECK(toy().answers_per_query() == 1);
  CHECK(toy().examples(question).empty());
  const Answer answer(grid_of(1, 2, {1, 2}));
  CHECK(toy().target(question, answer) == answer);

  Rng rng(1);
  const auto state = rng.state();
  const auto symmetry = toy().symmetry(rng, question);
  CHECK(rng.state() == state);
  CHECK(symmetry->apply(question) == question);
  CHECK(symmetry->apply(answer) == answer);
  CHECK(symmetry->inverse()->apply(question) == question);
  CHECK(symmetry->description() == "identity");

  CHECK(toy().generate(rng, {}).error().code == ErrorCode::unsupported);
  CHECK(toy().solve_exact(question, {}).error().code == ErrorCode::unsupported);
  CHECK(toy().hint(question, answer).error().code == ErrorCode::unsupported);
  CHECK(toy().hint(question, answer).error().message.find("toy") != std::string::npos);
}
