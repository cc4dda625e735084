// Exact search: naked and hidden singles, then branching on the cell with fewest candidates.
#include <algorithm>
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

/// The singles that a player can see: candidates by the digits on the board only, without following
/// any consequence.
class Singles {
 public:
  Singles(const Grid& board, const Shape& shape)
      : board_(board), shape_(shape), open_(shape.peers.size(), 0) {
    for (std::size_t cell = 0; cell < open_.size(); ++cell) {
      if (board.cells[cell] != blank) continue;
      open_[cell] = (Mask{1} << shape.side) - 1;
      for (const int peer : shape.peers[cell]) {
        const Cell value = board.cells[static_cast<std::size_t>(peer)];
        if (value != blank) open_[cell] &= ~bit(value);
      }
    }
  }

  /// The one cell of a unit that can take a digit which the unit lacks; -1: none, or several.
  int only_place(std::size_t unit, int digit) const {
    int place = -1;
    for (const int cell : shape_.units[unit]) {
      if (board_.cells[static_cast<std::size_t>(cell)] == digit) return -1;
      if ((open_[static_cast<std::size_t>(cell)] & bit(digit)) == 0) continue;
      if (place >= 0) return -1;
      place = cell;
    }
    return place;
  }

  /// The one digit that an open cell can take; 0: none, or several.
  int only_digit(int cell) const {
    const Mask mask = open_[static_cast<std::size_t>(cell)];
    return std::has_single_bit(mask) ? lowest_digit(mask) : 0;
  }

 private:
  const Grid& board_;
  const Shape& shape_;
  std::vector<Mask> open_;
};

/// The i-th unit in the order in which people look at them.
std::size_t boxes_first(const Shape& shape, std::size_t i) {
  return (i + 2 * static_cast<std::size_t>(shape.side)) % shape.units.size();
}

std::string only_place_reason(const Shape& shape, std::size_t unit, int digit) {
  const auto side = static_cast<std::size_t>(shape.side);
  const char* kind = unit < side ? "row " : unit < 2 * side ? "column " : "box ";
  return "only place for " + std::to_string(digit) + " in " + kind +
         std::to_string(unit % side + 1);
}

std::string only_digit_reason(int digit) {
  return std::to_string(digit) + " is the only digit left for this cell";
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

Grid guess_cells(Rng& rng, Grid board, const Shape& shape, int cells) {
  for (int guesses = 0; guesses < cells; ++guesses) {
    std::vector<std::vector<Cell>> fitting(board.cells.size());
    std::vector<double> weights(board.cells.size(), 0.0);
    double total = 0;
    for (std::size_t cell = 0; cell < board.cells.size(); ++cell) {
      if (board.cells[cell] != blank) continue;
      for (Cell digit = 1; digit <= shape.side; ++digit) {
        const auto& peers = shape.peers[cell];
        const bool fits = std::none_of(peers.begin(), peers.end(), [&](int peer) {
          return board.cells[static_cast<std::size_t>(peer)] == digit;
        });
        if (fits) fitting[cell].push_back(digit);
      }
      if (fitting[cell].empty()) return board;
      const auto count = static_cast<double>(fitting[cell].size());
      total += weights[cell] = 1 / (count * count);
    }
    double u = rng.uniform() * total;
    std::size_t chosen = board.cells.size();
    for (std::size_t cell = 0; cell < board.cells.size() && u >= 0; ++cell) {
      if (weights[cell] == 0) continue;
      chosen = cell;
      u -= weights[cell];
    }
    if (chosen == board.cells.size()) return board;  // nothing is open
    const auto& digits = fitting[chosen];
    board.cells[chosen] = digits[rng.below(static_cast<std::uint32_t>(digits.size()))];
  }
  return board;
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
  const Singles singles(board, shape);
  const auto hint = [&](int cell, int digit, std::string reason) {
    return Hint{
        {0, cell / shape.side, cell % shape.side}, static_cast<Cell>(digit), std::move(reason)};
  };
  for (std::size_t i = 0; i < shape.units.size(); ++i) {
    const std::size_t unit = boxes_first(shape, i);
    for (int digit = 1; digit <= shape.side; ++digit) {
      const int cell = singles.only_place(unit, digit);
      if (cell >= 0) return hint(cell, digit, only_place_reason(shape, unit, digit));
    }
  }
  for (int cell = 0; cell < board.size(); ++cell) {
    const int digit = singles.only_digit(cell);
    if (digit > 0) return hint(cell, digit, only_digit_reason(digit));
  }
  return fail(ErrorCode::exhausted,
              "no single is left: this board needs more than singles, or a digit is wrong");
}

std::optional<std::string> find_reason(const Grid& board, const Shape& shape, int cell, int digit) {
  const Singles singles(board, shape);
  for (std::size_t i = 0; i < shape.units.size(); ++i) {
    const std::size_t unit = boxes_first(shape, i);
    if (singles.only_place(unit, digit) == cell) return only_place_reason(shape, unit, digit);
  }
  if (singles.only_digit(cell) == digit) return only_digit_reason(digit);
  return std::nullopt;
}

}  // namespace trm::sudoku
