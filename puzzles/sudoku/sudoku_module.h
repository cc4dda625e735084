// The module's class. What is not commented here is as in Puzzle.
#pragma once

#include "puzzles/puzzle.h"

namespace trm::sudoku {

class Sudoku final : public Puzzle {
 public:
  const PuzzleInfo& info() const override;
  std::vector<Conflict> problems(const Question& question) const override;

  Result<Question> parse(std::string_view text) const override;
  std::string format_line(const Question& question) const override;
  std::string format_readable(const Question& question) const override;
  std::string format(const Question& question) const override;
  std::string format_answer(const Question& question, const Answer& answer) const override;
  Result<Answer> parse_answer(const Question& question, std::string_view text) const override;
  std::string format_answer_readable(const Question& question, const Answer& answer) const override;

  const TokenSpec& tokens() const override;
  TokenLayout layout(const Question& question, int query) const override;
  std::vector<Token> encode(const Question& question, int query) const override;
  std::vector<Token> encode_answer(const Question& question, int query,
                                   const Grid& answer) const override;
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override;
  TokenMask mask(const Question& question, int query) const override;
  Geometry geometry(const Question& question, int query) const override;

  Verdict check(const Question& question, const Answer& answer) const override;
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override;
  std::string isomorph_key(const Question& question) const override;

  std::vector<PaletteEntry> palette(const Question& question) const override;
  /// As the default, with heavy lines round the boxes.
  void draw(Canvas& canvas, const View& view) const override;

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override;
  Result<ExactResult> solve_exact(const Question& question,
                                  const ExactLimits& limits) const override;
  Result<Hint> hint(const Question& question, const Answer& partial) const override;

 protected:
  /// Completes the box shape where the draft has none.
  Result<void> validate(Draft& draft) const override;
};

}  // namespace trm::sudoku
