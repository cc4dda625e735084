// Hostile mazes, with a check of the rules that shares nothing with the module.
#include <algorithm>
#include <deque>

#include "tests/engine/adversarial.h"

namespace trm::adversarial {
namespace {

constexpr const char* kName = "maze";
constexpr Cell kWall = 1, kStart = 2, kGoal = 3, kPath = 4;

int find(const Grid& grid, Cell value) {
  const auto at = std::find(grid.cells.begin(), grid.cells.end(), value);
  return static_cast<int>(at - grid.cells.begin());
}

/// Moves from the start to the goal over cells that `open` allows; -1: no way.
int moves(const Grid& grid, const std::function<bool(Cell)>& open) {
  std::vector<int> distance(grid.cells.size(), -1);
  std::deque<int> queue{find(grid, kStart)};
  distance[static_cast<std::size_t>(queue.front())] = 0;
  while (!queue.empty()) {
    const int cell = queue.front(), row = cell / grid.cols, col = cell % grid.cols;
    queue.pop_front();
    for (const auto& [r, c] :
         {std::pair{row + 1, col}, {row - 1, col}, {row, col + 1}, {row, col - 1}}) {
      if (!grid.contains(r, c) || !open(grid.at(r, c))) continue;
      int& there = distance[grid.index(r, c)];
      if (there >= 0) continue;
      there = distance[static_cast<std::size_t>(cell)] + 1;
      queue.push_back(static_cast<int>(grid.index(r, c)));
    }
  }
  return distance[static_cast<std::size_t>(find(grid, kGoal))];
}

/// Free cells became path cells, nothing else changed; the path cells lead from start to goal, and
/// there are no more of them than the shortest way needs.
bool right(const Question& question, const Grid& answer) {
  const Grid& maze = question.grid();
  if (answer.rows != maze.rows || answer.cols != maze.cols) return false;
  int path = 0;
  for (std::size_t i = 0; i < maze.cells.size(); ++i) {
    const bool marked = maze.cells[i] == 0 && answer.cells[i] == kPath;
    path += marked ? 1 : 0;
    if (!marked && maze.cells[i] != answer.cells[i]) return false;
  }
  const int shortest = moves(maze, [](Cell c) { return c != kWall; });
  const int walked = moves(answer, [](Cell c) { return c == kPath || c == kStart || c == kGoal; });
  return shortest > 0 && walked == shortest && path == shortest - 1;
}

Board board(const std::string& what, const std::string& text, Truth truth) {
  return {what, parsed(kName, text), truth};
}

/// An empty square with the start and the goal in opposite corners.
std::string open_square(int side) {
  std::string text;
  for (int row = 0; row < side; ++row) {
    std::string line(static_cast<std::size_t>(side), ' ');
    if (row == 0) line.front() = 'S';
    if (row == side - 1) line.back() = 'G';
    text += (row ? "/" : "") + line;
  }
  return text;
}

/// One corridor that fills the square: rows of cells between rows of walls with a gap at one end.
std::string serpentine(int side) {
  std::string text;
  for (int row = 0; row < side; ++row) {
    std::string line(static_cast<std::size_t>(side), row % 2 == 0 ? ' ' : '#');
    if (row % 2 == 1) (row % 4 == 1 ? line.back() : line.front()) = ' ';
    if (row == 0) line.front() = 'S';
    if (row == side - 1) (row % 4 == 1 ? line.back() : line.front()) = 'G';
    text += (row ? "/" : "") + line;
  }
  return text;
}

std::vector<Board> hostile() {
  return {
      board("the start beside the goal", "SG/  ", Truth::one),
      board("nothing but the two", "SG/", Truth::one),
      board("one column", "S/ / /G", Truth::one),
      board("one row of 64", "S" + std::string(62, ' ') + "G/", Truth::one),
      board("two ways of one length", "S  / # /  G", Truth::several),
      board("two ways of different length", "S   / ## /G   ", Truth::one),
      board("a goal beside the start and a long way round", "SG /   /   ", Truth::one),
      board("open 8x8", open_square(8), Truth::several),
      board("walls but for a corridor", "####/S  G/####/####", Truth::one),
      board("the start walled in", "S# / # /##G", Truth::refused),
      board("the goal walled in", "S  / ##/ #G", Truth::refused),
      board("a wall across", "S  /###/  G", Truth::refused),
      board("no start", "   /   /  G", Truth::refused),
      board("no goal", "S  /   /   ", Truth::refused),
      board("neither", "   /   /   ", Truth::refused),
      board("two starts", "S S/   /  G", Truth::refused),
      board("two goals", "S  /   /G G", Truth::refused),
      board("all walls", "###/###/###", Truth::refused),
      board("a diagonal gap only", "S#/#G", Truth::refused),
  };
}

TEST_CASE("Hostile mazes get honest answers", "[adversarial]") {
  const auto model = make_solver("native"), exact = make_solver("exact");
  for (const Board& b : hostile()) {
    INFO(b.what);
    CHECK(truth_of(b.question) == b.truth);  // what stands above is true
    challenge_all(*model, *exact, b, right);
  }
}

TEST_CASE("The largest mazes end in time, with an honest answer", "[adversarial]") {
  const auto model = make_solver("native"), exact = make_solver("exact");
  constexpr int kSteps = 3;  // of about 40 ms, many times that under a sanitizer
  for (const int side : {63, Puzzle::max_side}) {
    const std::string size = std::to_string(side);
    challenge_all(*model, *exact, board("open " + size, open_square(side), Truth::several), right,
                  kSteps);
    challenge_all(*model, *exact, board("one corridor " + size, serpentine(side), Truth::one),
                  right, kSteps);
  }
  const auto beyond = (*find_puzzle(kName))->parse(open_square(Puzzle::max_side + 1));
  REQUIRE_FALSE(beyond.ok());
  CHECK(beyond.error().code == ErrorCode::too_large);
}

TEST_CASE("The independent check of mazes tells right from wrong", "[adversarial]") {
  const Question question = parsed(kName, "S   / ## /G   ");
  const auto answer = [&](const char* text) {
    return question.puzzle().parse_answer(question, text).value().best();
  };
  CHECK(right(question, answer("S   /o## /G   ")));
  CHECK_FALSE(right(question, answer("S   / ## /G   ")));
  CHECK_FALSE(right(question, answer("So  /o## /G   ")));
  CHECK_FALSE(right(question, answer("Sooo/ ##o/Gooo")));
}

}  // namespace
}  // namespace trm::adversarial
