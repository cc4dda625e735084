// What the three fake modules share. They are puzzles that no shipped module is like, so that code
// which silently assumes "one grid, answered by a grid of its size" fails the tests.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puzzles/cell_symmetry.h"
#include "puzzles/puzzle.h"
#include "puzzles/text.h"

namespace trm::fake {

/// Rows of digits 0..highest joined by '/'. `offset`: column of the text's first character, from 0.
inline Result<Grid> parse_rows(std::string_view text, int highest, int offset = 0) {
  Grid grid;
  int column = offset + 1;
  for (const std::string_view row : split(text, '/')) {
    if (row.empty() || (grid.rows > 0 && static_cast<int>(row.size()) != grid.cols)) {
      return text_error(1, column, "rows must have the same number of cells, at least one");
    }
    grid.cols = static_cast<int>(row.size());
    if (++grid.rows > Puzzle::max_side || grid.cols > Puzzle::max_side) {
      return fail(ErrorCode::too_large, "a side may have at most 64 cells", "board");
    }
    for (const char c : row) {
      if (c < '0' || c > '0' + highest) {
        return text_error(1, column, printable(c) + " is no digit of this puzzle");
      }
      grid.cells.push_back(static_cast<Cell>(c - '0'));
      ++column;
    }
    ++column;
  }
  return grid;
}

inline std::string format_rows(const Grid& grid) {
  std::string text;
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0) text += '/';
    for (int col = 0; col < grid.cols; ++col) {
      text += static_cast<char>('0' + grid.at(row, col));
    }
  }
  return text;
}

inline Result<void> check_values(const Draft& draft, int highest) {
  for (const NamedGrid& named : draft.grids) {
    for (const Cell value : named.grid.cells) {
      if (value > highest) {
        return fail(
            ErrorCode::invalid_board,
            "cells are 0 to " + std::to_string(highest) + ", found " + std::to_string(value),
            named.name);
      }
    }
  }
  return {};
}

/// `tokens` as labels: positions that count as no answer take no part in the loss.
inline std::vector<Token> labels_of(std::vector<Token> tokens, const TokenLayout& layout) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!layout.positions[i].answer) tokens[i] = Puzzle::ignore_label;
  }
  return tokens;
}

/// The grid whose cells are the answers among `tokens`; value v is token first + v, v <= highest.
inline Result<Grid> decode_cells(const std::vector<Token>& tokens, const TokenLayout& layout,
                                 Token first, int highest, Grid grid) {
  if (static_cast<int>(tokens.size()) != layout.size()) {
    return fail(ErrorCode::invalid_data, "wrong number of tokens", "tokens");
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Position& position = layout.positions[i];
    if (!position.answer) continue;
    if (tokens[i] < first || tokens[i] > first + highest) {
      return fail(ErrorCode::invalid_data, "token " + std::to_string(tokens[i]) + " is no cell",
                  cell_place(position.row, position.col));
    }
    grid.at(position.row, position.col) = static_cast<Cell>(tokens[i] - first);
  }
  return grid;
}

/// Answers may be any cell, all other positions keep their token.
inline TokenMask cell_mask(const std::vector<Token>& given, const TokenLayout& layout, int vocab,
                           Token first, int highest) {
  TokenMask mask(layout.size(), vocab, false);
  for (int i = 0; i < layout.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!layout.positions[at].answer) mask.only(i, given[at]);
    for (Token t = first; layout.positions[at].answer && t <= first + highest; ++t) {
      mask.at(i, t) = 1;
    }
  }
  return mask;
}

/// Verified if the one answer is `right`, cell by cell; an empty `right` has no answer.
inline Verdict compare(const Answer& answer, const Grid& right) {
  Verdict verdict;
  if (answer.queries.size() != 1 || answer.queries[0].empty() || answer.best().rows != right.rows ||
      answer.best().cols != right.cols || answer.best().cells.size() != right.cells.size() ||
      right.size() == 0) {
    verdict.conflicts.push_back({{0, 0, 0}, "wrong size"});
    return verdict;
  }
  for (int row = 0; row < right.rows; ++row) {
    for (int col = 0; col < right.cols; ++col) {
      if (answer.best().at(row, col) != right.at(row, col)) {
        verdict.conflicts.push_back({{0, row, col}, "wrong value"});
      }
    }
  }
  if (verdict.conflicts.empty()) verdict.status = Status::verified;
  return verdict;
}

/// The result of a search that found one answer and knows that there is no other.
inline ExactResult only(Answer answer) {
  ExactResult result;
  result.solutions.push_back(std::move(answer));
  result.complete = true;
  return result;
}

/// Every grid of a question and of an answer, whatever its size, turned or mirrored alike.
class Dihedral final : public Symmetry {
 public:
  explicit Dihedral(int k) : k_(k) {}

  Question apply(const Question& question) const override {
    Draft draft = question.draft();
    for (NamedGrid& named : draft.grids) named.grid = mapped(named.grid);
    return question.puzzle().make(std::move(draft)).value();
  }
  Answer apply(const Answer& answer) const override {
    Answer result = answer;
    for (auto& candidates : result.queries) {
      for (Grid& grid : candidates) grid = mapped(grid);
    }
    return result;
  }
  std::shared_ptr<const Symmetry> inverse() const override {
    // Without transposition the mirrors are their own inverse; with it they change places.
    const int mirrors = (k_ & 1) << 1 | (k_ & 2) >> 1;
    return std::make_shared<Dihedral>((k_ & 4) != 0 ? 4 | mirrors : k_);
  }
  std::string description() const override { return dihedral_map(1, 1, k_).description; }

 private:
  Grid mapped(const Grid& grid) const {
    const CellMap map = dihedral_map(grid.rows, grid.cols, k_);
    Grid result(map.rows, map.cols);
    for (std::size_t i = 0; i < result.cells.size(); ++i) {
      result.cells[i] = grid.cells[static_cast<std::size_t>(map.source[i])];
    }
    return result;
  }

  int k_;
};

/// Parts of the contract that are alike in all three: one text form, answers as rows of digits.
class FakePuzzle : public Puzzle {
 public:
  std::string format_readable(const Question& question) const override {
    return format_line(question);
  }
  std::string format_answer_readable(const Question& question,
                                     const Answer& answer) const override {
    return format_answer(question, answer);
  }
  /// Queries separated by '|', candidates of a query by ','.
  std::string format_answer(const Question&, const Answer& answer) const override {
    std::string text;
    for (std::size_t query = 0; query < answer.queries.size(); ++query) {
      if (query > 0) text += '|';
      for (std::size_t i = 0; i < answer.queries[query].size(); ++i) {
        text += (i > 0 ? "," : "") + format_rows(answer.queries[query][i]);
      }
    }
    return text;
  }
  Result<Answer> parse_answer(const Question&, std::string_view text) const override {
    Answer answer;
    int offset = 0;
    for (const std::string_view query : split(text, '|')) {
      answer.queries.emplace_back();
      for (const std::string_view candidate : split(query, ',')) {
        auto grid = parse_rows(candidate, highest(), offset);
        if (!grid) return std::move(grid).error();
        answer.queries.back().push_back(std::move(grid).value());
        offset += static_cast<int>(candidate.size()) + 1;
      }
    }
    return answer;
  }
  std::vector<PaletteEntry> palette(const Question&) const override {
    std::vector<PaletteEntry> entries;
    constexpr Color fills[] = {0xffffffff, 0x2a9d8fff, 0xe9c46aff, 0xe76f51ff};
    for (int value = 0; value <= highest(); ++value) {
      const char digit = static_cast<char>('0' + value);
      entries.push_back({static_cast<Cell>(value), std::string("value ") + digit,
                         std::string(1, digit), digit, fills[value & 3], 0x202020ff});
    }
    return entries;
  }

 protected:
  /// The largest value of a cell.
  virtual int highest() const = 0;
};

/// Options and difficulties of the fakes: none.
inline Result<BoardSize> generate_size(const GenerateRequest& request, const PuzzleInfo& info) {
  if (!request.difficulty.empty()) {
    return fail(ErrorCode::invalid_field, "the puzzle knows no difficulties", "difficulty");
  }
  if (!request.options.empty()) {
    return fail(ErrorCode::unknown_field, "the puzzle knows no options",
                request.options.begin()->first);
  }
  return parse_size(request.size.empty() ? info.sizes.front() : request.size);
}

}  // namespace trm::fake
