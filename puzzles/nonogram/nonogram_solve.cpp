// The rule solver, hints with their reasons, conflicts, and guesses.
#include <algorithm>
#include <bit>
#include <limits>

#include "puzzles/exact_budget.h"
#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

bool has(Bits bits, int i) { return (bits >> i & 1u) != 0; }

// --- Search --------------------------------------------------------------------------------------

struct Search {
  explicit Search(const ExactLimits& limits) : most(limits.solutions), budget(limits) {}

  int most;
  ExactBudget budget;
  ExactResult result;
  bool cut = false;  // a limit was met: there may be more

  void visit(Board board) {
    if (!board.propagate()) return;
    if (board.complete()) {
      result.solutions.emplace_back(Answer(board.grid()));
      cut = cut || static_cast<int>(result.solutions.size()) >= most;
      return;
    }
    const auto [row, col] = branch_cell(board);
    for (const bool fill : {true, false}) {
      if (cut) return;
      if (!budget.spend()) {
        cut = true;
        return;
      }
      if (result.solutions.empty()) ++result.guesses;
      Board next = board;
      next.put(row, col, fill);
      visit(std::move(next));
    }
  }

  // The first open cell of the row with fewest: what follows from it follows soon.
  static std::pair<int, int> branch_cell(const Board& board) {
    int best = -1, fewest = std::numeric_limits<int>::max();
    const int rows = board.column(0).cells;
    for (int row = 0; row < rows; ++row) {
      const int left = std::popcount(board.row(row).open());
      if (left > 0 && left < fewest) {
        fewest = left;
        best = row;
      }
    }
    return {best, std::countr_zero(board.row(best).open())};
  }
};

// --- Lines of a player's board -------------------------------------------------------------------

struct NamedLine {
  bool across = true;  ///< a row
  int index = 0;
  Line line;
  const Clue* clue = nullptr;

  CellRef cell(int at) const { return across ? CellRef{0, index, at} : CellRef{0, at, index}; }
  std::string name() const { return (across ? "row " : "column ") + std::to_string(index + 1); }
};

std::vector<NamedLine> lines_of(const Clues& clues, const Grid& board) {
  const Board state(clues, board);
  std::vector<NamedLine> lines;
  for (int row = 0; row < board.rows; ++row) {
    lines.push_back({true, row, state.row(row), &clues.rows[static_cast<std::size_t>(row)]});
  }
  for (int col = 0; col < board.cols; ++col) {
    lines.push_back({false, col, state.column(col), &clues.columns[static_cast<std::size_t>(col)]});
  }
  return lines;
}

/// Why the cell at that place of the line has this value; the line settles it so.
std::string reason_of(const NamedLine& at, bool fill) {
  const Clue& clue = *at.clue;
  const std::string name = at.name();
  if (clue.empty()) return name + " has no filled cell";
  const int known = std::popcount(at.line.filled);
  if (!fill && known == filled_cells(clue)) {
    return name + " (" + clue_text(clue) + ") has all its filled cells";
  }
  const int free = at.line.cells - std::popcount(at.line.empty);
  if (fill && free == filled_cells(clue)) {
    return name + " (" + clue_text(clue) + ") needs all its cells that can still be filled";
  }
  constexpr std::int64_t most = 1000;
  const std::int64_t ways = placements(at.line, clue, most);
  const std::string count = ways == 1     ? "the only way"
                            : ways == 2   ? "both ways"
                            : ways < most ? "all " + std::to_string(ways) + " ways"
                                          : std::string("every way");
  const std::string verb =
      ways == 1 || ways >= most ? (fill ? " fills" : " leaves") : (fill ? " fill" : " leave");
  return count + " of placing " + clue_text(clue) + " in " + name + verb +
         (fill ? " this cell" : " this cell empty");
}

/// What the line settles in addition to what it knows; nothing: it has no placement.
std::optional<Line> news_of(const NamedLine& at) {
  auto settled = settle(at.line, *at.clue);
  if (!settled) return std::nullopt;
  const Bits before = at.line.filled | at.line.empty;
  return Line{at.line.cells, settled->filled & ~before, settled->empty & ~before};
}

}  // namespace

ExactResult search(const Clues& clues, const Grid& givens, const ExactLimits& limits) {
  Search search(limits);
  if (limits.solutions > 0) {
    search.visit(Board(clues, givens));
    search.result.complete = !search.cut;
  }
  return std::move(search.result);
}

Result<Hint> find_hint(const Clues& clues, const Grid& board) {
  const std::vector<NamedLine> lines = lines_of(clues, board);
  const NamedLine* best = nullptr;
  Line best_news;
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  for (const NamedLine& at : lines) {
    const auto news = news_of(at);
    if (!news) {
      return fail(ErrorCode::invalid_board, at.name() + " cannot hold " + clue_text(*at.clue),
                  at.name());
    }
    if ((news->filled | news->empty) == 0) continue;
    const std::int64_t ways = placements(at.line, *at.clue);
    if (ways >= fewest) continue;
    fewest = ways;
    best = &at;
    best_news = *news;
  }
  if (best == nullptr) {
    return fail(ErrorCode::exhausted, "no row and no column settles a further cell by itself",
                "partial");
  }
  const bool fill = best_news.filled != 0;
  const int at = std::countr_zero(fill ? best_news.filled : best_news.empty);
  return Hint{best->cell(at), fill ? filled : empty_cell, reason_of(*best, fill)};
}

std::optional<std::string> find_reason(const Clues& clues, const Grid& board, int row, int col,
                                       Cell value) {
  if (board.at(row, col) != open || (value != filled && value != empty_cell)) return std::nullopt;
  // In the order in which find_hint prefers lines, so that both say the same.
  const NamedLine* best = nullptr;
  std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
  const std::vector<NamedLine> lines = lines_of(clues, board);
  for (const NamedLine& at : lines) {
    if (at.index != (at.across ? row : col)) continue;
    const auto news = news_of(at);
    if (!news) return std::nullopt;
    const int place = at.across ? col : row;
    if (!has(value == filled ? news->filled : news->empty, place)) continue;
    const std::int64_t ways = placements(at.line, *at.clue);
    if (ways >= fewest) continue;
    fewest = ways;
    best = &at;
  }
  if (best == nullptr) return std::nullopt;
  return reason_of(*best, value == filled);
}

std::vector<Conflict> find_conflicts(const Clues& clues, const Grid& board) {
  std::vector<bool> broken_row(static_cast<std::size_t>(board.rows)),
      broken_column(static_cast<std::size_t>(board.cols));
  bool any_row = false, any_column = false;
  for (const NamedLine& at : lines_of(clues, board)) {
    if (settle(at.line, *at.clue)) continue;
    (at.across ? broken_row : broken_column)[static_cast<std::size_t>(at.index)] = true;
    (at.across ? any_row : any_column) = true;
  }
  std::vector<Conflict> conflicts;
  for (int row = 0; row < board.rows; ++row) {
    for (int col = 0; col < board.cols; ++col) {
      const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(col);
      // Where rows and columns are broken, their crossings tell more than the whole lines.
      const bool here = any_row && any_column ? broken_row[r] && broken_column[c]
                                              : broken_row[r] || broken_column[c];
      if (!here) continue;
      const std::string name =
          broken_row[r] ? "row " + std::to_string(row + 1) : "column " + std::to_string(col + 1);
      const Clue& clue = broken_row[r] ? clues.rows[r] : clues.columns[c];
      conflicts.push_back({{0, row, col}, name + " cannot be " + clue_text(clue)});
    }
  }
  return conflicts;
}

Grid guess_cells(Rng& rng, const Clues& clues, Grid board, int cells) {
  for (int guessed = 0; guessed < cells; ++guessed) {
    std::vector<int> open_cells;
    for (int cell = 0; cell < board.size(); ++cell) {
      if (board.cells[static_cast<std::size_t>(cell)] == open) open_cells.push_back(cell);
    }
    if (open_cells.empty()) break;
    const int cell = open_cells[rng.below(static_cast<std::uint32_t>(open_cells.size()))];
    const Board state(clues, board);
    const int row = cell / board.cols, col = cell % board.cols;
    const auto across = settle(state.row(row), clues.rows[static_cast<std::size_t>(row)]);
    const auto down = settle(state.column(col), clues.columns[static_cast<std::size_t>(col)]);
    if (!across || !down) break;
    const bool must_fill = has(across->filled, col) || has(down->filled, row);
    const bool must_empty = has(across->empty, col) || has(down->empty, row);
    if (must_fill && must_empty) break;
    const bool fill = must_fill || (!must_empty && rng.chance(0.5));
    board.cells[static_cast<std::size_t>(cell)] = fill ? filled : empty_cell;
  }
  return board;
}

}  // namespace trm::nonogram
