#include "puzzles/tokens.h"

#include <set>

#include "tests/catch.h"

using namespace trm;

namespace {

TokenLayout cells(int rows, int cols) {
  TokenLayout layout{rows, cols, {}};
  layout.positions.resize(static_cast<std::size_t>(rows * cols), Position{Role::cell, true, 0, 0});
  return layout;
}

}  // namespace

TEST_CASE("near relations: names, order and ends", "[tokens]") {
  const Geometry geometry = near_relations(cells(2, 3));
  REQUIRE(geometry.size() == 8);
  const char* const names[] = {"near(-1,-1)", "near(-1,0)", "near(-1,1)", "near(0,-1)",
                               "near(0,1)",   "near(1,-1)", "near(1,0)",  "near(1,1)"};
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(geometry[i].name == names[i]);
    CHECK(geometry[i].kind == RelationKind::offset);
    CHECK(geometry[i].neighbour.size() == 6);
  }
  using Ends = std::vector<std::int32_t>;
  CHECK(geometry[3].neighbour == Ends{-1, 0, 1, -1, 3, 4});    // left
  CHECK(geometry[6].neighbour == Ends{3, 4, 5, -1, -1, -1});   // below
  CHECK(geometry[2].neighbour == Ends{-1, -1, -1, 1, 2, -1});  // above right
}

TEST_CASE("near relations: opposite offsets are inverse and pads stand alone", "[tokens]") {
  TokenLayout layout = cells(4, 5);
  const std::set<int> pads = {0, 7, 13};
  for (const int pad : pads) layout.positions[static_cast<std::size_t>(pad)].role = Role::pad;
  const Geometry geometry = near_relations(layout);
  for (std::size_t i = 0; i < 8; ++i) {
    const auto& there = geometry[i].neighbour;
    const auto& back = geometry[7 - i].neighbour;
    int links = 0;
    for (int p = 0; p < layout.size(); ++p) {
      const int q = there[static_cast<std::size_t>(p)];
      if (q < 0) continue;
      ++links;
      CHECK(back[static_cast<std::size_t>(q)] == p);
      CHECK(pads.count(p) + pads.count(q) == 0);
    }
    CHECK(links > 0);
  }
}

TEST_CASE("add_groups lists its sets one after another", "[tokens]") {
  Geometry geometry;
  add_groups(geometry, "row", {{0, 1, 2}, {}, {3, 1}});
  REQUIRE(geometry.size() == 1);
  CHECK(geometry[0].name == "row");
  CHECK(geometry[0].kind == RelationKind::groups);
  CHECK(geometry[0].starts == std::vector<std::int32_t>{0, 3, 3, 5});
  CHECK(geometry[0].members == std::vector<std::int32_t>{0, 1, 2, 3, 1});
}

TEST_CASE("a mask's only() leaves one token", "[tokens]") {
  TokenMask mask(2, 3, true);
  mask.only(1, 2);
  CHECK((mask.at(0, 0) && mask.at(0, 1) && mask.at(0, 2)));
  CHECK_FALSE(mask.at(1, 0));
  CHECK_FALSE(mask.at(1, 1));
  CHECK(mask.at(1, 2));
}
