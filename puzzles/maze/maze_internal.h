// Shared by the maze's own files only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puzzles/maze/maze.h"
#include "puzzles/puzzle.h"

namespace trm::maze {

/// Values of a cell.
inline constexpr Cell free_cell = 0;
inline constexpr Cell wall = 1;
inline constexpr Cell start = 2;
inline constexpr Cell goal = 3;
inline constexpr Cell path = 4;  // in answers only
inline constexpr int cell_values = 5;

inline constexpr const char* grid_name = "maze";

/// Same rows, columns and number of cells; an answer from outside need not have rows * cols.
inline bool same_size(const Grid& a, const Grid& b) {
  return a.rows == b.rows && a.cols == b.cols && a.cells.size() == b.cells.size();
}

// --- Ways (maze_path.cpp) ------------------------------------------------------------------------

/// Steps in the order in which the official label tries them: down, left, right, up.
struct Step {
  int dr;
  int dc;
};
inline constexpr Step steps[] = {{1, 0}, {0, -1}, {0, 1}, {-1, 0}};

/// Index of the neighbour of `cell` in that direction; -1 outside the grid.
int neighbour(const Grid& grid, int cell, Step step);

/// Number of moves from cell `from` to each cell over cells that are no walls (breadth first); -1
/// where there is no way.
std::vector<int> distances(const Grid& grid, int from);

/// Cells of the start and of the goal.
struct Ends {
  int start = -1;
  int goal = -1;
};

/// The ends, if there is exactly one of each.
std::optional<Ends> find_ends(const Grid& grid);

/// The cells strictly between the ends on the official label: from the start always the first of
/// down, left, right, up that lowers the distance to the goal. Nothing if there is no way.
std::optional<std::vector<int>> label_path(const Grid& grid, Ends ends);

/// The grid with those cells marked as path.
Grid with_path(const Grid& grid, const std::vector<int>& cells);

// --- Text (maze_text.cpp) ------------------------------------------------------------------------

/// A grid read from text, and the name of the form in which it was written.
struct ParsedGrid {
  Grid grid;
  std::string form;
};

/// All forms, the canonical one first.
std::vector<TextForm> text_forms();

/// Reads any form; path cells only if `answers`.
Result<ParsedGrid> parse_grid(std::string_view text, bool answers);

/// The grid in a form of text_forms(); the canonical form where that one cannot say it (an unknown
/// name, or "square" for a grid that is none).
std::string format_grid(const Grid& grid, std::string_view form);

inline constexpr std::string_view line_form = "line";
inline constexpr std::string_view rows_form = "rows";

// --- Rules, search, generator --------------------------------------------------------------------

/// What keeps the grid from being a finished maze (maze_rules.cpp).
std::vector<Conflict> find_problems(const Grid& grid);

/// How far an answer's path is a shortest path (maze_rules.cpp).
struct PathReport {
  std::vector<Conflict> wrong;  ///< cells that no shortest path which begins so has
  int last = -1;                ///< the cell that the path reaches from the start
  int moves_left = 0;           ///< from `last` to the goal; 1: the path is complete
  int next = -1;                ///< the label's step from `last`
  std::vector<bool> forced;     ///< cells behind `last` that every way on along a shortest path has
};

/// The report on an answer of the question's size. The question has no problems.
PathReport follow_path(const Grid& question, const Grid& answer);

/// Verdict on one candidate (maze_rules.cpp).
Verdict check_path(const Grid& question, const Grid& answer);

/// All shortest paths in the order of the label's steps, up to the limits (maze_solve.cpp).
ExactResult shortest_paths(const Grid& grid, Ends ends, const ExactLimits& limits);

/// The next step of a player (maze_solve.cpp). The question has no problems.
Result<Hint> next_step(const Grid& question, const Grid& partial);

/// What PuzzleInfo says about the generator (maze_generate.cpp).
std::vector<std::string> generator_sizes();
std::vector<std::string> generator_difficulties();
std::vector<GenerateOption> generator_options();

/// A random maze (maze_generate.cpp). `difficulty`: as chosen_difficulty() found it in the request.
Result<Grid> generate_grid(Rng& rng, const GenerateRequest& request, int difficulty);

/// The module's class. What is not commented here is as in Puzzle.
class Maze final : public Puzzle {
 public:
  const PuzzleInfo& info() const override;
  std::vector<Conflict> problems(const Question& question) const override;

  Result<Question> parse(std::string_view text) const override;
  std::string format_line(const Question& question) const override;
  std::string format_readable(const Question& question) const override;
  std::string format(const Question& question) const override;
  std::string format_answer(const Question& question, const Answer& answer) const override;
  Result<Answer> parse_answer(const Question& question, std::string_view text) const override;
  std::string format_answer_readable(const Question& question, const Answer& answer) const override;

  /// As the defaults, but an array of one string is a maze of one row, never a square.
  Result<Question> from_json(const Json& board) const override;
  Result<Question> parse_numbers(const Grid& numbers) const override;
  Json to_json(const Question& question) const override;
  Json answer_to_json(const Question& question, const Answer& answer) const override;
  Result<Answer> answer_from_json(const Question& question, const Json& answer) const override;

  const TokenSpec& tokens() const override;
  TokenLayout layout(const Question& question, int query) const override;
  std::vector<Token> encode(const Question& question, int query) const override;
  std::vector<Token> encode_answer(const Question& question, int query,
                                   const Grid& answer) const override;
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override;
  TokenMask mask(const Question& question, int query) const override;
  Geometry geometry(const Question& question, int query) const override;

  Verdict check(const Question& question, const Answer& answer) const override;
  std::vector<Conflict> partial_conflicts(const Question& question,
                                          const Answer& partial) const override;
  /// Also of cells that every shortest path passes, wherever they are.
  std::optional<std::string> reason(const Question& question, const Answer& partial,
                                    const CellRef& cell, Cell value) const override;
  Answer target(const Question& question, const Answer& exact) const override;
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override;
  std::string isomorph_key(const Question& question) const override;

  std::vector<PaletteEntry> palette(const Question& question) const override;
  std::vector<PaletteEntry> answer_palette(const Question& question) const override;
  /// As the default, with the path as a trail of dots.
  void draw(Canvas& canvas, const View& view) const override;

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override;
  Result<ExactResult> solve_exact(const Question& question,
                                  const ExactLimits& limits) const override;
  Result<Hint> hint(const Question& question, const Answer& partial) const override;

 protected:
  Result<void> validate(Draft& draft) const override;
};

}  // namespace trm::maze
