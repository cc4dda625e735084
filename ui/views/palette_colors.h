// Colours of a palette as the board on the screen has them.
#pragma once

#include <vector>

#include "puzzles/puzzle.h"

namespace trm::ui {

/// The entries in the colours that the module draws them with. On a dark ground modules turn
/// colours over, but for those that mean something; only their drawing tells which.
std::vector<PaletteEntry> colors_on_screen(const Question& question,
                                           std::vector<PaletteEntry> palette, bool dark);

}  // namespace trm::ui
