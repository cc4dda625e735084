// A whole module in one file, in the order of the contract (puzzles/puzzle.h). Every function here
// is one that a module must write; the rest of the contract has defaults.
#include "puzzles/blank/blank.h"

#include <algorithm>
#include <utility>

#include "puzzles/cell_symmetry.h"
#include "puzzles/module_help.h"
#include "puzzles/puzzle.h"
#include "puzzles/text.h"

namespace trm {
namespace {

constexpr Cell open_cell = 0;
constexpr int colours = 2;
constexpr const char* grid_name = "board";

// Tokens: 0 pad, 1 empty, 2 and 3 the colours. Ids never change, so that weights stay readable.
constexpr Token empty_token = 1;
constexpr Token first_colour = 2;

char symbol(Cell value) { return value == open_cell ? '.' : static_cast<char>('0' + value); }

// Rows separated by '/' or line ends. Every refusal names its line and column.
Result<Grid> parse_grid(std::string_view text) {
  Grid grid;
  for (const TextLine& line : split_lines(text)) {
    int column = 1;
    for (const std::string_view row : split(line.text, '/')) {
      if (grid.rows > 0 && static_cast<int>(row.size()) != grid.cols) {
        return text_error(line.number, column,
                          "a row of " + std::to_string(row.size()) + " cells below rows of " +
                              std::to_string(grid.cols));
      }
      if (row.empty()) return text_error(line.number, column, "a row without cells");
      if (grid.rows == Puzzle::max_side || row.size() > Puzzle::max_side) {
        return fail(ErrorCode::too_large, "a side may have at most 64 cells", "board");
      }
      for (const char c : row) {
        if (c != '.' && (c < '1' || c > '0' + colours)) {
          return text_error(line.number, column, printable(c) + " is none of . 1 2");
        }
        grid.cells.push_back(c == '.' ? open_cell : static_cast<Cell>(c - '0'));
        ++column;
      }
      ++column;  // the '/'
      grid.cols = static_cast<int>(row.size());
      ++grid.rows;
    }
  }
  if (grid.rows == 0) return text_error(1, 1, "the board is empty");
  return grid;
}

std::string format_grid(const Grid& grid, char separator) {
  std::string text;
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0) text += separator;
    for (int col = 0; col < grid.cols; ++col) text += symbol(grid.at(row, col));
  }
  return text;
}

// The colour of a row's givens; 0: none, or more than one.
Cell row_colour(const Grid& grid, int row) {
  Cell colour = open_cell;
  for (int col = 0; col < grid.cols; ++col) {
    const Cell value = grid.at(row, col);
    if (value == open_cell || value == colour) continue;
    if (colour != open_cell) return open_cell;
    colour = value;
  }
  return colour;
}

class Blank final : public Puzzle {
 public:
  // --- Identity ---

  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "blank";
      i.title = "Stripes";
      i.summary = "Paint each row in the colour of its given cells.";
      i.rules = "All cells of a row have one colour, and the given cells keep theirs.";
      i.forms = {{"line", "rows of . 1 2 joined by /", "1../.2."},
                 {"rows", "one row a line", "1..\n.2."}};
      i.sizes = {"4x4", "3x5", "8x8"};
      i.difficulties = {"easy", "hard"};
      i.generates = true;
      i.solves = true;
      return i;
    }();
    return info;
  }

  // --- Questions ---

  std::vector<Conflict> problems(const Question& question) const override {
    const Grid& grid = question.grid();
    std::vector<Conflict> found;
    for (int row = 0; row < grid.rows; ++row) {
      if (row_colour(grid, row) != open_cell) continue;
      const auto first = grid.cells.begin() + row * grid.cols;
      const bool given =
          std::any_of(first, first + grid.cols, [](Cell c) { return c != open_cell; });
      found.push_back(
          {{0, row, 0},
           given ? "this row has givens of two colours" : "this row has no given cell"});
    }
    return found;
  }

  // --- Text ---

  Result<Question> parse(std::string_view text) const override {
    auto grid = parse_grid(text);
    if (!grid) return std::move(grid).error();
    Draft draft;
    draft.grids.push_back({grid_name, std::move(grid).value()});
    draft.notation.form = text.find('\n') == std::string_view::npos ? "line" : "rows";
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    return format_grid(question.grid(), '/');
  }
  std::string format_readable(const Question& question) const override {
    return format_grid(question.grid(), '\n');
  }
  std::string format(const Question& question) const override {
    return question.notation().form == "rows" ? format_readable(question) : format_line(question);
  }
  std::string format_answer(const Question& question, const Answer& answer) const override {
    return format_grid(answer.best(), question.notation().form == "rows" ? '\n' : '/');
  }
  Result<Answer> parse_answer(const Question&, std::string_view text) const override {
    auto grid = parse_grid(text);
    if (!grid) return std::move(grid).error();
    return Answer(std::move(grid).value());
  }
  std::string format_answer_readable(const Question&, const Answer& answer) const override {
    return format_grid(answer.best(), '\n');
  }

  // --- Tokens ---

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{
        first_colour + colours, {"pad", "empty", "1", "2"}, 0, empty_token, first_colour};
    return spec;
  }
  TokenLayout layout(const Question& question, int) const override {
    const Grid& grid = question.grid();
    TokenLayout layout{grid.rows, grid.cols, {}, colours};
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        layout.positions.push_back(
            {Role::cell, true, static_cast<std::int16_t>(row), static_cast<std::int16_t>(col)});
      }
    }
    return layout;
  }
  std::vector<Token> encode(const Question& question, int) const override {
    std::vector<Token> tokens;
    for (const Cell value : question.grid().cells) tokens.push_back(value + empty_token);
    return tokens;
  }
  std::vector<Token> encode_answer(const Question& question, int,
                                   const Grid& answer) const override {
    std::vector<Token> labels(question.grid().cells.size(), ignore_label);
    for (std::size_t i = 0; i < labels.size() && i < answer.cells.size(); ++i) {
      const Cell value = answer.cells[i];
      if (value >= 1 && value <= colours) labels[i] = value + empty_token;
    }
    return labels;
  }
  Result<Grid> decode(const Question& question, int,
                      const std::vector<Token>& tokens) const override {
    Grid grid(question.grid().rows, question.grid().cols);
    if (tokens.size() != grid.cells.size()) {
      return fail(ErrorCode::invalid_data, "expected one token for each cell", "tokens");
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] < first_colour || tokens[i] >= first_colour + colours) {
        const auto position = static_cast<int>(i);
        const std::string place = cell_place(position / grid.cols, position % grid.cols);
        return fail(ErrorCode::invalid_data,
                    place + ": token " + std::to_string(tokens[i]) + " is no colour", place);
      }
      grid.cells[i] = static_cast<Cell>(tokens[i] - empty_token);
    }
    return grid;
  }
  TokenMask mask(const Question& question, int) const override {
    const Grid& grid = question.grid();
    TokenMask mask(grid.size(), tokens().vocab, false);
    for (int position = 0; position < grid.size(); ++position) {
      const Cell value = grid.cells[static_cast<std::size_t>(position)];
      if (value != open_cell) {
        mask.only(position, value + empty_token);  // a given keeps its colour
      } else {
        for (Token token = first_colour; token < tokens().vocab; ++token) {
          mask.at(position, token) = 1;
        }
      }
    }
    return mask;
  }
  // What cells have to do with each other: here, that they share a row.
  Geometry geometry(const Question& question, int) const override {
    const Grid& grid = question.grid();
    std::vector<std::vector<std::int32_t>> rows(static_cast<std::size_t>(grid.rows));
    for (std::int32_t position = 0; position < grid.size(); ++position) {
      rows[static_cast<std::size_t>(position / grid.cols)].push_back(position);
    }
    Geometry geometry;
    add_groups(geometry, "row", rows);
    return geometry;
  }

  // --- Rules ---

  Verdict check(const Question& question, const Answer& answer) const override {
    const Grid& board = question.grid();
    Verdict verdict;
    const Grid* filled = answer_grid(question, answer);
    if (filled == nullptr) {
      verdict.conflicts.push_back({{0, 0, 0}, "the answer has another size than the board"});
      return verdict;
    }
    const Grid& grid = *filled;
    for (int row = 0; row < grid.rows; ++row) {
      const Cell colour = row_colour(board, row);
      for (int col = 0; col < grid.cols; ++col) {
        if (colour == open_cell || grid.at(row, col) != colour) {
          verdict.conflicts.push_back({{0, row, col}, "this cell has not the colour of its row"});
        }
      }
    }
    if (verdict.conflicts.empty()) verdict.status = Status::verified;
    return verdict;
  }

  // --- Symmetries: mirrored rows, mirrored columns, exchanged colours ---

  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override {
    const int flips = static_cast<int>(rng.below(4));
    CellMap map = dihedral_map(question.grid().rows, question.grid().cols, flips);
    map.params = question.params();
    if (rng.chance(0.5)) {
      std::swap(map.value[1], map.value[2]);
      map.description += map.description.empty() ? "colours 21" : ", colours 21";
    }
    return make_cell_symmetry(question, std::move(map));
  }

  // --- Drawing ---

  std::vector<PaletteEntry> palette(const Question&) const override {
    return {{open_cell, "empty", "", '0', 0xf7f5f0ff, 0x202020ff},
            {1, "first colour", "1", '1', 0x21867aff, 0xffffffff},
            {2, "second colour", "2", '2', 0xc8492cff, 0xffffffff}};
  }

  // --- Optional: a generator and the rule solver make a module trainable ---

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override {
    const auto size = parse_size(request.size.empty() ? info().sizes.front() : request.size);
    if (!size) return size.error();
    const auto difficulty = chosen_difficulty(info(), request);
    if (!difficulty) return difficulty.error();
    const double givens = *difficulty == 0 ? 0.5 : 0.1;  // easy, or hard and none given
    Draft draft;
    draft.grids.push_back({grid_name, Grid(size->rows, size->cols)});
    Grid& grid = draft.grids.front().grid;
    for (int row = 0; row < grid.rows; ++row) {
      const auto colour = static_cast<Cell>(rng.between(1, colours));
      grid.at(row, rng.between(0, grid.cols - 1)) = colour;
      for (int col = 0; col < grid.cols; ++col) {
        if (rng.chance(givens)) grid.at(row, col) = colour;
      }
    }
    return make(std::move(draft));
  }
  Result<ExactResult> solve_exact(const Question& question,
                                  const ExactLimits& limits) const override {
    if (const auto broken = problems(question); !broken.empty()) {
      return fail(ErrorCode::invalid_board, broken.front().message, "board");
    }
    Grid grid = question.grid();
    for (int row = 0; row < grid.rows; ++row) {
      const Cell colour = row_colour(grid, row);
      for (int col = 0; col < grid.cols; ++col) grid.at(row, col) = colour;
    }
    ExactResult result;
    if (limits.solutions > 0) result.solutions.emplace_back(Answer(std::move(grid)));
    result.complete = true;
    return result;
  }

 protected:
  // The structure of a board that somebody built by hand or read from a file.
  Result<void> validate(Draft& draft) const override {
    if (draft.grids.size() != 1) {
      return fail(ErrorCode::invalid_board, "expected one grid, the board", "board");
    }
    draft.grids.front().name = grid_name;
    const Grid& grid = draft.grids.front().grid;
    for (int position = 0; position < grid.size(); ++position) {
      if (grid.cells[static_cast<std::size_t>(position)] > colours) {
        const std::string place = cell_place(position / grid.cols, position % grid.cols);
        return fail(ErrorCode::invalid_board, place + ": a cell is 0 (empty), 1 or 2", place);
      }
    }
    if (!draft.params.empty()) {
      return fail(ErrorCode::invalid_board,
                  "the puzzle has no parameter \"" + draft.params.begin()->first + "\"",
                  draft.params.begin()->first);
    }
    return {};
  }
};

}  // namespace

const Puzzle& blank_puzzle() {
  static const Blank puzzle;
  return puzzle;
}

}  // namespace trm
