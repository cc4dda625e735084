// The maze on a canvas: the default grid, and the path as a trail of dots.
#include <algorithm>
#include <cmath>

#include "puzzles/maze/maze_internal.h"

namespace trm::maze {
namespace {

constexpr Color dot_color = 0x2563ebff;

bool is_whole(const Grid& grid) {
  return grid.rows > 0 && grid.cols > 0 &&
         grid.cells.size() == static_cast<std::size_t>(grid.size());
}

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

/// How strongly to draw a path cell; without confidences: fully.
float strength(const View& view, const Grid& answer, std::size_t cell) {
  if (view.confidence == nullptr || view.confidence->size() != answer.cells.size()) return 1;
  const float confidence = (*view.confidence)[cell];
  return std::isfinite(confidence) ? 0.25f + 0.75f * std::clamp(confidence, 0.0f, 1.0f) : 0.25f;
}

void draw_trail(Canvas& canvas, const View& view, const Rect& area, const Grid& answer) {
  const Color color = (view.dark ? night(dot_color) : dot_color) & 0xffffff00u;
  for (int row = 0; row < answer.rows; ++row) {
    for (int col = 0; col < answer.cols; ++col) {
      if (answer.at(row, col) != path) continue;
      const Rect cell = cell_rect(area, answer, row, col);
      const float share = strength(view, answer, answer.index(row, col));
      canvas.fill_circle({cell.x + cell.width / 2, cell.y + cell.height / 2},
                         std::min(cell.width, cell.height) * 0.22f,
                         color | static_cast<Color>(std::lround(share * 255)));
    }
  }
}

}  // namespace

std::vector<PaletteEntry> Maze::palette(const Question&) const {
  return {{free_cell, "free", "", '.', 0xffffffff, 0x111827ff},
          {wall, "wall", "", '#', 0x374151ff, 0xffffffff},
          {start, "start", "S", 's', 0x22c55eff, 0x052e16ff, true},
          {goal, "goal", "G", 'g', 0xf87171ff, 0x450a0aff, true}};
}

std::vector<PaletteEntry> Maze::answer_palette(const Question&) const {
  return {{free_cell, "free", "", '.', 0xffffffff, 0x111827ff},
          {path, "path", "o", 'o', 0xdbeafeff, dot_color}};
}

void Maze::draw(Canvas& canvas, const View& view) const {
  const bool answered = view.question != nullptr && view.answer != nullptr &&
                        !view.answer->queries.empty() && !view.answer->queries.front().empty() &&
                        is_whole(view.answer->best());
  if (!answered) return Puzzle::draw(canvas, view);
  const Answer plain = without_path(*view.answer);
  View below = view;
  below.answer = &plain;
  Puzzle::draw(canvas, below);
  draw_trail(canvas, view, answer_areas(*view.question, plain, view.area).front(),
             view.answer->best());
}

}  // namespace trm::maze
