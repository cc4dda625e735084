// Editing, hints, symmetries, tokens and drawing, as far as the contract tests cannot know them.
#include <algorithm>
#include <map>
#include <memory>

#include "puzzles/nonogram/nonogram_test_util.h"
#include "tests/puzzles/recorder.h"

namespace trm::nonogram {
namespace {

Answer answer_of(const Question& question, std::string_view text) {
  auto answer = module().parse_answer(question, text);
  if (!answer) FAIL(answer.error().message);
  return *answer;
}

TEST_CASE("nonogram: numbers put anywhere in a margin move to the board", "[nonogram]") {
  const Question start = module().empty("3x5").value();
  CHECK(start.grid(rows_grid) == Grid(3, 3));
  CHECK(start.grid(columns_grid) == Grid(2, 5));
  const auto once = module().apply(start, SetCell{rows_grid, 1, 0, 2});
  REQUIRE(once.ok());
  CHECK(once->grid(rows_grid).at(1, 2) == 2);
  CHECK(module().format_line(*once) == "0/2/0|0/0/0/0/0");
  const auto twice = module().apply(*once, SetCell{rows_grid, 1, 0, 1});
  REQUIRE(twice.ok());
  CHECK(module().format_line(*twice) == "0/1 2/0|0/0/0/0/0");
  const auto erased = module().apply(*twice, SetCell{rows_grid, 1, 1, 0});
  REQUIRE(erased.ok());
  CHECK(*erased == *once);
  CHECK_FALSE(module().apply(start, SetCell{rows_grid, 0, 0, filled}).ok());
  CHECK_FALSE(module().apply(start, SetCell{board_grid, 0, 0, 1}).ok());
}

TEST_CASE("nonogram: resizing moves the margins along and keeps the clues", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2|#__/___/___");
  const auto larger = module().apply(question, Resize{board_grid, 4, 5});
  REQUIRE(larger.ok());
  CHECK(module().format_line(*larger) == "1 1/3/2/0|3/2/2/0/0|#____/_____/_____/_____");
  const auto back = module().apply(*larger, Resize{board_grid, 3, 3});
  REQUIRE(back.ok());
  CHECK(*back == question);
  // What has no room any more goes from the end.
  const auto small = module().apply(question, Resize{board_grid, 2, 1});
  REQUIRE(small.ok());
  CHECK(module().format_line(*small) == "1/3|3|#/_");
  CHECK(module().apply(question, Resize{rows_grid, 3, 3}).error().code == ErrorCode::unsupported);
  CHECK(module().apply(question, Resize{board_grid, 31, 3}).error().code == ErrorCode::too_large);
}

TEST_CASE("nonogram: hints name the line and why", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2");
  const auto hint = module().hint(question, Answer());
  if (!hint) FAIL(hint.error().message);
  CHECK(hint->cell == CellRef{0, 0, 0});
  CHECK(hint->value == filled);
  CHECK(hint->reason == "the only way of placing 1 1 in row 1 fills this cell");
  const auto reason = [&](std::string_view board, int row, int col, Cell value) {
    return module()
        .reason(question, answer_of(question, board), {0, row, col}, value)
        .value_or("none");
  };
  CHECK(reason("#__/___/___", 0, 1, empty_cell) ==
        "the only way of placing 1 1 in row 1 leaves this cell empty");
  CHECK(reason("#_#/___/___", 0, 1, empty_cell) == "row 1 (1 1) has all its filled cells");
  CHECK(reason("___/___/___", 1, 1, filled) ==
        "row 2 (3) needs all its cells that can still be filled");
  CHECK(reason("___/___/___", 2, 1, filled) == "both ways of placing 2 in row 3 fill this cell");
  CHECK(reason("___/___/___", 2, 2, filled) == "none");
  const auto wrong = module().hint(question, answer_of(question, ".__/___/___"));
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().field == "row 1");
  const auto ambiguous = module().hint(read("1/1|1/1"), Answer());
  REQUIRE_FALSE(ambiguous.ok());
  CHECK(ambiguous.error().code == ErrorCode::exhausted);
}

TEST_CASE("nonogram: hints alone finish what the generator makes", "[nonogram]") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Rng rng = Rng::stream(seed, 3);
    const auto question = module().generate(rng, {"10x10", "", {}});
    REQUIRE(question.ok());
    Answer partial = module().start_answer(*question);
    for (int i = 0; i < 100; ++i) {
      const auto hint = module().hint(*question, partial);
      if (!hint) FAIL(hint.error().message);
      partial.queries.front().front().at(hint->cell.row, hint->cell.col) = hint->value;
    }
    CHECK(module().check(*question, partial).status == Status::verified);
  }
}

TEST_CASE("nonogram: the crossings of broken rows and columns are marked", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2");
  const auto conflicts = module().check(question, answer_of(question, "##./###/##.")).conflicts;
  REQUIRE(conflicts.size() == 2);
  CHECK(conflicts[0].cell == CellRef{0, 0, 1});
  CHECK(conflicts[1].cell == CellRef{0, 0, 2});
  CHECK(conflicts[0].message == "row 1 cannot be 1 1");
}

TEST_CASE("nonogram: each of the eight symmetries is exact", "[nonogram]") {
  for (const char* clues : {"1 2/3/0|1/0/2/2/1", "1/1/0|2", "0|1", "2 1|1/1/0/1"}) {
    const Question question = read(clues);
    const auto exact = module().solve_exact(question, {100, 100'000});
    std::map<std::string, std::shared_ptr<const Symmetry>> all;
    Rng rng(4);
    for (int i = 0; i < 200; ++i) {
      auto symmetry = module().symmetry(rng, question);
      all.emplace(symmetry->description(), symmetry);
    }
    CHECK(all.size() == 8);
    for (const auto& [name, symmetry] : all) {
      INFO(clues << ", " << name);
      const Question image = symmetry->apply(question);
      CHECK(symmetry->inverse()->apply(image) == question);
      if (!exact) continue;  // "0|1" has no picture
      CHECK_FALSE(exact->solutions.empty());
      for (const Answer& solution : exact->solutions) {
        const Answer mapped = symmetry->apply(solution);
        CHECK(clues_of_picture(mapped.best()) == clues_of(image));
        CHECK(symmetry->inverse()->apply(mapped) == solution);
      }
    }
  }
  const Question given = read("1 2/3/0|1/0/2/2/1|#____/_____/_____");
  Rng rng(5);
  for (int seen = 0; seen < 2;) {
    const auto symmetry = module().symmetry(rng, given);
    if (symmetry->description() == "mirrored left to right") {
      CHECK(module().format_line(symmetry->apply(given)) == "2 1/3/0|1/2/2/0/1|____#/_____/_____");
      ++seen;
    } else if (symmetry->description() == "transposed") {
      CHECK(module().format_line(symmetry->apply(given)) ==
            "1/0/2/2/1|1 2/3/0|#__/___/___/___/___");
      ++seen;
    }
  }
}

TEST_CASE("nonogram: tokens lie as the board is drawn", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2|#__/__./___");
  const std::vector<Token> expected{0, 0, 4, 4, 4,  //
                                    0, 0, 7, 6, 6,  //
                                    5, 5, 2, 1, 1,  //
                                    4, 7, 1, 1, 3,  //
                                    4, 6, 1, 1, 1};
  CHECK(module().encode(question, 0) == expected);
  const TokenLayout layout = module().layout(question, 0);
  CHECK(layout.rows == 5);
  CHECK(layout.cols == 5);
  CHECK(layout.positions[0].role == Role::pad);
  CHECK(layout.positions[2].role == Role::clue);
  CHECK(layout.positions[12].role == Role::cell);
  CHECK(std::count_if(layout.positions.begin(), layout.positions.end(),
                      [](const Position& p) { return p.answer; }) == 9);
  auto gap = expected;
  std::swap(gap[15], gap[16]);  // "3 none" is no clue
  CHECK_FALSE(module().question_from_tokens(question, gap).ok());
}

TEST_CASE("nonogram: the picture shows every number and no empty boxes", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2");
  View view;
  view.question = &question;
  const test::Recorder picture = test::recorded(view);
  std::string numbers;
  for (const auto& label : picture.labels) numbers += label.text;
  std::sort(numbers.begin(), numbers.end());
  CHECK(numbers == "1122233");
  // The last fill of a slot: all of it where there is no number, less than all (a box) where there
  // is one.
  const auto boxed = [&](GridIndex grid, int row, int col) {
    const auto places = module().areas(question, view.area);
    const Rect slot = cell_rect(places[grid], question.grid(grid), row, col);
    const Point centre = test::centre_of(slot);
    float width = 0;
    for (const auto& fill : picture.fills) {
      if (fill.rect.contains(centre)) width = fill.rect.width;
    }
    return width < slot.width;
  };
  CHECK(boxed(rows_grid, 0, 0));
  CHECK(boxed(rows_grid, 1, 1));
  CHECK_FALSE(boxed(rows_grid, 1, 0));
  CHECK(boxed(columns_grid, 1, 2));
  CHECK_FALSE(boxed(columns_grid, 0, 2));
}

TEST_CASE("nonogram: crosses stand on empty cells until the picture is finished", "[nonogram]") {
  const Question question = read("1 1/3/2|3/2/2");
  const auto lines = [&](const char* board) {
    const Answer answer = answer_of(question, board);
    View view;
    view.question = &question;
    view.answer = &answer;
    return test::recorded(view).lines.size();
  };
  const std::size_t plain = lines("___/___/___");
  CHECK(lines("#._/___/___") == plain + 2);
  CHECK(lines("#._/___/__.") == plain + 4);
  CHECK(lines("#.#/###/##.") == plain);
}

}  // namespace
}  // namespace trm::nonogram
