#include "puzzles/canvas.h"

#include <algorithm>

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

}  // namespace trm
