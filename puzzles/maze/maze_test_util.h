// What the tests of the maze share.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/maze/maze.h"
#include "puzzles/puzzle.h"
#include "tests/catch.h"

namespace trm::maze_test {

using CellSet = std::set<int>;

inline const Puzzle& maze() { return maze_puzzle(); }

inline Question parsed(std::string_view text) {
  auto question = maze().parse(text);
  if (!question.ok()) FAIL(question.error().message);
  return *question;
}

inline Answer answered(const Question& question, std::string_view text) {
  auto answer = maze().parse_answer(question, text);
  if (!answer.ok()) FAIL(answer.error().message);
  return *answer;
}

/// Any board at all: several starts, none, no way.
inline Question random_board(Rng& rng, int rows, int cols) {
  Draft draft;
  draft.grids.push_back({"maze", Grid(rows, cols)});
  for (Cell& cell : draft.grids[0].grid.cells) cell = static_cast<Cell>(rng.below(4));
  return maze().make(draft).value();
}

inline CellSet path_cells(const Grid& answer) {
  CellSet cells;
  for (int cell = 0; cell < answer.size(); ++cell) {
    if (answer.cells[static_cast<std::size_t>(cell)] == 4) cells.insert(cell);
  }
  return cells;
}

inline bool verified(const Question& question, const Answer& answer) {
  const Verdict verdict = maze().check(question, answer);
  CHECK((verdict.status == Status::verified) == verdict.conflicts.empty());
  for (const Conflict& conflict : verdict.conflicts) {
    CHECK(conflict.cell.grid == 0);
    CHECK(question.grid().contains(conflict.cell.row, conflict.cell.col));
    CHECK_FALSE(conflict.message.empty());
  }
  return verdict.status == Status::verified;
}

inline bool mentions(const std::vector<Conflict>& conflicts, int row, int col,
                     std::string_view words) {
  return std::any_of(conflicts.begin(), conflicts.end(), [&](const Conflict& conflict) {
    return conflict.cell == CellRef{0, row, col} &&
           conflict.message.find(words) != std::string::npos;
  });
}

inline Question generated(Rng& rng, const std::string& size, const std::string& difficulty) {
  GenerateRequest request;
  request.size = size;
  request.difficulty = difficulty;
  auto question = maze().generate(rng, request);
  if (!question.ok()) FAIL(question.error().message);
  return *question;
}

}  // namespace trm::maze_test
