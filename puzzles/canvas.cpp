#include "puzzles/canvas.h"

#include <algorithm>
#include <cmath>

namespace trm {

std::vector<Rect> grid_areas(const Question& question, const Rect& area) {
  const auto& grids = question.grids();
  if (grids.empty()) return {};
  int rows = 1;
  int cols = static_cast<int>(grids.size()) - 1;  // one empty column between two grids
  for (const NamedGrid& named : grids) {
    rows = std::max(rows, named.grid.rows);
    cols += named.grid.cols;
  }
  const float side = std::min(area.width / static_cast<float>(std::max(cols, 1)),
                              area.height / static_cast<float>(rows));
  float x = area.x + (area.width - side * static_cast<float>(cols)) / 2;
  std::vector<Rect> areas;
  areas.reserve(grids.size());
  for (const NamedGrid& named : grids) {
    const float width = side * static_cast<float>(named.grid.cols);
    const float height = side * static_cast<float>(named.grid.rows);
    areas.push_back({x, area.y + (area.height - height) / 2, width, height});
    x += width + side;
  }
  return areas;
}

Rect cell_rect(const Rect& area, const Grid& grid, int row, int col) {
  const float width = area.width / static_cast<float>(grid.cols);
  const float height = area.height / static_cast<float>(grid.rows);
  return {area.x + width * static_cast<float>(col), area.y + height * static_cast<float>(row),
          width, height};
}

std::optional<CellRef> cell_at(const Rect& area, const Grid& grid, Point point) {
  if (!area.contains(point)) return std::nullopt;
  const auto row =
      static_cast<int>((point.y - area.y) / area.height * static_cast<float>(grid.rows));
  const auto col =
      static_cast<int>((point.x - area.x) / area.width * static_cast<float>(grid.cols));
  // Rounding can carry a point on the far edge into the next cell.
  return CellRef{0, std::min(row, grid.rows - 1), std::min(col, grid.cols - 1)};
}

Color night(Color color) {
  const auto channel = [&](int shift) { return static_cast<float>(color >> shift & 0xff) / 255; };
  const float red = channel(24), green = channel(16), blue = channel(8);
  const float high = std::max({red, green, blue}), low = std::min({red, green, blue});
  // Lightness is turned over and kept off the extremes; what has a hue keeps its spread, so that
  // pale grounds become deep ones and dark inks become light ones of the same hue.
  constexpr float darkest = 0.09f, lightest = 0.92f;
  const float lightness = (high + low) / 2;
  const float turned = lightest - (lightest - darkest) * lightness;
  const float room = [](float l) { return 1 - std::abs(2 * l - 1); }(lightness);
  const float saturation = room > 0.01f ? (high - low) / room : 0;
  const float spread = std::min(saturation, 0.75f) * (1 - std::abs(2 * turned - 1));
  const auto mapped = [&](float value) {
    const float offset = high > low ? (value - lightness) / (high - low) * spread : 0;
    return static_cast<Color>(std::lround(255 * std::clamp(turned + offset, 0.0f, 1.0f)));
  };
  return mapped(red) << 24 | mapped(green) << 16 | mapped(blue) << 8 | (color & 0xffu);
}

}  // namespace trm
