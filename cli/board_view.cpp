#include "cli/board_view.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace trm::cli {
namespace {

struct Rgb {
  int red = 0;
  int green = 0;
  int blue = 0;
};

constexpr Rgb paper{250, 250, 250};
constexpr Rgb changed_fill{253, 224, 71};
constexpr Rgb conflict_fill{220, 38, 38};
constexpr Rgb conflict_ink{255, 255, 255};
constexpr Rgb answer_ink{30, 58, 138};
// Values that the palette does not offer, because only answers have them.
constexpr Rgb answer_fills[] = {{96, 165, 250}, {52, 211, 153}, {192, 132, 252}, {251, 146, 60}};
constexpr std::string_view answer_marks[] = {"*", "+", "x", "o"};
constexpr const char* reset = "\x1b[0m";
constexpr const char* upper_half = "\xe2\x96\x80";  // U+2580

Rgb rgb_of(Color color) {
  return {static_cast<int>(color >> 24 & 0xff), static_cast<int>(color >> 16 & 0xff),
          static_cast<int>(color >> 8 & 0xff)};
}

Rgb blend(Rgb from, Rgb to, float share) {
  const auto mix = [share](int a, int b) {
    return static_cast<int>(std::lround(static_cast<float>(a) + share * static_cast<float>(b - a)));
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

/// Select Graphic Rendition for a colour; `layer` is 38 (ink) or 48 (fill).
std::string escape(Rgb color, int layer, Colors colors) {
  if (colors == Colors::rgb) {
    return "\x1b[" + std::to_string(layer) + ";2;" + std::to_string(color.red) + ";" +
           std::to_string(color.green) + ";" + std::to_string(color.blue) + "m";
  }
  const auto cube = [](int value) { return (value * 5 + 127) / 255; };
  const int index = 16 + 36 * cube(color.red) + 6 * cube(color.green) + cube(color.blue);
  return "\x1b[" + std::to_string(layer) + ";5;" + std::to_string(index) + "m";
}

/// How a cell is shown.
struct CellStyle {
  std::string label;
  Rgb fill = paper;
  Rgb ink;
  bool given = false;
  bool changed = false;
  bool conflict = false;
};

/// What the frame says about each cell, worked out once.
class FrameStyle {
 public:
  explicit FrameStyle(const BoardFrame& frame) : frame_(frame) {
    const Grid& grid = *frame.grid;
    const auto cells = grid.cells.size();
    palette_.fill(nullptr);
    entries_ = frame.question->puzzle().palette(*frame.question);
    for (const PaletteEntry& entry : entries_) {
      palette_[entry.value] = &entry;
      width_ = std::max(width_, static_cast<int>(entry.label.size()));
    }
    conflict_.assign(cells, false);
    if (frame.conflicts != nullptr) {
      for (const Conflict& conflict : *frame.conflicts) mark(conflict.cell);
    }
    const auto& grids = frame.question->grids();
    // A question's only grid lies under the answer when it has the answer's size.
    if (grids.size() == 1) given_ = same_shape(&grids.front().grid);
    previous_ = same_shape(frame.previous);
    if (frame.confidence != nullptr && frame.confidence->size() == cells) {
      confidence_ = frame.confidence;
    }
  }

  int label_width() const { return width_; }

  CellStyle at(int row, int col) const {
    const std::size_t i = frame_.grid->index(row, col);
    const Cell value = frame_.grid->cells[i];
    CellStyle style;
    style.given = given_ != nullptr && value != 0 && given_->cells[i] == value;
    style.changed =
        frame_.previous != nullptr && (previous_ == nullptr || previous_->cells[i] != value);
    style.conflict = conflict_[i];
    if (const PaletteEntry* entry = palette_[value]) {
      style.label = entry->label;
      style.fill = rgb_of(entry->fill);
      style.ink = style.given || given_ == nullptr ? rgb_of(entry->ink) : answer_ink;
    } else {
      const std::size_t kind = value % std::size(answer_fills);
      style.label = answer_marks[kind];
      style.fill = answer_fills[kind];
      style.ink = answer_ink;
    }
    shade(i, style);
    return style;
  }

 private:
  void mark(const CellRef& cell) {
    if (cell.grid == frame_.query && frame_.grid->contains(cell.row, cell.col)) {
      conflict_[frame_.grid->index(cell.row, cell.col)] = true;
    }
  }

  const Grid* same_shape(const Grid* other) const {
    const bool same =
        other != nullptr && other->rows == frame_.grid->rows && other->cols == frame_.grid->cols;
    return same ? other : nullptr;
  }

  void shade(std::size_t i, CellStyle& style) const {
    if (!style.given && confidence_ != nullptr) {
      const float confidence = (*confidence_)[i];
      const float sure = std::isfinite(confidence) ? std::clamp(confidence, 0.0f, 1.0f) : 0.0f;
      style.fill = blend(style.fill, paper, 0.7f * (1 - sure));
      style.ink = blend(style.ink, {160, 160, 160}, 0.8f * (1 - sure));
    }
    if (style.changed) style.fill = blend(style.fill, changed_fill, 0.75f);
    if (style.conflict) {
      style.fill = conflict_fill;
      style.ink = conflict_ink;
    }
  }

  const BoardFrame& frame_;
  std::vector<PaletteEntry> entries_;
  std::array<const PaletteEntry*, 256> palette_;
  std::vector<bool> conflict_;
  const Grid* given_ = nullptr;
  const Grid* previous_ = nullptr;
  const std::vector<float>* confidence_ = nullptr;
  int width_ = 1;
};

std::string plain_text(const FrameStyle& style, const Grid& grid) {
  std::string text;
  const auto width = static_cast<std::size_t>(style.label_width());
  for (int row = 0; row < grid.rows; ++row) {
    std::string line;
    for (int col = 0; col < grid.cols; ++col) {
      const CellStyle cell = style.at(row, col);
      const std::string label = cell.label.empty() ? "." : cell.label;
      line += std::string(width - std::min(width, label.size()), ' ') + label;
      line += cell.conflict ? '!' : cell.changed ? '+' : ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string colored_text(const FrameStyle& style, const Grid& grid, Colors colors) {
  std::string text;
  const auto width = static_cast<std::size_t>(style.label_width()) + 1;
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const CellStyle cell = style.at(row, col);
      text += escape(cell.fill, 48, colors) + escape(cell.ink, 38, colors);
      if (cell.given || cell.changed) text += "\x1b[1m";
      text += std::string(width - std::min(width, cell.label.size()), ' ') + cell.label + reset;
    }
    text += '\n';
  }
  return text;
}

/// Two rows of cells a line: colours only.
std::string half_blocks(const FrameStyle& style, const Grid& grid, Colors colors) {
  std::string text;
  for (int row = 0; row < grid.rows; row += 2) {
    for (int col = 0; col < grid.cols; ++col) {
      text += escape(style.at(row, col).fill, 38, colors);
      if (row + 1 < grid.rows) text += escape(style.at(row + 1, col).fill, 48, colors);
      text += upper_half;
      text += reset;
    }
    text += '\n';
  }
  return text;
}

// Lines of the terminal that are not for the board: status, blank line, prompt.
constexpr int other_lines = 4;

bool fits(const FrameStyle& style, const Grid& grid, const Terminal& terminal) {
  return grid.rows + other_lines <= terminal.rows &&
         grid.cols * (style.label_width() + 1) <= terminal.cols;
}

}  // namespace

std::string draw_frame(const BoardFrame& frame, const Terminal& terminal) {
  const FrameStyle style(frame);
  if (terminal.colors == Colors::none) return plain_text(style, *frame.grid);
  return fits(style, *frame.grid, terminal) ? colored_text(style, *frame.grid, terminal.colors)
                                            : half_blocks(style, *frame.grid, terminal.colors);
}

int changed_cells(const Grid& before, const Grid& after) {
  if (before.rows != after.rows || before.cols != after.cols) return after.size();
  int changed = 0;
  for (std::size_t i = 0; i < after.cells.size(); ++i) changed += before.cells[i] != after.cells[i];
  return changed;
}

std::string toned(std::string_view text, Tone tone, Colors colors) {
  if (colors == Colors::none) return std::string(text);
  constexpr std::string_view codes[] = {"\x1b[1;32m", "\x1b[1;31m", "\x1b[2m", "\x1b[1m"};
  return std::string(codes[static_cast<int>(tone)]) + std::string(text) + reset;
}

}  // namespace trm::cli
