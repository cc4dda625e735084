// Mazes: find a shortest path from start to goal.
//
// Cells of the question's one grid "maze": 0 free, 1 wall, 2 start, 3 goal; an answer is a grid of
// the same size in which the free cells on the path are 4.
#pragma once

namespace trm {

class Puzzle;

/// The module: one stateless object, thread-safe.
const Puzzle& maze_puzzle();

}  // namespace trm
