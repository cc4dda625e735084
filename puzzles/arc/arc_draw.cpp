// A task on a canvas: pairs in rows and columns, an arrow in each from the input to the output.
#include <algorithm>
#include <cmath>

#include "puzzles/arc/arc_internal.h"
#include "puzzles/arc/arc_module.h"

namespace trm::arc {
namespace {

constexpr Color line_color = 0x555555ff;
constexpr Color arrow_color = 0x6b7280ff;
constexpr Color unknown_fill = 0xf3f4f6ff;
constexpr Color conflict_color = 0xdc2626ff;

// Where a pair lies: a box for the input, one for the output, the arrow between them.
struct Slot {
  Rect input, output;
  Point from, to;  // of the arrow
};

int pairs_of(const Question& question) {
  return demos(question) + question.puzzle().queries(question);
}

Slot slot_of(const Question& question, const Rect& area, int pair) {
  const int pairs = pairs_of(question);
  // A pair is about twice as wide as high.
  const float wish = std::sqrt(static_cast<float>(pairs) * area.width / (2 * area.height));
  const int columns = std::clamp(static_cast<int>(std::lround(wish)), 1, pairs);
  const int rows = (pairs + columns - 1) / columns;
  const float width = area.width / static_cast<float>(columns);
  const float height = area.height / static_cast<float>(rows);
  const float x = area.x + width * static_cast<float>(pair % columns);
  const float y = area.y + height * static_cast<float>(pair / columns);
  const float box = width * 0.4f, margin = width * 0.04f, tall = height * 0.92f;
  const float top = y + height * 0.04f, middle = y + height / 2;
  const Rect input{x + margin, top, box, tall};
  const Rect output{x + width - margin - box, top, box, tall};
  return {input, output, {input.x + box + margin, middle}, {output.x - margin, middle}};
}

// The largest rectangle for a grid with square cells in the middle of a box.
Rect fitted(const Grid& grid, const Rect& box) {
  const float side = std::min(box.width / static_cast<float>(grid.cols),
                              box.height / static_cast<float>(grid.rows));
  const float width = side * static_cast<float>(grid.cols);
  const float height = side * static_cast<float>(grid.rows);
  return {box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height};
}

Rect cell_rect(const Rect& area, const Grid& grid, int row, int col, float inset) {
  const float side = area.width / static_cast<float>(grid.cols);
  return {area.x + side * (static_cast<float>(col) + inset),
          area.y + side * (static_cast<float>(row) + inset), side * (1 - 2 * inset),
          side * (1 - 2 * inset)};
}

void draw_grid(Canvas& canvas, const Rect& area, const Grid& grid,
               const std::vector<PaletteEntry>& palette) {
  canvas.fill_rect(area, line_color);
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const Cell value = grid.at(row, col);
      const Color fill = value < palette.size() ? palette[value].fill : unknown_fill;
      canvas.fill_rect(cell_rect(area, grid, row, col, 0.03f), fill);
    }
  }
}

void draw_arrow(Canvas& canvas, const Slot& slot) {
  const float head = (slot.to.x - slot.from.x) / 2;
  const float width = std::max(1.0f, head / 8);
  canvas.line(slot.from, slot.to, width, arrow_color);
  canvas.line({slot.to.x - head, slot.to.y - head / 2}, slot.to, width, arrow_color);
  canvas.line({slot.to.x - head, slot.to.y + head / 2}, slot.to, width, arrow_color);
}

void draw_frame(Canvas& canvas, const Rect& rect, float width, Color color) {
  const Point a{rect.x, rect.y}, b{rect.x + rect.width, rect.y};
  const Point c{rect.x + rect.width, rect.y + rect.height}, d{rect.x, rect.y + rect.height};
  canvas.line(a, b, width, color);
  canvas.line(b, c, width, color);
  canvas.line(c, d, width, color);
  canvas.line(d, a, width, color);
}

// The answer's best candidate for a query, if it can be drawn.
const Grid* answered(const View& view, int query) {
  const auto at = static_cast<std::size_t>(query);
  if (view.answer == nullptr || at >= view.answer->queries.size()) return nullptr;
  if (view.answer->queries[at].empty()) return nullptr;
  const Grid& grid = view.answer->best(at);
  const bool whole =
      grid.rows > 0 && grid.cols > 0 && grid.cells.size() == static_cast<std::size_t>(grid.size());
  return whole ? &grid : nullptr;
}

void mark(Canvas& canvas, const Rect& area, const Grid& grid, const CellRef& cell) {
  if (!grid.contains(cell.row, cell.col)) return;
  const Rect rect = cell_rect(area, grid, cell.row, cell.col, 0.08f);
  draw_frame(canvas, rect, std::max(1.0f, rect.width * 0.1f), conflict_color);
}

}  // namespace

std::vector<Rect> Arc::areas(const Question& question, const Rect& area) const {
  std::vector<Rect> found;
  for (std::size_t i = 0; i < question.grids().size(); ++i) {
    const bool demo = i < test_grid(question, 0);
    const auto pair =
        static_cast<int>(demo ? i / 2 : i - static_cast<std::size_t>(demos(question)));
    const Slot slot = slot_of(question, area, pair);
    found.push_back(fitted(question.grid(i), demo && i % 2 == 1 ? slot.output : slot.input));
  }
  return found;
}

void Arc::draw(Canvas& canvas, const View& view) const {
  if (view.question == nullptr) return;
  const Question& question = *view.question;
  const auto colours_of = palette(question);
  const auto places = areas(question, view.area);
  for (std::size_t i = 0; i < places.size(); ++i)
    draw_grid(canvas, places[i], question.grid(i), colours_of);
  for (int pair = 0; pair < pairs_of(question); ++pair) {
    const Slot slot = slot_of(question, view.area, pair);
    draw_arrow(canvas, slot);
    const int query = pair - demos(question);
    if (query < 0) continue;
    const Grid& input = test_input(question, query);
    const Grid* answer = answered(view, query);
    if (answer == nullptr) {
      draw_frame(canvas, fitted(input, slot.output), 1, arrow_color);  // to be found
      continue;
    }
    const Rect place = fitted(*answer, slot.output);
    draw_grid(canvas, place, *answer, colours_of);
    for (const Conflict& conflict : view.conflicts) {
      if (conflict.cell.grid == query) mark(canvas, place, *answer, conflict.cell);
    }
  }
}

}  // namespace trm::arc
