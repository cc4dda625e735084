// The board as tokens: 0 pad, 1 blank, digit d is d + 1; the official ids, and prefix-stable up to
// 16 digits.
#include "puzzles/sudoku/sudoku_internal.h"
#include "puzzles/sudoku/sudoku_module.h"
#include "puzzles/text.h"

namespace trm::sudoku {
namespace {

constexpr Token blank_token = 1;
constexpr Token first_digit = 2;

}  // namespace

const TokenSpec& Sudoku::tokens() const {
  static const TokenSpec spec = [] {
    TokenSpec s;
    s.vocab = first_digit + largest_side;
    s.names = {"pad", "blank"};
    for (int digit = 1; digit <= largest_side; ++digit) s.names.push_back(std::to_string(digit));
    s.pad = 0;
    s.blank = blank_token;
    s.first_symbol = first_digit;
    return s;
  }();
  return spec;
}

TokenLayout Sudoku::layout(const Question& question, int) const {
  TokenLayout layout;
  layout.rows = layout.cols = layout.symbols = shape_of(question).side;
  for (int row = 0; row < layout.rows; ++row) {
    for (int col = 0; col < layout.cols; ++col) {
      layout.positions.push_back(
          {Role::cell, true, static_cast<std::int16_t>(row), static_cast<std::int16_t>(col)});
    }
  }
  return layout;
}

std::vector<Token> Sudoku::encode(const Question& question, int) const {
  std::vector<Token> tokens;
  for (const Cell value : question.grid().cells) tokens.push_back(value + blank_token);
  return tokens;
}

std::vector<Token> Sudoku::encode_answer(const Question& question, int, const Grid& answer) const {
  std::vector<Token> labels(question.grid().cells.size(), ignore_label);
  const int side = shape_of(question).side;
  // A malformed answer has no labels: positions without a digit take no part in the loss.
  for (std::size_t i = 0; i < labels.size() && i < answer.cells.size(); ++i) {
    const Cell value = answer.cells[i];
    if (value >= 1 && value <= side) labels[i] = value + blank_token;
  }
  return labels;
}

Result<Grid> Sudoku::decode(const Question& question, int, const std::vector<Token>& tokens) const {
  const int side = shape_of(question).side;
  Grid grid(side, side);
  if (tokens.size() != grid.cells.size()) {
    return fail(ErrorCode::invalid_data,
                std::to_string(tokens.size()) + " tokens for a board of " +
                    std::to_string(grid.cells.size()) + " cells",
                "tokens");
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < first_digit || tokens[i] >= first_digit + side) {
      const int cell = static_cast<int>(i);
      const std::string place = cell_place(cell / side, cell % side);
      return fail(ErrorCode::invalid_data,
                  place + ": token " + std::to_string(tokens[i]) + " is no digit from 1 to " +
                      std::to_string(side),
                  place);
    }
    grid.cells[i] = static_cast<Cell>(tokens[i] - blank_token);
  }
  return grid;
}

TokenMask Sudoku::mask(const Question& question, int) const {
  const int side = shape_of(question).side;
  TokenMask mask(side * side, tokens().vocab, false);
  for (int cell = 0; cell < side * side; ++cell) {
    const Cell value = question.grid().cells[static_cast<std::size_t>(cell)];
    if (value != blank) {
      mask.only(cell, value + blank_token);
    } else {
      for (int digit = 1; digit <= side; ++digit) mask.at(cell, digit + blank_token) = 1;
    }
  }
  return mask;
}

Geometry Sudoku::geometry(const Question& question, int) const {
  const Shape& shape = shape_of(question);
  Geometry geometry;
  const char* names[] = {"row", "column", "box"};
  for (int kind = 0; kind < 3; ++kind) {
    std::vector<std::vector<std::int32_t>> sets;
    for (int i = 0; i < shape.side; ++i) {
      const auto& unit = shape.units[static_cast<std::size_t>(kind * shape.side + i)];
      sets.emplace_back(unit.begin(), unit.end());
    }
    add_groups(geometry, names[kind], sets);
  }
  return geometry;
}

}  // namespace trm::sudoku
