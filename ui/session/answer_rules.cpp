#include "ui/session/answer_rules.h"

#include <algorithm>
#include <utility>

#include "puzzles/text.h"

namespace trm::ui {
namespace {

/// Every value that a cell of an answer could stand for: what is painted, and what is given.
std::bitset<256> known_values(const Question& question, const Answer& start) {
  std::bitset<256> values;
  const Puzzle& puzzle = question.puzzle();
  for (const PaletteEntry& entry : puzzle.palette(question)) values.set(entry.value);
  for (const PaletteEntry& entry : puzzle.answer_palette(question)) values.set(entry.value);
  for (const NamedGrid& named : question.grids()) {
    for (const Cell cell : named.grid.cells) values.set(cell);
  }
  for (const auto& candidates : start.queries) {
    for (const Cell cell : candidates.front().cells) values.set(cell);
  }
  return values;
}

std::string query_name(std::size_t query, std::size_t queries) {
  return queries == 1 ? "the answer" : "answer " + std::to_string(query + 1);
}

bool same_size(const Grid& a, const Grid& b) { return a.rows == b.rows && a.cols == b.cols; }

/// What a player had put into a grid, where the new rules still let it.
Grid kept_entries(const Grid& entries, const Grid& old_start, const AnswerRules& rules, int query) {
  Grid kept = entries;
  for (int row = 0; row < kept.rows; ++row) {
    for (int col = 0; col < kept.cols; ++col) {
      Cell& value = kept.at(row, col);
      const Cell before = old_start.contains(row, col) ? old_start.at(row, col) : Cell{0};
      const CellRef cell{query, row, col};
      if (value == before || !rules.allows(cell, value)) value = rules.erased(cell);
    }
  }
  return kept;
}

/// Values that may be noted in a cell, bit v for value v.
std::uint64_t notable(const AnswerRules& rules, const CellRef& cell) {
  std::uint64_t bits = 0;
  if (rules.fixed(cell)) return bits;
  const Cell erased = rules.erased(cell);
  for (int value = 0; value < kMarkValues; ++value) {
    const auto as_cell = static_cast<Cell>(value);
    if (as_cell != erased && rules.allows(cell, as_cell)) bits |= std::uint64_t{1} << value;
  }
  return bits;
}

std::vector<MarkSet> kept_marks(const BoardState& from, const Answer& entries,
                                const AnswerRules& rules) {
  std::vector<MarkSet> marks = from.marks;
  for (std::size_t query = 0; query < marks.size(); ++query) {
    const Grid& grid = entries.best(query);
    if (!same_size(grid, from.entries.best(query))) {
      marks[query].assign(grid.cells.size(), 0);
      continue;
    }
    for (std::size_t i = 0; i < marks[query].size(); ++i) {
      const auto at = static_cast<int>(i);
      if (marks[query][i] == 0) continue;
      marks[query][i] &= notable(rules, {static_cast<int>(query), at / grid.cols, at % grid.cols});
    }
  }
  drop_empty_marks(marks);
  return marks;
}

}  // namespace

AnswerRules::AnswerRules(const Question& question)
    : start_(question.puzzle().start_answer(question)) {
  const auto values = known_values(question, start_);
  for (std::size_t query = 0; query < start_.queries.size(); ++query) {
    queries_.push_back(read_query(question, static_cast<int>(query), values));
  }
}

// A grid full of one value shows which token stands for it at each position, and the mask whether
// that token is legal there.
AnswerRules::Query AnswerRules::read_query(const Question& question, int query,
                                           const std::bitset<256>& values) {
  const Puzzle& puzzle = question.puzzle();
  const TokenLayout layout = puzzle.layout(question, query);
  const TokenMask mask = puzzle.mask(question, query);
  Query read;
  for (const Position& position : layout.positions) {
    if (position.role != Role::cell) continue;
    read.rows = std::max(read.rows, position.row + 1);
    read.cols = std::max(read.cols, position.col + 1);
  }
  read.legal.resize(static_cast<std::size_t>(read.rows) * static_cast<std::size_t>(read.cols));
  std::vector<int> known(layout.positions.size(), 0);  // legal tokens that are values
  for (int value = 0; value < 256; ++value) {
    if (!values.test(static_cast<std::size_t>(value))) continue;
    const auto labels =
        puzzle.encode_answer(question, query, Grid(read.rows, read.cols, static_cast<Cell>(value)));
    for (std::size_t p = 0; p < layout.positions.size() && p < labels.size(); ++p) {
      const Position& position = layout.positions[p];
      if (position.role != Role::cell || labels[p] < 0 || labels[p] >= mask.vocab) continue;
      if (!mask.at(static_cast<int>(p), labels[p])) continue;
      ++known[p];
      read.legal[static_cast<std::size_t>(position.row * read.cols + position.col)].set(
          static_cast<std::size_t>(value));
    }
  }
  // A cell that may also be something else than a cell (an end marker): sizes vary.
  for (std::size_t p = 0; p < layout.positions.size() && !read.ends; ++p) {
    if (layout.positions[p].role != Role::cell || !layout.positions[p].answer) continue;
    const auto first = mask.legal.begin() + static_cast<std::ptrdiff_t>(p) * mask.vocab;
    read.ends =
        std::count_if(first, first + mask.vocab, [](auto bit) { return bit != 0; }) > known[p];
  }
  return read;
}

const std::bitset<256>* AnswerRules::find(const CellRef& cell) const {
  if (cell.grid < 0 || static_cast<std::size_t>(cell.grid) >= queries_.size()) return nullptr;
  const Query& query = queries_[static_cast<std::size_t>(cell.grid)];
  if (cell.row < 0 || cell.row >= query.rows || cell.col < 0 || cell.col >= query.cols) {
    return nullptr;
  }
  return &query.legal[static_cast<std::size_t>(cell.row * query.cols + cell.col)];
}

Cell AnswerRules::erased(const CellRef& cell) const {
  if (cell.grid < 0 || static_cast<std::size_t>(cell.grid) >= start_.queries.size()) return 0;
  const Grid& grid = start_.best(static_cast<std::size_t>(cell.grid));
  return grid.contains(cell.row, cell.col) ? grid.at(cell.row, cell.col) : Cell{0};
}

bool AnswerRules::allows(const CellRef& cell, Cell value) const {
  const auto* legal = find(cell);
  if (legal != nullptr && legal->test(value)) return true;
  if (value != erased(cell)) return false;
  return legal != nullptr ||
         (cell.grid >= 0 && static_cast<std::size_t>(cell.grid) < start_.queries.size() &&
          start_.best(static_cast<std::size_t>(cell.grid)).contains(cell.row, cell.col));
}

bool AnswerRules::fixed(const CellRef& cell) const {
  const auto* legal = find(cell);
  if (legal == nullptr) return true;
  return legal->count() + (legal->test(erased(cell)) ? 0 : 1) <= 1;
}

Result<void> AnswerRules::check_size(int query, int rows, int cols) const {
  if (query < 0 || static_cast<std::size_t>(query) >= queries_.size()) {
    return fail(ErrorCode::invalid_field, "there is no answer " + std::to_string(query + 1),
                "query");
  }
  const auto at = static_cast<std::size_t>(query);
  const Grid& start = start_.best(at);
  if (rows == start.rows && cols == start.cols) return {};
  const std::string size = query_name(at, queries_.size()) + " of " + size_text(rows, cols);
  if (rows < 1 || cols < 1) {
    return fail(ErrorCode::invalid_field, size + ": a side has at least 1 cell", "size");
  }
  const Query& rule = queries_[at];
  if (!rule.ends) {
    return fail(ErrorCode::unsupported,
                size + ": here an answer is always " + size_text(start.rows, start.cols), "size");
  }
  const int most_rows = std::min(rule.rows, Puzzle::max_side);
  const int most_cols = std::min(rule.cols, Puzzle::max_side);
  if (rows > most_rows || cols > most_cols) {
    return fail(ErrorCode::too_large, size + ": at most " + size_text(most_rows, most_cols),
                "size");
  }
  return {};
}

Result<void> AnswerRules::check(const Answer& entries) const {
  if (entries.queries.size() != queries_.size()) {
    return fail(ErrorCode::invalid_field,
                std::to_string(entries.queries.size()) + " answers; the board asks for " +
                    std::to_string(queries_.size()),
                "entries");
  }
  for (std::size_t query = 0; query < queries_.size(); ++query) {
    const std::string name = query_name(query, queries_.size());
    if (entries.queries[query].size() != 1) {
      return fail(ErrorCode::invalid_field, name + " has not exactly one candidate", "entries");
    }
    const Grid& grid = entries.best(query);
    if (auto fits = check_size(static_cast<int>(query), grid.rows, grid.cols); !fits) return fits;
    if (grid.cells.size() != static_cast<std::size_t>(grid.size())) {
      return fail(ErrorCode::invalid_field, name + " has not one value a cell", "entries");
    }
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        if (allows({static_cast<int>(query), row, col}, grid.at(row, col))) continue;
        const std::string place = name + ", " + cell_place(row, col);
        return fail(ErrorCode::invalid_field,
                    place + ": " + std::to_string(int{grid.at(row, col)}) + " cannot stand there",
                    place);
      }
    }
  }
  return {};
}

BoardState with_question(const BoardState& from, Question question) {
  const Answer old_start = from.question.puzzle().start_answer(from.question);
  if (from.entries == old_start && from.marks.empty()) return fresh_state(std::move(question));
  const AnswerRules rules(question);
  Answer entries = rules.start();
  if (entries.queries.size() != from.entries.queries.size()) {
    return {std::move(question), std::move(entries), {}};
  }
  for (std::size_t query = 0; query < entries.queries.size(); ++query) {
    const Grid& before = from.entries.best(query);
    Grid& grid = entries.queries[query].front();
    const int number = static_cast<int>(query);
    if (!same_size(grid, old_start.best(query)) ||
        !rules.check_size(number, before.rows, before.cols)) {
      continue;
    }
    grid = kept_entries(before, old_start.best(query), rules, number);
  }
  auto marks = kept_marks(from, entries, rules);
  return {std::move(question), std::move(entries), std::move(marks)};
}

Result<void> check_marks(const AnswerRules& rules, const Answer& entries,
                         const std::vector<MarkSet>& marks) {
  if (marks.empty()) return {};
  if (marks.size() != entries.queries.size()) {
    return fail(ErrorCode::invalid_field, "marks: expected one list a query", "marks");
  }
  for (std::size_t query = 0; query < marks.size(); ++query) {
    const Grid& grid = entries.best(query);
    if (marks[query].size() != grid.cells.size()) {
      return fail(ErrorCode::invalid_field, "marks: expected one number a cell", "marks");
    }
    for (std::size_t i = 0; i < marks[query].size(); ++i) {
      const auto at = static_cast<int>(i);
      const CellRef cell{static_cast<int>(query), at / grid.cols, at % grid.cols};
      if (marks[query][i] == 0 || (marks[query][i] & ~notable(rules, cell)) == 0) continue;
      return fail(ErrorCode::invalid_field,
                  "marks: " + cell_place(cell.row, cell.col) + " cannot hold a value noted there",
                  "marks");
    }
  }
  return {};
}

void drop_empty_marks(std::vector<MarkSet>& marks) {
  const bool any = std::any_of(marks.begin(), marks.end(), [](const MarkSet& set) {
    return std::any_of(set.begin(), set.end(), [](auto bits) { return bits != 0; });
  });
  if (!any) marks.clear();
}

}  // namespace trm::ui
