// The symmetry that most modules need: cells change places and values change names.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm {

/// How the first grid of a question is rearranged.
struct CellMap {
  int rows = 0;  ///< size of the mapped grid
  int cols = 0;
  std::vector<std::int32_t> source;  ///< cell of the original grid for each mapped cell
  std::array<Cell, 256> value;       ///< new value of each value (a permutation)
  Params params;                     ///< parameters of the mapped question
  std::string description;

  /// The identity on a grid.
  static CellMap identity(int rows, int cols, Params params);
};

/// Rearranges what a question has beside its first grid (clues in the margins): `draft` is
/// `question` with the first grid and the parameters mapped. It sees the inverse map as well, so
/// that it must do for both directions what map.source says.
using MapOthers = void (*)(const CellMap& map, const Question& question, Draft& draft);

/// A Symmetry of questions whose answers are one grid of the first grid's size. `original` gives
/// the size and parameters to come back to; questions with further grids need `others`.
std::shared_ptr<const Symmetry> make_cell_symmetry(const Question& original, CellMap map,
                                                   MapOthers others = nullptr);

/// The eight symmetries of a rectangle, k in 0..7: bit 2 transposes first, bit 1 then mirrors the
/// rows' order, bit 0 then the columns' order. Values and params are left as they are.
CellMap dihedral_map(int rows, int cols, int k);

}  // namespace trm
