// The maze on a canvas: the default grid, and the path as a trail of dots.
#include <algorithm>
#include <cmath>

#include "puzzles/maze/maze_internal.h"

namespace trm::maze {
namespace {

constexpr std::uint32_t dot_rgb = 0x2563eb00;

/// The question with the answer's path cells as free cells, so that the default draws no value for
/// them; other cells of the answer stay visible as they are.
Answer without_path(const Answer& answer) {
  Answer plain = answer;
  for (auto& candidates : plain.queries) {
    for (Grid& grid : candidates) {
      std::replace(grid.cells.begin(), grid.cells.end(), path, free_cell);
    }
  }
  return plain;
}

Color dot_color(const View& view, std::size_t cell, std::size_t cells) {
  float share = 1;
  if (view.confidence != nullptr && view.confidence->size() == cells) {
    const float confidence = (*view.confidence)[cell];
    share = std::isfinite(confidence) ? 0.25f + 0.75f * std::clamp(confidence, 0.0f, 1.0f) : 0.25f;
  }
  return dot_rgb | static_cast<Color>(std::lround(share * 255));
}

void draw_trail(Canvas& canvas, const View& view, const Grid& answer) {
  const auto areas = grid_areas(*view.question, view.area);
  const float width = areas.front().width / static_cast<float>(answer.cols);
  const float height = areas.front().height / static_cast<float>(answer.rows);
  for (int row = 0; row < answer.rows; ++row) {
    for (int col = 0; col < answer.cols; ++col) {
      if (answer.at(row, col) != path) continue;
      const Point centre{areas.front().x + width * (static_cast<float>(col) + 0.5f),
                         areas.front().y + height * (static_cast<float>(row) + 0.5f)};
      canvas.fill_circle(centre, std::min(width, height) * 0.22f,
                         dot_color(view, answer.index(row, col), answer.cells.size()));
    }
  }
}

}  // namespace

std::vector<PaletteEntry> Maze::palette(const Question&) const {
  return {{free_cell, "free", "", '.', 0xffffffff, 0x111827ff},
          {wall, "wall", "", '#', 0x374151ff, 0xffffffff},
          {start, "start", "S", 's', 0x86efacff, 0x14532dff},
          {goal, "goal", "G", 'g', 0xfca5a5ff, 0x7f1d1dff}};
}

void Maze::draw(Canvas& canvas, const View& view) const {
  const bool answered = view.question != nullptr && view.answer != nullptr &&
                        !view.answer->queries.empty() && !view.answer->queries.front().empty() &&
                        view.answer->best().size() > 0;
  if (!answered) return Puzzle::draw(canvas, view);
  const Answer plain = without_path(*view.answer);
  View below = view;
  below.answer = &plain;
  Puzzle::draw(canvas, below);
  draw_trail(canvas, view, view.answer->best());
}

}  // namespace trm::maze
