// The nonogram on a canvas: the board, its clues in the margins, stronger lines at every fifth
// cell.
#include <algorithm>

#include "puzzles/module_help.h"
#include "puzzles/nonogram/nonogram_internal.h"

namespace trm::nonogram {
namespace {

constexpr Color ink = 0x1f2937ff;
constexpr Color paper = 0xffffffff;
constexpr Color margin_paper = 0xeef1f5ff;
constexpr Color cross_ink = 0xb3bcc9ff;

/// 1..9, then a..u.
char key_of(int number) {
  return static_cast<char>(number < 10 ? '0' + number : 'a' + number - 10);
}

std::vector<PaletteEntry> cell_values() {
  return {{open, "open", "", '.', paper, ink},
          {filled, "filled", "", '#', ink, paper},
          {empty_cell, "empty", "", 'x', paper, ink}};
}

/// The board with its margins as one grid, and its place.
std::pair<Grid, Rect> frame_of(const Question& question, const Rect& area) {
  const Grid& board = question.grid(board_grid);
  Grid frame(board.rows + most_runs(board.rows), board.cols + most_runs(board.cols));
  const Rect place = fit_grid(frame, area);
  return {std::move(frame), place};
}

void draw_lines(Canvas& canvas, const Rect& area, const Grid& board, Color color) {
  const float cell = area.width / static_cast<float>(board.cols);
  const float thin = std::max(1.0f, cell * 0.05f), thick = std::max(1.5f, cell * 0.1f);
  const float right = area.x + area.width, bottom = area.y + area.height;
  for (int col = 0; col <= board.cols; ++col) {
    const bool edge = col == 0 || col == board.cols;
    if (!edge && col % 5 != 0) continue;
    const float x = area.x + cell * static_cast<float>(col);
    canvas.line({x, area.y}, {x, bottom}, edge ? thick : thin, color);
  }
  for (int row = 0; row <= board.rows; ++row) {
    const bool edge = row == 0 || row == board.rows;
    if (!edge && row % 5 != 0) continue;
    const float y = area.y + cell * static_cast<float>(row);
    canvas.line({area.x, y}, {right, y}, edge ? thick : thin, color);
  }
}

// Slots without a number are plain paper, unless something is to be said about them.
void draw_free_slots(Canvas& canvas, const View& view, const std::vector<Rect>& places) {
  const Question& question = *view.question;
  for (const GridIndex grid : {rows_grid, columns_grid}) {
    const Grid& margin = question.grid(grid);
    for (int row = 0; row < margin.rows; ++row) {
      for (int col = 0; col < margin.cols; ++col) {
        const bool marked = std::any_of(view.conflicts.begin(), view.conflicts.end(),
                                        [&](const Conflict& conflict) {
                                          return conflict.cell == CellRef{grid, row, col};
                                        });
        if (margin.at(row, col) != 0 || marked) continue;
        canvas.fill_rect(cell_rect(places[grid], margin, row, col),
                         view.dark ? night(margin_paper) : margin_paper);
      }
    }
  }
}

// Crosses on empty cells, until the picture is finished and would be spoilt by them.
void draw_crosses(Canvas& canvas, const View& view, const Rect& area) {
  const Grid& board = view.question->grid(board_grid);
  const Grid* answer = view.answer != nullptr ? answer_grid(*view.question, *view.answer) : nullptr;
  const Grid& shown = answer != nullptr ? *answer : board;
  if (std::find(shown.cells.begin(), shown.cells.end(), open) == shown.cells.end()) return;
  const Color color = view.dark ? night(cross_ink) : cross_ink;
  for (int row = 0; row < shown.rows; ++row) {
    for (int col = 0; col < shown.cols; ++col) {
      if (shown.at(row, col) != empty_cell) continue;
      const Rect cell = cell_rect(area, shown, row, col);
      const float arm = cell.width * 0.2f, width = std::max(1.0f, cell.width * 0.06f);
      const Point centre{cell.x + cell.width / 2, cell.y + cell.height / 2};
      canvas.line({centre.x - arm, centre.y - arm}, {centre.x + arm, centre.y + arm}, width, color);
      canvas.line({centre.x - arm, centre.y + arm}, {centre.x + arm, centre.y - arm}, width, color);
    }
  }
}

}  // namespace

std::vector<PaletteEntry> Nonogram::palette(const Question& question) const {
  std::vector<PaletteEntry> entries = cell_values();
  const Grid& board = question.grid(board_grid);
  for (int number = 1; number <= std::max(board.rows, board.cols); ++number) {
    entries.push_back({static_cast<Cell>(number), std::to_string(number), std::to_string(number),
                       key_of(number), margin_paper, ink});
  }
  return entries;
}

std::vector<PaletteEntry> Nonogram::answer_palette(const Question&) const { return cell_values(); }

std::vector<Rect> Nonogram::areas(const Question& question, const Rect& area) const {
  const auto [frame, place] = frame_of(question, area);
  const Grid& board = question.grid(board_grid);
  const Rect first = cell_rect(place, frame, frame.rows - board.rows, frame.cols - board.cols);
  const float left = first.x - place.x, above = first.y - place.y;
  return {{first.x, first.y, place.width - left, place.height - above},
          {place.x, first.y, left, place.height - above},
          {first.x, place.y, place.width - left, above}};
}

void Nonogram::draw(Canvas& canvas, const View& view) const {
  Puzzle::draw(canvas, view);
  if (view.question == nullptr) return;
  const auto places = areas(*view.question, view.area);
  draw_free_slots(canvas, view, places);
  draw_crosses(canvas, view, places[board_grid]);
  draw_lines(canvas, places[board_grid], view.question->grid(board_grid),
             view.dark ? night(ink) : ink);
}

}  // namespace trm::nonogram
