// The module's class. What is not commented here is as in Puzzle.
#pragma once

#include "puzzles/puzzle.h"

namespace trm::sudoku {

class Sudoku final : public Puzzle {
 public:
  const PuzzleInfo& info() const override;
  std::vector<Conflict> problems(const Question& question) const override;
  /// With the boxes that the size names, "6x6:3x2".
  Result<Question> empty(std::string_view size) const override;
  /// A resized board has the standard boxes of its side; digits that it does not know go.
  Result<Question> apply(const Question& question, const Edit& edit) const override;

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
  std::vector<Conflict> partial_conflicts(const Question& question,
                                          const Answer& partial) const override;
  std::optional<std::string> reason(const Question& question, const Answer& partial,
                                    const CellRef& cell, Cell value) const override;
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override;
  std::optional<Question> suppose(Rng& rng, const Question& question, int cells) const override;
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
