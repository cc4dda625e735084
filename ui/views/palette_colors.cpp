#include "ui/views/palette_colors.h"

#include <algorithm>
#include <set>

namespace trm::ui {
namespace {

/// Notes the colours of cells.
class Fills final : public Canvas {
 public:
  void fill_rect(const Rect&, Color color) override { seen.insert(color); }
  void line(Point, Point, float, Color) override {}
  void fill_circle(Point, float, Color) override {}
  void text(Point, float, std::string_view, Color) override {}
  std::set<Color> seen;
};

}  // namespace

std::vector<PaletteEntry> colors_on_screen(const Question& question,
                                           std::vector<PaletteEntry> palette, bool dark) {
  if (!dark) return palette;
  Fills fills;
  trm::View view;
  view.question = &question;
  view.dark = true;
  question.puzzle().draw(fills, view);
  const bool kept = std::any_of(palette.begin(), palette.end(), [&](const PaletteEntry& entry) {
    return night(entry.fill) != entry.fill && fills.seen.contains(entry.fill) &&
           !fills.seen.contains(night(entry.fill));
  });
  if (kept) return palette;
  for (PaletteEntry& entry : palette) {
    entry.fill = night(entry.fill);
    entry.ink = night(entry.ink);
  }
  return palette;
}

}  // namespace trm::ui
