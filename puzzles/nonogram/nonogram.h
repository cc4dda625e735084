// Nonograms (picross, hanjie, griddlers): pictures told by the runs of filled cells in every line.
//
// A question has three grids: "board" (cells given in advance; mostly all open), "rows" and
// "columns" (the clues, at the ends of their lines next to the board). Cell values mean the same in
// all of them: 0 nothing, 1..30 a number of a clue, 31 a filled cell, 32 an empty one. An answer is
// a board without open cells.
#pragma once

namespace trm {

class Puzzle;

/// The module: one stateless object, thread-safe.
const Puzzle& nonogram_puzzle();

}  // namespace trm
