// Selections, the region clipboard, sizes, whole layers.
#include <algorithm>
#include <map>
#include <utility>

#include "puzzles/text.h"
#include "ui/session/editor.h"

namespace trm::ui {
namespace {

Error no_such_grid(int grid) {
  return fail(ErrorCode::invalid_field, "there is no grid " + std::to_string(grid + 1), "grid");
}

/// The part of a grid that a region covers; the region lies inside.
Grid cut_out(const Grid& grid, const Region& region) {
  Grid part(region.rows, region.cols);
  for (int row = 0; row < region.rows; ++row) {
    for (int col = 0; col < region.cols; ++col) {
      part.at(row, col) = grid.at(region.row + row, region.col + col);
    }
  }
  return part;
}

/// Marks of a query whose grid changed its size: a mark stays with its cell.
MarkSet moved_marks(const MarkSet& marks, const Grid& before, const Grid& after) {
  MarkSet moved(after.cells.size(), 0);
  for (int row = 0; row < std::min(before.rows, after.rows); ++row) {
    for (int col = 0; col < std::min(before.cols, after.cols); ++col) {
      moved[after.index(row, col)] = marks[before.index(row, col)];
    }
  }
  return moved;
}

void set_entries(BoardState& state, std::size_t query, Grid grid) {
  Grid& entries = state.entries.queries[query].front();
  if (!state.marks.empty()) {
    state.marks[query] = moved_marks(state.marks[query], entries, grid);
    drop_empty_marks(state.marks);
  }
  entries = std::move(grid);
}

/// A grid as entries of a query: values that cannot stand in their cell are left out.
Grid fitting(const Grid& grid, int query, const AnswerRules& rules) {
  Grid fits = grid;
  for (int row = 0; row < fits.rows; ++row) {
    for (int col = 0; col < fits.cols; ++col) {
      const CellRef cell{query, row, col};
      if (!rules.allows(cell, fits.at(row, col))) fits.at(row, col) = rules.erased(cell);
    }
  }
  return fits;
}

}  // namespace

// --- Selection -----------------------------------------------------------------------------------

std::optional<Region> Editor::clipped(Region region) const {
  const Grid* grid = grid_of(now(), region.grid);
  if (grid == nullptr) return std::nullopt;
  const int bottom = std::min(region.row + region.rows, grid->rows);
  const int right = std::min(region.col + region.cols, grid->cols);
  region.row = std::max(region.row, 0);
  region.col = std::max(region.col, 0);
  region.rows = bottom - region.row;
  region.cols = right - region.col;
  if (region.rows < 1 || region.cols < 1) return std::nullopt;
  return region;
}

void Editor::select(std::optional<Region> region) {
  if (!region) {
    selection_.reset();
  } else if (const auto inside = clipped(*region)) {
    selection_ = inside;
  }
}

void Editor::select_all() {
  const int grid = first_cell().grid;
  if (const Grid* cells = grid_of(now(), grid)) selection_ = {grid, 0, 0, cells->rows, cells->cols};
}

std::vector<CellRef> Editor::chosen_cells() const {
  if (!selection_) return cursor_ ? std::vector{*cursor_} : std::vector<CellRef>();
  std::vector<CellRef> cells;
  for (int row = 0; row < selection_->rows; ++row) {
    for (int col = 0; col < selection_->cols; ++col) {
      cells.push_back({selection_->grid, selection_->row + row, selection_->col + col});
    }
  }
  return cells;
}

std::optional<Grid> Editor::copied() const {
  std::optional<Region> region = selection_;
  if (!region && cursor_) region = Region{cursor_->grid, cursor_->row, cursor_->col, 1, 1};
  if (!region) return std::nullopt;
  return cut_out(*grid_of(now(), region->grid), *region);
}

std::string Editor::copied_text() const {
  const auto cells = copied();
  if (!cells) return {};
  // One letter a cell, or numbers where a value has none.
  const auto letter = [&](Cell value) -> std::string {
    for (const PaletteEntry& entry : palette_) {
      if (entry.value != value) continue;
      if (entry.label.size() == 1) return entry.label;
      if (entry.key != 0) return std::string(1, entry.key);
    }
    return value == 0 ? "." : "";
  };
  const bool letters =
      std::ranges::none_of(cells->cells, [&](Cell value) { return letter(value).empty(); });
  std::string text;
  for (int row = 0; row < cells->rows; ++row) {
    for (int col = 0; col < cells->cols; ++col) {
      const Cell value = cells->at(row, col);
      if (!letters && col > 0) text += ' ';
      text += letters ? letter(value) : std::to_string(int{value});
    }
    text += '\n';
  }
  return text;
}

Result<void> Editor::copy_region(bool cut) {
  release();
  if (!selection_) return fail(ErrorCode::invalid_field, "no cells are selected", "selection");
  region_clipboard_ = copied();
  if (!cut) return {};
  std::vector<CellChange> changes;
  for (const CellRef& cell : chosen_cells()) changes.push_back({cell, erased(cell)});
  return paint(changes, "cut");
}

Result<void> Editor::paste_region() {
  release();
  if (!region_clipboard_) return fail(ErrorCode::invalid_field, "no cells were copied", "region");
  const CellRef corner = selection_ ? CellRef{selection_->grid, selection_->row, selection_->col}
                         : cursor_  ? *cursor_
                                    : first_cell();
  std::vector<CellChange> changes;
  for (int row = 0; row < region_clipboard_->rows; ++row) {
    for (int col = 0; col < region_clipboard_->cols; ++col) {
      const CellRef cell{corner.grid, corner.row + row, corner.col + col};
      if (contains(cell)) changes.push_back({cell, region_clipboard_->at(row, col)});
    }
  }
  return paint(changes, "paste");
}

// --- Sizes and whole layers ----------------------------------------------------------------------

Result<void> Editor::resize(int grid, int rows, int cols) {
  release();
  if (grid_of(now(), grid) == nullptr) return no_such_grid(grid);
  if (layer_ == Layer::answer) return resize_answer(grid, rows, cols);
  return change_question(puzzle().apply(question(), Resize{grid, rows, cols}), "resize");
}

Result<void> Editor::resize_answer(int query, int rows, int cols) {
  if (auto fits = rules().check_size(query, rows, cols); !fits) return fits;
  const Grid& before = now().entries.best(static_cast<std::size_t>(query));
  Grid resized(rows, cols);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      resized.at(row, col) =
          before.contains(row, col) ? before.at(row, col) : rules().erased({query, row, col});
    }
  }
  BoardState next = now();
  set_entries(next, static_cast<std::size_t>(query), std::move(resized));
  commit(std::move(next), "resize");
  return {};
}

Result<void> Editor::copy_grid(int question_grid, int to) {
  release();
  if (question_grid < 0 || static_cast<std::size_t>(question_grid) >= question().grids().size()) {
    return no_such_grid(question_grid);
  }
  if (grid_of(now(), to) == nullptr) return no_such_grid(to);
  const Grid& from = question().grid(static_cast<std::size_t>(question_grid));
  if (layer_ == Layer::answer) return copy_to_answer(from, to);
  Draft draft = question().draft();
  draft.grids[static_cast<std::size_t>(to)].grid = from;
  return change_question(puzzle().make(std::move(draft)), "copy");
}

Result<void> Editor::copy_to_answer(const Grid& from, int query) {
  if (auto fits = rules().check_size(query, from.rows, from.cols); !fits) return fits;
  BoardState next = now();
  set_entries(next, static_cast<std::size_t>(query), fitting(from, query, rules()));
  commit(std::move(next), "copy");
  return {};
}

Result<void> Editor::add_example() {
  release();
  return change_question(puzzle().apply(question(), AddExample{}), "add a demonstration");
}

Result<void> Editor::remove_example(int index) {
  release();
  return change_question(puzzle().apply(question(), RemoveExample{index}),
                         "remove a demonstration");
}

Result<void> Editor::clear_entries() {
  release();
  commit(fresh_state(question()), "clear the answer");
  return {};
}

Result<void> Editor::clear_question() {
  release();
  Draft draft = question().draft();
  for (NamedGrid& named : draft.grids) std::ranges::fill(named.grid.cells, Cell{0});
  auto made = puzzle().make(std::move(draft));
  if (!made) return std::move(made).error();
  commit(fresh_state(std::move(*made)), "clear the board");
  return {};
}

// What was filled in, as cells of the question, where the answer shows a grid of it as it is.
std::vector<CellChange> Editor::possible_givens() const {
  std::vector<CellChange> changes;
  for (std::size_t query = 0; query < now().entries.queries.size(); ++query) {
    const Grid &entries = now().entries.best(query), &start = rules().start().best(query);
    const int grid = puzzle().query_grid(question(), static_cast<int>(query));
    if (start != question().grid(static_cast<std::size_t>(grid))) continue;
    for (int i = 0; i < entries.size(); ++i) {
      const CellRef cell{grid, i / entries.cols, i % entries.cols};
      const Cell value = entries.at(cell.row, cell.col);
      if (start.contains(cell.row, cell.col) && value != start.at(cell.row, cell.col)) {
        changes.push_back({cell, value});
      }
    }
  }
  return changes;
}

// An entry is given when the question fixes it: puzzles whose questions say nothing about single
// cells of the answer have no such cells.
Result<void> Editor::give_entries() {
  release();
  if (!has_entries_) return fail(ErrorCode::invalid_field, "nothing is filled in yet", "entries");
  std::vector<CellChange> changes = possible_givens();
  const Question all = paint_question(now(), changes, {}).state.question;
  const AnswerRules given(all);
  std::map<int, int> query_of;  // by grid
  for (int query = 0; query < static_cast<int>(now().entries.queries.size()); ++query) {
    query_of.emplace(puzzle().query_grid(question(), query), query);
  }
  std::erase_if(changes, [&](const CellChange& change) {
    const auto [grid, row, col] = change.cell;
    return all.grid(static_cast<std::size_t>(grid)).at(row, col) != change.value ||
           !given.fixed({query_of.at(grid), row, col});
  });
  if (changes.empty()) {
    return fail(ErrorCode::unsupported,
                "boards of this puzzle cannot hold what is filled in as givens", "entries");
  }
  commit(paint_question(now(), changes, {}).state, "make givens");
  return {};
}

Result<void> Editor::take_over(const Answer& answer, std::string label) {
  release();
  BoardState next = now();
  if (answer.queries.size() != next.entries.queries.size()) {
    return fail(ErrorCode::invalid_field,
                "the answer is to " + std::to_string(answer.queries.size()) +
                    " questions; the board asks " + std::to_string(next.entries.queries.size()),
                "answer");
  }
  for (std::size_t query = 0; query < answer.queries.size(); ++query) {
    if (answer.queries[query].empty()) continue;  // not answered: what is there stays
    const Grid& best = answer.best(query);
    const int number = static_cast<int>(query);
    if (auto fits = rules().check_size(number, best.rows, best.cols); !fits) return fits;
    if (best.cells.size() != static_cast<std::size_t>(best.size())) {
      return fail(ErrorCode::invalid_field, "the answer has not one value a cell", "answer");
    }
    set_entries(next, query, fitting(best, number, rules()));
  }
  commit(std::move(next), std::move(label));
  return {};
}

}  // namespace trm::ui
