// Editing, hints, symmetries, tokens and drawing, as far as the contract tests cannot know them.
#include <algorithm>

#include "puzzles/nonogram/nonogram_internal.h"
#include "tests/catch.h"
#include "tests/puzzles/recorder.h"

namespace trm::nonogram {
namespace {

const Puzzle& module() { return nonogram_puzzle(); }

Question read(std::string_view text) {
  auto question = module().parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

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
  const Question question = read("1 2/3/0|1/1/2/1/1|#____/_____/_____");
  const auto exact = module().solve_exact(read("1 2/3/0|1/1/2/1/1"), {});
  REQUIRE(exact.ok());
  for (int k = 0; k < 8; ++k) {
    const auto symmetry = make_symmetry(3, 5, k);
    INFO(symmetry->description());
    const Question image = symmetry->apply(question);
    CHECK(image.grid(board_grid).rows == (k >= 4 ? 5 : 3));
    CHECK(symmetry->inverse()->apply(image) == question);
    for (const Answer& solution : exact->solutions) {
      const Answer mapped = symmetry->apply(solution);
      CHECK(clues_of_picture(mapped.best()) ==
            clues_of(symmetry->apply(read("1 2/3/0|1/1/2/1/1"))));
      CHECK(symmetry->inverse()->apply(mapped) == solution);
    }
  }
  CHECK(module().format_line(make_symmetry(3, 5, 1)->apply(question)) ==
        "2 1/3/0|1/1/2/1/1|____#/_____/_____");
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
}

}  // namespace
}  // namespace trm::nonogram
