// Hostile Sudokus, with a check of the rules that shares nothing with the module.
#include <algorithm>
#include <numeric>
#include <set>

#include "tests/engine/adversarial.h"

namespace trm::adversarial {
namespace {

constexpr const char* kName = "sudoku";
const std::string kSolved =
    "534678912672195348198342567859761423426853791713924856961537284287419635345286179";
const std::string kOne =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";

/// Every row, column and box holds 1 to the side once, and the givens stand.
bool right(const Question& question, const Grid& answer) {
  const Grid& givens = question.grid();
  const int side = givens.rows, high = question.param("box_rows"),
            wide = question.param("box_cols");
  if (answer.rows != side || answer.cols != side || high * wide != side) return false;
  std::set<std::pair<int, int>> seen;  // a unit and a digit in it
  for (int row = 0; row < side; ++row) {
    for (int col = 0; col < side; ++col) {
      const int digit = answer.at(row, col), given = givens.at(row, col);
      if (digit < 1 || digit > side || (given != 0 && given != digit)) return false;
      seen.insert({row, digit});
      seen.insert({side + col, digit});
      seen.insert({2 * side + row / high * (side / wide) + col / wide, digit});
    }
  }
  return seen.size() == static_cast<std::size_t>(3 * side * side);
}

Board board(const std::string& what, const std::string& text, Truth truth) {
  return {what, parsed(kName, text), truth};
}

std::string blanks(int count) { return std::string(static_cast<std::size_t>(count), '.'); }

/// The text with the cells at these places changed.
std::string with(std::string text, std::initializer_list<std::pair<std::size_t, char>> changes) {
  for (const auto& [at, c] : changes) text[at] = c;
  return text;
}

std::string relabelled(std::string text, const std::string& digits) {
  for (char& c : text) {
    if (c != '.') c = digits[static_cast<std::size_t>(c - '1')];
  }
  return text;
}

std::vector<Board> hostile() {
  return {
      board("empty 4x4", blanks(16), Truth::several),
      board("empty 6x6", blanks(36), Truth::several),
      board("empty 6x6 of tall boxes", "3x2:" + blanks(36), Truth::several),
      board("empty 9x9", blanks(81), Truth::several),
      board("empty 16x16", blanks(256), Truth::several),
      board("one given", "5" + blanks(80), Truth::several),
      board("complete", kSolved, Truth::one),
      board("one blank", with(kSolved, {{40, '.'}}), Truth::one),
      board("complete but for one digit twice", with(kSolved, {{40, '6'}}), Truth::refused),
      board("complete but for two digits exchanged", with(kSolved, {{0, '3'}, {1, '5'}}),
            Truth::refused),
      board("the same digit twice in a row", "5.......5" + blanks(72), Truth::refused),
      board("the same digit twice in a column", "5" + blanks(71) + "5" + blanks(8), Truth::refused),
      board("the same digit twice in a box", "5" + blanks(9) + "5" + blanks(70), Truth::refused),
      board("nothing but one digit", std::string(81, '7'), Truth::refused),
      board("a cell without a candidate", "12345678." + blanks(8) + "9" + blanks(63), Truth::none),
      board("a digit without a place in a row",
            "123......" + std::string("...4.....") + "......4.." + blanks(54), Truth::none),
      board("4x4 without a solution", "12........3...4.", Truth::none),
      board("a wrong given that breaks no unit", with(kOne, {{2, '2'}}), Truth::none),
      board("a rectangle of two digits, both ways",
            with(kSolved, {{30, '.'}, {31, '.'}, {57, '.'}, {58, '.'}}), Truth::unknown),
  };
}

TEST_CASE("Hostile Sudokus get honest answers", "[adversarial]") {
  const auto model = make_solver("native"), exact = make_solver("exact");
  for (const Board& b : hostile()) {
    INFO(b.what);
    if (b.truth != Truth::unknown && b.question.grid().size() <= 81) {
      CHECK(truth_of(b.question) == b.truth);  // what stands above is true
    }
    challenge_all(*model, *exact, b, right);
  }
}

TEST_CASE("A Sudoku with other digits is as easy, and answered in them", "[adversarial]") {
  const auto model = make_solver("native");
  Rng rng(4);
  std::string digits = "123456789";
  for (int i = 0; i < 6; ++i) {
    const Board b = board("digits " + digits, relabelled(kOne, digits), Truth::one);
    CHECK(challenge(*model, b, {1}, right));
    CHECK(challenge(*model, b, {8}, right));
    rng.shuffle(digits);
  }
}

TEST_CASE("Sudokus that lose their givens one by one stay honest", "[adversarial]") {
  const auto model = make_solver("native"), exact = make_solver("exact");
  std::string text = kOne;
  Rng rng(9);
  int several = 0;
  for (int gone = 0; gone < 24; gone += 4) {
    const Question question = parsed(kName, text);
    const Board b{std::to_string(gone) + " givens gone", question, truth_of(question)};
    several += b.truth == Truth::several ? 1 : 0;
    challenge_all(*model, *exact, b, right);
    for (int removed = 0; removed < 4;) {
      char& cell = text[rng.below(81)];
      if (cell == '.') continue;
      cell = '.';
      ++removed;
    }
  }
  CHECK(several > 0);
}

TEST_CASE("The independent check of Sudokus tells right from wrong", "[adversarial]") {
  const Question question = parsed(kName, kOne);
  Grid answer = parsed(kName, kSolved).grid();
  CHECK(right(question, answer));
  std::swap(answer.cells[2], answer.cells[3]);
  CHECK_FALSE(right(question, answer));
  CHECK_FALSE(right(question, question.grid()));
  CHECK_FALSE(right(parsed(kName, with(kOne, {{2, '2'}})), parsed(kName, kSolved).grid()));
}

}  // namespace
}  // namespace trm::adversarial
