// Many cells changed at once: what a layer refuses is left out, and the module is asked as rarely
// as possible.
#pragma once

#include <bitset>
#include <optional>
#include <vector>

#include "ui/session/answer_rules.h"
#include "ui/session/board_state.h"

namespace trm::ui {

struct CellChange {
  CellRef cell;
  Cell value = 0;
};

/// A state after changes.
struct Painted {
  BoardState state;
  std::size_t taken = 0;         ///< changes that hold now, those included that held before
  std::optional<Error> refused;  ///< why the first of the others was not taken
};

/// Changes cells of the question. A value in `unique` leaves the other cells that held it.
Painted paint_question(const BoardState& from, const std::vector<CellChange>& changes,
                       const std::bitset<256>& unique);
/// Changes cells of the entries; alike.
Painted paint_entries(const BoardState& from, const std::vector<CellChange>& changes,
                      const std::bitset<256>& unique, const AnswerRules& rules);

/// The cells after `from` on a straight line to `to`, which it ends with (Bresenham); of one grid.
std::vector<CellRef> line_cells(const CellRef& from, const CellRef& to);
/// The cells that are connected with one by their sides and hold the same value.
std::vector<CellRef> connected_cells(const Grid& grid, const CellRef& from);

}  // namespace trm::ui
