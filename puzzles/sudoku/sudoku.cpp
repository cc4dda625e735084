// The Sudoku module: shapes, rules, symmetries, and the doors to its other files.
#include <algorithm>
#include <array>
#include <bitset>
#include <memory>
#include <numeric>

#include "puzzles/canonical.h"
#include "puzzles/cell_symmetry.h"
#include "puzzles/module_help.h"
#include "puzzles/sudoku/sudoku_internal.h"
#include "puzzles/sudoku/sudoku_module.h"
#include "puzzles/text.h"

namespace trm::sudoku {
namespace {

Shape make_shape(int side, int box_rows, int box_cols) {
  Shape shape{side, box_rows, box_cols, {}, {}};
  const auto n = static_cast<std::size_t>(side);
  shape.units.resize(3 * n);
  for (int cell = 0; cell < side * side; ++cell) {
    shape.units[static_cast<std::size_t>(cell / side)].push_back(cell);
    shape.units[n + static_cast<std::size_t>(cell % side)].push_back(cell);
    shape.units[2 * n + static_cast<std::size_t>(shape.box_of(cell))].push_back(cell);
  }
  shape.peers.resize(n * n);
  for (const auto& unit : shape.units) {
    for (const int a : unit) {
      auto& peers = shape.peers[static_cast<std::size_t>(a)];
      for (const int b : unit) {
        if (a != b && std::find(peers.begin(), peers.end(), b) == peers.end()) peers.push_back(b);
      }
    }
  }
  return shape;
}

const std::array<Shape, 5>& shapes() {
  // Standard shapes first, so that standard_shape finds them.
  static const std::array<Shape, 5> all{make_shape(4, 2, 2), make_shape(6, 2, 3),
                                        make_shape(9, 3, 3), make_shape(16, 4, 4),
                                        make_shape(6, 3, 2)};
  return all;
}

PuzzleInfo make_info() {
  PuzzleInfo info;
  info.name = "sudoku";
  info.title = "Sudoku";
  info.summary = "Fill the board so that every row, column and box holds each digit once.";
  info.rules =
      "Every row, every column and every box holds each digit from 1 to N exactly once; the given "
      "digits stay. Boards of 4x4, 6x6 (boxes of 2x3 or 3x2), 9x9 and 16x16 cells.";
  info.forms = text_forms();
  info.sizes = generator_sizes();
  info.difficulties = generator_difficulties();
  info.options = generator_options();
  info.generates = true;
  info.solves = true;
  info.marks = true;
  return info;
}

Draft board_draft(Grid grid, const Shape& shape) {
  Draft draft;
  draft.grids.push_back({grid_name, std::move(grid)});
  draft.params = {{box_rows_param, shape.box_rows}, {box_cols_param, shape.box_cols}};
  return draft;
}

// Rows in random order that keeps bands together: new row i was old row order[i].
std::vector<int> shuffled_lines(Rng& rng, int side, int band) {
  std::vector<int> bands(static_cast<std::size_t>(side / band));
  std::iota(bands.begin(), bands.end(), 0);
  rng.shuffle(bands);
  std::vector<int> order;
  for (const int b : bands) {
    std::vector<int> inside(static_cast<std::size_t>(band));
    std::iota(inside.begin(), inside.end(), b * band);
    rng.shuffle(inside);
    order.insert(order.end(), inside.begin(), inside.end());
  }
  return order;
}

void draw_box_lines(Canvas& canvas, const Rect& area, const Shape& shape, Color ink) {
  const float cell = area.width / static_cast<float>(shape.side);
  const float width = std::max(1.0f, cell * 0.06f);
  for (int i = 0; i <= shape.side; ++i) {
    const float at = cell * static_cast<float>(i);
    if (i % shape.box_cols == 0) {
      canvas.line({area.x + at, area.y}, {area.x + at, area.y + area.height}, width, ink);
    }
    if (i % shape.box_rows == 0) {
      canvas.line({area.x, area.y + at}, {area.x + area.width, area.y + at}, width, ink);
    }
  }
}

// What is wrong with an answer's grid; `finished`: open cells are, too.
std::vector<Conflict> find_conflicts(const Question& question, const Grid& grid, bool finished) {
  const Shape& shape = shape_of(question);
  std::vector<Conflict> conflicts = find_duplicates(grid, shape);
  for (int cell = 0; cell < grid.size(); ++cell) {
    const CellRef place{0, cell / grid.cols, cell % grid.cols};
    const Cell value = grid.cells[static_cast<std::size_t>(cell)];
    const Cell given = question.grid().cells[static_cast<std::size_t>(cell)];
    if (value > shape.side) {
      conflicts.push_back({place, std::to_string(value) + " is no digit of this board"});
    } else if (value == blank && finished) {
      conflicts.push_back({place, "the cell is empty"});
    } else if (given != blank && given != value) {
      conflicts.push_back({place, "the given digit is " + std::to_string(given)});
    }
  }
  return conflicts;
}

// The board of a player who contradicts neither the question nor himself.
Result<const Grid*> clean_board(const Question& question, const Answer& partial) {
  const auto player = player_grid(question, partial);
  if (!player) return player.error();
  const Grid* grid = *player;
  const Shape& shape = shape_of(question);
  for (int cell = 0; cell < grid->size(); ++cell) {
    if (grid->cells[static_cast<std::size_t>(cell)] <= shape.side) continue;
    const std::string place = cell_place(cell / grid->cols, cell % grid->cols);
    return fail(ErrorCode::invalid_board, place + ": the partial answer has no digit there", place);
  }
  if (const auto conflicts = find_duplicates(*grid, shape); !conflicts.empty()) {
    const CellRef cell = conflicts.front().cell;
    const std::string place = cell_place(cell.row, cell.col);
    return fail(ErrorCode::invalid_board, place + ": " + conflicts.front().message, place);
  }
  return grid;
}

}  // namespace

const Shape* find_shape(int side, int box_rows, int box_cols) {
  for (const Shape& shape : shapes()) {
    if (shape.side == side && shape.box_rows == box_rows && shape.box_cols == box_cols)
      return &shape;
  }
  return nullptr;
}

const Shape* standard_shape(int side) {
  for (const Shape& shape : shapes()) {
    if (shape.side == side) return &shape;
  }
  return nullptr;
}

const Shape& shape_of(const Question& question) {
  return *find_shape(question.grid().rows, question.param(box_rows_param),
                     question.param(box_cols_param));
}

std::vector<Conflict> find_duplicates(const Grid& grid, const Shape& shape) {
  std::vector<bool> wrong(grid.cells.size(), false);
  for (const auto& unit : shape.units) {
    std::bitset<256> seen, twice;
    for (const int cell : unit) {
      const Cell value = grid.cells[static_cast<std::size_t>(cell)];
      if (value == blank) continue;
      if (seen.test(value)) twice.set(value);
      seen.set(value);
    }
    if (twice.none()) continue;
    for (const int cell : unit) {
      if (twice.test(grid.cells[static_cast<std::size_t>(cell)]))
        wrong[static_cast<std::size_t>(cell)] = true;
    }
  }
  std::vector<Conflict> conflicts;
  for (int cell = 0; cell < grid.size(); ++cell) {
    if (!wrong[static_cast<std::size_t>(cell)]) continue;
    conflicts.push_back({{0, cell / grid.cols, cell % grid.cols},
                         std::to_string(grid.cells[static_cast<std::size_t>(cell)]) +
                             " stands twice in a row, column or box"});
  }
  return conflicts;
}

const PuzzleInfo& Sudoku::info() const {
  static const PuzzleInfo info = make_info();
  return info;
}

Result<void> Sudoku::validate(Draft& draft) const {
  if (draft.grids.size() != 1) {
    return fail(ErrorCode::invalid_board,
                "a Sudoku has one grid, not " + std::to_string(draft.grids.size()), "board");
  }
  draft.grids.front().name = grid_name;
  const Grid& grid = draft.grids.front().grid;
  const Shape* standard = grid.rows == grid.cols ? standard_shape(grid.rows) : nullptr;
  if (standard == nullptr) {
    return fail(
        ErrorCode::invalid_board,
        "a board of " + size_text(grid.rows, grid.cols) + " cells: expected 4x4, 6x6, 9x9 or 16x16",
        "board");
  }
  draft.params.try_emplace(box_rows_param, standard->box_rows);
  draft.params.try_emplace(box_cols_param, standard->box_cols);
  const int box_rows = draft.params[box_rows_param], box_cols = draft.params[box_cols_param];
  if (draft.params.size() != 2 || find_shape(grid.rows, box_rows, box_cols) == nullptr) {
    return fail(ErrorCode::invalid_board,
                "no board of side " + std::to_string(grid.rows) + " has boxes of " +
                    std::to_string(box_rows) + "x" + std::to_string(box_cols),
                box_rows_param);
  }
  for (int cell = 0; cell < grid.size(); ++cell) {
    if (grid.cells[static_cast<std::size_t>(cell)] > grid.rows) {
      const std::string place = cell_place(cell / grid.cols, cell % grid.cols);
      return fail(ErrorCode::invalid_board,
                  place + ": " + std::to_string(grid.cells[static_cast<std::size_t>(cell)]) +
                      " is no digit from 1 to " + std::to_string(grid.rows),
                  place);
    }
  }
  return {};
}

std::vector<Conflict> Sudoku::problems(const Question& question) const {
  return find_duplicates(question.grid(), shape_of(question));
}

Result<Question> Sudoku::empty(std::string_view size) const {
  const auto shape = parse_shape(size);
  if (!shape) return shape.error();
  return make(board_draft(Grid((*shape)->side, (*shape)->side), **shape));
}

Result<Question> Sudoku::apply(const Question& question, const Edit& edit) const {
  const auto* change = std::get_if<Resize>(&edit);
  if (change == nullptr || change->grid != 0) return Puzzle::apply(question, edit);
  const Shape* shape = change->rows == change->cols ? standard_shape(change->rows) : nullptr;
  if (shape == nullptr) return unknown_size(size_text(change->rows, change->cols));
  const Grid& before = question.grid();
  const int side = shape->side;
  if (side == before.rows) return question;  // boxes that are not the standard stay
  Grid grid(side, side);
  for (int row = 0; row < std::min(side, before.rows); ++row) {
    for (int col = 0; col < std::min(side, before.cols); ++col) {
      const Cell value = before.at(row, col);
      grid.at(row, col) = value <= side ? value : blank;
    }
  }
  Draft draft = board_draft(std::move(grid), *shape);
  draft.notation = question.notation();
  return make(std::move(draft));
}

Result<Question> Sudoku::parse(std::string_view text) const {
  auto parsed = parse_board(text);
  if (!parsed) return parsed.error();
  Draft draft = board_draft(std::move(parsed->grid), *parsed->shape);
  draft.notation.form = parsed->form;
  return make(std::move(draft));
}

std::string Sudoku::format_line(const Question& question) const {
  return sudoku::format_line(question.grid(), shape_of(question));
}
std::string Sudoku::format_readable(const Question& question) const {
  return format_grid(question.grid(), shape_of(question));
}
std::string Sudoku::format(const Question& question) const {
  return question.notation().form == "grid" ? format_readable(question) : format_line(question);
}

std::string Sudoku::format_answer(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  if (grid == nullptr) return "";
  const Shape& shape = shape_of(question);
  return question.notation().form == "grid" ? format_grid(*grid, shape)
                                            : sudoku::format_line(*grid, shape);
}

Result<Answer> Sudoku::parse_answer(const Question& question, std::string_view text) const {
  auto parsed = parse_board(text);
  if (!parsed) return parsed.error();
  if (parsed->shape->side != question.grid().rows) {
    return fail(ErrorCode::invalid_text, "the answer has another size than the board", "answer");
  }
  return Answer(std::move(parsed->grid));
}

std::string Sudoku::format_answer_readable(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  return grid == nullptr ? "" : format_grid(*grid, shape_of(question));
}

Verdict Sudoku::check(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  if (grid == nullptr)
    return {Status::unverified, {{{0, 0, 0}, "the answer is no grid of the board's size"}}, ""};
  std::vector<Conflict> conflicts = find_conflicts(question, *grid, true);
  return {conflicts.empty() ? Status::verified : Status::unverified, std::move(conflicts), ""};
}

std::vector<Conflict> Sudoku::partial_conflicts(const Question& question,
                                                const Answer& partial) const {
  const Grid* grid = answer_grid(question, partial);
  return grid == nullptr ? check(question, partial).conflicts
                         : find_conflicts(question, *grid, false);
}

std::shared_ptr<const Symmetry> Sudoku::symmetry(Rng& rng, const Question& question) const {
  const Shape& shape = shape_of(question);
  CellMap map = CellMap::identity(shape.side, shape.side, question.params());
  std::vector<Cell> digits(static_cast<std::size_t>(shape.side));
  std::iota(digits.begin(), digits.end(), Cell{1});
  rng.shuffle(digits);
  for (std::size_t d = 0; d < digits.size(); ++d) map.value[d + 1] = digits[d];
  const std::vector<int> rows = shuffled_lines(rng, shape.side, shape.box_rows);
  const std::vector<int> cols = shuffled_lines(rng, shape.side, shape.box_cols);
  const bool transposed = rng.chance(0.5);
  for (int r = 0; r < shape.side; ++r) {
    for (int c = 0; c < shape.side; ++c) {
      const int source = rows[static_cast<std::size_t>(transposed ? c : r)] * shape.side +
                         cols[static_cast<std::size_t>(transposed ? r : c)];
      map.source[static_cast<std::size_t>(r * shape.side + c)] = source;
    }
  }
  if (transposed) {
    map.params[box_rows_param] = shape.box_cols;
    map.params[box_cols_param] = shape.box_rows;
  }
  map.description =
      std::string(transposed ? "transposed, " : "") + "rows, columns and digits permuted";
  return make_cell_symmetry(question, std::move(map));
}

std::optional<Question> Sudoku::suppose(Rng& rng, const Question& question, int cells) const {
  const Shape& shape = shape_of(question);
  Grid guessed = guess_cells(rng, question.grid(), shape, cells);
  if (guessed == question.grid()) return std::nullopt;
  auto made = make(board_draft(std::move(guessed), shape));
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

// The board as a graph: cells, lines (rows and columns alike, for transposition), boxes, digits. A
// cell is joined to its lines, its box and its given digit. Bands need no vertex: their lines meet
// the same boxes.
std::string Sudoku::isomorph_key(const Question& question) const {
  const Shape& shape = shape_of(question);
  const auto side = static_cast<std::size_t>(shape.side), cells = side * side;
  enum : std::uint32_t { cell_colour, line_colour, box_colour, digit_colour };
  ColouredGraph graph(cells + 4 * side);
  for (std::size_t unit = 0; unit < 3 * side; ++unit) {
    graph.colour[cells + unit] = unit < 2 * side ? line_colour : box_colour;
    for (const int cell : shape.units[unit]) {
      graph.connect(static_cast<std::size_t>(cell), cells + unit);
    }
  }
  for (std::size_t digit = 0; digit < side; ++digit) {
    graph.colour[cells + 3 * side + digit] = digit_colour;
  }
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const Cell value = question.grid().cells[cell];
    if (value != blank) graph.connect(cell, cells + 3 * side + value - 1);
  }
  return canonical_key(graph);
}

std::vector<PaletteEntry> Sudoku::palette(const Question& question) const {
  std::vector<PaletteEntry> entries{{blank, "blank", "", '.', 0xffffffff, 0x202830ff}};
  for (int digit = 1; digit <= shape_of(question).side; ++digit) {
    const char key =
        digit < 10 ? static_cast<char>('0' + digit) : static_cast<char>('a' + digit - 10);
    entries.push_back({static_cast<Cell>(digit), std::to_string(digit), std::to_string(digit), key,
                       0xffffffff, 0x202830ff});
  }
  return entries;
}

void Sudoku::draw(Canvas& canvas, const View& view) const {
  Puzzle::draw(canvas, view);
  if (view.question == nullptr) return;
  constexpr Color ink = 0x202830ff;
  draw_box_lines(canvas, areas(*view.question, view.area).front(), shape_of(*view.question),
                 view.dark ? night(ink) : ink);
}

Result<Question> Sudoku::generate(Rng& rng, const GenerateRequest& request) const {
  const auto shape = parse_shape(request.size);
  if (!shape) return shape.error();
  const auto difficulty = chosen_difficulty(info(), request);
  if (!difficulty) return difficulty.error();
  auto grid = generate_grid(rng, request, *difficulty, **shape);
  if (!grid) return grid.error();
  return make(board_draft(std::move(*grid), **shape));
}

Result<ExactResult> Sudoku::solve_exact(const Question& question, const ExactLimits& limits) const {
  SearchResult found = search(question.grid(), shape_of(question), limits);
  ExactResult result;
  for (Grid& grid : found.solutions) result.solutions.emplace_back(std::move(grid));
  result.complete = found.complete;
  result.guesses = found.guesses;
  return result;
}

Result<Hint> Sudoku::hint(const Question& question, const Answer& partial) const {
  const auto board = clean_board(question, partial);
  if (!board) return board.error();
  return find_hint(**board, shape_of(question));
}

std::optional<std::string> Sudoku::reason(const Question& question, const Answer& partial,
                                          const CellRef& cell, Cell value) const {
  const auto board = clean_board(question, partial);
  const Shape& shape = shape_of(question);
  if (!board || cell.grid != 0 || !(*board)->contains(cell.row, cell.col)) return std::nullopt;
  if (value == blank || value > shape.side) return std::nullopt;
  return find_reason(**board, shape, cell.row * shape.side + cell.col, value);
}

}  // namespace trm::sudoku

namespace trm {

const Puzzle& sudoku_puzzle() {
  static const sudoku::Sudoku module;
  return module;
}

}  // namespace trm
