// Default drawing and picking: grids of plain cells in the palette's colours, on a light ground.
#include <algorithm>
#include <array>
#include <cmath>

#include "puzzles/puzzle.h"

namespace trm {
namespace {

constexpr Color gutter_color = 0xd0d4daff;
constexpr Color unknown_fill = 0xf3f4f6ff;  // a value without palette entry
constexpr Color unknown_ink = 0x6b7280ff;
constexpr Color conflict_wash = 0xdc262640;
constexpr Color conflict_line = 0xdc2626ff;

/// Palette entries by value; null where the palette has none.
using PaletteIndex = std::array<const PaletteEntry*, 256>;

PaletteIndex index_palette(const std::vector<PaletteEntry>& palette) {
  PaletteIndex index{};
  for (const PaletteEntry& entry : palette) index[entry.value] = &entry;
  return index;
}

Rect cell_rect(const Rect& area, const Grid& grid, int row, int col) {
  const float width = area.width / static_cast<float>(grid.cols);
  const float height = area.height / static_cast<float>(grid.rows);
  return {area.x + width * static_cast<float>(col), area.y + height * static_cast<float>(row),
          width, height};
}

Rect inset(const Rect& rect, float margin) {
  return {rect.x + margin, rect.y + margin, rect.width - 2 * margin, rect.height - 2 * margin};
}

Point centre_of(const Rect& rect) { return {rect.x + rect.width / 2, rect.y + rect.height / 2}; }

/// The colour with its opacity multiplied by `share` (0..1).
Color fade(Color color, float share) {
  const auto alpha = static_cast<float>(color & 0xffu) * std::clamp(share, 0.0f, 1.0f);
  return (color & 0xffffff00u) | static_cast<Color>(std::lround(alpha));
}

/// How strongly to draw a cell of that confidence: doubtful cells stay visible.
float strength(float confidence) {
  return std::isfinite(confidence) ? 0.3f + 0.7f * std::clamp(confidence, 0.0f, 1.0f) : 0.3f;
}

void draw_cell(Canvas& canvas, const Rect& rect, Cell value, const PaletteEntry* entry,
               float share) {
  canvas.fill_rect(rect, fade(entry != nullptr ? entry->fill : unknown_fill, share));
  const std::string label = entry != nullptr ? entry->label : std::to_string(int{value});
  if (label.empty() || label == " ") return;
  // Labels of several characters shrink to the cell's width.
  const float height =
      rect.height *
      std::min(0.6f, 1.1f / static_cast<float>(std::max<std::size_t>(1, label.size())));
  canvas.text(centre_of(rect), height, label,
              fade(entry != nullptr ? entry->ink : unknown_ink, share));
}

/// The confidences, if there is one for each cell of the grid.
const std::vector<float>* fitting_confidence(const View& view, const Grid& grid) {
  const bool fits = view.confidence != nullptr && view.confidence->size() == grid.cells.size();
  return fits ? view.confidence : nullptr;
}

void draw_grid(Canvas& canvas, const Rect& area, const Grid& grid, const PaletteIndex& palette,
               const Grid* given, const std::vector<float>* confidence) {
  canvas.fill_rect(area, gutter_color);
  const float gutter = std::min(area.width / static_cast<float>(grid.cols),
                                area.height / static_cast<float>(grid.rows)) *
                       0.03f;
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const std::size_t i = grid.index(row, col);
      const Cell value = grid.cells[i];
      const bool is_given = given != nullptr && given->cells[i] == value;
      const float share = is_given || confidence == nullptr ? 1.0f : strength((*confidence)[i]);
      draw_cell(canvas, inset(cell_rect(area, grid, row, col), gutter), value, palette[value],
                share);
    }
  }
}

void mark_conflict(Canvas& canvas, const Rect& cell) {
  canvas.fill_rect(cell, conflict_wash);
  const float width = std::max(1.0f, cell.height * 0.08f);
  const Rect frame = inset(cell, width / 2);
  const Point a{frame.x, frame.y};
  const Point b{frame.x + frame.width, frame.y};
  const Point c{frame.x + frame.width, frame.y + frame.height};
  const Point d{frame.x, frame.y + frame.height};
  canvas.line(a, b, width, conflict_line);
  canvas.line(b, c, width, conflict_line);
  canvas.line(c, d, width, conflict_line);
  canvas.line(d, a, width, conflict_line);
}

/// The grid shown in each area: the question's, with the best candidates of the answer over them.
std::vector<const Grid*> shown_grids(const View& view) {
  std::vector<const Grid*> shown;
  for (const NamedGrid& named : view.question->grids()) shown.push_back(&named.grid);
  if (view.answer == nullptr) return shown;
  const auto& queries = view.answer->queries;
  for (std::size_t i = 0; i < std::min(shown.size(), queries.size()); ++i) {
    if (!queries[i].empty() && queries[i].front().size() > 0) shown[i] = &queries[i].front();
  }
  return shown;
}

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

}  // namespace

std::vector<Rect> Puzzle::areas(const Question& question, const Rect& area) const {
  return grid_areas(question, area);
}

void Puzzle::draw(Canvas& canvas, const View& view) const {
  if (view.question == nullptr) return;
  const auto entries = palette(*view.question);
  const PaletteIndex index = index_palette(entries);
  const auto places = areas(*view.question, view.area);
  const auto shown = shown_grids(view);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Grid& given = view.question->grid(i);
    const bool answered = shown[i] != &given;
    const Grid* comparable = answered && same_size(given, *shown[i]) ? &given : nullptr;
    draw_grid(canvas, places[i], *shown[i], index, comparable,
              answered && i == 0 ? fitting_confidence(view, *shown[i]) : nullptr);
  }
  for (const Conflict& conflict : view.conflicts) {
    const auto [grid, row, col] = conflict.cell;
    if (grid < 0 || static_cast<std::size_t>(grid) >= shown.size()) continue;
    const Grid& marked = *shown[static_cast<std::size_t>(grid)];
    if (!marked.contains(row, col)) continue;
    mark_conflict(canvas, cell_rect(places[static_cast<std::size_t>(grid)], marked, row, col));
  }
}

std::optional<CellRef> Puzzle::hit(const Question& question, const Rect& area, Point point) const {
  const auto places = areas(question, area);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].contains(point)) continue;
    const Grid& grid = question.grid(i);
    const auto row = static_cast<int>((point.y - places[i].y) / places[i].height *
                                      static_cast<float>(grid.rows));
    const auto col =
        static_cast<int>((point.x - places[i].x) / places[i].width * static_cast<float>(grid.cols));
    // Rounding can carry a point on the far edge into the next cell.
    return CellRef{static_cast<int>(i), std::min(row, grid.rows - 1), std::min(col, grid.cols - 1)};
  }
  return std::nullopt;
}

}  // namespace trm
