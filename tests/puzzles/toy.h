// The smallest module that exercises the defaults of the contract: boards of the values 0 to 3
// whose answer repeats the board.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "puzzles/cell_symmetry.h"
#include "puzzles/puzzle.h"
#include "puzzles/text.h"

namespace trm::test {

class Toy : public Puzzle {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo toy;
      toy.name = "toy";
      return toy;
    }();
    return info;
  }
  std::vector<Conflict> problems(const Question&) const override { return {}; }

  Result<Question> parse(std::string_view text) const override {
    auto grid = read(text);
    if (!grid) return std::move(grid).error();
    Draft draft;
    draft.grids.push_back({"board", std::move(grid).value()});
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    return write(question.grid(), "/");
  }
  std::string format_readable(const Question& question) const override {
    return write(question.grid(), "\n");
  }
  std::string format(const Question& question) const override { return format_readable(question); }
  std::string format_answer(const Question&, const Answer& answer) const override {
    return write(answer.best(), "\n");
  }
  Result<Answer> parse_answer(const Question&, std::string_view text) const override {
    auto grid = read(text);
    if (!grid) return std::move(grid).error();
    return Answer(std::move(grid).value());
  }
  std::string format_answer_readable(const Question& question,
                                     const Answer& answer) const override {
    return format_answer(question, answer);
  }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{4, {"0", "1", "2", "3"}, 0, 0};
    return spec;
  }
  TokenLayout layout(const Question& question, int) const override {
    TokenLayout layout{question.grid().rows, question.grid().cols, {}};
    layout.positions.resize(question.grid().cells.size(), Position{Role::cell, true, 0, 0});
    return layout;
  }
  std::vector<Token> encode(const Question& question, int) const override {
    return {question.grid().cells.begin(), question.grid().cells.end()};
  }
  std::vector<Token> encode_answer(const Question&, int, const Grid& answer) const override {
    return {answer.cells.begin(), answer.cells.end()};
  }
  Result<Grid> decode(const Question& question, int, const std::vector<Token>&) const override {
    return question.grid();
  }
  TokenMask mask(const Question& question, int) const override {
    return TokenMask(question.grid().size(), 4, true);
  }
  Geometry geometry(const Question& question, int query) const override {
    return near_relations(layout(question, query));
  }
  Verdict check(const Question& question, const Answer& answer) const override {
    Verdict verdict;
    if (answer.best() == question.grid()) verdict.status = Status::verified;
    return verdict;
  }
  std::vector<PaletteEntry> palette(const Question&) const override {
    return {{0, "empty", "", '0', 0xffffffff, 0x000000ff},
            {1, "one", "1", '1', 0x11111100, 0x222222ff},
            {2, "two", "2", '2', 0x333333ff, 0x444444ff}};
  }

 protected:
  Result<void> validate(Draft& draft) const override {
    if (draft.grids.empty()) return fail(ErrorCode::invalid_board, "no grid", "grids");
    for (const NamedGrid& named : draft.grids) {
      for (const Cell value : named.grid.cells) {
        if (value > 3) return fail(ErrorCode::invalid_board, "value beyond 3", "board");
      }
    }
    draft.params.emplace("weight", 1);
    return {};
  }

 private:
  static Result<Grid> read(std::string_view text) {
    Grid grid;
    for (const TextLine& line : split_lines(text)) {
      grid.cols = static_cast<int>(line.text.size());
      ++grid.rows;
      for (const char c : line.text) {
        if (c < '0' || c > '9') return line_error(line.number, "no digit");
        grid.cells.push_back(static_cast<Cell>(c - '0'));
      }
    }
    return grid;
  }
  static std::string write(const Grid& grid, std::string_view joint) {
    std::string text;
    for (int row = 0; row < grid.rows; ++row) {
      if (row > 0) text += joint;
      for (int col = 0; col < grid.cols; ++col) {
        text += static_cast<char>('0' + grid.at(row, col));
      }
    }
    return text;
  }
};

inline const Toy& toy() {
  static const Toy puzzle;
  return puzzle;
}

/// A draft with one grid "board".
inline Draft board_draft(Grid grid) {
  Draft draft;
  draft.grids.push_back({"board", std::move(grid)});
  return draft;
}

/// A grid whose cells are given row by row.
inline Grid grid_of(int rows, int cols, std::vector<Cell> cells) {
  Grid grid;
  grid.rows = rows;
  grid.cols = cols;
  grid.cells = std::move(cells);
  return grid;
}

/// A question of the toy that is known to be valid.
inline Question toy_question(int rows, int cols, std::vector<Cell> cells) {
  return toy().make(board_draft(grid_of(rows, cols, std::move(cells)))).value();
}

}  // namespace trm::test
