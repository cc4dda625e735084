// Exact search: naked and hidden singles, then branching on the cell with fewest candidates.
#include <bit>

#include "puzzles/exact_budget.h"
#include "puzzles/sudoku/sudoku_internal.h"
#include "puzzles/text.h"

namespace trm::sudoku {
namespace {

int lowest_digit(Mask mask) { return std::countr_zero(mask) + 1; }
Mask bit(int digit) { return Mask{1} << (digit - 1); }

// Puts the givens; false if they contradict each other.
bool set_up(Board& board, const Grid& givens) {
  for (int cell = 0; cell < givens.size(); ++cell) {
    const Cell value = givens.cells[static_cast<std::size_t>(cell)];
    if (value != blank && !board.assign(cell, value)) return false;
  }
  return board.propagate();
}

/// The recursion of search().
class Search {
 public:
  Search(const ExactLimits& limits, Rng* rng) : limits_(limits), budget_(limits), rng_(rng) {}

  // Returns false when a limit ends the search.
  bool run(const Board& board) {
    if (board.complete()) {
      found.solutions.push_back(board.grid());
      return static_cast<int>(found.solutions.size()) < limits_.solutions;
    }
    const int cell = board.smallest();
    std::vector<int> digits;
    for (Mask rest = board.candidates(cell); rest != 0; rest &= rest - 1) {
      digits.push_back(lowest_digit(rest));
    }
    if (rng_ != nullptr) rng_->shuffle(digits);
    for (const int digit : digits) {
      if (!budget_.spend()) return false;
      if (found.solutions.empty()) ++found.guesses;
      Board next = board;
      if (next.assign(cell, digit) && next.propagate() && !run(next)) return false;
    }
    return true;
  }

  SearchResult found;

 private:
  const ExactLimits& limits_;
  ExactBudget budget_;
  Rng* rng_;
};

std::string unit_name(const Shape& shape, std::size_t unit) {
  const auto side = static_cast<std::size_t>(shape.side);
  const std::string number = std::to_string(unit % side + 1);
  return (unit < side ? "row " : unit < 2 * side ? "column " : "box ") + number;
}

}  // namespace

Board::Board(const Shape& shape)
    : shape_(&shape),
      candidates_(shape.peers.size(), (Mask{1} << shape.side) - 1),
      fixed_(shape.peers.size(), false),
      open_(static_cast<int>(shape.peers.size())) {}

bool Board::assign(int cell, int digit) {
  const auto c = static_cast<std::size_t>(cell);
  if ((candidates_[c] & bit(digit)) == 0) return false;
  if (fixed_[c]) return true;
  candidates_[c] = bit(digit);
  fixed_[c] = true;
  --open_;
  for (const int peer : shape_->peers[c]) {
    Mask& mask = candidates_[static_cast<std::size_t>(peer)];
    if ((mask & bit(digit)) == 0) continue;
    mask &= ~bit(digit);
    if (mask == 0) return false;
    if (std::has_single_bit(mask) && !assign(peer, lowest_digit(mask))) return false;
  }
  return true;
}

bool Board::propagate() {
  const Mask all = (Mask{1} << shape_->side) - 1;
  for (bool changed = true; changed && open_ > 0;) {
    changed = false;
    for (const auto& unit : shape_->units) {
      Mask once = 0, twice = 0, placed = 0;
      for (const int cell : unit) {
        const Mask mask = candidates_[static_cast<std::size_t>(cell)];
        twice |= once & mask;
        once |= mask;
        if (fixed_[static_cast<std::size_t>(cell)]) placed |= mask;
      }
      if (once != all) return false;  // a digit has no place in this unit
      const Mask hidden = once & ~twice & ~placed;
      if (hidden == 0) continue;
      for (const int cell : unit) {
        const Mask here = candidates_[static_cast<std::size_t>(cell)] & hidden;
        if (here == 0 || fixed_[static_cast<std::size_t>(cell)]) continue;
        if (!std::has_single_bit(here) || !assign(cell, lowest_digit(here))) return false;
        changed = true;
      }
    }
  }
  return true;
}

int Board::smallest() const {
  int best = -1, count = 64;
  for (std::size_t cell = 0; cell < candidates_.size(); ++cell) {
    if (fixed_[cell]) continue;
    const int n = std::popcount(candidates_[cell]);
    if (n < count) {
      count = n;
      best = static_cast<int>(cell);
      if (n == 2) break;
    }
  }
  return best;
}

Grid Board::grid() const {
  Grid grid(shape_->side, shape_->side);
  for (std::size_t cell = 0; cell < candidates_.size(); ++cell) {
    if (fixed_[cell]) grid.cells[cell] = static_cast<Cell>(lowest_digit(candidates_[cell]));
  }
  return grid;
}

SearchResult search(const Grid& givens, const Shape& shape, const ExactLimits& limits, Rng* rng) {
  Search search(limits, rng);
  Board board(shape);
  if (!set_up(board, givens)) {
    search.found.complete = true;
    return search.found;
  }
  search.found.complete = search.run(board);
  return search.found;
}

bool solved_by_singles(const Grid& givens, const Shape& shape) {
  Board board(shape);
  return set_up(board, givens) && board.complete();
}

Result<Hint> find_hint(const Grid& board, const Shape& shape) {
  // Candidates by the digits on the board only, without following any consequence: the hint is the
  // next single that a player can see.
  std::vector<Mask> open(shape.peers.size(), 0);
  for (std::size_t cell = 0; cell < open.size(); ++cell) {
    if (board.cells[cell] != blank) continue;
    open[cell] = (Mask{1} << shape.side) - 1;
    for (const int peer : shape.peers[cell]) {
      const Cell value = board.cells[static_cast<std::size_t>(peer)];
      if (value != blank) open[cell] &= ~bit(value);
    }
  }
  const auto hint = [&](int cell, int digit, std::string reason) {
    return Hint{
        {0, cell / shape.side, cell % shape.side}, static_cast<Cell>(digit), std::move(reason)};
  };
  for (std::size_t u = 0; u < shape.units.size(); ++u) {
    // Boxes first: people look there first.
    const std::size_t unit = (u + 2 * static_cast<std::size_t>(shape.side)) % shape.units.size();
    for (int digit = 1; digit <= shape.side; ++digit) {
      int place = -1, count = 0;
      for (const int cell : shape.units[unit]) {
        if (board.cells[static_cast<std::size_t>(cell)] == digit) count = 99;
        if ((open[static_cast<std::size_t>(cell)] & bit(digit)) != 0) place = cell, ++count;
      }
      if (count == 1) {
        return hint(place, digit,
                    "only place for " + std::to_string(digit) + " in " + unit_name(shape, unit));
      }
    }
  }
  for (std::size_t cell = 0; cell < open.size(); ++cell) {
    if (std::has_single_bit(open[cell])) {
      const int digit = lowest_digit(open[cell]);
      return hint(static_cast<int>(cell), digit,
                  std::to_string(digit) + " is the only digit left for this cell");
    }
  }
  return fail(ErrorCode::exhausted,
              "no single is left: this board needs more than singles, or a digit is wrong");
}

}  // namespace trm::sudoku
