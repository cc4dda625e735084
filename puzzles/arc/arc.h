// ARC tasks: demonstration pairs of an input and an output grid, and test inputs whose outputs are
// to be found (Chollet 2019, https://github.com/fchollet/ARC-AGI).
//
// Grids of a question: input and output of each demonstration, then the test inputs; the parameter
// "demonstrations" says how many pairs come first. Cells are colours 0 to 9, sides 1 to 30. What an
// output must be is nowhere written down, so no answer is ever verified.
#pragma once

namespace trm {

class Puzzle;

/// The module: one stateless object, thread-safe.
const Puzzle& arc_puzzle();

}  // namespace trm
