// The maze as tokens: 0 pad, then the characters of the official charset "# SGo" in that order, so
// that the official weights read the same ids.
#include "puzzles/maze/maze_internal.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

constexpr Token wall_token = 1;
constexpr Token free_token = 2;
constexpr Token path_token = 5;

/// Token of each cell value, in the order free, wall, start, goal, path.
constexpr Token token_of[cell_values] = {free_token, wall_token, 3, 4, path_token};

/// Cell value of tokens 1..5.
constexpr Cell cell_of[] = {wall, free_cell, start, goal, path};

}  // namespace

const TokenSpec& Maze::tokens() const {
  static const TokenSpec spec{6, {"pad", "wall", "free", "start", "goal", "path"}, 0, free_token};
  return spec;
}

TokenLayout Maze::layout(const Question& question, int) const {
  const Grid& grid = question.grid();
  TokenLayout layout{grid.rows, grid.cols, {}};
  layout.positions.reserve(grid.cells.size());
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      layout.positions.push_back(
          {Role::cell, true, static_cast<std::int16_t>(row), static_cast<std::int16_t>(col)});
    }
  }
  return layout;
}

std::vector<Token> Maze::encode(const Question& question, int) const {
  std::vector<Token> tokens;
  tokens.reserve(question.grid().cells.size());
  for (const Cell value : question.grid().cells) tokens.push_back(token_of[value]);
  return tokens;
}

std::vector<Token> Maze::encode_answer(const Question& question, int, const Grid& answer) const {
  std::vector<Token> labels(question.grid().cells.size(), ignore_label);
  const bool fits = same_size(answer, question.grid());
  // A malformed answer has no labels: positions without a cell value take no part in the loss.
  for (std::size_t i = 0; fits && i < labels.size(); ++i) {
    if (answer.cells[i] < cell_values) labels[i] = token_of[answer.cells[i]];
  }
  return labels;
}

Result<Grid> Maze::decode(const Question& question, int, const std::vector<Token>& tokens) const {
  Grid grid(question.grid().rows, question.grid().cols);
  if (tokens.size() != grid.cells.size()) {
    return fail(ErrorCode::invalid_data,
                std::to_string(tokens.size()) + " tokens for a maze of " +
                    std::to_string(grid.cells.size()) + " cells",
                "tokens");
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < wall_token || tokens[i] > path_token) {
      const auto position = static_cast<int>(i);
      const std::string place = cell_place(position / grid.cols, position % grid.cols);
      return fail(ErrorCode::invalid_data,
                  place + ": token " + std::to_string(tokens[i]) + " is no cell of a maze", place);
    }
    grid.cells[i] = cell_of[tokens[i] - 1];
  }
  return grid;
}

TokenMask Maze::mask(const Question& question, int) const {
  const Grid& grid = question.grid();
  TokenMask mask(grid.size(), tokens().vocab, false);
  for (int position = 0; position < grid.size(); ++position) {
    const Cell value = grid.cells[static_cast<std::size_t>(position)];
    mask.at(position, token_of[value]) = 1;
    if (value == free_cell) mask.at(position, path_token) = 1;
  }
  return mask;
}

Geometry Maze::geometry(const Question& question, int query) const {
  return near_relations(layout(question, query));
}

}  // namespace trm::maze
