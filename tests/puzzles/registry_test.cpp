#include "puzzles/registry.h"

#include <set>

#include "tests/catch.h"

using namespace trm;

TEST_CASE("every registered module is found by its name", "[registry]") {
  REQUIRE_FALSE(registered_puzzles().empty());
  std::set<std::string> names;
  for (const Puzzle* puzzle : registered_puzzles()) {
    REQUIRE(puzzle != nullptr);
    CHECK(names.insert(puzzle->name()).second);
    const auto found = find_puzzle(puzzle->name());
    REQUIRE(found.ok());
    CHECK(*found == puzzle);
  }
}

TEST_CASE("an unknown name is refused with the names that exist", "[registry]") {
  const auto unknown = find_puzzle("no-such-puzzle");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == ErrorCode::unknown_puzzle);
  CHECK(unknown.error().field == "puzzle");
  for (const Puzzle* puzzle : registered_puzzles()) {
    CHECK(unknown.error().message.find(puzzle->name()) != std::string::npos);
  }
  CHECK(find_puzzle(std::string(5000, 'x')).error().message.size() < 1000);
  CHECK_FALSE(find_puzzle("").ok());
}
