// Colours on a dark ground, and the places of cells.
#include "puzzles/canvas.h"

#include <algorithm>
#include <cmath>

#include "tests/catch.h"

using namespace trm;

namespace {

constexpr Color white = 0xffffffff, black = 0x000000ff;

Color grey(unsigned value) { return value << 24 | value << 16 | value << 8 | 0xffu; }

/// A rough cube of colours.
std::vector<Color> many_colors() {
  std::vector<Color> all;
  for (unsigned red = 0; red < 256; red += 51) {
    for (unsigned green = 0; green < 256; green += 51) {
      for (unsigned blue = 0; blue < 256; blue += 51)
        all.push_back(red << 24 | green << 16 | blue << 8 | 0xffu);
    }
  }
  return all;
}

int channel(Color color, int shift) { return static_cast<int>(color >> shift & 0xffu); }

}  // namespace

TEST_CASE("contrast is that of the WCAG", "[canvas]") {
  CHECK(contrast(black, white) == Approx(21));
  CHECK(contrast(white, black) == Approx(21));
  CHECK(contrast(0x123456ff, 0x123456ff) == Approx(1));
  CHECK(contrast(0x777777ff, white) == Approx(4.48).margin(0.01));
  CHECK(contrast(0xff0000ff, white) == Approx(4.0).margin(0.01));
  CHECK(contrast(0x0000ffff, white) == Approx(8.59).margin(0.01));
  CHECK(contrast(0x0000ff00, white) == contrast(0x0000ffff, white));  // as if opaque
}

TEST_CASE("night turns greys over, off the extremes, and keeps them grey", "[canvas]") {
  CHECK(channel(night(white), 8) < 0x28);
  CHECK(channel(night(white), 8) > 0x08);
  CHECK(channel(night(black), 8) > 0xe0);
  CHECK(channel(night(black), 8) < 0xff);
  int last = 256;
  int different = 0;
  for (unsigned value = 0; value < 256; ++value) {
    const Color turned = night(grey(value));
    CHECK(channel(turned, 24) == channel(turned, 16));
    CHECK(channel(turned, 24) == channel(turned, 8));
    CHECK(channel(turned, 24) <= last);  // lighter by day is never lighter by night
    different += channel(turned, 24) < last;
    last = channel(turned, 24);
  }
  CHECK(different > 120);
}

TEST_CASE("night keeps opacity and hue", "[canvas]") {
  for (const Color alpha : {0x00u, 0x40u, 0xffu})
    CHECK((night(0x1d4ed800u | alpha) & 0xffu) == alpha);
  for (const Color color : many_colors()) {
    const Color turned = night(color);
    INFO(std::hex << color << " " << turned);
    // The order of the channels is the hue's sector.
    for (const auto& [a, b] : {std::pair{24, 16}, {16, 8}, {24, 8}}) {
      const int before = channel(color, a) - channel(color, b);
      const int after = channel(turned, a) - channel(turned, b);
      if (before == 0) CHECK(std::abs(after) <= 1);
      if (before > 0) CHECK(after >= 0);
      if (before < 0) CHECK(after <= 0);
    }
  }
}

TEST_CASE("night keeps contrasts, so that what can be read stays readable", "[canvas]") {
  const auto colors = many_colors();
  for (std::size_t i = 0; i < colors.size(); i += 3) {
    for (std::size_t k = 0; k < colors.size(); k += 5) {
      const float day = contrast(colors[i], colors[k]);
      const float dark = contrast(night(colors[i]), night(colors[k]));
      INFO(std::hex << colors[i] << " " << colors[k]);
      CHECK(dark == Approx(std::pow(day, 0.887f)).epsilon(0.04));
      if (day >= 3.6f) CHECK(dark >= 3);
    }
  }
}

TEST_CASE("cell_at inverts cell_rect", "[canvas]") {
  for (const auto& [rows, cols] : {std::pair{1, 1}, {9, 9}, {2, 30}, {64, 64}, {30, 1}}) {
    const Grid grid(rows, cols);
    for (const Rect& area : {Rect{0, 0, 400, 400}, {-7.5f, 1000.25f, 333.3f, 21}, {5, 6, 3, 1}}) {
      for (int row = 0; row < rows; ++row) {
        for (int col = 0; col < cols; ++col) {
          const Rect cell = cell_rect(area, grid, row, col);
          for (const float share : {0.02f, 0.5f, 0.98f}) {
            const auto found =
                cell_at(area, grid, {cell.x + share * cell.width, cell.y + share * cell.height});
            REQUIRE(found.has_value());
            REQUIRE(*found == CellRef{0, row, col});
          }
        }
      }
    }
  }
}

TEST_CASE("cell_at: nothing outside, and no area has no cells", "[canvas]") {
  const Grid grid(3, 4);
  const Rect area{10, 20, 40, 30};
  CHECK(cell_at(area, grid, {10, 20}) == CellRef{0, 0, 0});
  CHECK(cell_at(area, grid, {49.999998f, 49.999998f}) == CellRef{0, 2, 3});
  for (const Point outside : {Point{9.9f, 30}, {50, 30}, {30, 19.9f}, {30, 50}, {-1e30f, 30}})
    CHECK_FALSE(cell_at(area, grid, outside).has_value());
  CHECK_FALSE(cell_at(area, grid, {std::nanf(""), 30}).has_value());
  CHECK_FALSE(cell_at({10, 20, 0, 0}, grid, {10, 20}).has_value());
}

TEST_CASE("fit_grid: square cells in the middle of the box", "[canvas]") {
  const Rect wide = fit_grid(Grid(2, 4), {10, 10, 100, 100});
  CHECK((wide.x == Approx(10) && wide.width == Approx(100)));
  CHECK((wide.y == Approx(35) && wide.height == Approx(50)));
  const Rect tall = fit_grid(Grid(30, 1), {0, 0, 60, 30});
  CHECK((tall.x == Approx(29.5) && tall.width == Approx(1)));
  CHECK((tall.y == Approx(0) && tall.height == Approx(30)));
}
