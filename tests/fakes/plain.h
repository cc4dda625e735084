// A puzzle of one grid of digits 0 to 3, for tests that override what they test. Not registered.
#pragma once

#include "tests/fakes/fake_base.h"

namespace trm::fake {

/// An answer is right if every cell of it is 1. Says that it has a solver; tests write it.
class Plain : public FakePuzzle {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "plain";
      i.title = "Plain";
      i.forms = {{"line", "rows of digits joined by '/'", "00/00"}};
      i.sizes = {"2x2"};
      i.solves = true;
      return i;
    }();
    return info;
  }
  std::vector<Conflict> problems(const Question&) const override { return {}; }
  Result<Question> parse(std::string_view text) const override {
    auto grid = parse_rows(text, highest());
    if (!grid) return std::move(grid).error();
    Draft draft;
    draft.grids.push_back({"board", std::move(grid).value()});
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    return format_rows(question.grid());
  }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{5, {"pad", "0", "1", "2", "3"}, 0, 1};
    return spec;
  }
  TokenLayout layout(const Question& question, int) const override {
    const Grid& grid = question.grid();
    TokenLayout layout{grid.rows, grid.cols, {}};
    for (int i = 0; i < grid.size(); ++i) {
      layout.positions.push_back({Role::cell, true, static_cast<std::int16_t>(i / grid.cols),
                                  static_cast<std::int16_t>(i % grid.cols)});
    }
    return layout;
  }
  std::vector<Token> encode(const Question& question, int) const override {
    return tokens_of(question.grid());
  }
  std::vector<Token> encode_answer(const Question&, int, const Grid& answer) const override {
    return tokens_of(answer);
  }
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override {
    return decode_cells(tokens, layout(question, query), 1, highest(), question.grid());
  }
  TokenMask mask(const Question& question, int query) const override {
    return cell_mask(encode(question, query), layout(question, query), 5, 1, highest());
  }
  Geometry geometry(const Question&, int) const override { return {}; }
  Verdict check(const Question& question, const Answer& answer) const override {
    return compare(answer, Grid(question.grid().rows, question.grid().cols, 1));
  }

 protected:
  int highest() const override { return 3; }
  Result<void> validate(Draft& draft) const override { return check_values(draft, highest()); }

 private:
  static std::vector<Token> tokens_of(const Grid& grid) {
    std::vector<Token> tokens;
    for (const Cell cell : grid.cells) tokens.push_back(static_cast<Token>(cell + 1));
    return tokens;
  }
};

}  // namespace trm::fake
