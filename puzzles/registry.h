// The list of puzzle modules. Its definition is generated from the `puzzle_module(name)` lines:
// self-registering statics would be dropped by the linker from static libraries.
#pragma once

#include <string_view>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm {

/// All listed modules, in the order of puzzles/CMakeLists.txt. Thread-safe.
const std::vector<const Puzzle*>& registered_puzzles();

/// The module of that name. Error: unknown_puzzle, naming those that exist.
Result<const Puzzle*> find_puzzle(std::string_view name);

}  // namespace trm
