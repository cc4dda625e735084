// What the contract tests cannot know: the forms in which people write Sudokus, the official
// tokens, the rules, and the search against an independent brute force.
#include <algorithm>
#include <set>
#include <string>

#include "puzzles/registry.h"
#include "puzzles/sudoku/sudoku_internal.h"
#include "tests/catch.h"

namespace trm::sudoku {
namespace {

const Puzzle& sudoku_module() { return **find_puzzle("sudoku"); }

const std::string easy =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
const std::string easy_solved =
    "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

Question parsed(std::string_view text) {
  auto question = sudoku_module().parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

std::string refusal(std::string_view text) {
  const auto question = sudoku_module().parse(text);
  REQUIRE_FALSE(question.ok());
  CHECK_FALSE(question.error().message.empty());
  return question.error().field;
}

Answer answered(const Question& question, std::string_view text) {
  auto answer = sudoku_module().parse_answer(question, text);
  if (!answer) FAIL(answer.error().message);
  return *answer;
}

std::string replaced(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

TEST_CASE("sudoku: all common ways of writing a board read the same", "[sudoku]") {
  const Question board = parsed(easy);
  CHECK(parsed(replaced(easy, '.', '0')) == board);
  CHECK(parsed(replaced(easy, '.', '_')) == board);
  CHECK(parsed(replaced(easy, '.', '*')) == board);
  CHECK(parsed(easy + "\n") == board);
  CHECK(parsed(easy + "\r\n") == board);
  std::string rows, boxed;
  for (std::size_t row = 0; row < 9; ++row) {
    const std::string line = easy.substr(9 * row, 9);
    rows += line + "\n";
    if (row % 3 == 0) boxed += "+-------+-------+-------+\n";
    boxed += "| ";
    for (std::size_t col = 0; col < 9; ++col)
      boxed += std::string(1, line[col]) + (col % 3 == 2 ? " | " : " ");
    boxed += "\n";
  }
  CHECK(parsed(rows) == board);
  CHECK(parsed(boxed) == board);
  CHECK(parsed("#A somebody\n#D a board\n[Puzzle]\n" + rows) == board);
}

TEST_CASE("sudoku: lines of the Sudoku-Extreme CSV", "[sudoku]") {
  const Question board = parsed(easy);
  CHECK(parsed("puzzles0_kaggle," + easy + "," + easy_solved + ",0") == board);
  CHECK_FALSE(sudoku_module().parse("source,question,answer,rating").ok());
}

TEST_CASE("sudoku: other sizes and box shapes", "[sudoku]") {
  CHECK(parsed("1234341221434321").grid().rows == 4);
  const Question wide = parsed(std::string(36, '.'));
  CHECK(wide.param("box_rows") == 2);
  CHECK(wide.param("box_cols") == 3);
  const Question tall = parsed("3x2:" + std::string(36, '.'));
  CHECK(tall.param("box_rows") == 3);
  CHECK_FALSE(tall == wide);
  CHECK(sudoku_module().format_line(tall).substr(0, 4) == "3x2:");
  const Question large = parsed("G" + std::string(255, '.'));
  CHECK(large.grid().rows == 16);
  CHECK(large.grid().at(0, 0) == 16);
}

TEST_CASE("sudoku: refusals name line and column", "[sudoku]") {
  std::string bad = easy;
  bad[40] = 'x';
  CHECK(refusal(bad) == "line 1, column 41");
  CHECK(refusal(easy.substr(1)) == "line 1");
  CHECK(refusal(easy + "1") == "line 1");
  std::string rows;
  for (std::size_t row = 0; row < 9; ++row) rows += easy.substr(9 * row, 9) + "\n";
  rows[30] = '?';  // fourth row, first column
  CHECK(refusal(rows) == "line 4, column 1");
  CHECK(refusal("5" + std::string(15, '.')) == "line 1, column 1");  // a 5 on a 4x4 board
  CHECK(refusal("") == "board");
}

TEST_CASE("sudoku: official tokens, stable for larger boards", "[sudoku]") {
  const TokenSpec& spec = sudoku_module().tokens();
  CHECK(spec.vocab == 18);
  CHECK(spec.pad == 0);
  CHECK(spec.blank == 1);
  CHECK(spec.first_symbol == 2);
  const Question board = parsed(easy);
  const auto tokens = sudoku_module().encode(board, 0);
  CHECK(tokens[0] == 6);                                         // 5
  CHECK(tokens[2] == 1);                                         // blank
  CHECK(*std::max_element(tokens.begin(), tokens.end()) <= 10);  // the official vocabulary of 11
  CHECK(sudoku_module().layout(board, 0).symbols == 9);
  const TokenMask mask = sudoku_module().mask(board, 0);
  CHECK(mask.at(0, 6));
  CHECK_FALSE(mask.at(0, 7));  // a given keeps its digit
  CHECK(mask.at(2, 10));
  CHECK_FALSE(mask.at(2, 11));  // no tenth digit on a 9x9 board
  CHECK_FALSE(mask.at(2, 1));   // an answer has no blank
}

TEST_CASE("sudoku: rows, columns and boxes are three disjoint relations", "[sudoku]") {
  const Geometry geometry = sudoku_module().geometry(parsed(easy), 0);
  REQUIRE(geometry.size() == 3);
  for (const Relation& relation : geometry) {
    CHECK(relation.starts.size() == 10);
    std::vector<std::int32_t> members = relation.members;
    std::sort(members.begin(), members.end());
    for (std::int32_t i = 0; i < 81; ++i) CHECK(members[static_cast<std::size_t>(i)] == i);
  }
  const auto& box = geometry[2].members;
  CHECK(std::vector<std::int32_t>(box.begin(), box.begin() + 9) ==
        std::vector<std::int32_t>{0, 1, 2, 9, 10, 11, 18, 19, 20});
}

TEST_CASE("sudoku: right answers are verified, wrong ones show where", "[sudoku]") {
  const Question board = parsed(easy);
  CHECK(sudoku_module().check(board, answered(board, easy_solved)).status == Status::verified);
  std::string wrong = easy_solved;
  std::swap(wrong[2], wrong[3]);  // row 1 stays right, columns and boxes do not
  const Verdict verdict = sudoku_module().check(board, answered(board, wrong));
  CHECK(verdict.status == Status::unverified);
  std::set<CellRef> cells;
  for (const Conflict& conflict : verdict.conflicts) cells.insert(conflict.cell);
  CHECK(cells.contains(CellRef{0, 0, 2}));
  CHECK(cells.contains(CellRef{0, 0, 3}));
  // A valid board that ignores a given is no answer.
  std::string other = easy_solved;
  for (char& c : other) c = c == '5' ? '3' : c == '3' ? '5' : c;
  CHECK(sudoku_module().check(board, answered(board, other)).status == Status::unverified);
}

TEST_CASE("sudoku: givens that clash are problems with their places", "[sudoku]") {
  const auto problems = sudoku_module().problems(parsed("55" + std::string(79, '.')));
  REQUIRE(problems.size() >= 2);
  CHECK(problems[0].cell == CellRef{0, 0, 0});
  CHECK(sudoku_module().problems(parsed(easy)).empty());
}

// Solutions of a 4x4 board by trying every digit in every cell.
int brute_force(Grid& grid, const Shape& shape, int cell, int limit) {
  if (cell == grid.size()) return find_duplicates(grid, shape).empty() ? 1 : 0;
  const auto at = static_cast<std::size_t>(cell);
  if (grid.cells[at] != 0) return brute_force(grid, shape, cell + 1, limit);
  int count = 0;
  for (Cell digit = 1; digit <= 4 && count < limit; ++digit) {
    grid.cells[at] = digit;
    if (find_duplicates(grid, shape).empty()) {
      count += brute_force(grid, shape, cell + 1, limit - count);
    }
  }
  grid.cells[at] = 0;
  return count;
}

TEST_CASE("sudoku: the search counts as brute force does", "[sudoku]") {
  Rng rng(8);
  const Shape& shape = *standard_shape(4);
  std::set<int> seen;
  for (int i = 0; i < 200; ++i) {
    Grid grid(4, 4);
    for (int given = rng.between(3, 8); given > 0; --given) {
      grid.cells[rng.below(16)] = static_cast<Cell>(rng.between(1, 4));
    }
    if (!find_duplicates(grid, shape).empty()) continue;
    ExactLimits limits;
    limits.solutions = 5;
    const SearchResult found = search(grid, shape, limits);
    const int wanted = brute_force(grid, shape, 0, 5);
    CHECK(static_cast<int>(found.solutions.size()) == wanted);
    seen.insert(wanted);
  }
  CHECK(seen.size() >= 4);  // none, one and several
}

TEST_CASE("sudoku: uniqueness, no solution, guesses", "[sudoku]") {
  const auto solve = [](std::string_view text) {
    const auto result = sudoku_module().solve_exact(parsed(text), {});
    if (!result) FAIL(result.error().message);
    return *result;
  };
  const ExactResult unique = solve(easy);
  CHECK(unique.solutions.size() == 1);
  CHECK(unique.complete);
  CHECK(unique.guesses == 0);
  const ExactResult hard =
      solve("8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..");
  CHECK(hard.solutions.size() == 1);
  CHECK(hard.guesses > 0);
  CHECK(solve(std::string(81, '.')).solutions.size() == 2);  // stops at the limit
  CHECK_FALSE(solve(std::string(81, '.')).complete);
  const ExactResult none =
      solve("..9.287..8.6..4..5..3.....46.........2.71345.........23.....5..9..4..8.7..125.3..");
  CHECK(none.solutions.empty());
  CHECK(none.complete);
}

TEST_CASE("sudoku: a generator that is stopped gives up", "[sudoku]") {
  Rng rng(1);
  std::atomic<bool> stop{false};
  GenerateRequest request;
  request.stop = &stop;
  CHECK(sudoku_module().generate(rng, request).ok());
  stop = true;
  CHECK(sudoku_module().generate(rng, request).error().code == ErrorCode::exhausted);
}

TEST_CASE("sudoku: generated boards have one solution and their difficulty", "[sudoku]") {
  const auto generate = [](const char* difficulty, std::uint64_t seed) {
    Rng rng(seed);
    auto question = sudoku_module().generate(rng, {"9x9", difficulty, {}});
    if (!question) FAIL(question.error().message);
    return *question;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* difficulty : {"easy", "medium", "hard"}) {
      const Question board = generate(difficulty, seed);
      const auto exact = sudoku_module().solve_exact(board, {});
      REQUIRE(exact->solutions.size() == 1);
      CHECK(exact->complete);
      CHECK((exact->guesses > 0) == (std::string(difficulty) == "hard"));
      CHECK(generate(difficulty, seed) == board);
    }
  }
}

TEST_CASE("sudoku: a seed is the same board on every machine", "[sudoku]") {
  Rng rng(1);
  const auto board = sudoku_module().generate(rng, {"4x4", "easy", {}});
  REQUIRE(board.ok());
  CHECK(sudoku_module().format_line(*board) == "1......1213..412");
}

TEST_CASE("sudoku: hints lead to the solution, each with its reason", "[sudoku]") {
  const Question board = parsed(easy);
  Answer partial(board.grid());
  int hints = 0;
  for (;; ++hints) {
    const auto hint = sudoku_module().hint(board, partial);
    if (!hint) break;
    REQUIRE(hints < 81);
    CHECK_FALSE(hint->reason.empty());
    partial.queries[0][0].at(hint->cell.row, hint->cell.col) = hint->value;
  }
  CHECK(hints == 51);
  CHECK(sudoku_module().check(board, partial).status == Status::verified);
}

TEST_CASE("sudoku: JSON boards are answered in their container", "[sudoku]") {
  Json rows = Json::array();
  for (int row = 0; row < 4; ++row) {
    rows.push(Json::array().push(row == 0 ? 1 : 0).push(0).push(0).push(row == 3 ? 1 : 0));
  }
  const auto board = sudoku_module().from_json(rows);
  if (!board) FAIL(board.error().message);
  const Json answer = sudoku_module().answer_to_json(*board, Answer(Grid(4, 4, 2)));
  CHECK(answer.dump() == "[[2,2,2,2],[2,2,2,2],[2,2,2,2],[2,2,2,2]]");
  CHECK(sudoku_module().to_json(*board) == rows);
}

TEST_CASE("sudoku: guesses break no rule, and reach every open cell and digit that fits",
          "[sudoku]") {
  const Question board = parsed(easy);
  Rng rng(11);
  std::set<std::pair<std::size_t, Cell>> met;
  for (int i = 0; i < 20000; ++i) {
    const auto guessed = sudoku_module().suppose(rng, board, 1);
    REQUIRE(guessed);
    CHECK(sudoku_module().problems(*guessed).empty());
    int changed = 0;
    for (std::size_t cell = 0; cell < 81; ++cell) {
      const Cell before = board.grid().cells[cell], after = guessed->grid().cells[cell];
      if (before == after) continue;
      ++changed;
      CHECK(before == blank);
      met.emplace(cell, after);
    }
    CHECK(changed == 1);
  }
  const Shape& shape = shape_of(board);
  std::size_t fitting = 0;
  for (std::size_t cell = 0; cell < 81; ++cell) {
    for (Cell digit = 1; digit <= 9 && board.grid().cells[cell] == blank; ++digit) {
      fitting += std::none_of(shape.peers[cell].begin(), shape.peers[cell].end(), [&](int peer) {
        return board.grid().cells[static_cast<std::size_t>(peer)] == digit;
      });
    }
  }
  CHECK(met.size() == fitting);
  CHECK_FALSE(sudoku_module().suppose(rng, parsed(easy_solved), 3));
}

}  // namespace
}  // namespace trm::sudoku
