// The template of a puzzle module: copy this folder, rename `blank`, and change what follows.
//
// Stripes: each row of the board takes the colour of its given cells. Cells of the one grid
// "board": 0 empty, 1 and 2 colours; an answer is a grid of the same size without empty cells.
#pragma once

namespace trm {

class Puzzle;

/// The module: one stateless object, thread-safe.
const Puzzle& blank_puzzle();

}  // namespace trm
