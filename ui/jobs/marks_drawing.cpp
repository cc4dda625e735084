#include "ui/jobs/marks_drawing.h"

#include <algorithm>
#include <cmath>

#include "ui/session/answer_rules.h"

namespace trm::ui {
namespace {

constexpr Color kInk = 0x566074ff, kInkNight = 0x9daabdff;

}  // namespace

std::vector<PaletteEntry> mark_notes(const Question& question) {
  if (!question.puzzle().info().marks) return {};
  auto notes = question.puzzle().answer_palette(question);
  std::erase_if(notes, [](const PaletteEntry& entry) {
    return entry.label.empty() || entry.label == " " || entry.value >= kMarkValues;
  });
  return notes;
}

void draw_cell_marks(Canvas& canvas, const Rect& cell, std::uint64_t marks,
                     const std::vector<PaletteEntry>& notes, bool dark) {
  const auto raster = static_cast<int>(std::ceil(std::sqrt(static_cast<float>(notes.size()))));
  const float width = cell.width / static_cast<float>(raster);
  const float height = cell.height / static_cast<float>(raster);
  for (int n = 0; n < static_cast<int>(notes.size()); ++n) {
    const PaletteEntry& note = notes[static_cast<std::size_t>(n)];
    if ((marks >> note.value & 1) == 0) continue;
    const Point centre{cell.x + width * (static_cast<float>(n % raster) + 0.5f),
                       cell.y + height * (static_cast<float>(n / raster) + 0.5f)};
    const float shrunk = 1 / static_cast<float>(std::max<std::size_t>(1, note.label.size()));
    canvas.text(centre, height * std::min(0.8f, 1.4f * shrunk), note.label,
                dark ? kInkNight : kInk);
  }
}

void draw_marks(Canvas& canvas, const BoardState& state, const Rect& area, bool dark) {
  if (state.marks.empty()) return;
  const Puzzle& puzzle = state.question.puzzle();
  const auto notes = mark_notes(state.question);
  const auto places = puzzle.answer_areas(state.question, state.entries, area);
  const Answer start = puzzle.start_answer(state.question);
  for (std::size_t query = 0; query < std::min(state.marks.size(), places.size()); ++query) {
    const Grid& grid = state.entries.best(query);
    for (int i = 0; i < grid.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const int row = i / grid.cols, col = i % grid.cols;
      const Grid& open = start.best(query);
      const bool filled = open.contains(row, col) && open.at(row, col) != grid.at(row, col);
      if (state.marks[query][at] == 0 || filled) continue;
      draw_cell_marks(canvas, cell_rect(places[query], grid, row, col), state.marks[query][at],
                      notes, dark);
    }
  }
}

}  // namespace trm::ui
