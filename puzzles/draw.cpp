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
constexpr Color answer_ink = 0x1d4ed8ff;  // what is filled in, beside black givens
constexpr Color conflict_wash = 0xdc262640;
constexpr Color conflict_line = 0xdc2626ff;

/// How cells of one picture are drawn.
struct Style {
  const std::array<const PaletteEntry*, 256>& palette;
  bool dark = false;
  Color tone(Color color) const { return dark ? night(color) : color; }
};

/// Palette entries by value; null where the palette has none.
using PaletteIndex = std::array<const PaletteEntry*, 256>;

PaletteIndex index_palette(const std::vector<PaletteEntry>& palette) {
  PaletteIndex index{};
  for (const PaletteEntry& entry : palette) index[entry.value] = &entry;
  return index;
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

// Filled in: the answer's, not the question's.
void draw_cell(Canvas& canvas, const Rect& rect, Cell value, const Style& style, bool filled_in,
               float share) {
  const PaletteEntry* entry = style.palette[value];
  canvas.fill_rect(rect, fade(style.tone(entry != nullptr ? entry->fill : unknown_fill), share));
  const std::string label = entry != nullptr ? entry->label : std::to_string(int{value});
  if (label.empty() || label == " ") return;
  // Labels of several characters shrink to the cell's width.
  const float height =
      rect.height *
      std::min(0.6f, 1.1f / static_cast<float>(std::max<std::size_t>(1, label.size())));
  const Color ink = entry != nullptr ? entry->ink : unknown_ink;
  const bool dark_ink = (ink >> 24) < 0x60 && (ink >> 16 & 0xff) < 0x60 && (ink >> 8 & 0xff) < 0x60;
  canvas.text(centre_of(rect), height, label,
              fade(style.tone(filled_in && dark_ink ? answer_ink : ink), share));
}

/// The confidences, if there is one for each cell of the grid.
const std::vector<float>* fitting_confidence(const View& view, const Grid& grid) {
  const bool fits = view.confidence != nullptr && view.confidence->size() == grid.cells.size();
  return fits ? view.confidence : nullptr;
}

void draw_grid(Canvas& canvas, const Rect& area, const Grid& grid, const Style& style,
               const Grid* given, const std::vector<float>* confidence) {
  canvas.fill_rect(area, style.tone(gutter_color));
  const float gutter = std::min(area.width / static_cast<float>(grid.cols),
                                area.height / static_cast<float>(grid.rows)) *
                       0.03f;
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const std::size_t i = grid.index(row, col);
      const Cell value = grid.cells[i];
      const bool is_given = given != nullptr && given->cells[i] == value;
      const float share = is_given || confidence == nullptr ? 1.0f : strength((*confidence)[i]);
      draw_cell(canvas, inset(cell_rect(area, grid, row, col), gutter), value, style,
                given != nullptr && !is_given, share);
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

/// The best candidate of a query, if it can be drawn.
const Grid* best_of(const Answer& answer, int query) {
  const auto& candidates = answer.queries[static_cast<std::size_t>(query)];
  return candidates.empty() || candidates.front().size() == 0 ? nullptr : &candidates.front();
}

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

}  // namespace

std::vector<Rect> Puzzle::answer_areas(const Question& question, const Answer&,
                                       const Rect& area) const {
  const auto places = areas(question, area);
  std::vector<Rect> found;
  for (int query = 0; query < queries(question); ++query)
    found.push_back(places.at(static_cast<std::size_t>(query_grid(question, query))));
  return found;
}

std::vector<Rect> Puzzle::areas(const Question& question, const Rect& area) const {
  return grid_areas(question, area);
}

void Puzzle::draw(Canvas& canvas, const View& view) const {
  if (view.question == nullptr) return;
  const auto entries = palette(*view.question);
  const PaletteIndex index = index_palette(entries);
  const Style style{index, view.dark};
  const Question& question = *view.question;
  const auto places = areas(question, view.area);
  std::vector<const Grid*> shown;
  for (const NamedGrid& named : question.grids()) shown.push_back(&named.grid);
  // The answer's best candidates stand over the grids that were asked about.
  std::vector<std::size_t> place_of_query;
  if (view.answer != nullptr) {
    const int answers = std::min(queries(question), static_cast<int>(view.answer->queries.size()));
    for (int query = 0; query < answers; ++query) {
      place_of_query.push_back(static_cast<std::size_t>(query_grid(question, query)));
      if (const Grid* best = best_of(*view.answer, query)) shown.at(place_of_query.back()) = best;
    }
  }
  const std::size_t first = place_of_query.empty() ? 0 : place_of_query.front();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Grid& given = question.grid(i);
    const bool answered = shown[i] != &given;
    const Grid* comparable = answered && same_size(given, *shown[i]) ? &given : nullptr;
    draw_grid(canvas, places[i], *shown[i], style, comparable,
              answered && i == first ? fitting_confidence(view, *shown[i]) : nullptr);
  }
  for (const Conflict& conflict : view.conflicts) {
    if (conflict.cell.grid < 0) continue;
    auto place = static_cast<std::size_t>(conflict.cell.grid);
    if (place < place_of_query.size()) place = place_of_query[place];
    if (place >= shown.size() || !shown[place]->contains(conflict.cell.row, conflict.cell.col))
      continue;
    mark_conflict(canvas,
                  cell_rect(places[place], *shown[place], conflict.cell.row, conflict.cell.col));
  }
}

std::optional<CellRef> Puzzle::hit(const Question& question, const Rect& area, Point point) const {
  const auto places = areas(question, area);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i].contains(point)) continue;
    auto cell = cell_at(places[i], question.grid(i), point);
    if (cell) cell->grid = static_cast<int>(i);
    return cell;
  }
  return std::nullopt;
}

}  // namespace trm
