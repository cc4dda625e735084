// The maze module: what it tells about itself, construction, and the doors to its other files.
#include <utility>

#include "puzzles/cell_symmetry.h"
#include "puzzles/maze/maze_internal.h"
#include "puzzles/module_help.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

PuzzleInfo make_info() {
  PuzzleInfo info;
  info.name = "maze";
  info.title = "Maze";
  info.summary = "Find a shortest path from the start to the goal.";
  info.rules =
      "The path leads from S to G over free cells, one step down, left, right or up at a time, in "
      "the least possible number of moves. Every shortest path is right. A data set's exact label "
      "is one of them: from S always the first of down, left, right, up that comes nearer to G.";
  info.forms = text_forms();
  info.sizes = generator_sizes();
  info.difficulties = generator_difficulties();
  info.options = generator_options();
  info.generates = true;
  info.solves = true;
  return info;
}

/// The candidate that counts, or nothing if the answer has not exactly one query with one.
const Grid* only_grid(const Answer& answer) {
  const bool has_one = answer.queries.size() == 1 && answer.queries.front().size() == 1;
  return has_one ? &answer.best() : nullptr;
}

/// An array of one string as the text of one row; other boards as they are.
Json mark_single_row(const Json& board) {
  if (!board.is_array() || board.as_array().size() != 1) return board;
  const Json& row = board.as_array().front();
  if (!row.is_string() || row.as_string().ends_with('/')) return board;
  return Json::array().push(row.as_string() + "/");
}

/// The inverse of mark_single_row.
Json unmark_single_row(Json board) {
  if (!board.is_array() || board.as_array().size() != 1) return board;
  const Json& row = board.as_array().front();
  if (!row.is_string() || !row.as_string().ends_with('/')) return board;
  std::string text = row.as_string();
  text.pop_back();
  return Json::array().push(std::move(text));
}

Error unfinished(const std::vector<Conflict>& problems) {
  const Conflict& first = problems.front();
  const std::string place = cell_place(first.cell.row, first.cell.col);
  return fail(ErrorCode::invalid_board, place + ": " + first.message, place);
}

}  // namespace

const PuzzleInfo& Maze::info() const {
  static const PuzzleInfo info = make_info();
  return info;
}

Result<void> Maze::validate(Draft& draft) const {
  if (draft.grids.size() != 1 || draft.grids.front().name != grid_name) {
    return fail(ErrorCode::invalid_board, "a maze has one grid called 'maze'", "grids");
  }
  if (!draft.params.empty()) {
    return fail(ErrorCode::invalid_board,
                "a maze has no parameter '" + draft.params.begin()->first + "'",
                draft.params.begin()->first);
  }
  const Grid& grid = draft.grids.front().grid;
  if (grid.size() < 2) return fail(ErrorCode::invalid_board, "a maze has at least 2 cells", "maze");
  for (int cell = 0; cell < grid.size(); ++cell) {
    const Cell value = grid.cells[static_cast<std::size_t>(cell)];
    if (value <= goal) continue;
    const std::string place = cell_place(cell / grid.cols, cell % grid.cols);
    return fail(ErrorCode::invalid_board,
                place + ": " + std::to_string(int{value}) +
                    " is no cell of a maze; expected 0 free, 1 wall, 2 start, 3 goal",
                place);
  }
  return {};
}

std::vector<Conflict> Maze::problems(const Question& question) const {
  return find_problems(question.grid());
}

// --- Text and JSON -------------------------------------------------------------------------------

Result<Question> Maze::parse(std::string_view text) const {
  auto parsed = parse_grid(text, false);
  if (!parsed) return std::move(parsed).error();
  Draft draft;
  draft.grids.push_back({grid_name, std::move(parsed->grid)});
  draft.notation.form = std::move(parsed->form);
  return make(std::move(draft));
}

std::string Maze::format_line(const Question& question) const {
  return format_grid(question.grid(), line_form);
}

std::string Maze::format_readable(const Question& question) const {
  return format_grid(question.grid(), rows_form);
}

std::string Maze::format(const Question& question) const {
  return format_grid(question.grid(), question.notation().form);
}

std::string Maze::format_answer(const Question& question, const Answer& answer) const {
  const Grid* grid = only_grid(answer);
  return grid == nullptr ? std::string() : format_grid(*grid, question.notation().form);
}

std::string Maze::format_answer_readable(const Question&, const Answer& answer) const {
  const Grid* grid = only_grid(answer);
  return grid == nullptr ? std::string() : format_grid(*grid, rows_form);
}

Result<Answer> Maze::parse_answer(const Question& question, std::string_view text) const {
  auto parsed = parse_grid(text, true);
  if (!parsed) return std::move(parsed).error();
  const Grid& asked = question.grid();
  if (!same_size(parsed->grid, asked)) {
    return line_error(1, "the answer is " + size_text(parsed->grid.rows, parsed->grid.cols) +
                             ", the maze " + size_text(asked.rows, asked.cols));
  }
  return Answer(std::move(parsed->grid));
}

Result<Question> Maze::from_json(const Json& board) const {
  return Puzzle::from_json(mark_single_row(board));
}

Result<Question> Maze::parse_numbers(const Grid& numbers) const {
  Draft draft;
  draft.grids.push_back({grid_name, numbers});
  draft.notation.json = Notation::Json::number_rows;
  return make(std::move(draft));
}

Json Maze::to_json(const Question& question) const {
  return unmark_single_row(Puzzle::to_json(question));
}

Json Maze::answer_to_json(const Question& question, const Answer& answer) const {
  return unmark_single_row(Puzzle::answer_to_json(question, answer));
}

Result<Answer> Maze::answer_from_json(const Question& question, const Json& answer) const {
  return Puzzle::answer_from_json(question, mark_single_row(answer));
}

// --- Rules ---------------------------------------------------------------------------------------

Verdict Maze::check(const Question& question, const Answer& answer) const {
  const Grid* grid = only_grid(answer);
  if (grid != nullptr) return check_path(question.grid(), *grid);
  Verdict verdict;
  verdict.conflicts.push_back({{0, 0, 0}, "expected one answer grid"});
  return verdict;
}

std::vector<Conflict> Maze::partial_conflicts(const Question& question,
                                              const Answer& partial) const {
  const Grid* grid = only_grid(partial);
  if (grid == nullptr || !same_size(*grid, question.grid()))
    return check(question, partial).conflicts;
  // Without ends nobody can say which way is wrong.
  if (!find_problems(question.grid()).empty()) return {};
  return follow_path(question.grid(), *grid).wrong;
}

std::optional<std::string> Maze::reason(const Question& question, const Answer& partial,
                                        const CellRef& cell, Cell value) const {
  if (auto said = Puzzle::reason(question, partial, cell, value)) return said;
  const Grid* grid = partial.queries.empty() ? &question.grid() : only_grid(partial);
  const bool known = grid != nullptr && same_size(*grid, question.grid()) && cell.grid == 0 &&
                     grid->contains(cell.row, cell.col) && find_problems(question.grid()).empty();
  if (!known || value == grid->at(cell.row, cell.col)) return std::nullopt;
  const PathReport report = follow_path(question.grid(), *grid);
  if (value == question.grid().at(cell.row, cell.col)) {
    for (const Conflict& wrong : report.wrong) {
      if (wrong.cell == cell) return wrong.message;
    }
  }
  const bool forced = report.forced[grid->index(cell.row, cell.col)];
  if (value != path || !forced || !report.wrong.empty()) return std::nullopt;
  return grid->cells == question.grid().cells ? "every shortest path passes here"
                                              : "however the path goes on, it passes here";
}

Answer Maze::target(const Question& question, const Answer& exact) const {
  const Grid& grid = question.grid();
  const auto ends = find_ends(grid);
  const auto cells = ends ? label_path(grid, *ends) : std::nullopt;
  return cells ? Answer(with_path(grid, *cells)) : exact;
}

std::shared_ptr<const Symmetry> Maze::symmetry(Rng& rng, const Question& question) const {
  const Grid& grid = question.grid();
  return make_cell_symmetry(question,
                            dihedral_map(grid.rows, grid.cols, static_cast<int>(rng.below(8))));
}

std::string Maze::isomorph_key(const Question& question) const {
  const Grid& grid = question.grid();
  std::string least;
  for (int k = 0; k < 8; ++k) {
    const auto symmetry = make_cell_symmetry(question, dihedral_map(grid.rows, grid.cols, k));
    std::string line = format_line(symmetry->apply(question));
    if (k == 0 || line < least) least = std::move(line);
  }
  return least;
}

// --- Generator, solver, hints --------------------------------------------------------------------

Result<Question> Maze::generate(Rng& rng, const GenerateRequest& request) const {
  const auto difficulty = chosen_difficulty(info(), request);
  if (!difficulty) return difficulty.error();
  auto grid = generate_grid(rng, request, *difficulty);
  if (!grid) return std::move(grid).error();
  Draft draft;
  draft.grids.push_back({grid_name, std::move(grid).value()});
  return make(std::move(draft));
}

Result<ExactResult> Maze::solve_exact(const Question& question, const ExactLimits& limits) const {
  const auto ends = find_ends(question.grid());
  if (!ends) return unfinished(find_problems(question.grid()));
  return shortest_paths(question.grid(), *ends, limits);
}

Result<Hint> Maze::hint(const Question& question, const Answer& partial) const {
  if (const auto problems = find_problems(question.grid()); !problems.empty()) {
    return unfinished(problems);
  }
  // A player who has not begun may have no answer yet.
  if (partial.queries.empty()) return next_step(question.grid(), question.grid());
  const Grid* grid = only_grid(partial);
  if (grid != nullptr) return next_step(question.grid(), *grid);
  return fail(ErrorCode::invalid_field, "expected one answer grid", "answer");
}

}  // namespace trm::maze

namespace trm {

const Puzzle& maze_puzzle() {
  static const maze::Maze puzzle;
  return puzzle;
}

}  // namespace trm
