// The nonogram module: structure, rules, and the doors to its other files.
#include <algorithm>
#include <utility>

#include "puzzles/module_help.h"
#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

PuzzleInfo make_info() {
  PuzzleInfo info;
  info.name = "nonogram";
  info.title = "Nonogram";
  info.summary = "Find the picture whose runs of filled cells are the numbers at its lines.";
  info.rules =
      "The numbers at a row or column are the lengths of its runs of filled cells, in their order; "
      "between two runs there is at least one empty cell; 0: no cell is filled. Boards of 1x1 to "
      "30x30 cells.";
  info.forms = text_forms();
  info.sizes = {default_size, "5x5", "8x8", "15x15", "10x15", "20x20", "30x30"};
  info.difficulties = generator_difficulties();
  info.generates = true;
  info.solves = true;
  return info;
}

/// The clue of a margin's line: its numbers in order.
Clue clue_at(const Grid& margin, int line, bool across) {
  Clue clue;
  for (int slot = 0; slot < (across ? margin.cols : margin.rows); ++slot) {
    const Cell number = across ? margin.at(line, slot) : margin.at(slot, line);
    if (number != 0) clue.push_back(number);
  }
  return clue;
}

/// The clues at the ends of their lines next to the board.
Grid margin_of(const std::vector<Clue>& clues, int slots, bool across) {
  const int lines = static_cast<int>(clues.size());
  Grid margin(across ? lines : slots, across ? slots : lines);
  for (int line = 0; line < lines; ++line) {
    const Clue& clue = clues[static_cast<std::size_t>(line)];
    const int count = std::min(static_cast<int>(clue.size()), slots);
    for (int i = 0; i < count; ++i) {
      const int slot = slots - count + i;
      (across ? margin.at(line, slot) : margin.at(slot, line)) =
          static_cast<Cell>(clue[static_cast<std::size_t>(i)]);
    }
  }
  return margin;
}

Error wrong_size(const char* name, const Grid& grid, int rows, int cols) {
  return fail(ErrorCode::invalid_board,
              std::string("grid '") + name + "' is " + size_text(grid.rows, grid.cols) +
                  "; to this board belongs " + size_text(rows, cols),
              name);
}

Result<void> check_values(const NamedGrid& named, bool board) {
  const Grid& grid = named.grid;
  for (int cell = 0; cell < grid.size(); ++cell) {
    const Cell value = grid.cells[static_cast<std::size_t>(cell)];
    if (board ? is_board_value(value) : value <= largest_side) continue;
    const std::string place = named.name + ", " + cell_place(cell / grid.cols, cell % grid.cols);
    return fail(ErrorCode::invalid_board,
                place + ": " + std::to_string(value) +
                    (board ? " is neither 0 (open), 31 (filled) nor 32 (empty)"
                           : " is no number from 0 to 30"),
                place);
  }
  return {};
}

/// What is wrong with the clue of a line of so many cells; empty: nothing.
std::string clue_problem(const Clue& clue, int cells) {
  const int least = least_length(clue);
  if (least <= cells) return "";
  return clue_text(clue) + " needs " + std::to_string(least) + " cells; the line has " +
         std::to_string(cells);
}

int filled_cells(const std::vector<Clue>& clues) {
  int sum = 0;
  for (const Clue& clue : clues) sum += nonogram::filled_cells(clue);
  return sum;
}

}  // namespace

// --- Parts ---------------------------------------------------------------------------------------

Clues clues_in(const Grid& rows, const Grid& columns) {
  Clues clues;
  for (int row = 0; row < rows.rows; ++row) clues.rows.push_back(clue_at(rows, row, true));
  for (int col = 0; col < columns.cols; ++col) {
    clues.columns.push_back(clue_at(columns, col, false));
  }
  return clues;
}

Clues clues_of(const Question& question) {
  return clues_in(question.grid(rows_grid), question.grid(columns_grid));
}

Draft make_draft(const Clues& clues, Grid board) {
  const int across = most_runs(board.cols), down = most_runs(board.rows);
  Draft draft;
  draft.grids = {{grid_names[board_grid], std::move(board)},
                 {grid_names[rows_grid], margin_of(clues.rows, across, true)},
                 {grid_names[columns_grid], margin_of(clues.columns, down, false)}};
  return draft;
}

Clues clues_of_picture(const Grid& picture) {
  const auto runs = [&](int line, int cells, bool across) {
    Clue clue;
    int run = 0;
    for (int i = 0; i <= cells; ++i) {
      const bool fill = i < cells && (across ? picture.at(line, i) : picture.at(i, line)) == filled;
      if (fill) {
        ++run;
      } else if (run > 0) {
        clue.push_back(std::exchange(run, 0));
      }
    }
    return clue;
  };
  Clues clues;
  for (int row = 0; row < picture.rows; ++row) clues.rows.push_back(runs(row, picture.cols, true));
  for (int col = 0; col < picture.cols; ++col) {
    clues.columns.push_back(runs(col, picture.rows, false));
  }
  return clues;
}

// --- Identity and structure ----------------------------------------------------------------------

const PuzzleInfo& Nonogram::info() const {
  static const PuzzleInfo info = make_info();
  return info;
}

Result<void> Nonogram::validate(Draft& draft) const {
  if (draft.grids.size() != 3) {
    return fail(ErrorCode::invalid_board,
                "a nonogram has the three grids board, rows and columns, not " +
                    std::to_string(draft.grids.size()),
                "board");
  }
  if (!draft.params.empty()) {
    return fail(ErrorCode::invalid_board,
                "the puzzle has no parameter \"" + draft.params.begin()->first + "\"",
                draft.params.begin()->first);
  }
  for (std::size_t i = 0; i < 3; ++i) draft.grids[i].name = grid_names[i];
  const Grid& board = draft.grids[board_grid].grid;
  if (board.rows > largest_side || board.cols > largest_side) {
    return fail(ErrorCode::too_large,
                "a board of " + size_text(board.rows, board.cols) +
                    " cells; a nonogram has at most 30 rows and 30 columns",
                "board");
  }
  Grid& rows = draft.grids[rows_grid].grid;
  Grid& columns = draft.grids[columns_grid].grid;
  const int across = most_runs(board.cols), down = most_runs(board.rows);
  if (rows.rows != board.rows || rows.cols != across) {
    return wrong_size(grid_names[rows_grid], rows, board.rows, across);
  }
  if (columns.rows != down || columns.cols != board.cols) {
    return wrong_size(grid_names[columns_grid], columns, down, board.cols);
  }
  for (const GridIndex i : {board_grid, rows_grid, columns_grid}) {
    if (auto fine = check_values(draft.grids[i], i == board_grid); !fine) {
      return std::move(fine).error();
    }
  }
  // Clues have no gaps and end at the board, so that equal clues are equal grids.
  const Clues clues = clues_in(rows, columns);
  rows = margin_of(clues.rows, across, true);
  columns = margin_of(clues.columns, down, false);
  return {};
}

std::vector<Conflict> Nonogram::problems(const Question& question) const {
  const Clues clues = clues_of(question);
  const Grid& board = question.grid(board_grid);
  const int across = most_runs(board.cols), down = most_runs(board.rows);
  std::vector<Conflict> found;
  for (int row = 0; row < board.rows; ++row) {
    const auto text = clue_problem(clues.rows[static_cast<std::size_t>(row)], board.cols);
    if (!text.empty()) found.push_back({{rows_grid, row, across - 1}, text});
  }
  for (int col = 0; col < board.cols; ++col) {
    const auto text = clue_problem(clues.columns[static_cast<std::size_t>(col)], board.rows);
    if (!text.empty()) found.push_back({{columns_grid, down - 1, col}, text});
  }
  if (!found.empty()) return found;
  const int in_rows = filled_cells(clues.rows), in_columns = filled_cells(clues.columns);
  if (in_rows != in_columns) {
    found.push_back({{rows_grid, 0, across - 1},
                     "the rows' clues fill " + std::to_string(in_rows) + " cells, the columns' " +
                         std::to_string(in_columns)});
    return found;
  }
  return find_conflicts(clues, board);
}

Result<Question> Nonogram::empty(std::string_view size) const {
  const auto cells = parse_size(size.empty() ? info().sizes.front() : size);
  if (!cells) return cells.error();
  Clues clues;
  clues.rows.resize(static_cast<std::size_t>(cells->rows));
  clues.columns.resize(static_cast<std::size_t>(cells->cols));
  return make(make_draft(clues, Grid(cells->rows, cells->cols)));
}

Result<Question> Nonogram::apply(const Question& question, const Edit& edit) const {
  const auto* change = std::get_if<Resize>(&edit);
  if (change == nullptr) return Puzzle::apply(question, edit);
  if (change->grid != board_grid) {
    return fail(ErrorCode::unsupported, "the margins have the size that belongs to the board",
                "grid");
  }
  auto resized = empty(size_text(change->rows, change->cols));
  if (!resized) return resized;
  Clues clues = clues_of(question);
  clues.rows.resize(static_cast<std::size_t>(change->rows));
  clues.columns.resize(static_cast<std::size_t>(change->cols));
  Grid board = resized->grid(board_grid);
  const Grid& before = question.grid(board_grid);
  for (int row = 0; row < std::min(board.rows, before.rows); ++row) {
    for (int col = 0; col < std::min(board.cols, before.cols); ++col) {
      board.at(row, col) = before.at(row, col);
    }
  }
  Draft draft = make_draft(clues, std::move(board));
  draft.notation = question.notation();
  return make(std::move(draft));
}

// --- Text ----------------------------------------------------------------------------------------

Result<Question> Nonogram::parse(std::string_view text) const {
  auto parsed = parse_text(text);
  if (!parsed) return parsed.error();
  Draft draft = make_draft(parsed->clues, std::move(parsed->board));
  draft.notation.form = parsed->form;
  return make(std::move(draft));
}

std::string Nonogram::format_line(const Question& question) const {
  return nonogram::format_line(clues_of(question), question.grid(board_grid));
}

std::string Nonogram::format_readable(const Question& question) const {
  return format_margins(clues_of(question), question.grid(board_grid));
}

std::string Nonogram::format(const Question& question) const {
  return format_as(question.notation().form, clues_of(question), question.grid(board_grid));
}

std::string Nonogram::format_answer(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  if (grid == nullptr) return "";
  const std::string& form = question.notation().form;
  const bool lines = form == margins_form || form == non_form;
  return format_rows(*grid, lines ? '\n' : '/');
}

Result<Answer> Nonogram::parse_answer(const Question& question, std::string_view text) const {
  auto grid = parse_board(text);
  if (!grid) return grid.error();
  const Grid& board = question.grid(board_grid);
  if (grid->rows != board.rows || grid->cols != board.cols) {
    return fail(ErrorCode::invalid_text,
                "the answer is " + size_text(grid->rows, grid->cols) + "; the board is " +
                    size_text(board.rows, board.cols),
                "answer");
  }
  return Answer(std::move(*grid));
}

std::string Nonogram::format_answer_readable(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  return grid == nullptr ? "" : format_margins(clues_of(question), *grid);
}

// --- Rules ---------------------------------------------------------------------------------------

namespace {

/// What is wrong with an answer's grid of the board's size; `finished`: open cells are, too.
std::vector<Conflict> wrong_cells(const Question& question, const Grid& grid, bool finished) {
  const Grid& board = question.grid(board_grid);
  Grid known(grid.rows, grid.cols);
  std::vector<Conflict> conflicts;
  for (int cell = 0; cell < grid.size(); ++cell) {
    const auto at = static_cast<std::size_t>(cell);
    const CellRef place{0, cell / grid.cols, cell % grid.cols};
    const Cell value = grid.cells[at], given = board.cells[at];
    if (!is_board_value(value)) {
      conflicts.push_back({place, std::to_string(value) + " is neither filled nor empty"});
      continue;
    }
    known.cells[at] = value;
    if (value == open && finished) {
      conflicts.push_back({place, "the cell is open"});
    } else if (given != open && given != value) {
      conflicts.push_back({place, given == filled ? "this cell is given as filled"
                                                  : "this cell is given as empty"});
    }
  }
  for (Conflict& conflict : find_conflicts(clues_of(question), known)) {
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

}  // namespace

Verdict Nonogram::check(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  if (grid == nullptr)
    return {Status::unverified, {{{0, 0, 0}, "the answer is no grid of the board's size"}}, ""};
  std::vector<Conflict> conflicts = wrong_cells(question, *grid, true);
  return {conflicts.empty() ? Status::verified : Status::unverified, std::move(conflicts), ""};
}

std::vector<Conflict> Nonogram::partial_conflicts(const Question& question,
                                                  const Answer& partial) const {
  const Grid* grid = answer_grid(question, partial);
  return grid == nullptr ? check(question, partial).conflicts : wrong_cells(question, *grid, false);
}

std::optional<Question> Nonogram::suppose(Rng& rng, const Question& question, int cells) const {
  const Clues clues = clues_of(question);
  Grid guessed = guess_cells(rng, clues, question.grid(board_grid), cells);
  if (guessed == question.grid(board_grid)) return std::nullopt;
  auto made = make(make_draft(clues, std::move(guessed)));
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

// --- Generator, solver, hints --------------------------------------------------------------------

Result<Question> Nonogram::generate(Rng& rng, const GenerateRequest& request) const {
  const auto difficulty = chosen_difficulty(info(), request);
  if (!difficulty) return difficulty.error();
  const auto picture = generate_picture(rng, request, *difficulty);
  if (!picture) return picture.error();
  return make(make_draft(clues_of_picture(*picture), Grid(picture->rows, picture->cols)));
}

Result<ExactResult> Nonogram::solve_exact(const Question& question,
                                          const ExactLimits& limits) const {
  if (const auto broken = problems(question); !broken.empty()) {
    return fail(ErrorCode::invalid_board, broken.front().message, "board");
  }
  return search(clues_of(question), question.grid(board_grid), limits);
}

namespace {

/// The board of a player that holds nothing but filled, empty and open cells.
Result<const Grid*> clean_board(const Question& question, const Answer& partial) {
  const auto grid = player_grid(question, partial);
  if (!grid) return grid;
  for (int cell = 0; cell < (*grid)->size(); ++cell) {
    if (is_board_value((*grid)->cells[static_cast<std::size_t>(cell)])) continue;
    const std::string place = cell_place(cell / (*grid)->cols, cell % (*grid)->cols);
    return fail(ErrorCode::invalid_board, place + ": neither filled, empty nor open", place);
  }
  return grid;
}

}  // namespace

Result<Hint> Nonogram::hint(const Question& question, const Answer& partial) const {
  const auto board = clean_board(question, partial);
  if (!board) return board.error();
  return find_hint(clues_of(question), **board);
}

std::optional<std::string> Nonogram::reason(const Question& question, const Answer& partial,
                                            const CellRef& cell, Cell value) const {
  const auto board = clean_board(question, partial);
  if (!board || cell.grid != 0 || !(*board)->contains(cell.row, cell.col)) return std::nullopt;
  return find_reason(clues_of(question), **board, cell.row, cell.col, value);
}

}  // namespace trm::nonogram

namespace trm {

const Puzzle& nonogram_puzzle() {
  static const nonogram::Nonogram module;
  return module;
}

}  // namespace trm
