#include "ui/session/paint.h"

#include <cstdlib>
#include <span>
#include <utility>

#include "puzzles/text.h"

namespace trm::ui {
namespace {

Error outside(const CellRef& cell) {
  return fail(ErrorCode::invalid_field, cell_place(cell.row, cell.col) + " lies outside the board",
              cell_place(cell.row, cell.col));
}

/// The question after as many changes as its module takes.
class QuestionPainter {
 public:
  QuestionPainter(const Question& question, const std::bitset<256>& unique)
      : question_(question), unique_(unique) {}

  /// All at once; where the module refuses that, each half by itself.
  void take(std::span<const CellChange> changes) {
    if (changes.empty()) return;
    Draft draft = question_.draft();
    for (const CellChange& change : changes) set(draft, change);
    auto made = question_.puzzle().make(std::move(draft));
    if (made) {
      question_ = std::move(*made);
      taken_ += changes.size();
      return;
    }
    if (changes.size() == 1) {
      if (!refused_) refused_ = made.error();
      return;
    }
    take(changes.first(changes.size() / 2));
    take(changes.subspan(changes.size() / 2));
  }

  const Question& question() const { return question_; }
  std::size_t taken() const { return taken_; }
  const std::optional<Error>& refused() const { return refused_; }

 private:
  void set(Draft& draft, const CellChange& change) const {
    if (unique_.test(change.value)) {
      for (NamedGrid& named : draft.grids) {
        for (Cell& cell : named.grid.cells) {
          if (cell == change.value) cell = 0;
        }
      }
    }
    const auto [grid, row, col] = change.cell;
    draft.grids[static_cast<std::size_t>(grid)].grid.at(row, col) = change.value;
  }

  Question question_;
  const std::bitset<256>& unique_;
  std::size_t taken_ = 0;
  std::optional<Error> refused_;
};

void clear_others(Answer& entries, Cell value, const AnswerRules& rules) {
  for (std::size_t query = 0; query < entries.queries.size(); ++query) {
    Grid& grid = entries.queries[query].front();
    for (int i = 0; i < grid.size(); ++i) {
      const CellRef cell{static_cast<int>(query), i / grid.cols, i % grid.cols};
      Cell& held = grid.at(cell.row, cell.col);
      if (held == value && !rules.fixed(cell)) held = rules.erased(cell);
    }
  }
}

}  // namespace

Painted paint_question(const BoardState& from, const std::vector<CellChange>& changes,
                       const std::bitset<256>& unique) {
  Painted painted{from, 0, std::nullopt};
  const auto& grids = from.question.grids();
  std::vector<CellChange> open;
  for (const CellChange& change : changes) {
    const auto [grid, row, col] = change.cell;
    const bool inside = grid >= 0 && static_cast<std::size_t>(grid) < grids.size() &&
                        grids[static_cast<std::size_t>(grid)].grid.contains(row, col);
    if (!inside) {
      if (!painted.refused) painted.refused = outside(change.cell);
    } else if (!unique.test(change.value) &&
               grids[static_cast<std::size_t>(grid)].grid.at(row, col) == change.value) {
      ++painted.taken;
    } else {
      open.push_back(change);
    }
  }
  QuestionPainter painter(from.question, unique);
  painter.take(open);
  painted.taken += painter.taken();
  if (!painted.refused) painted.refused = painter.refused();
  if (painter.taken() > 0 && !(painter.question() == from.question)) {
    painted.state = with_question(from, painter.question());
  }
  return painted;
}

Painted paint_entries(const BoardState& from, const std::vector<CellChange>& changes,
                      const std::bitset<256>& unique, const AnswerRules& rules) {
  Painted painted{from, 0, std::nullopt};
  Answer& entries = painted.state.entries;
  for (const auto& [cell, value] : changes) {
    const bool inside =
        cell.grid >= 0 && static_cast<std::size_t>(cell.grid) < entries.queries.size() &&
        entries.best(static_cast<std::size_t>(cell.grid)).contains(cell.row, cell.col);
    if (inside && rules.allows(cell, value)) {
      if (unique.test(value)) clear_others(entries, value, rules);
      entries.queries[static_cast<std::size_t>(cell.grid)].front().at(cell.row, cell.col) = value;
      ++painted.taken;
      continue;
    }
    if (painted.refused) continue;
    const std::string place = cell_place(cell.row, cell.col);
    painted.refused =
        !inside ? outside(cell)
        : rules.fixed(cell)
            ? fail(ErrorCode::invalid_field, place + " is given and cannot change", place)
            : fail(ErrorCode::invalid_field, place + " cannot hold this value", place);
  }
  return painted;
}

std::vector<CellRef> line_cells(const CellRef& from, const CellRef& to) {
  std::vector<CellRef> cells;
  const int down = std::abs(to.row - from.row), right = std::abs(to.col - from.col);
  const int row_step = to.row > from.row ? 1 : -1, col_step = to.col > from.col ? 1 : -1;
  int error = right - down;
  CellRef cell = from;
  while (cell.row != to.row || cell.col != to.col) {
    const int twice = 2 * error;
    if (twice > -down) error -= down, cell.col += col_step;
    if (twice < right) error += right, cell.row += row_step;
    cells.push_back(cell);
  }
  return cells;
}

std::vector<CellRef> connected_cells(const Grid& grid, const CellRef& from) {
  const Cell value = grid.at(from.row, from.col);
  std::vector<bool> seen(grid.cells.size(), false);
  seen[grid.index(from.row, from.col)] = true;
  std::vector<CellRef> cells{from};
  for (std::size_t head = 0; head < cells.size(); ++head) {
    const auto [number, row, col] = cells[head];
    for (const auto& [down, right] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const CellRef next{number, row + down, col + right};
      if (!grid.contains(next.row, next.col) || grid.at(next.row, next.col) != value) continue;
      if (seen[grid.index(next.row, next.col)]) continue;
      seen[grid.index(next.row, next.col)] = true;
      cells.push_back(next);
    }
  }
  return cells;
}

}  // namespace trm::ui
