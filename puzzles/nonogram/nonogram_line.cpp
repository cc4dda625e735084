// Line logic: what all placements of a line's runs have in common, and its closure over a board.
#include <algorithm>
#include <array>
#include <numeric>

#include "puzzles/nonogram/nonogram_internal.h"

namespace trm::nonogram {
namespace {

Bits bit(int i) { return Bits{1} << i; }
Bits run_bits(int start, int length) { return (bit(length) - 1) << start; }

/// Bit i of entry j: the first j runs fit into the first i cells and leave no filled cell there.
using Prefixes = std::array<Bits, most_runs(largest_side) + 1>;

Prefixes prefixes(const Line& line, const Clue& clue) {
  Prefixes fits{};
  fits[0] = 1;
  for (int i = 1; i <= line.cells && (line.filled & bit(i - 1)) == 0; ++i) fits[0] |= bit(i);
  for (std::size_t j = 1; j <= clue.size(); ++j) {
    const int length = clue[j - 1];
    for (int i = length; i <= line.cells; ++i) {
      const bool rest = (line.filled & bit(i - 1)) == 0 && (fits[j] & bit(i - 1)) != 0;
      const int start = i - length;
      bool here = (line.empty & run_bits(start, length)) == 0;
      // Before the run nothing at all, or an empty cell behind the runs before it.
      here = here && (start == 0 ? j == 1
                                 : (line.filled & bit(start - 1)) == 0 &&
                                       (fits[j - 1] & bit(start - 1)) != 0);
      if (rest || here) fits[j] |= bit(i);
    }
  }
  return fits;
}

Bits reversed(Bits bits, int cells) {
  Bits mirrored = 0;
  for (int i = 0; i < cells; ++i) {
    if ((bits & bit(i)) != 0) mirrored |= bit(cells - 1 - i);
  }
  return mirrored;
}

}  // namespace

int filled_cells(const Clue& clue) { return std::accumulate(clue.begin(), clue.end(), 0); }

int least_length(const Clue& clue) {
  return std::max(filled_cells(clue) + static_cast<int>(clue.size()) - 1, 0);
}

std::optional<Line> settle(const Line& line, const Clue& clue) {
  if (least_length(clue) > line.cells) return std::nullopt;
  const Prefixes before = prefixes(line, clue);
  if ((before[clue.size()] & bit(line.cells)) == 0) return std::nullopt;
  const Line mirrored{line.cells, reversed(line.filled, line.cells),
                      reversed(line.empty, line.cells)};
  const Prefixes after = prefixes(mirrored, Clue(clue.rbegin(), clue.rend()));
  const int n = line.cells;
  const std::size_t runs = clue.size();
  Bits can_fill = 0, can_empty = 0;
  for (int i = 0; i < n; ++i) {
    if ((line.filled & bit(i)) != 0) continue;
    for (std::size_t j = 0; j <= runs; ++j) {
      if ((before[j] & bit(i)) != 0 && (after[runs - j] & bit(n - 1 - i)) != 0) can_empty |= bit(i);
    }
  }
  for (std::size_t j = 0; j < runs; ++j) {
    const int length = clue[j];
    for (int start = 0; start + length <= n; ++start) {
      const int end = start + length;
      if ((line.empty & run_bits(start, length)) != 0) continue;
      const bool left =
          start == 0 ? j == 0
                     : (line.filled & bit(start - 1)) == 0 && (before[j] & bit(start - 1)) != 0;
      const bool right =
          end == n ? j + 1 == runs
                   : (line.filled & bit(end)) == 0 && (after[runs - j - 1] & bit(n - end - 1)) != 0;
      if (left && right) can_fill |= run_bits(start, length);
    }
  }
  return Line{n, can_fill & ~can_empty, can_empty & ~can_fill};
}

std::int64_t placements(const Line& line, const Clue& clue, std::int64_t most) {
  // ways[i]: placements of the runs so far in the first i cells, as in prefixes().
  std::vector<std::int64_t> ways(static_cast<std::size_t>(line.cells) + 1, 0);
  ways[0] = 1;
  for (int i = 1; i <= line.cells && (line.filled & bit(i - 1)) == 0; ++i) {
    ways[static_cast<std::size_t>(i)] = 1;
  }
  for (std::size_t j = 1; j <= clue.size(); ++j) {
    std::vector<std::int64_t> next(ways.size(), 0);
    const int length = clue[j - 1];
    for (int i = length; i <= line.cells; ++i) {
      std::int64_t& count = next[static_cast<std::size_t>(i)];
      if ((line.filled & bit(i - 1)) == 0) count = next[static_cast<std::size_t>(i) - 1];
      const int start = i - length;
      if ((line.empty & run_bits(start, length)) != 0) continue;
      if (start == 0) {
        count += j == 1 ? 1 : 0;
      } else if ((line.filled & bit(start - 1)) == 0) {
        count += ways[static_cast<std::size_t>(start) - 1];
      }
      count = std::min(count, most);
    }
    ways = std::move(next);
  }
  return ways.back();
}

Board::Board(const Clues& clues, const Grid& givens)
    : clues_(&clues),
      rows_(clues.rows.size(), Line{givens.cols, 0, 0}),
      columns_(clues.columns.size(), Line{givens.rows, 0, 0}),
      row_changed_(clues.rows.size(), true),
      column_changed_(clues.columns.size(), true),
      open_(givens.size()) {
  for (int row = 0; row < givens.rows; ++row) {
    for (int col = 0; col < givens.cols; ++col) {
      if (givens.at(row, col) != open) put(row, col, givens.at(row, col) == nonogram::filled);
    }
  }
}

void Board::put(int row, int col, bool fill) {
  Line& across = rows_[static_cast<std::size_t>(row)];
  Line& down = columns_[static_cast<std::size_t>(col)];
  (fill ? across.filled : across.empty) |= bit(col);
  (fill ? down.filled : down.empty) |= bit(row);
  row_changed_[static_cast<std::size_t>(row)] = true;
  column_changed_[static_cast<std::size_t>(col)] = true;
  --open_;
}

bool Board::settle_lines(bool across) {
  std::vector<Line>& lines = across ? rows_ : columns_;
  std::vector<bool>& changed = across ? row_changed_ : column_changed_;
  const std::vector<Clue>& clues = across ? clues_->rows : clues_->columns;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!changed[i]) continue;
    const auto settled = settle(lines[i], clues[i]);
    if (!settled) return false;
    const Bits news = lines[i].open() & ~settled->open();
    for (int at = 0; at < lines[i].cells; ++at) {
      if ((news & bit(at)) == 0) continue;
      const bool fill = (settled->filled & bit(at)) != 0;
      across ? put(static_cast<int>(i), at, fill) : put(at, static_cast<int>(i), fill);
    }
    changed[i] = false;  // put() has said so of this line as well
  }
  return true;
}

bool Board::propagate() {
  const auto any = [](const std::vector<bool>& changed) {
    return std::find(changed.begin(), changed.end(), true) != changed.end();
  };
  while (any(row_changed_) || any(column_changed_)) {
    ++rounds_;
    if (!settle_lines(true) || !settle_lines(false)) return false;
  }
  return true;
}

Grid Board::grid() const {
  Grid grid(static_cast<int>(rows_.size()), static_cast<int>(columns_.size()));
  for (int row = 0; row < grid.rows; ++row) {
    const Line& line = rows_[static_cast<std::size_t>(row)];
    for (int col = 0; col < grid.cols; ++col) {
      if ((line.filled & bit(col)) != 0) grid.at(row, col) = nonogram::filled;
      if ((line.empty & bit(col)) != 0) grid.at(row, col) = empty_cell;
    }
  }
  return grid;
}

}  // namespace trm::nonogram
