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

Rect inset_cell(const Rect& area, const Grid& grid, int row, int col, float share) {
  const Rect cell = cell_rect(area, grid, row, col);
  const float margin = cell.width * share;
  return {cell.x + margin, cell.y + margin, cell.width - 2 * margin, cell.height - 2 * margin};
}

// Margin of a cell as a share of its side; colours mean something, so doubt shows in the size.
float margin_of(const std::vector<float>* confidence, std::size_t cell) {
  constexpr float certain = 0.03f, doubtful = 0.3f;
  if (confidence == nullptr) return certain;
  const float share =
      std::isfinite((*confidence)[cell]) ? std::clamp((*confidence)[cell], 0.0f, 1.0f) : 0.0f;
  return doubtful + (certain - doubtful) * share;
}

void draw_grid(Canvas& canvas, const Rect& area, const Grid& grid,
               const std::vector<PaletteEntry>& palette, Color lines,
               const std::vector<float>* confidence) {
  canvas.fill_rect(area, lines);
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const Cell value = grid.at(row, col);
      const Color fill = value < palette.size() ? palette[value].fill : unknown_fill;
      canvas.fill_rect(
          inset_cell(area, grid, row, col, margin_of(confidence, grid.index(row, col))), fill);
    }
  }
}

void draw_arrow(Canvas& canvas, const Slot& slot, Color color) {
  const float head = (slot.to.x - slot.from.x) / 2;
  const float width = std::max(1.0f, head / 8);
  canvas.line(slot.from, slot.to, width, color);
  canvas.line({slot.to.x - head, slot.to.y - head / 2}, slot.to, width, color);
  canvas.line({slot.to.x - head, slot.to.y + head / 2}, slot.to, width, color);
}

void draw_frame(Canvas& canvas, const Rect& rect, float width, Color color) {
  const Point a{rect.x, rect.y}, b{rect.x + rect.width, rect.y};
  const Point c{rect.x + rect.width, rect.y + rect.height}, d{rect.x, rect.y + rect.height};
  canvas.line(a, b, width, color);
  canvas.line(b, c, width, color);
  canvas.line(c, d, width, color);
  canvas.line(d, a, width, color);
}

void mark(Canvas& canvas, const Rect& area, const Grid& grid, const CellRef& cell) {
  if (!grid.contains(cell.row, cell.col)) return;
  const Rect rect = inset_cell(area, grid, cell.row, cell.col, 0.08f);
  draw_frame(canvas, rect, std::max(1.0f, rect.width * 0.1f), conflict_color);
}

// Beside the test input; where there is no answer, the room for one of the input's size.
Rect answer_area(const Question& question, const Answer* answer, int query, const Rect& area) {
  const Grid* grid = drawable(answer, query);
  const Slot slot = slot_of(question, area, demos(question) + query);
  return fit_grid(grid != nullptr ? *grid : test_input(question, query), slot.output);
}

}  // namespace

std::vector<Rect> Arc::areas(const Question& question, const Rect& area) const {
  std::vector<Rect> found;
  for (std::size_t i = 0; i < question.grids().size(); ++i) {
    const bool demo = i < test_grid(question, 0);
    const auto pair =
        static_cast<int>(demo ? i / 2 : i - static_cast<std::size_t>(demos(question)));
    const Slot slot = slot_of(question, area, pair);
    found.push_back(fit_grid(question.grid(i), demo && i % 2 == 1 ? slot.output : slot.input));
  }
  return found;
}

std::vector<Rect> Arc::answer_areas(const Question& question, const Answer& answer,
                                    const Rect& area) const {
  std::vector<Rect> found;
  for (int query = 0; query < queries(question); ++query)
    found.push_back(answer_area(question, &answer, query, area));
  return found;
}

void Arc::draw(Canvas& canvas, const View& view) const {
  if (view.question == nullptr) return;
  const Question& question = *view.question;
  const auto colours_of = palette(question);
  const auto tone = [&](Color color) { return view.dark ? night(color) : color; };
  const auto places = areas(question, view.area);
  for (std::size_t i = 0; i < places.size(); ++i)
    draw_grid(canvas, places[i], question.grid(i), colours_of, tone(line_color), nullptr);
  for (int pair = 0; pair < pairs_of(question); ++pair) {
    draw_arrow(canvas, slot_of(question, view.area, pair), tone(arrow_color));
    const int query = pair - demos(question);
    if (query < 0) continue;
    const Rect place = answer_area(question, view.answer, query, view.area);
    const Grid* answer = drawable(view.answer, query);
    if (answer == nullptr) {
      draw_frame(canvas, place, 1, tone(arrow_color));  // to be found
      continue;
    }
    const bool fits =
        query == 0 && view.confidence != nullptr && view.confidence->size() == answer->cells.size();
    draw_grid(canvas, place, *answer, colours_of, tone(line_color),
              fits ? view.confidence : nullptr);
    for (const Conflict& conflict : view.conflicts) {
      if (conflict.cell.grid == query) mark(canvas, place, *answer, conflict.cell);
    }
  }
}

}  // namespace trm::arc
