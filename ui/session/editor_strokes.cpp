// Strokes, single cells, marks.
#include <algorithm>
#include <utility>

#include "puzzles/text.h"
#include "ui/session/editor.h"

namespace trm::ui {
namespace {

Error outside(const CellRef& cell) {
  const std::string place = cell_place(cell.row, cell.col);
  return fail(ErrorCode::invalid_field, place + " lies outside the board", place);
}

Error nothing_chosen() {
  return fail(ErrorCode::invalid_field, "no cell is chosen: click one or move with the arrows",
              "cell");
}

constexpr std::uint64_t bit(Cell value) { return std::uint64_t{1} << value; }

/// The marks of a query, made where there are none yet.
MarkSet& marks_of(BoardState& state, int query) {
  if (state.marks.empty()) {
    for (const auto& candidates : state.entries.queries) {
      state.marks.emplace_back(candidates.front().cells.size(), 0);
    }
  }
  return state.marks[static_cast<std::size_t>(query)];
}

}  // namespace

// --- Strokes -------------------------------------------------------------------------------------

Editor::StrokeKind Editor::stroke_kind(const CellRef& cell, bool erase) const {
  if (tool_ == Tool::mark) {
    const bool noted = brush_ < kMarkValues && (marks(cell) & bit(brush_)) != 0;
    return erase || noted ? StrokeKind::unmark : StrokeKind::mark;
  }
  if (erase) return StrokeKind::erase;
  if (tool_ == Tool::select) return StrokeKind::select;
  return is_unique(at(cell)) || is_unique(brush_) ? StrokeKind::move : StrokeKind::paint;
}

Result<void> Editor::press(const CellRef& cell, bool erase) {
  release();
  if (!contains(cell)) return outside(cell);
  cursor_ = cell;
  selection_.reset();
  if (tool_ == Tool::fill) return flood(cell, erase ? erased(cell) : brush_);
  if (tool_ == Tool::mark) {
    if (layer_ == Layer::question) {
      return fail(ErrorCode::unsupported, "pencil marks belong to playing, not to drawing",
                  "marks");
    }
    auto possible = erase ? check_marks_known() : check_mark(cell, brush_);
    if (!possible) return possible;
  }
  const StrokeKind kind = stroke_kind(cell, erase);
  Cell value = brush_;
  if (kind == StrokeKind::move && is_unique(at(cell))) value = at(cell);
  if (kind == StrokeKind::unmark && erase) value = kMarkValues;  // all of them
  stroke_ = Stroke{kind, cell, cell, value, std::nullopt};
  stroke_over({cell});
  return {};
}

Result<void> Editor::drag(const CellRef& cell) {
  if (!stroke_ || cell == stroke_->last || cell.grid != stroke_->first.grid) return {};
  if (!contains(cell)) return {};
  const auto cells = line_cells(stroke_->last, cell);
  stroke_->last = cell;
  cursor_ = cell;
  stroke_over(cells);
  return {};
}

// What the stroke does to these cells.
std::vector<CellChange> Editor::stroke_changes(const std::vector<CellRef>& cells) const {
  const Stroke& stroke = *stroke_;
  std::vector<CellChange> changes;
  if (stroke.kind == StrokeKind::move) {
    // It may stand anywhere but on another of its kind.
    const Cell held = value_in(history_.now(), cells.back());
    if (held == stroke.value || !is_unique(held)) changes.push_back({cells.back(), stroke.value});
    return changes;
  }
  for (const CellRef& cell : cells) {
    if (stroke.kind == StrokeKind::erase) {
      changes.push_back({cell, erased(cell)});
    } else if (!is_unique(at(cell))) {
      changes.push_back({cell, stroke.value});
    }
  }
  return changes;
}

// Shows the stroke with these cells in it.
void Editor::stroke_over(const std::vector<CellRef>& cells) {
  Stroke& stroke = *stroke_;
  if (stroke.kind == StrokeKind::select) {
    const auto [top, bottom] = std::minmax(stroke.first.row, stroke.last.row);
    const auto [left, right] = std::minmax(stroke.first.col, stroke.last.col);
    selection_ = Region{stroke.first.grid, top, left, bottom - top + 1, right - left + 1};
    return;
  }
  std::optional<BoardState> next;
  if (stroke.kind == StrokeKind::mark || stroke.kind == StrokeKind::unmark) {
    next = now();
    stroke_marks(*next, cells);
  } else {
    // What is carried passes over other cells: each place starts from the board before the stroke.
    const bool moves = stroke.kind == StrokeKind::move;
    Painted done = painted(moves ? history_.now() : now(), stroke_changes(cells));
    if (done.taken > 0) next = std::move(done.state);
  }
  if (!next || *next == now()) return;
  stroke.painted = std::move(next);
  changed();
}

void Editor::stroke_marks(BoardState& state, const std::vector<CellRef>& cells) const {
  for (const CellRef& cell : cells) {
    const Grid& grid = state.entries.best(static_cast<std::size_t>(cell.grid));
    if (!grid.contains(cell.row, cell.col)) continue;
    std::uint64_t& marks = marks_of(state, cell.grid)[grid.index(cell.row, cell.col)];
    if (stroke_->kind == StrokeKind::unmark) {
      marks &= stroke_->value < kMarkValues ? ~bit(stroke_->value) : 0;
    } else if (check_mark(cell, stroke_->value)) {
      marks |= bit(stroke_->value);
    }
  }
  drop_empty_marks(state.marks);
}

void Editor::release() {
  if (!stroke_) return;
  const Stroke stroke = std::move(*stroke_);
  stroke_.reset();
  if (stroke.kind == StrokeKind::select && selection_ && selection_->rows * selection_->cols == 1) {
    selection_.reset();  // a click chooses a cell: the cursor
  }
  if (!stroke.painted) return;
  if (!(*stroke.painted == history_.now())) {
    constexpr const char* labels[] = {"paint", "erase", "move", "select", "mark", "unmark"};
    history_.push(*stroke.painted, labels[static_cast<int>(stroke.kind)]);
    ++revision_;
  }
  judge_status();
}

// --- Single changes ------------------------------------------------------------------------------

Result<void> Editor::put(const CellRef& cell, Cell value) {
  release();
  if (!contains(cell)) return outside(cell);
  return paint({{cell, value}}, value == erased(cell) ? "erase" : "paint");
}

Result<void> Editor::type(Cell value) {
  release();
  const auto cells = chosen_cells();
  if (cells.empty()) return nothing_chosen();
  if (tool_ == Tool::mark && layer_ == Layer::answer) return toggle_marks(cells, value);
  // A board has one cell of a unique value: the first that takes it.
  std::vector<CellChange> changes;
  for (const CellRef& cell : cells) changes.push_back({cell, value});
  if (is_unique(value)) changes.resize(1);
  return paint(changes, "paint");
}

Result<void> Editor::erase_here() {
  release();
  const auto cells = chosen_cells();
  if (cells.empty()) return nothing_chosen();
  std::vector<CellChange> changes;
  for (const CellRef& cell : cells) changes.push_back({cell, erased(cell)});
  return paint(changes, "erase");
}

Result<void> Editor::flood(const CellRef& cell, Cell value) {
  release();
  if (!contains(cell)) return outside(cell);
  if (is_unique(value)) return put(cell, value);
  std::vector<CellChange> changes;
  const bool erases = value == erased(cell);
  for (const CellRef& one : connected_cells(*grid_of(now(), cell.grid), cell)) {
    changes.push_back({one, erases ? erased(one) : value});
  }
  return paint(changes, "fill");
}

// --- Marks ---------------------------------------------------------------------------------------

Result<void> Editor::check_marks_known() const {
  if (puzzle().info().marks) return {};
  return fail(ErrorCode::unsupported, "this puzzle has no pencil marks", "marks");
}

Result<void> Editor::check_mark(const CellRef& cell, Cell value) const {
  if (auto known = check_marks_known(); !known) return known;
  const auto& queries = now().entries.queries;
  const std::string place = cell_place(cell.row, cell.col);
  if (cell.grid < 0 || static_cast<std::size_t>(cell.grid) >= queries.size() ||
      !queries[static_cast<std::size_t>(cell.grid)].front().contains(cell.row, cell.col)) {
    return outside(cell);
  }
  const Cell held = queries[static_cast<std::size_t>(cell.grid)].front().at(cell.row, cell.col);
  if (rules().fixed(cell)) {
    return fail(ErrorCode::invalid_field, place + " is given: there is nothing to note", place);
  }
  if (held != rules().erased(cell)) {
    return fail(ErrorCode::invalid_field, place + " is filled in: erase it to note values", place);
  }
  if (value >= kMarkValues || value == held || !rules().allows(cell, value)) {
    return fail(ErrorCode::invalid_field, place + ": this value cannot be noted", place);
  }
  return {};
}

Result<void> Editor::toggle_mark(const CellRef& query_cell, Cell value) {
  return toggle_marks({query_cell}, value);
}

Result<void> Editor::toggle_marks(const std::vector<CellRef>& cells, Cell value) {
  release();
  std::vector<CellRef> possible;
  for (const CellRef& cell : cells) {
    if (check_mark(cell, value)) possible.push_back(cell);
  }
  if (possible.empty()) return check_mark(cells.front(), value);
  const bool all = std::ranges::all_of(
      possible, [&](const CellRef& cell) { return (marks(cell) & bit(value)) != 0; });
  BoardState next = now();
  for (const auto& [query, row, col] : possible) {
    const Grid& grid = next.entries.best(static_cast<std::size_t>(query));
    std::uint64_t& noted = marks_of(next, query)[grid.index(row, col)];
    noted = all ? noted & ~bit(value) : noted | bit(value);
  }
  drop_empty_marks(next.marks);
  commit(std::move(next), "mark");
  return {};
}

Result<void> Editor::clear_marks() {
  release();
  BoardState next = now();
  next.marks.clear();
  commit(std::move(next), "clear marks");
  return {};
}

// Whether the value makes a conflict in its cell at once. The entries come back as they were.
bool Editor::makes_conflict(Answer& entries, const CellRef& cell, Cell value) const {
  Cell& held = entries.queries[static_cast<std::size_t>(cell.grid)].front().at(cell.row, cell.col);
  const Cell before = std::exchange(held, value);
  const auto conflicts = puzzle().partial_conflicts(question(), entries);
  held = before;
  return std::ranges::any_of(conflicts, [&](const Conflict& c) { return c.cell == cell; });
}

// Sets or takes away marks: `change` gets a cell's entries, its place, a value that can be noted
// there, and its marks.
template <class Change>
void Editor::change_marks(BoardState& state, Change&& change) const {
  Answer entries = state.entries;
  const auto values = puzzle().answer_palette(question());
  for (int query = 0; query < static_cast<int>(entries.queries.size()); ++query) {
    MarkSet& marks = marks_of(state, query);
    const Grid& grid = entries.best(static_cast<std::size_t>(query));
    for (int i = 0; i < grid.size(); ++i) {
      const CellRef cell{query, i / grid.cols, i % grid.cols};
      for (const PaletteEntry& entry : values) {
        if (!check_mark(cell, entry.value)) continue;
        change(entries, cell, entry.value, marks[static_cast<std::size_t>(i)]);
      }
    }
  }
  drop_empty_marks(state.marks);
}

Result<int> Editor::fill_marks() {
  release();
  if (auto known = check_marks_known(); !known) return known.error();
  BoardState next = now();
  int added = 0;
  change_marks(next, [&](Answer& entries, const CellRef& cell, Cell value, std::uint64_t& marks) {
    const std::uint64_t before = marks;
    marks = makes_conflict(entries, cell, value) ? marks & ~bit(value) : marks | bit(value);
    added += marks > before ? 1 : 0;
  });
  commit(std::move(next), "fill marks");
  return added;
}

Result<int> Editor::tidy_marks() {
  release();
  if (auto known = check_marks_known(); !known) return known.error();
  BoardState next = now();
  int gone = 0;
  change_marks(next, [&](Answer& entries, const CellRef& cell, Cell value, std::uint64_t& marks) {
    if ((marks & bit(value)) == 0 || !makes_conflict(entries, cell, value)) return;
    marks &= ~bit(value);
    ++gone;
  });
  commit(std::move(next), "tidy marks");
  return gone;
}

}  // namespace trm::ui
