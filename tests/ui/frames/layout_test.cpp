// Where panes lie: no overlap, nothing outside, at every size.
#include "ui/app/layout.h"

#include <cmath>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace trm::ui {
namespace {

LayoutInput window(float width, float height) {
  LayoutInput input;
  input.top = 26;
  input.width = width;
  input.height = height - input.top;
  input.status = 24;
  return input;
}

std::vector<Rect> shown(const Layout& layout) {
  std::vector<Rect> all;
  for (const Rect& pane : layout.pane) {
    if (pane.width > 0) all.push_back(pane);
  }
  return all;
}

bool overlap(const Rect& a, const Rect& b) {
  constexpr float hair = 0.01f;
  return a.x + hair < b.x + b.width && b.x + hair < a.x + a.width && a.y + hair < b.y + b.height &&
         b.y + hair < a.y + a.height;
}

const Rect& at(const Layout& layout, Place place) { return layout.pane[static_cast<int>(place)]; }

TEST_CASE("panes keep apart and inside the window, whatever is open and however it is shared") {
  for (const float width : {720.0f, 900.0f, 1280.0f, 2560.0f}) {
    for (const float height : {320.0f, 500.0f, 800.0f, 1600.0f}) {
      for (int open = 0; open < 16; ++open) {
        for (const double share : {0.0, 0.05, 0.3, 0.9, 1.0}) {
          LayoutInput input = window(width, height);
          input.left = input.right = input.steps = share;
          for (int place = 0; place < place_count; ++place) input.has[place] = (open >> place & 1);
          const Layout layout = lay_out(input);
          INFO(width << " x " << height << ", open " << open << ", share " << share);
          REQUIRE_FALSE(layout.narrow);
          const auto panes = shown(layout);
          REQUIRE(panes.size() == static_cast<std::size_t>(__builtin_popcount(unsigned(open))));
          for (std::size_t i = 0; i < panes.size(); ++i) {
            REQUIRE(panes[i].x >= 0);
            REQUIRE(panes[i].y >= input.top);
            REQUIRE(panes[i].x + panes[i].width <= width + 0.01f);
            REQUIRE(panes[i].y + panes[i].height <= layout.status.y + 0.01f);
            for (std::size_t j = 0; j < i; ++j) REQUIRE_FALSE(overlap(panes[i], panes[j]));
          }
        }
      }
    }
  }
}

TEST_CASE("the board keeps room when its neighbours want everything") {
  LayoutInput input = window(1000, 700);
  input.left = input.right = input.steps = 0.9;
  const Layout layout = lay_out(input);
  REQUIRE(at(layout, Place::board).width >= 15 * input.line);
  REQUIRE(at(layout, Place::board).height >= 6 * input.line);
}

TEST_CASE("a pane gets the share that was wished") {
  LayoutInput input = window(1600, 1000);
  input.left = 0.25;
  input.right = 0.3;
  const Layout layout = lay_out(input);
  const float inside = input.width - 2 * layout.split_left.width;
  REQUIRE(at(layout, Place::left).width == Approx(0.25 * inside));
  REQUIRE(at(layout, Place::right).width == Approx(0.3 * inside));
}

TEST_CASE("splitters lie between the panes that they part") {
  const Layout layout = lay_out(window(1280, 800));
  const Rect& left = at(layout, Place::left);
  const Rect& board = at(layout, Place::board);
  const Rect& steps = at(layout, Place::steps);
  const Rect& right = at(layout, Place::right);
  REQUIRE(layout.split_left.x == Approx(left.x + left.width));
  REQUIRE(layout.split_left.x + layout.split_left.width == Approx(board.x));
  REQUIRE(layout.split_right.x == Approx(board.x + board.width));
  REQUIRE(layout.split_right.x + layout.split_right.width == Approx(right.x));
  REQUIRE(layout.split_steps.y == Approx(board.y + board.height));
  REQUIRE(layout.split_steps.y + layout.split_steps.height == Approx(steps.y));
}

TEST_CASE("a place without a view leaves its room to the others, and no splitter") {
  LayoutInput input = window(1280, 800);
  input.has[static_cast<int>(Place::left)] = false;
  input.has[static_cast<int>(Place::steps)] = false;
  const Layout layout = lay_out(input);
  REQUIRE(at(layout, Place::left).width == 0);
  REQUIRE(layout.split_left.width == 0);
  REQUIRE(layout.split_steps.width == 0);
  REQUIRE(at(layout, Place::board).height == Approx(at(layout, Place::right).height));
}

TEST_CASE("narrow or low windows have one pane") {
  for (const auto& [width, height] : {std::pair{500.0f, 800.0f}, {1280.0f, 200.0f}}) {
    const Layout layout = lay_out(window(width, height));
    REQUIRE(layout.narrow);
    REQUIRE(shown(layout).empty());
    REQUIRE(layout.whole.width == width);
    REQUIRE(layout.whole.y + layout.whole.height == Approx(layout.status.y));
  }
}

TEST_CASE("in the smallest window the pane gets all that the menu leaves") {
  const Layout layout = lay_out(window(200, 100));
  REQUIRE(layout.narrow);
  REQUIRE(layout.tiny);
  REQUIRE(layout.status.height == 0);
  REQUIRE(layout.whole.height == 74);
}

TEST_CASE("a window without height has no negative sizes") {
  const Layout layout = lay_out(window(200, 10));
  REQUIRE(layout.whole.height >= 0);
  REQUIRE(layout.status.height >= 0);
}

}  // namespace
}  // namespace trm::ui
