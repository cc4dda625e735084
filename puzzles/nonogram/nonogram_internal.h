// Shared by the nonogram's own files only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puzzles/nonogram/nonogram.h"
#include "puzzles/puzzle.h"
#include "puzzles/text.h"

namespace trm::nonogram {

/// Longest line of a board; a line of cells fits into 32 bits.
inline constexpr int largest_side = 30;

/// Values of a cell. 1..largest_side are numbers, in clues only.
inline constexpr Cell open = 0;
inline constexpr Cell filled = largest_side + 1;
inline constexpr Cell empty_cell = largest_side + 2;

/// The grids of a question.
enum GridIndex : std::uint8_t { board_grid, rows_grid, columns_grid };
inline constexpr const char* grid_names[] = {"board", "rows", "columns"};
inline constexpr const char* default_size = "10x10";

/// Lengths of the runs of filled cells in a line, in their order; none: the line is empty.
using Clue = std::vector<int>;

/// The clues of a board.
struct Clues {
  std::vector<Clue> rows;
  std::vector<Clue> columns;
  bool operator==(const Clues&) const = default;
};

/// Most runs that a line of so many cells can have.
constexpr int most_runs(int cells) { return (cells + 1) / 2; }
/// Filled cells of a clue's line.
int filled_cells(const Clue& clue);
/// Cells that a clue takes at least.
int least_length(const Clue& clue);
/// "2 1 1"; "0" for a line without filled cells.
std::string clue_text(const Clue& clue);

/// A rows x cols question's clues. The question is valid.
Clues clues_of(const Question& question);
/// The parts of a question; a clue longer than its margin keeps its first numbers.
Draft make_draft(const Clues& clues, Grid board);
/// The clues in two margins, whatever slots their numbers stand in.
Clues clues_in(const Grid& rows, const Grid& columns);
/// The clues of a picture: cells that are not filled count as empty.
Clues clues_of_picture(const Grid& picture);

// --- Line logic (nonogram_line.cpp) --------------------------------------------------------------

/// Cells of a line as bits: bit i is cell i.
using Bits = std::uint32_t;

/// What is known of a line.
struct Line {
  int cells = 0;
  Bits filled = 0;
  Bits empty = 0;
  Bits all() const { return (Bits{1} << cells) - 1; }
  Bits open() const { return all() & ~(filled | empty); }
};

/// The line with all that every placement of the runs has in common; nothing: there is none.
std::optional<Line> settle(const Line& line, const Clue& clue);
/// Number of placements of the runs in the line; at most `most`.
std::int64_t placements(const Line& line, const Clue& clue, std::int64_t most = 1'000'000);

/// A board under line logic: what is known of every row, and the same by columns. A value: a branch
/// copies it. The clues must outlive it.
class Board {
 public:
  Board(const Clues& clues, const Grid& givens);

  /// Settles lines until nothing new follows; false: a line has no placement.
  bool propagate();
  /// Puts a value into an open cell; propagate() then draws the conclusions.
  void put(int row, int col, bool fill);

  bool complete() const { return open_ == 0; }
  /// Rounds over all lines that propagate() has made so far: a measure of difficulty.
  int rounds() const { return rounds_; }
  const Line& row(int row) const { return rows_[static_cast<std::size_t>(row)]; }
  const Line& column(int col) const { return columns_[static_cast<std::size_t>(col)]; }
  Grid grid() const;

 private:
  bool settle_lines(bool across);

  const Clues* clues_;
  std::vector<Line> rows_, columns_;
  std::vector<bool> row_changed_, column_changed_;
  int open_ = 0;
  int rounds_ = 0;
};

// --- Search, hints (nonogram_solve.cpp) ----------------------------------------------------------

/// All pictures up to the limits: line logic, then guesses in the row with fewest open cells.
ExactResult search(const Clues& clues, const Grid& givens, const ExactLimits& limits);

/// The next cell of a player: the line with fewest placements that settles one.
Result<Hint> find_hint(const Clues& clues, const Grid& board);
/// Why an open cell must be filled or empty by its row or its column alone; nothing: neither says.
std::optional<std::string> find_reason(const Clues& clues, const Grid& board, int row, int col,
                                       Cell value);

/// Cells of lines that have no placement any more.
std::vector<Conflict> find_conflicts(const Clues& clues, const Grid& board);

/// The board with up to `cells` open cells filled in at random as their row and column allow.
Grid guess_cells(Rng& rng, const Clues& clues, Grid board, int cells);

// --- Text (nonogram_text.cpp, nonogram_margins.cpp, nonogram_files.cpp) --------------------------

/// A question read from text.
struct Parsed {
  Clues clues;
  Grid board;
  std::string form;
};

/// A clue, and where it stands in the text; both from 1.
struct PlacedClue {
  Clue clue;
  int line = 1;
  int column = 1;
};

/// A row of a board, and where it stands.
struct PlacedRow {
  int line = 1;
  int column = 1;
  std::string_view text;
  bool spaced = false;  ///< spaces between the cells are skipped
};

std::vector<TextForm> text_forms();
Result<Parsed> parse_text(std::string_view text);
/// A board of `# . _`, its rows joined by '/' or one a line, also with clues in the margins.
Result<Grid> parse_board(std::string_view text);

std::string format_line(const Clues& clues, const Grid& board);
/// The board with its clues in the margins.
std::string format_margins(const Clues& clues, const Grid& board);
/// Rows of `# . _`.
std::string format_rows(const Grid& board, char separator);
/// In the form of that name; the canonical form for an unknown one.
std::string format_as(std::string_view form, const Clues& clues, const Grid& board);

inline constexpr std::string_view line_form = "line";
inline constexpr std::string_view margins_form = "margins";
inline constexpr std::string_view non_form = "non";
inline constexpr std::string_view pattern_form = "pattern";
inline constexpr std::string_view picture_form = "picture";

/// Whether a cell of a board can have the value.
constexpr bool is_board_value(Cell value) {
  return value == open || value == filled || value == empty_cell;
}
/// Whether any cell is known in advance.
bool has_givens(const Grid& board);
/// '#', '.' or '_'; '?' for a value that no board has.
char symbol(Cell value);
/// A clue such as "2 1" or "2,1"; "" and "0": no runs. Error: invalid_text with its place.
Result<PlacedClue> parse_clue(std::string_view text, int line, int column);
/// "3 runs in 4 cells" of a clue that has no room in its margin; empty: it has.
std::string too_many_runs(const Clue& clue, std::size_t cells);
/// The question with these clues and all cells open. Errors: invalid_text (no clues, too many runs
/// for the line), too_large, each with its place.
Result<Parsed> assemble(const std::vector<PlacedClue>& rows, const std::vector<PlacedClue>& columns,
                        std::string_view form);
/// The rows as a board. Errors: as assemble().
Result<Grid> board_of(const std::vector<PlacedRow>& rows);

/// Whether a line separates the clues of the columns from the board (nonogram_margins.cpp).
bool is_ruler(std::string_view text);
Result<Parsed> parse_margins(std::vector<TextLine> lines);

/// A file in Steve Simpson's .non format (nonogram_files.cpp).
Result<Parsed> parse_non(const std::vector<TextLine>& lines);
std::string format_non(const Clues& clues);
/// A game of "Pattern" in Simon Tatham's Portable Puzzle Collection: "WxH:columns, then rows".
bool is_pattern(std::string_view text);
Result<Parsed> parse_pattern(const TextLine& line);
std::string format_pattern(const Clues& clues);

// --- Generator (nonogram_generate.cpp) -----------------------------------------------------------

std::vector<std::string> generator_difficulties();
/// A random picture that its clues determine. `difficulty`: as chosen_difficulty() found it in the
/// request. Errors: as Puzzle::generate.
Result<Grid> generate_picture(Rng& rng, const GenerateRequest& request, int difficulty);

/// The module's class. What is not commented here is as in Puzzle.
class Nonogram final : public Puzzle {
 public:
  const PuzzleInfo& info() const override;
  std::vector<Conflict> problems(const Question& question) const override;
  Result<Question> empty(std::string_view size) const override;
  /// Resizing the board moves the margins along; clues have no size of their own.
  Result<Question> apply(const Question& question, const Edit& edit) const override;

  Result<Question> parse(std::string_view text) const override;
  std::string format_line(const Question& question) const override;
  std::string format_readable(const Question& question) const override;
  std::string format(const Question& question) const override;
  std::string format_answer(const Question& question, const Answer& answer) const override;
  Result<Answer> parse_answer(const Question& question, std::string_view text) const override;
  std::string format_answer_readable(const Question& question, const Answer& answer) const override;

  /// As the default, and objects: {"rows": [[2, 1], [3]], "columns": [[1], [2], [1, 1]]}, perhaps
  /// with a "board" of rows of `# . _`.
  Result<Question> from_json(const Json& board) const override;
  /// A picture of 1 (filled) and 0 (empty), whose clues are the question.
  Result<Question> parse_numbers(const Grid& numbers) const override;
  Json to_json(const Question& question) const override;
  /// Of objects and of rows of numbers: rows of 1 (filled), 0 (empty), 2 (open).
  Json answer_to_json(const Question& question, const Answer& answer) const override;
  Result<Answer> answer_from_json(const Question& question, const Json& answer) const override;

  const TokenSpec& tokens() const override;
  TokenLayout layout(const Question& question, int query) const override;
  std::vector<Token> encode(const Question& question, int query) const override;
  std::vector<Token> encode_answer(const Question& question, int query,
                                   const Grid& answer) const override;
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override;
  Result<Question> question_from_tokens(const Question& like,
                                        const std::vector<Token>& tokens) const override;
  TokenMask mask(const Question& question, int query) const override;
  Geometry geometry(const Question& question, int query) const override;

  Verdict check(const Question& question, const Answer& answer) const override;
  std::vector<Conflict> partial_conflicts(const Question& question,
                                          const Answer& partial) const override;
  std::optional<std::string> reason(const Question& question, const Answer& partial,
                                    const CellRef& cell, Cell value) const override;
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override;
  std::optional<Question> suppose(Rng& rng, const Question& question, int cells) const override;

  std::vector<PaletteEntry> palette(const Question& question) const override;
  std::vector<PaletteEntry> answer_palette(const Question& question) const override;
  std::vector<Rect> areas(const Question& question, const Rect& area) const override;
  /// As the default, with plain margins, crosses, and a stronger line at every fifth cell.
  void draw(Canvas& canvas, const View& view) const override;

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override;
  Result<ExactResult> solve_exact(const Question& question,
                                  const ExactLimits& limits) const override;
  Result<Hint> hint(const Question& question, const Answer& partial) const override;

 protected:
  Result<void> validate(Draft& draft) const override;
};

}  // namespace trm::nonogram
