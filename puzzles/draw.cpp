// Default drawing and picking: grids of plain cells in the palette's colours.
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
constexpr float readable = 4.5f;  // least contrast of letters

/// How a value looks in this picture.
struct Look {
  Color paint = unknown_fill;  // the ground on a light picture: tells values apart
  Color fill = unknown_fill;
  Color ink = unknown_ink;
  Color filled_in = unknown_ink;  // ink of what an answer adds on the same ground
  std::string label;
};

/// The looks of all values of a question and of its answers.
class Looks {
 public:
  Looks(const Puzzle& puzzle, const Question& question, bool dark) : dark_(dark) {
    looks_.fill(look_of({0, "", "", 0, unknown_fill, unknown_ink}));
    for (std::size_t value = 0; value < looks_.size(); ++value)
      looks_[value].label = std::to_string(value);
    for (const PaletteEntry& entry : puzzle.answer_palette(question))
      looks_[entry.value] = look_of(entry);
    for (const PaletteEntry& entry : puzzle.palette(question)) looks_[entry.value] = look_of(entry);
  }
  const Look& of(Cell value) const { return looks_[value]; }
  Color tone(Color color) const { return dark_ ? night(color) : color; }

 private:
  Look look_of(const PaletteEntry& entry) const {
    const bool blue = contrast(answer_ink, entry.fill) >= readable;
    return {entry.fill, tone(entry.fill), tone(entry.ink), tone(blue ? answer_ink : entry.ink),
            entry.label};
  }

  bool dark_;
  std::array<Look, 256> looks_;
};

/// A grid in its place.
struct Placed {
  const Grid* grid = nullptr;
  Rect area;
  const Grid* given = nullptr;                     // the grid below an answer of its size
  const std::vector<float>* confidence = nullptr;  // one a cell
};

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

// `below`: the open cell that an answer filled in; null: the value is the question's.
void draw_cell(Canvas& canvas, const Rect& rect, const Look& look, const Look* below, float share) {
  const bool tile = below != nullptr && below->paint != look.paint;
  if (tile) canvas.fill_rect(rect, below->fill);
  canvas.fill_rect(tile ? inset(rect, 0.1f * std::min(rect.width, rect.height)) : rect,
                   fade(look.fill, share));
  if (look.label.empty() || look.label == " ") return;
  // Labels of several characters shrink to the cell's width.
  const float height = rect.height * std::min(0.6f, 1.1f / static_cast<float>(look.label.size()));
  canvas.text(centre_of(rect), height, look.label,
              fade(below != nullptr && !tile ? look.filled_in : look.ink, share));
}

void draw_grid(Canvas& canvas, const Placed& placed, const Looks& looks) {
  const Grid& grid = *placed.grid;
  canvas.fill_rect(placed.area, looks.tone(gutter_color));
  const Rect first = cell_rect(placed.area, grid, 0, 0);
  // Lines much thinner than a pixel would come and go from one column to the next.
  constexpr float kSmallest = 10;
  const float side = std::min(first.width, first.height);
  const float gutter = side < kSmallest ? 0 : side * 0.03f;
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const std::size_t i = grid.index(row, col);
      const Cell value = grid.cells[i];
      const Cell before = placed.given != nullptr ? placed.given->cells[i] : value;
      const bool given = placed.given != nullptr && before == value;
      const float share =
          given || placed.confidence == nullptr ? 1.0f : strength((*placed.confidence)[i]);
      draw_cell(canvas, inset(cell_rect(placed.area, grid, row, col), gutter), looks.of(value),
                before != value ? &looks.of(before) : nullptr, share);
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

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

/// The question's grids, and those of the answer that can be drawn.
struct Picture {
  std::vector<Placed> question, answer;  // null grids: not to be drawn
};

Picture arrange(const Puzzle& puzzle, const View& view) {
  const Question& question = *view.question;
  Picture picture;
  const auto places = puzzle.areas(question, view.area);
  for (std::size_t i = 0; i < places.size(); ++i)
    picture.question.push_back({&question.grid(i), places[i]});
  if (view.answer == nullptr) return picture;
  const auto over = puzzle.answer_areas(question, *view.answer, view.area);
  for (std::size_t query = 0; query < over.size(); ++query) {
    picture.answer.push_back({drawable(view.answer, static_cast<int>(query)), over[query]});
    Placed& placed = picture.answer.back();
    if (placed.grid == nullptr) continue;
    if (query == 0 && view.confidence != nullptr &&
        view.confidence->size() == placed.grid->cells.size())
      placed.confidence = view.confidence;
    const int asked = puzzle.query_grid(question, static_cast<int>(query));
    Placed& below = picture.question.at(static_cast<std::size_t>(asked));
    // An answer stands over the grid that was asked about, unless the module puts it elsewhere.
    if (!below.area.contains(centre_of(placed.area))) continue;
    const Grid& given = question.grid(static_cast<std::size_t>(asked));
    if (same_size(given, *placed.grid)) placed.given = &given;
    below.grid = nullptr;
  }
  return picture;
}

/// The grid that a conflict is about: the answer's, if there is one for that query.
const Placed* find_place(const Picture& picture, int grid) {
  const auto at = static_cast<std::size_t>(grid);
  if (grid < 0) return nullptr;
  if (at < picture.answer.size() && picture.answer[at].grid != nullptr) return &picture.answer[at];
  const bool shown = at < picture.question.size() && picture.question[at].grid != nullptr;
  return shown ? &picture.question[at] : nullptr;
}

}  // namespace

std::vector<Rect> Puzzle::areas(const Question& question, const Rect& area) const {
  return grid_areas(question, area);
}

std::vector<Rect> Puzzle::answer_areas(const Question& question, const Answer& answer,
                                       const Rect& area) const {
  const auto places = areas(question, area);
  std::vector<Rect> found;
  for (int query = 0; query < queries(question); ++query) {
    const auto asked = static_cast<std::size_t>(query_grid(question, query));
    const Grid* best = drawable(&answer, query);
    const bool fits = best == nullptr || same_size(*best, question.grid(asked));
    found.push_back(fits ? places.at(asked) : fit_grid(*best, places.at(asked)));
  }
  return found;
}

void Puzzle::draw(Canvas& canvas, const View& view) const {
  if (view.question == nullptr) return;
  const Looks looks(*this, *view.question, view.dark);
  const Picture picture = arrange(*this, view);
  for (const auto* grids : {&picture.question, &picture.answer}) {
    for (const Placed& placed : *grids) {
      if (placed.grid != nullptr) draw_grid(canvas, placed, looks);
    }
  }
  for (const Conflict& conflict : view.conflicts) {
    const auto [grid, row, col] = conflict.cell;
    const Placed* place = find_place(picture, grid);
    if (place == nullptr || !place->grid->contains(row, col)) continue;
    mark_conflict(canvas, cell_rect(place->area, *place->grid, row, col));
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
