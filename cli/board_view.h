// Boards on a terminal, drawn from the module's palette: any puzzle, no puzzle's name.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal.h"
#include "puzzles/puzzle.h"

namespace trm::cli {

/// One answer grid and what is known about it.
struct BoardFrame {
  const Question* question = nullptr;
  int query = 0;
  const Grid* grid = nullptr;
  const Grid* previous = nullptr;                  ///< the step before; null: nothing is "changed"
  const std::vector<float>* confidence = nullptr;  ///< one a cell, 0..1; may be null
  const std::vector<Conflict>* conflicts = nullptr;  ///< may be null
};

/// The grid as lines ending in '\n'. With colours: the palette's fills, doubtful cells paler,
/// changed cells yellow, conflicts red; a board that would not fit on the terminal is drawn as half
/// blocks, two rows of cells a line. Without: labels, a changed cell marked '+', a conflict '!'.
std::string draw_frame(const BoardFrame& frame, const Terminal& terminal);

/// Cells that differ; all of them if the sizes differ.
int changed_cells(const Grid& before, const Grid& after);

/// Text in a style of its own ("good", "bad", "dim"), plain without colours.
enum class Tone { good, bad, dim, title };
std::string toned(std::string_view text, Tone tone, Colors colors);

}  // namespace trm::cli
