// Game ids: what they mean, and that the same id is the same board.
#include "ui/session/game_id.h"

#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm::ui {
namespace {

Error refusal(std::string_view text) {
  const auto id = parse_game_id(text);
  REQUIRE_FALSE(id.ok());
  CHECK_FALSE(id.error().message.empty());
  return id.error();
}

TEST_CASE("A game id names puzzle, parameters and seed", "[ui]") {
  const auto id = parse_game_id("sudoku:size=6x6:3x2,difficulty=easy,clues=17.5#42");
  REQUIRE(id);
  CHECK(id->puzzle == "sudoku");
  CHECK(id->request.size == "6x6:3x2");
  CHECK(id->request.difficulty == "easy");
  CHECK(id->request.options.at("clues") == 17.5);
  CHECK(id->seed == 42);
  CHECK(format_game_id(*id) == "sudoku:size=6x6:3x2,difficulty=easy,clues=17.5#42");
  const auto bare = parse_game_id(" maze#18446744073709551615\n");
  REQUIRE(bare);
  CHECK(format_game_id(*bare) == "maze#18446744073709551615");
}

TEST_CASE("What is no game id is told from one that is wrong", "[ui]") {
  CHECK(is_game_id("maze#1"));
  CHECK(is_game_id("maze:size=#1"));  // meant as one: parse says what is wrong
  CHECK_FALSE(is_game_id("chess#1"));
  CHECK_FALSE(is_game_id("maze#"));
  CHECK_FALSE(is_game_id("maze#1x"));
  CHECK_FALSE(is_game_id("#S G#"));
  CHECK_FALSE(is_game_id(""));
  CHECK(refusal("chess#1").code == ErrorCode::unknown_puzzle);
  CHECK(refusal("maze").code == ErrorCode::invalid_text);
  CHECK(refusal("maze:size=#1").code == ErrorCode::invalid_text);
  CHECK(refusal("maze:#1").code == ErrorCode::invalid_text);
  CHECK(refusal("maze:size=5x5,size=6x6#1").code == ErrorCode::invalid_text);
  CHECK(refusal("maze:loops=many#1").message.find("'many'") != std::string::npos);
  CHECK(refusal("maze:loops=nan#1").code == ErrorCode::invalid_text);
  CHECK(refusal("maze:loops=1,loops=2#1").code == ErrorCode::invalid_text);
  CHECK(refusal("maze#18446744073709551616").code == ErrorCode::invalid_text);
}

TEST_CASE("The same id is the same board, for every puzzle that generates", "[ui]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    GameId id;
    id.puzzle = puzzle->name();
    id.seed = 7;
    const auto first = generate(id), second = generate(parse_game_id(format_game_id(id)).value());
    INFO(puzzle->name());
    REQUIRE(first.ok() == puzzle->info().generates);
    if (!first) continue;
    CHECK(*first == *second);
    Rng rng(7);
    CHECK(*first == puzzle->generate(rng, {}).value());
  }
  CHECK(generate({"maze", {"0x0", "", {}}, 1}).error().code == ErrorCode::invalid_field);
  CHECK(generate({"chess", {}, 1}).error().code == ErrorCode::unknown_puzzle);
}

}  // namespace
}  // namespace trm::ui
