// Pencil marks, small in their cells: on the screen and on paper alike.
#pragma once

#include <cstdint>
#include <vector>

#include "puzzles/puzzle.h"
#include "ui/session/board_state.h"

namespace trm::ui {

/// The values that can be noted, in the order of their places in a cell; empty: the puzzle has no
/// marks.
std::vector<PaletteEntry> mark_notes(const Question& question);

/// The marks of one cell (bit v for value v) in its rectangle.
void draw_cell_marks(Canvas& canvas, const Rect& cell, std::uint64_t marks,
                     const std::vector<PaletteEntry>& notes, bool dark);

/// The marks of all open cells, where draw() puts the entries in that area.
void draw_marks(Canvas& canvas, const BoardState& state, const Rect& area, bool dark);

}  // namespace trm::ui
