// Game ids: "puzzle:params#seed" makes the same generated board everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "puzzles/puzzle.h"

namespace trm::ui {

/// "sudoku:size=9x9,difficulty=hard,clues=24#17": what to generate, and from which seed. Size and
/// difficulty may be missing; other names are generator options.
struct GameId {
  std::string puzzle;
  GenerateRequest request;
  std::uint64_t seed = 0;
};

/// Whether text looks like a game id (a listed puzzle's name, ':' or '#', a '#' and digits).
bool is_game_id(std::string_view text);
/// Errors: invalid_text, unknown_puzzle.
Result<GameId> parse_game_id(std::string_view text);
std::string format_game_id(const GameId& id);
/// The board of an id. As Puzzle::generate with Rng(seed).
Result<Question> generate(const GameId& id);

}  // namespace trm::ui
