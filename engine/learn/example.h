// One training example. Torch-free, so that the data pipeline needs no torch header.
#pragma once

#include <vector>

#include "puzzles/tokens.h"

namespace trm {

/// What the data pipeline hands to learning: tokens and labels of one query.
struct Example {
  std::vector<Token> tokens;  ///< [L]
  std::vector<Token> labels;  ///< [L], Puzzle::ignore_label where the loss does not count
  int identifier = 0;         ///< row of the puzzle-embedding table
};

}  // namespace trm
