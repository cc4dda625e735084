// What the board is and what follows from it; tools, cursor, history. Strokes and regions have
// files of their own.
#include "ui/session/editor.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "puzzles/text.h"

namespace trm::ui {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

Editor::Editor(Question question) : history_(fresh_state(std::move(question))) {
  open(History(history_));
}

// --- What is there -------------------------------------------------------------------------------

std::vector<const Grid*> Editor::grids(Layer layer) const {
  std::vector<const Grid*> found;
  if (layer == Layer::question) {
    for (const NamedGrid& named : question().grids()) found.push_back(&named.grid);
  } else {
    for (const auto& candidates : now().entries.queries) found.push_back(&candidates.front());
  }
  return found;
}

const Grid* Editor::grid_of(const BoardState& state, int grid) const {
  if (grid < 0) return nullptr;
  const auto at = static_cast<std::size_t>(grid);
  if (layer_ == Layer::question) {
    const auto& grids = state.question.grids();
    return at < grids.size() ? &grids[at].grid : nullptr;
  }
  return at < state.entries.queries.size() ? &state.entries.best(at) : nullptr;
}

Cell Editor::value_in(const BoardState& state, const CellRef& cell) const {
  const Grid* grid = grid_of(state, cell.grid);
  return grid != nullptr && grid->contains(cell.row, cell.col) ? grid->at(cell.row, cell.col)
                                                               : Cell{0};
}

bool Editor::contains(const CellRef& cell) const {
  const Grid* grid = grid_of(now(), cell.grid);
  return grid != nullptr && grid->contains(cell.row, cell.col);
}

Cell Editor::at(const CellRef& cell) const { return value_in(now(), cell); }

const AnswerRules& Editor::rules() const {
  if (!rules_) rules_.emplace(question());
  return *rules_;
}

bool Editor::may_put(const CellRef& cell, Cell value) const {
  if (!contains(cell)) return false;
  if (layer_ == Layer::answer) return rules().allows(cell, value);
  return puzzle().apply(question(), SetCell{cell.grid, cell.row, cell.col, value}).ok();
}

Cell Editor::erased(const CellRef& cell) const {
  return layer_ == Layer::answer ? rules().erased(cell) : Cell{0};
}

std::uint64_t Editor::marks(const CellRef& query_cell) const {
  const auto [query, row, col] = query_cell;
  const auto& marks = now().marks;
  if (query < 0 || static_cast<std::size_t>(query) >= marks.size()) return 0;
  const Grid& grid = now().entries.best(static_cast<std::size_t>(query));
  if (!grid.contains(row, col)) return 0;
  return marks[static_cast<std::size_t>(query)][grid.index(row, col)];
}

bool Editor::open_cell(const CellRef& cell) const {
  if (at(cell) != erased(cell)) return false;
  return layer_ == Layer::question || !rules().fixed(cell);
}

// --- Changes -------------------------------------------------------------------------------------

void Editor::changed() {
  ++revision_;
  if (!judged_question_ || !(*judged_question_ == question())) {
    judged_question_ = question();
    rules_.reset();
    problems_ = puzzle().problems(question());
    read_palette();
  }
  judge();
  keep_places();
}

void Editor::judge() {
  const auto& entries = now().entries;
  has_entries_ = entries != (rules_ ? rules_->start() : puzzle().start_answer(question()));
  entry_conflicts_.clear();
  entries_status_ = Status::unverified;
  if (!problems_.empty()) return;
  if (has_entries_) entry_conflicts_ = puzzle().partial_conflicts(question(), entries);
  if (!stroke_) judge_status();
}

// Not while a stroke lasts: it would take as long again.
void Editor::judge_status() {
  if (!problems_.empty() || !entry_conflicts_.empty()) return;
  entries_status_ = puzzle().check(question(), now().entries).status;
}

void Editor::read_palette() {
  palette_ = layer_ == Layer::question ? puzzle().palette(question())
                                       : puzzle().answer_palette(question());
  unique_.reset();
  for (const PaletteEntry& entry : palette_) unique_.set(entry.value, entry.unique);
  unique_.reset(0);  // what erasing leaves is everywhere
  const auto has = [&](auto&& test) { return std::ranges::find_if(palette_, test); };
  if (has([&](const auto& entry) { return entry.value == brush_; }) != palette_.end()) return;
  auto entry = has([](const auto& one) { return one.value != 0; });
  if (entry == palette_.end()) entry = palette_.begin();
  if (entry != palette_.end()) brush_ = entry->value;
}

void Editor::keep_places() {
  if (cursor_ && !contains(*cursor_)) {
    if (const Grid* grid = grid_of(now(), cursor_->grid)) {
      cursor_->row = std::clamp(cursor_->row, 0, grid->rows - 1);
      cursor_->col = std::clamp(cursor_->col, 0, grid->cols - 1);
    } else {
      cursor_.reset();
    }
  }
  if (selection_) selection_ = clipped(*selection_);
}

void Editor::commit(BoardState state, std::string label) {
  release();
  if (state == history_.now()) return;
  history_.push(std::move(state), std::move(label));
  changed();
}

Painted Editor::painted(const BoardState& from, const std::vector<CellChange>& changes) const {
  return layer_ == Layer::question ? paint_question(from, changes, unique_)
                                   : paint_entries(from, changes, unique_, rules());
}

Result<void> Editor::paint(const std::vector<CellChange>& changes, std::string label) {
  release();
  Painted done = painted(now(), changes);
  if (done.taken == 0 && done.refused) return *done.refused;
  commit(std::move(done.state), std::move(label));
  return {};
}

Result<void> Editor::change_question(Result<Question> changed_question, std::string label) {
  if (!changed_question) return std::move(changed_question).error();
  commit(with_question(now(), std::move(*changed_question)), std::move(label));
  return {};
}

// --- Tools ---------------------------------------------------------------------------------------

void Editor::set_layer(Layer layer) {
  release();
  // Marks belong to playing, and not to every puzzle.
  if (tool_ == Tool::mark && (layer == Layer::question || !puzzle().info().marks))
    tool_ = Tool::paint;
  if (layer == layer_) return;
  // A query stands in one of the question's grids.
  std::optional<CellRef> cursor;
  const int queries = static_cast<int>(now().entries.queries.size());
  for (int query = 0; cursor_ && query < queries && !cursor; ++query) {
    const int grid = puzzle().query_grid(question(), query);
    const int from = layer == Layer::answer ? grid : query;
    const int to = layer == Layer::answer ? query : grid;
    if (cursor_->grid == from) cursor = CellRef{to, cursor_->row, cursor_->col};
  }
  layer_ = layer;
  cursor_ = cursor && contains(*cursor) ? cursor : std::nullopt;
  selection_.reset();
  read_palette();
}

const PaletteEntry* Editor::entry_for_key(char key) const {
  if (key == 0) return nullptr;
  for (const PaletteEntry& entry : palette_) {
    if (entry.key == key) return &entry;
  }
  for (const PaletteEntry& entry : palette_) {
    if (entry.key != 0 && lower(entry.key) == lower(key)) return &entry;
  }
  return nullptr;
}

CellRef Editor::first_cell() const { return {cursor_ ? cursor_->grid : 0, 0, 0}; }

void Editor::set_cursor(std::optional<CellRef> cell) {
  if (!cell || contains(*cell)) cursor_ = cell;
}

void Editor::move_cursor(int down, int right) {
  selection_.reset();
  if (!cursor_) {
    set_cursor(first_cell());
    return;
  }
  const Grid& grid = *grid_of(now(), cursor_->grid);
  cursor_->row = std::clamp(cursor_->row + down, 0, grid.rows - 1);
  cursor_->col = std::clamp(cursor_->col + right, 0, grid.cols - 1);
}

void Editor::next_stop(bool backwards) {
  selection_.reset();
  const auto shown = grids(layer_);
  const auto count = static_cast<int>(shown.size());
  if (count > 1) {
    const int grid = cursor_ ? (cursor_->grid + (backwards ? count - 1 : 1)) % count
                             : (backwards ? count - 1 : 0);
    cursor_ = CellRef{grid, 0, 0};
    return;
  }
  const Grid& grid = *shown.front();
  const int cells = grid.size();
  const int from = cursor_ ? cursor_->row * grid.cols + cursor_->col : (backwards ? cells : -1);
  for (int i = 1; i <= cells; ++i) {
    const int cell = ((from + (backwards ? -i : i)) % cells + cells) % cells;
    const CellRef place{0, cell / grid.cols, cell % grid.cols};
    if (!open_cell(place)) continue;
    cursor_ = place;
    return;
  }
}

// --- History and whole boards --------------------------------------------------------------------

bool Editor::undo() {
  release();
  if (!history_.undo()) return false;
  changed();
  return true;
}

bool Editor::redo() {
  release();
  if (!history_.redo()) return false;
  changed();
  return true;
}

bool Editor::jump(std::size_t moment) {
  release();
  if (moment == history_.at() || !history_.jump(moment)) return moment == history_.at();
  changed();
  return true;
}

void Editor::open(Question question) { open(History(fresh_state(std::move(question)))); }

void Editor::open(History history) {
  stroke_.reset();
  history_ = std::move(history);
  ++board_number_;
  judged_question_.reset();
  cursor_.reset();
  selection_.reset();
  layer_ = Layer::question;
  brush_ = 0;
  changed();
  set_layer(problems_.empty() ? Layer::answer : Layer::question);
  const auto filled = std::ranges::find_if(palette_, [](const auto& e) { return e.value != 0; });
  if (filled != palette_.end()) brush_ = filled->value;
}

Result<void> Editor::replace_question(Question question, std::string label) {
  if (&question.puzzle() != &puzzle()) {
    return fail(ErrorCode::unsupported,
                "a board of the puzzle '" + question.puzzle().name() +
                    "' in the place of one of '" + puzzle().name() + "'",
                "puzzle");
  }
  commit(fresh_state(std::move(question)), std::move(label));
  return {};
}

}  // namespace trm::ui
