// Shared by the Sudoku's own files only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm::sudoku {

inline constexpr Cell blank = 0;
inline constexpr int largest_side = 16;
inline constexpr const char* grid_name = "board";
inline constexpr const char* box_rows_param = "box_rows";
inline constexpr const char* box_cols_param = "box_cols";

/// Size and box shape of a board, with its units (rows, columns, boxes) and peers.
struct Shape {
  int side = 9;      ///< N: cells a side, digits 1..N
  int box_rows = 3;  ///< box_rows * box_cols == side
  int box_cols = 3;
  std::vector<std::vector<int>> units;  ///< N rows, then N columns, then N boxes
  std::vector<std::vector<int>> peers;  ///< of each cell: all others in its units
  int box_of(int cell) const {
    const int row = cell / side, col = cell % side;
    return row / box_rows * (side / box_cols) + col / box_cols;
  }
};

/// The shape with these boxes, or nullptr if the module has none such. Cached; thread-safe.
const Shape* find_shape(int side, int box_rows, int box_cols);
/// The standard shape of a side (6: boxes of 2 rows and 3 columns), or nullptr.
const Shape* standard_shape(int side);
/// The shape of a valid question.
const Shape& shape_of(const Question& question);

// --- Text (sudoku_text.cpp) ----------------------------------------------------------------------

struct ParsedBoard {
  Grid grid;
  const Shape* shape = nullptr;
  std::string form;
};
std::vector<TextForm> text_forms();
Result<ParsedBoard> parse_board(std::string_view text);
std::string format_line(const Grid& grid, const Shape& shape);
std::string format_grid(const Grid& grid, const Shape& shape);

// --- Rules (sudoku.cpp) --------------------------------------------------------------------------

/// Cells whose digit stands twice in a unit.
std::vector<Conflict> find_duplicates(const Grid& grid, const Shape& shape);

// --- Search (sudoku_solve.cpp) -------------------------------------------------------------------

/// Candidates as bits: bit d - 1 for digit d.
using Mask = std::uint32_t;

/// A board under naked and hidden singles. Value type: a branch copies it.
class Board {
 public:
  explicit Board(const Shape& shape);

  /// Puts a digit and everything that follows from naked singles; false on contradiction.
  bool assign(int cell, int digit);
  /// Places hidden singles until none is left; false on contradiction.
  bool propagate();

  bool complete() const { return open_ == 0; }
  Mask candidates(int cell) const { return candidates_[static_cast<std::size_t>(cell)]; }
  bool fixed(int cell) const { return fixed_[static_cast<std::size_t>(cell)]; }
  /// An open cell with fewest candidates; -1 if complete.
  int smallest() const;
  Grid grid() const;

 private:
  const Shape* shape_;
  std::vector<Mask> candidates_;
  std::vector<bool> fixed_;
  int open_;
};

/// The board with up to `cells` open cells filled at random: rather those that few digits fit, each
/// with a digit that stands nowhere in its units. Ends early where some cell has none.
Grid guess_cells(Rng& rng, Grid board, const Shape& shape, int cells);

/// What a search found.
struct SearchResult {
  std::vector<Grid> solutions;
  bool complete = false;     ///< there are no others
  std::int64_t guesses = 0;  ///< branches tried before the first solution
};

/// Depth-first search with singles; smallest candidate set first. `rng` shuffles the digits tried.
SearchResult search(const Grid& givens, const Shape& shape, const ExactLimits& limits,
                    Rng* rng = nullptr);

/// Whether singles alone complete the board.
bool solved_by_singles(const Grid& givens, const Shape& shape);

/// The next single with its reason.
Result<Hint> find_hint(const Grid& board, const Shape& shape);
/// Why an open cell must hold the digit, in the words of find_hint; nothing: no single says so.
std::optional<std::string> find_reason(const Grid& board, const Shape& shape, int cell, int digit);

// --- Generator (sudoku_generate.cpp) -------------------------------------------------------------

std::vector<std::string> generator_sizes();
std::vector<std::string> generator_difficulties();
std::vector<GenerateOption> generator_options();
/// Reads "9x9" or "6x6:3x2" (boxes of 3 rows, 2 columns). Error: invalid_field.
Result<const Shape*> parse_shape(std::string_view size);
/// A size that no board has, and which ones there are.
Error unknown_size(std::string_view size);
/// `difficulty`: as chosen_difficulty() found it in the request.
Result<Grid> generate_grid(Rng& rng, const GenerateRequest& request, int difficulty,
                           const Shape& shape);

}  // namespace trm::sudoku
