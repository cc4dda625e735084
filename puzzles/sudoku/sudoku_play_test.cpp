// Playing Sudoku: reasons, conflicts on the way, sizes, and how entries look.
#include <string>

#include "puzzles/registry.h"
#include "puzzles/sudoku/sudoku_internal.h"
#include "tests/catch.h"
#include "tests/puzzles/recorder.h"

namespace trm::sudoku {
namespace {

const Puzzle& sudoku_module() { return **find_puzzle("sudoku"); }

Question board(std::string_view text) {
  auto question = sudoku_module().parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

/// The answer of a player who has put digits into open cells.
Answer with(const Question& question, std::initializer_list<std::tuple<int, int, int>> entries) {
  Answer answer = sudoku_module().start_answer(question);
  for (const auto& [row, col, digit] : entries)
    answer.queries[0][0].at(row, col) = static_cast<Cell>(digit);
  return answer;
}

/// "row,col" of conflicts, from 0.
std::string places(const std::vector<Conflict>& conflicts) {
  std::string text;
  for (const Conflict& conflict : conflicts) {
    CHECK_FALSE(conflict.message.empty());
    text += std::to_string(conflict.cell.row) + "," + std::to_string(conflict.cell.col) + " ";
  }
  return text;
}

const std::string small =
    "1..."
    "..3."
    ".1.."
    "...4";
const std::string easy =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";

TEST_CASE("sudoku: players put blanks and digits, and note candidates", "[sudoku][play]") {
  CHECK(sudoku_module().info().marks);
  const Question question = board(small);
  const auto palette = sudoku_module().answer_palette(question);
  REQUIRE(palette.size() == 5);
  CHECK(palette[0].value == 0);
  CHECK(palette[4].label == "4");
  CHECK(palette[4].key == '4');
  CHECK(sudoku_module().answer_palette(board(std::string(256, '.'))).back().key == 'g');
}

TEST_CASE("sudoku: a digit that stands twice is a conflict at once, an open cell is none",
          "[sudoku][play]") {
  const Question question = board(small);
  const auto conflicts = [&](std::initializer_list<std::tuple<int, int, int>> entries) {
    return places(sudoku_module().partial_conflicts(question, with(question, entries)));
  };
  CHECK(conflicts({}).empty());
  CHECK(conflicts({{0, 1, 2}}).empty());
  CHECK(conflicts({{0, 1, 1}}) == "0,0 0,1 2,1 ");  // the given 1 of its row, and of its column
  CHECK(conflicts({{1, 1, 4}, {1, 3, 4}}) == "1,1 1,3 3,3 ");  // entries against each other
  CHECK(conflicts({{0, 1, 9}}) == "0,1 ");
  CHECK(conflicts({{0, 0, 2}}) == "0,0 ");  // the given digit
  CHECK(conflicts({{0, 0, 0}}) == "0,0 ");
  CHECK_FALSE(sudoku_module().partial_conflicts(question, Answer(Grid(9, 9))).empty());
}

TEST_CASE("sudoku: reasons say why a digit must stand there", "[sudoku][play]") {
  const Question question = board(small);
  const auto reason = [&](int row, int col, int digit, const Answer& partial) {
    return sudoku_module().reason(question, partial, {0, row, col}, static_cast<Cell>(digit));
  };
  const Answer start = sudoku_module().start_answer(question);
  // The 3 of row 2 leaves row 1 for that of box 1.
  CHECK(reason(0, 1, 3, start) == "only place for 3 in box 1");
  CHECK_FALSE(reason(0, 1, 2, start).has_value());
  CHECK_FALSE(reason(0, 2, 2, start).has_value());
  CHECK_FALSE(reason(0, 0, 1, start).has_value());  // given: nothing to say
  CHECK_FALSE(reason(0, 1, 0, start).has_value());
  CHECK_FALSE(reason(0, 1, 5, start).has_value());
  CHECK_FALSE(reason(4, 0, 1, start).has_value());
  CHECK(reason(0, 1, 3, Answer()) == "only place for 3 in box 1");  // not begun
  // Two clashing digits: nothing can be concluded.
  CHECK_FALSE(reason(0, 1, 3, with(question, {{1, 0, 3}})).has_value());
  // With 2 in row 1, 4 has one place in box 2, in row 1 and in column 3: the box is named.
  CHECK(reason(0, 2, 4, with(question, {{0, 3, 2}})) == "only place for 4 in box 2");
}

TEST_CASE("sudoku: naked singles have their words, behind those of units", "[sudoku][play]") {
  const auto reason = [](std::string_view text, int row, int col) {
    const Question question = board(text);
    return sudoku_module().reason(question, Answer(), {0, row, col}, 9);
  };
  CHECK(reason("12345678." + std::string(72, '.'), 0, 8) == "only place for 9 in row 1");
  // Row and column leave 9 for the corner, though 9 has other places in both and in the box.
  const std::string corner =
      ".1234...."
      "5........"
      "6........"
      "7........"
      "8........";
  CHECK(reason(corner + std::string(36, '.'), 0, 0) == "9 is the only digit left for this cell");
}

TEST_CASE("sudoku: empty boards have the boxes that the size names", "[sudoku][play]") {
  const auto boxes = [](std::string_view size) {
    const auto question = sudoku_module().empty(size);
    if (!question) return question.error().message;
    return std::to_string(question->grid().rows) + " " +
           std::to_string(question->param("box_rows")) + "x" +
           std::to_string(question->param("box_cols"));
  };
  CHECK(boxes("") == "9 3x3");
  CHECK(boxes("6x6") == "6 2x3");
  CHECK(boxes("6x6:3x2") == "6 3x2");
  CHECK(boxes("6x6:2x3") == "6 2x3");
  CHECK(boxes("16x16") == "16 4x4");
  CHECK(boxes("5x5") == "size 5x5: expected 4x4, 6x6, 6x6:3x2, 9x9 or 16x16");
  CHECK(boxes("6x6:6x1").find("expected") != std::string::npos);
}

TEST_CASE("sudoku: resizing takes the standard boxes, and digits that fit", "[sudoku][play]") {
  const Question large = board(easy);
  const auto six = sudoku_module().apply(large, Resize{0, 6, 6});
  REQUIRE(six.ok());
  CHECK(six->param("box_rows") == 2);
  CHECK(sudoku_module().format_line(*six) ==
        "53...."
        "6..1.5"
        "......"
        "....6."
        "4....3"
        "....2.");
  const auto back = sudoku_module().apply(*six, Resize{0, 9, 9});
  REQUIRE(back.ok());
  CHECK(back->grid().at(0, 0) == 5);
  CHECK(back->param("box_rows") == 3);
  const Question tall = board("3x2:" + std::string(36, '.'));
  CHECK(*sudoku_module().apply(tall, Resize{0, 6, 6}) == tall);
  for (const auto& [rows, cols] : {std::pair{5, 5}, {9, 6}, {0, 0}, {-9, -9}, {100, 100}}) {
    const auto refused = sudoku_module().apply(large, Resize{0, rows, cols});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().field == "size");
    CHECK(refused.error().message.find("expected 4x4, 6x6, 6x6:3x2, 9x9 or 16x16") !=
          std::string::npos);
  }
  CHECK(sudoku_module().apply(large, Resize{1, 9, 9}).error().field == "grid");
  CHECK(sudoku_module().apply(large, SetCell{0, 0, 2, 4})->grid().at(0, 2) == 4);
}

TEST_CASE("sudoku: entries have another ink than givens, by day and by night", "[sudoku][play]") {
  const Question question = board(small);
  const Answer answer = with(question, {{0, 1, 3}});
  View view;
  view.question = &question;
  view.answer = &answer;
  for (const bool dark : {false, true}) {
    view.dark = dark;
    const auto picture = test::recorded(view);
    REQUIRE(picture.labels.size() == 5);
    CHECK(picture.labels[0].color != picture.labels[1].color);
    for (const std::size_t given : {2u, 3u, 4u})
      CHECK(picture.labels[given].color == picture.labels[0].color);
    CHECK(contrast(picture.labels[1].color, picture.labels[1].ground) >= 4.5f);
    REQUIRE(picture.lines.size() == 6);  // two boxes a side: three lines each way
    CHECK(contrast(picture.lines[0], picture.labels[0].ground) >= 4.5f);
  }
}

}  // namespace
}  // namespace trm::sudoku
