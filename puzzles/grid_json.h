// A grid as JSON.
#pragma once

#include "puzzles/board.h"
#include "puzzles/json.h"

namespace trm {

/// An array of rows, each an array of its cells' values.
Json number_rows(const Grid& grid);

}  // namespace trm
