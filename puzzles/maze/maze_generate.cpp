// Random mazes: every cell a wall with probability p, start and goal far enough apart.
//
// Candidates are drawn and rejected, so that the distribution is the stated one. A row of a maze is
// a 64-bit word and the breadth-first search moves whole rows: a candidate of 30x30 costs about two
// microseconds.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "puzzles/maze/maze_internal.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

static_assert(Puzzle::max_side <= 64, "a row is one word");
using Rows = std::array<std::uint64_t, Puzzle::max_side>;

/// How a difficulty draws its mazes. Numbers of moves are for 30x30 and scaled to other sizes.
struct Style {
  std::string_view name;
  int low;  ///< probability of a wall: uniform between low and high, drawn per maze
  int high;
  double min_moves;  ///< at least so many moves from start to goal
  double max_moves;  ///< fewer than so many; 0: any number
  bool official;     ///< start and goal uniform on the free cells, as in the Maze-Hard set
};

// Probabilities are whole multiples of 1 / unit: no rounding, the same maze on every machine.
constexpr double unit = 1 << 16;
constexpr int share(double p) { return static_cast<int>(p * unit); }

// "hard" has the length of the official set's paths, but prefers open mazes in which they are
// found quickly: it is meant for training. "maze-hard" is consistent with the official set.
constexpr Style styles[] = {{"easy", share(0.15), share(0.35), 10, 35, false},
                            {"medium", share(0.25), share(0.42), 35, 75, false},
                            {"hard", share(0.25), share(0.45), 75, 0, false},
                            {"maze-hard", share(0.30), share(0.50), 109, 0, true}};
constexpr std::uint32_t mixture = 3;  // no difficulty given: one of the first three

// Candidates before giving up. One in about 50,000 official candidates is kept.
constexpr int budget = 20'000;
constexpr int official_budget = 2'000'000;

/// Moves for a board of n = sqrt(cells) a side. Distances in random mazes grow a little faster than
/// the side; small boards need the steeper exponent to have such paths at all.
int scaled_moves(double moves_at_30, int cells) {
  const double side = std::sqrt(static_cast<double>(cells)) / 30.0;
  return std::max(1, static_cast<int>(moves_at_30 * std::pow(side, side < 1 ? 1.4 : 1.15)));
}

/// What to draw, resolved from a request.
struct Plan {
  BoardSize size;
  Style style;
  double walls = 0;  ///< fixed probability of a wall; 0: drawn per maze
  int min_moves = 1;
  int max_moves = 0;  ///< 0: any number
};

// --- Rows of bits --------------------------------------------------------------------------------

int count(const Rows& rows, int n) {
  int total = 0;
  for (int row = 0; row < n; ++row) total += std::popcount(rows[static_cast<std::size_t>(row)]);
  return total;
}

struct Spot {
  int row = 0;
  int col = 0;
};

/// The set bit of that rank, row by row.
Spot select(const Rows& rows, int rank) {
  int row = 0;
  for (;; ++row) {
    const int here = std::popcount(rows[static_cast<std::size_t>(row)]);
    if (rank < here) break;
    rank -= here;
  }
  std::uint64_t word = rows[static_cast<std::size_t>(row)];
  for (; rank > 0; --rank) word &= word - 1;
  return {row, std::countr_zero(word)};
}

/// 64 independent bits, each set with probability p: compares 64 uniform numbers with p from the
/// first binary digit on, until all are decided (about eight digits instead of 53).
std::uint64_t random_bits(Rng& rng, double p) {
  auto digits = static_cast<std::uint64_t>(p * 0x1.0p53);
  digits <<= 11;
  std::uint64_t set = 0;
  std::uint64_t undecided = ~std::uint64_t{0};
  while (undecided != 0 && digits != 0) {
    const std::uint64_t bits = rng.next();
    const bool digit = (digits >> 63) != 0;
    if (digit) set |= undecided & ~bits;
    undecided &= digit ? bits : ~bits;
    digits <<= 1;
  }
  return set;
}

/// Breadth-first search from one cell, a whole level at a time.
class Flood {
 public:
  Flood(const Rows& open, int rows, Spot from)
      : open_(open), rows_(rows), low_(from.row), high_(from.row) {
    seen_[static_cast<std::size_t>(from.row)] = std::uint64_t{1} << from.col;
    levels_[0] = seen_;
  }

  const Rows& seen() const { return seen_; }
  bool has(Spot spot) const {
    return ((seen_[static_cast<std::size_t>(spot.row)] >> spot.col) & 1) != 0;
  }

  /// The level added last.
  const Rows& last() const { return levels_[current_]; }

  /// Adds the next level; false if there is none.
  bool grow() {
    low_ = std::max(0, low_ - 1);
    high_ = std::min(rows_ - 1, high_ + 1);
    const Rows& level = levels_[current_];
    Rows& next = levels_[1 - current_];  // all its rows that are not 0 lie in low_..high_
    std::uint64_t any = 0;
    for (int row = low_; row <= high_; ++row) {
      const auto r = static_cast<std::size_t>(row);
      const std::uint64_t above = row > 0 ? level[r - 1] : 0;
      const std::uint64_t below = row + 1 < rows_ ? level[r + 1] : 0;
      next[r] = ((level[r] << 1) | (level[r] >> 1) | above | below) & open_[r] & ~seen_[r];
      seen_[r] |= next[r];
      any |= next[r];
    }
    if (any == 0) return false;
    current_ = 1 - current_;
    return true;
  }

 private:
  const Rows& open_;
  int rows_;
  int low_;  // rows that the search has reached
  int high_;
  Rows seen_{};
  std::array<Rows, 2> levels_{};
  std::size_t current_ = 0;
};

// --- Candidates ----------------------------------------------------------------------------------

struct Candidate {
  Rows open{};
  Spot start;
  Spot goal;
};

void draw_walls(Rng& rng, const Plan& plan, Rows& open) {
  const double p =
      plan.walls > 0 ? plan.walls : rng.between(plan.style.low, plan.style.high) / unit;
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - plan.size.cols);
  for (int row = 0; row < plan.size.rows; ++row) {
    open[static_cast<std::size_t>(row)] = ~random_bits(rng, p) & all;
  }
}

/// Cells of `rows` that are not in `less`.
Rows without(const Rows& rows, const Rows& less) {
  Rows result{};
  for (std::size_t i = 0; i < rows.size(); ++i) result[i] = rows[i] & ~less[i];
  return result;
}

/// The largest set of connected free cells; the first of several.
Rows largest_component(const Rows& open, int rows) {
  Rows left = open;
  Rows best{};
  int best_size = 0;
  for (int remaining = count(left, rows); remaining > best_size;) {
    Flood flood(open, rows, select(left, 0));
    while (flood.grow()) {
    }
    const int size = count(flood.seen(), rows);
    if (size > best_size) {
      best = flood.seen();
      best_size = size;
    }
    left = without(left, flood.seen());
    remaining -= size;
  }
  return best;
}

Spot pick(Rng& rng, const Rows& cells, int number) {
  return select(cells, static_cast<int>(rng.below(static_cast<std::uint32_t>(number))));
}

/// Goal uniform among the cells at a fitting distance from the start; false if there is none. Then
/// the start moves to one of the cells farthest from it.
bool draw_goal(Rng& rng, const Plan& plan, Candidate& maze) {
  const int rows = plan.size.rows;
  Flood flood(maze.open, rows, maze.start);
  for (int moves = 1; moves < plan.min_moves; ++moves) {
    if (flood.grow()) continue;
    maze.start = pick(rng, flood.last(), count(flood.last(), rows));
    return false;
  }
  const Rows near = flood.seen();
  const int more = plan.max_moves > 0 ? plan.max_moves - plan.min_moves + 1 : rows * plan.size.cols;
  for (int i = 0; i < more && flood.grow(); ++i) {
  }
  const Rows far = without(flood.seen(), near);
  const int goals = count(far, rows);
  if (goals == 0) return false;
  maze.goal = pick(rng, far, goals);
  return true;
}

/// Start uniform on the largest component, or, if no cell is far enough from there, one of the
/// cells farthest from that one: long paths are rare, and most begin at such a cell.
bool draw_ends(Rng& rng, const Plan& plan, Candidate& maze) {
  const Rows component = largest_component(maze.open, plan.size.rows);
  const int size = count(component, plan.size.rows);
  if (size < 2) return false;
  maze.start = pick(rng, component, size);
  if (!draw_goal(rng, plan, maze) && !draw_goal(rng, plan, maze)) return false;
  if (rng.chance(0.5)) std::swap(maze.start, maze.goal);
  return true;
}

/// The official procedure: both ends uniform on the free cells, kept if they are far apart. The
/// search stops as soon as the goal turns out to be too near.
bool draw_official_ends(Rng& rng, const Plan& plan, Candidate& maze) {
  const int free_cells = count(maze.open, plan.size.rows);
  if (free_cells < 2) return false;
  maze.start = pick(rng, maze.open, free_cells);
  Rows others = maze.open;
  others[static_cast<std::size_t>(maze.start.row)] &= ~(std::uint64_t{1} << maze.start.col);
  maze.goal = pick(rng, others, free_cells - 1);
  Flood flood(maze.open, plan.size.rows, maze.start);
  for (int moves = 1; moves < plan.min_moves; ++moves) {
    if (!flood.grow() || flood.has(maze.goal)) return false;
  }
  while (!flood.has(maze.goal)) {
    if (!flood.grow()) return false;
  }
  return true;
}

Grid to_grid(const Plan& plan, const Candidate& maze) {
  Grid grid(plan.size.rows, plan.size.cols);
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      const bool is_open = ((maze.open[static_cast<std::size_t>(row)] >> col) & 1) != 0;
      grid.at(row, col) = is_open ? free_cell : wall;
    }
  }
  grid.at(maze.start.row, maze.start.col) = start;
  grid.at(maze.goal.row, maze.goal.col) = goal;
  return grid;
}

// --- Requests ------------------------------------------------------------------------------------

// A value in the range of its option.
Result<void> read_option(Plan& plan, const std::string& name, double value) {
  if (name == "walls") {
    plan.walls = value;
    return {};
  }
  if (value != std::floor(value)) {
    return fail(ErrorCode::invalid_field, "min_path must be a whole number of moves", name);
  }
  if (value == 0) return {};
  plan.min_moves = static_cast<int>(value);
  plan.max_moves = 0;
  if (plan.min_moves >= plan.size.rows * plan.size.cols) {
    return fail(ErrorCode::invalid_field,
                "min_path is " + std::to_string(plan.min_moves) + "; a " +
                    size_text(plan.size.rows, plan.size.cols) + " maze has shorter paths only",
                name);
  }
  return {};
}

Result<Plan> make_plan(Rng& rng, const GenerateRequest& request, int difficulty) {
  Plan plan;
  const auto size = parse_size(request.size.empty() ? generator_sizes().front() : request.size);
  if (!size) return size.error();
  plan.size = *size;
  const int cells = plan.size.rows * plan.size.cols;
  if (cells < 2) return fail(ErrorCode::invalid_field, "a maze has at least 2 cells", "size");
  plan.style =
      styles[difficulty >= 0 ? static_cast<std::uint32_t>(difficulty) : rng.below(mixture)];
  plan.min_moves = scaled_moves(plan.style.min_moves, cells);
  if (plan.style.max_moves > 0) {
    plan.max_moves = std::max(plan.min_moves, scaled_moves(plan.style.max_moves, cells) - 1);
  }
  for (const auto& [name, value] : request.options) {
    if (auto read = read_option(plan, name, value); !read) return std::move(read).error();
  }
  return plan;
}

}  // namespace

std::vector<std::string> generator_sizes() { return {"15x15", "8x8", "10x20", "30x30"}; }

std::vector<std::string> generator_difficulties() {
  std::vector<std::string> names;
  for (const Style& style : styles) names.emplace_back(style.name);
  return names;
}

std::vector<GenerateOption> generator_options() {
  return {{"walls", 0, 0.9, 0, "probability of a wall, 0 to 0.9; 0: drawn for each maze"},
          {"min_path", 0, Puzzle::max_side * Puzzle::max_side - 1.0, 0,
           "least number of moves from start to goal; 0: by difficulty"}};
}

Result<Grid> generate_grid(Rng& rng, const GenerateRequest& request, int difficulty) {
  const auto plan = make_plan(rng, request, difficulty);
  if (!plan) return plan.error();
  const int tries = plan->style.official ? official_budget : budget;
  int i = 0;
  for (; i < tries && !request.over(); ++i) {
    Candidate maze;
    draw_walls(rng, *plan, maze.open);
    const bool kept =
        plan->style.official ? draw_official_ends(rng, *plan, maze) : draw_ends(rng, *plan, maze);
    if (kept) return to_grid(*plan, maze);
  }
  return fail(ErrorCode::exhausted, "none of " + std::to_string(i) + " random " +
                                        size_text(plan->size.rows, plan->size.cols) +
                                        " mazes has a path of " + std::to_string(plan->min_moves) +
                                        " moves; ask for less");
}

}  // namespace trm::maze
