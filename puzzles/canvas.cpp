#include "puzzles/canvas.h"

#include <algorithm>
#include <cmath>

namespace trm {
namespace {

/// Red, green and blue as shares of full light, not as the curve that screens are sent.
struct Light {
  float red = 0, green = 0, blue = 0;
};

constexpr float flare = 0.05f;  // light that a screen reflects (WCAG)

float to_linear(float channel) {
  return channel <= 0.04045f ? channel / 12.92f : std::pow((channel + 0.055f) / 1.055f, 2.4f);
}

float to_screen(float light) {
  return light <= 0.0031308f ? 12.92f * light : 1.055f * std::pow(light, 1 / 2.4f) - 0.055f;
}

Light linear(Color color) {
  const auto channel = [&](int shift) {
    return to_linear(static_cast<float>(color >> shift & 0xff) / 255);
  };
  return {channel(24), channel(16), channel(8)};
}

float luminance(const Light& light) {
  return 0.2126f * light.red + 0.7152f * light.green + 0.0722f * light.blue;
}

template <class Function>
Light each(const Light& light, Function&& change) {
  return {change(light.red), change(light.green), change(light.blue)};
}

Color packed(const Light& light, Color alpha) {
  const auto byte = [](float share) {
    return static_cast<Color>(std::lround(255 * std::clamp(to_screen(share), 0.0f, 1.0f)));
  };
  return byte(light.red) << 24 | byte(light.green) << 16 | byte(light.blue) << 8 | alpha;
}

/// About that luminance, with as much colour as before where screens can show it: channels keep
/// their distances from the grey of their luminance.
Light tinted(const Light& before, float wanted) {
  const float grey = to_screen(luminance(before)), turned = to_screen(wanted);
  float share = 0.85f;  // glaring beside greys otherwise
  for (const float channel : {before.red, before.green, before.blue}) {
    const float away = to_screen(channel) - grey;
    const float room = away > 0 ? 1 - turned : turned;
    if (std::abs(away) * share > room) share = room / std::abs(away);
  }
  return each(before, [&](float channel) {
    return to_linear(turned + share * (to_screen(channel) - grey));
  });
}

/// Exactly that luminance: darkened, or mixed with white.
Light with_luminance(const Light& light, float wanted) {
  const float now = luminance(light);
  if (wanted <= now) return each(light, [&](float channel) { return channel * wanted / now; });
  const float white = (wanted - now) / (1 - now);
  return each(light, [&](float channel) { return channel + white * (1 - channel); });
}

}  // namespace

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

Rect fit_grid(const Grid& grid, const Rect& box) {
  const float side = std::min(box.width / static_cast<float>(grid.cols),
                              box.height / static_cast<float>(grid.rows));
  const float width = side * static_cast<float>(grid.cols);
  const float height = side * static_cast<float>(grid.rows);
  return {box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height};
}

const Grid* drawable(const Answer* answer, int query) {
  const auto at = static_cast<std::size_t>(query);
  if (answer == nullptr || at >= answer->queries.size() || answer->queries[at].empty())
    return nullptr;
  const Grid& grid = answer->best(at);
  const bool whole =
      grid.rows > 0 && grid.cols > 0 && grid.cells.size() == static_cast<std::size_t>(grid.size());
  return whole ? &grid : nullptr;
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

float contrast(Color a, Color b) {
  const float first = luminance(linear(a)) + flare, second = luminance(linear(b)) + flare;
  return std::max(first, second) / std::min(first, second);
}

Color night(Color color) {
  // Contrast is a quotient of luminances, so turning its logarithm over keeps contrasts.
  constexpr float darkest = 0.0085f, lightest = 0.83f;
  const Light before = linear(color);
  const float range = std::log((lightest + flare) / (darkest + flare)) / std::log(1 / flare + 1);
  const float turned =
      (lightest + flare) * std::pow((luminance(before) + flare) / flare, -range) - flare;
  return packed(with_luminance(tinted(before, turned), turned), color & 0xffu);
}

}  // namespace trm
