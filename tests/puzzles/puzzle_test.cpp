// Defaults of the contract: construction and edits.
#include "puzzles/puzzle.h"

#include "tests/catch.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

namespace {

/// Has what the defaults for players read: a text form, sizes, rules, hints.
class Playable : public Toy {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "playable";
      i.forms = {{"line", "digits", "123"}};
      i.sizes = {"2x2", "1x5"};
      return i;
    }();
    return info;
  }
  /// A cell is right if it holds 3 where the question has 0.
  Verdict check(const Question& question, const Answer& answer) const override {
    Verdict verdict;
    const Grid& grid = answer.best();
    for (int i = 0; i < static_cast<int>(grid.cells.size()); ++i) {
      const Cell wanted = question.grid().cells.size() == grid.cells.size() &&
                                  question.grid().cells[static_cast<std::size_t>(i)] != 0
                              ? question.grid().cells[static_cast<std::size_t>(i)]
                              : Cell{3};
      if (grid.cells[static_cast<std::size_t>(i)] != wanted)
        verdict.conflicts.push_back({{0, i / grid.cols, i % grid.cols}, "no 3"});
    }
    return verdict;
  }
  Result<Hint> hint(const Question&, const Answer&) const override {
    return Hint{{0, 0, 1}, 3, "because"};
  }
};

const Playable& playable() {
  static const Playable puzzle;
  return puzzle;
}

Question playable_question(int rows, int cols, std::vector<Cell> cells) {
  return playable().make(board_draft(grid_of(rows, cols, std::move(cells)))).value();
}

/// Cells of conflicts in order, "00 12".
std::string places(const std::vector<Conflict>& conflicts) {
  std::string text;
  for (const Conflict& conflict : conflicts) {
    if (!text.empty()) text += ' ';
    text += std::to_string(conflict.cell.row) + std::to_string(conflict.cell.col);
  }
  return text;
}

}  // namespace

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

TEST_CASE("empty makes boards of 0 in the size that is asked for, else the first", "[puzzle]") {
  CHECK(playable().empty("1x5")->grid() == Grid(1, 5));
  CHECK(playable().empty("4x3")->grid() == Grid(4, 3));
  CHECK(playable().empty("")->grid() == Grid(2, 2));
  CHECK(playable().empty("0x4").error().code == ErrorCode::invalid_field);
  CHECK(playable().empty("huge").error().field == "size");
  CHECK(playable().empty("65x1").error().code == ErrorCode::too_large);
  CHECK(toy().empty("").error().code == ErrorCode::unsupported);  // no text form to begin with
}

TEST_CASE("what a module leaves out for players", "[puzzle]") {
  const Question question = playable_question(1, 3, {2, 0, 0});
  CHECK(playable().answer_palette(question).size() == playable().palette(question).size());
  CHECK(playable().query_grid(question, 0) == 0);
  CHECK(playable().start_answer(question) == Answer(question.grid()));
  CHECK_FALSE(playable().info().marks);
  CHECK_FALSE(playable().info().examples);
  CHECK(playable().apply(question, AddExample{}).error().code == ErrorCode::unsupported);
  CHECK(playable().apply(question, RemoveExample{0}).error().code == ErrorCode::unsupported);

  const Answer start = playable().start_answer(question);
  CHECK(playable().reason(question, start, {0, 0, 1}, 3) == "because");
  CHECK_FALSE(playable().reason(question, start, {0, 0, 1}, 2).has_value());
  CHECK_FALSE(playable().reason(question, start, {0, 0, 2}, 3).has_value());
  CHECK_FALSE(toy().reason(question, start, {0, 0, 1}, 3).has_value());  // gives no hints
}

TEST_CASE("partial conflicts are those in cells that a player filled in", "[puzzle]") {
  const Question question = playable_question(1, 3, {2, 0, 0});
  const auto conflicts = [&](Answer answer) {
    return places(playable().partial_conflicts(question, answer));
  };
  CHECK(conflicts(playable().start_answer(question)).empty());
  CHECK(conflicts(Answer(grid_of(1, 3, {2, 0, 3}))).empty());
  CHECK(conflicts(Answer(grid_of(1, 3, {2, 1, 0}))) == "01");
  CHECK(conflicts(Answer(grid_of(1, 3, {1, 1, 3}))) == "00 01");
  // Of another size: 0 is not filled in.
  CHECK(conflicts(Answer(Grid(2, 2))).empty());
  CHECK(conflicts(Answer(grid_of(2, 2, {0, 1, 3, 2}))) == "01 11");
  CHECK(conflicts(Answer(grid_of(2, 2, {1, 2}))).empty());  // no grid at all
}
