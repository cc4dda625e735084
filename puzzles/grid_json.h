// What modules share that read and write JSON.
#pragma once

#include "puzzles/board.h"
#include "puzzles/json.h"
#include "puzzles/result.h"

namespace trm {

/// An array of rows, each an array of its cells' values.
Json number_rows(const Grid& grid);

/// invalid_field at a place: "PLACE: expected EXPECTED, found KIND".
Error wrong_kind(const std::string& place, std::string_view expected, const Json& found);

}  // namespace trm
