// The nonogram as tokens: the board with the clues in its margins, as it is drawn.
//
//   pad pad |  .  1  .        ceil(rows / 2) rows of column clues
//   pad pad |  2  1  3
//   --------+---------
//    2   1  |  _  _  _        ceil(columns / 2) columns of row clues, then the cells
//
// 0 pad, 1 open, 2 filled, 3 empty, 4 a slot without number, 4 + n the number n.
#include <algorithm>

#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

constexpr Token pad_token = 0;
constexpr Token open_token = 1;
constexpr Token filled_token = 2;
constexpr Token empty_token = 3;
constexpr Token number_token = 4;
constexpr int vocabulary = number_token + largest_side + 1;

Token token_of(Cell value) {
  return value == filled ? filled_token : value == empty_cell ? empty_token : open_token;
}

/// Calls visit(position, grid, row, col) for every position of the layout; in the corner, where no
/// grid is, with row and col -1.
template <class Visit>
void visit_positions(const Question& question, Visit&& visit) {
  const int rows = question.grid(board_grid).rows, cols = question.grid(board_grid).cols;
  const int across = most_runs(cols), down = most_runs(rows);
  int position = 0;
  for (int r = -down; r < rows; ++r) {
    for (int c = -across; c < cols; ++c, ++position) {
      if (r >= 0 && c >= 0) {
        visit(position, board_grid, r, c);
      } else if (r >= 0) {
        visit(position, rows_grid, r, c + across);
      } else if (c >= 0) {
        visit(position, columns_grid, r + down, c);
      } else {
        visit(position, board_grid, -1, -1);
      }
    }
  }
}

int positions_of(const Grid& board) {
  return (board.rows + most_runs(board.rows)) * (board.cols + most_runs(board.cols));
}

Error wrong_count(std::size_t found, const Grid& board) {
  return fail(ErrorCode::invalid_data,
              std::to_string(found) + " tokens for a board with " +
                  std::to_string(positions_of(board)) + " positions",
              "tokens");
}

}  // namespace

const TokenSpec& Nonogram::tokens() const {
  static const TokenSpec spec = [] {
    TokenSpec s{vocabulary, {"pad", "open", "filled", "empty", "none"}, pad_token, open_token};
    for (int number = 1; number <= largest_side; ++number)
      s.names.push_back(std::to_string(number));
    return s;
  }();
  return spec;
}

TokenLayout Nonogram::layout(const Question& question, int) const {
  const Grid& board = question.grid(board_grid);
  TokenLayout layout{board.rows + most_runs(board.rows), board.cols + most_runs(board.cols), {}};
  layout.positions.resize(static_cast<std::size_t>(layout.size()));
  visit_positions(question, [&](int position, GridIndex grid, int row, int col) {
    Position& at = layout.positions[static_cast<std::size_t>(position)];
    if (row < 0) return;
    at.role = grid == board_grid ? Role::cell : Role::clue;
    if (grid != board_grid) return;
    at = {Role::cell, true, static_cast<std::int16_t>(row), static_cast<std::int16_t>(col)};
  });
  return layout;
}

std::vector<Token> Nonogram::encode(const Question& question, int) const {
  std::vector<Token> tokens(static_cast<std::size_t>(positions_of(question.grid(board_grid))),
                            pad_token);
  visit_positions(question, [&](int position, GridIndex grid, int row, int col) {
    if (row < 0) return;
    const Cell value = question.grid(grid).at(row, col);
    tokens[static_cast<std::size_t>(position)] =
        grid == board_grid ? token_of(value) : number_token + value;
  });
  return tokens;
}

std::vector<Token> Nonogram::encode_answer(const Question& question, int,
                                           const Grid& answer) const {
  const Grid& board = question.grid(board_grid);
  std::vector<Token> labels(static_cast<std::size_t>(positions_of(board)), ignore_label);
  const bool fits = answer.rows == board.rows && answer.cols == board.cols &&
                    answer.cells.size() == board.cells.size();
  if (!fits) return labels;  // a malformed answer has no labels
  visit_positions(question, [&](int position, GridIndex grid, int row, int col) {
    if (grid != board_grid || row < 0) return;
    const Cell value = answer.at(row, col);
    if (value == filled || value == empty_cell) {
      labels[static_cast<std::size_t>(position)] = token_of(value);
    }
  });
  return labels;
}

Result<Grid> Nonogram::decode(const Question& question, int,
                              const std::vector<Token>& tokens) const {
  const Grid& board = question.grid(board_grid);
  if (tokens.size() != static_cast<std::size_t>(positions_of(board))) {
    return wrong_count(tokens.size(), board);
  }
  Grid grid(board.rows, board.cols);
  std::optional<Error> wrong;
  visit_positions(question, [&](int position, GridIndex in, int row, int col) {
    if (in != board_grid || row < 0 || wrong) return;
    const Token token = tokens[static_cast<std::size_t>(position)];
    if (token != filled_token && token != empty_token) {
      const std::string place = cell_place(row, col);
      wrong =
          fail(ErrorCode::invalid_data,
               place + ": token " + std::to_string(token) + " is neither filled nor empty", place);
      return;
    }
    grid.at(row, col) = token == filled_token ? filled : empty_cell;
  });
  if (wrong) return *wrong;
  return grid;
}

Result<Question> Nonogram::question_from_tokens(const Question& like,
                                                const std::vector<Token>& tokens) const {
  const Grid& board = like.grid(board_grid);
  if (tokens.size() != static_cast<std::size_t>(positions_of(board))) {
    return wrong_count(tokens.size(), board);
  }
  Draft draft = like.draft();
  std::optional<Error> wrong;
  visit_positions(like, [&](int position, GridIndex grid, int row, int col) {
    if (wrong) return;
    const Token token = tokens[static_cast<std::size_t>(position)];
    const bool in_board = grid == board_grid && row >= 0;
    const bool known = row < 0    ? token == pad_token
                       : in_board ? token >= open_token && token <= empty_token
                                  : token >= number_token && token < vocabulary;
    if (!known) {
      const std::string place = "position " + std::to_string(position + 1);
      wrong = fail(ErrorCode::invalid_data,
                   place + ": token " + std::to_string(token) + " cannot stand there", place);
      return;
    }
    if (row < 0) return;
    Cell& value = draft.grids[grid].grid.at(row, col);
    if (!in_board) {
      value = static_cast<Cell>(token - number_token);
    } else {
      value = token == filled_token ? filled : token == empty_token ? empty_cell : open;
    }
  });
  if (wrong) return *wrong;
  auto question = make(std::move(draft));
  if (question && encode(*question, 0) != tokens) {
    return fail(ErrorCode::invalid_data, "a clue has gaps", "tokens");
  }
  return question;
}

TokenMask Nonogram::mask(const Question& question, int) const {
  const std::vector<Token> shown = encode(question, 0);
  TokenMask mask(static_cast<int>(shown.size()), vocabulary, false);
  for (int position = 0; position < static_cast<int>(shown.size()); ++position) {
    const Token token = shown[static_cast<std::size_t>(position)];
    if (token == open_token) {
      mask.at(position, filled_token) = 1;
      mask.at(position, empty_token) = 1;
    } else {
      mask.only(position, token);
    }
  }
  return mask;
}

// Lines with their clues as groups, and the neighbours, which tell where in its line a cell is.
Geometry Nonogram::geometry(const Question& question, int query) const {
  const Grid& board = question.grid(board_grid);
  std::vector<std::vector<std::int32_t>> rows(static_cast<std::size_t>(board.rows));
  std::vector<std::vector<std::int32_t>> columns(static_cast<std::size_t>(board.cols));
  visit_positions(question, [&](std::int32_t position, GridIndex grid, int row, int col) {
    if (row < 0) return;
    if (grid != columns_grid) rows[static_cast<std::size_t>(row)].push_back(position);
    if (grid != rows_grid) columns[static_cast<std::size_t>(col)].push_back(position);
  });
  Geometry geometry;
  add_groups(geometry, "row", rows);
  add_groups(geometry, "column", columns);
  for (Relation& near : near_relations(layout(question, query))) {
    geometry.push_back(std::move(near));
  }
  return geometry;
}

}  // namespace trm::nonogram
