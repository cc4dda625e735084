// Flips and transposition: the board's cells change places, clues are read from where the lines
// begin now.
#include <algorithm>
#include <utility>

#include "puzzles/cell_symmetry.h"
#include "puzzles/nonogram/nonogram_internal.h"

namespace trm::nonogram {
namespace {

/// The clue of a new line whose cells begin at `first` and go on at `second` (-1: there is no more)
/// of the original board. `row`: the new line is a row.
Clue clue_from(const Clues& clues, int first, int second, bool row) {
  const int cols = static_cast<int>(clues.columns.size());
  bool across = row;
  if (second >= 0) {
    across = second / cols == first / cols;
  } else if (clues.rows.size() + clues.columns.size() > 2) {
    across = cols == 1;  // a line of one cell lies across a board that is one cell wide
  }
  Clue clue = across ? clues.rows[static_cast<std::size_t>(first / cols)]
                     : clues.columns[static_cast<std::size_t>(first % cols)];
  if (second >= 0 && second < first) std::reverse(clue.begin(), clue.end());
  return clue;
}

void move_clues(const CellMap& map, const Question& question, Draft& draft) {
  const Clues clues = clues_of(question);
  const auto source = [&](int row, int col) {
    if (row >= map.rows || col >= map.cols) return -1;
    return static_cast<int>(map.source[static_cast<std::size_t>(row * map.cols + col)]);
  };
  Clues moved;
  for (int row = 0; row < map.rows; ++row) {
    moved.rows.push_back(clue_from(clues, source(row, 0), source(row, 1), true));
  }
  for (int col = 0; col < map.cols; ++col) {
    moved.columns.push_back(clue_from(clues, source(0, col), source(1, col), false));
  }
  draft.grids = make_draft(moved, std::move(draft.grids[board_grid].grid)).grids;
}

}  // namespace

std::shared_ptr<const Symmetry> Nonogram::symmetry(Rng& rng, const Question& question) const {
  const Grid& board = question.grid(board_grid);
  return make_cell_symmetry(
      question, dihedral_map(board.rows, board.cols, static_cast<int>(rng.below(8))), move_clues);
}

}  // namespace trm::nonogram
