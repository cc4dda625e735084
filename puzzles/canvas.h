// What a puzzle draws on. The editor maps it on its window, the tests on a recorder, the exporter
// on SVG. Units: points of the view's own coordinate system, x to the right, y down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/board.h"

namespace trm {

/// 0xRRGGBBAA.
using Color = std::uint32_t;

struct Point {
  float x = 0;
  float y = 0;
};

struct Rect {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;
  bool contains(Point p) const {
    return p.x >= x && p.x < x + width && p.y >= y && p.y < y + height;
  }
};

/// Drawing primitives; later calls paint over earlier ones.
class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void fill_rect(const Rect& rect, Color color) = 0;
  virtual void line(Point from, Point to, float width, Color color) = 0;
  virtual void fill_circle(Point centre, float radius, Color color) = 0;
  /// Text centred on a point; `height` is the height of a capital letter's line.
  virtual void text(Point centre, float height, std::string_view text, Color color) = 0;
};

/// What to draw: a question, perhaps with an answer over it.
struct View {
  const Question* question = nullptr;
  const Answer* answer = nullptr;  ///< may be null
  const std::vector<float>* confidence =
      nullptr;  ///< one a cell of query 0's grid, 0..1; may be null
  /// Cells to mark: in the answer's grids where there is an answer, else in the question's.
  std::vector<Conflict> conflicts;
  Rect area{0, 0, 400, 400};  ///< where to draw
  /// On a dark ground: modules draw with night() of their colours, but for colours that mean
  /// something.
  bool dark = false;
};

/// One value that a cell can be painted with.
struct PaletteEntry {
  Cell value = 0;
  std::string name;   ///< "wall"
  std::string label;  ///< what stands in the cell: "#", "7", may be empty
  char key = 0;       ///< keyboard key that picks it
  Color fill = 0xffffffff;
  Color ink = 0x000000ff;
  bool unique = false;  ///< a board has one cell of it: putting it moves it (a start, a goal)
};

/// A colour made for a light ground as it looks on a dark one: light and dark change places, the
/// hue and the opacity stay. Two colours keep most of their contrast: c becomes c to the power of
/// 0.89 (10 becomes 7.8, 3.5 becomes 3).
Color night(Color color);

/// How well two opaque colours can be told apart, as in the Web Content Accessibility Guidelines: 1
/// (alike) to 21. Text needs 4.5, marks and large letters 3.
float contrast(Color a, Color b);

/// The best candidate of a query, if the answer has one that can be drawn; else null.
const Grid* drawable(const Answer* answer, int query);

/// The place of a cell in the rectangle of its grid.
Rect cell_rect(const Rect& area, const Grid& grid, int row, int col);
/// The cell at a point of its grid's rectangle; grid is 0. Nothing: outside.
std::optional<CellRef> cell_at(const Rect& area, const Grid& grid, Point point);

/// The largest rectangle with square cells for a grid, in the middle of a box.
Rect fit_grid(const Grid& grid, const Rect& box);

/// Where the grids of a question lie inside view.area: side by side, cells square.
std::vector<Rect> grid_areas(const Question& question, const Rect& area);

}  // namespace trm
