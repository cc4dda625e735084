// The module's class. What is not commented here is as in Puzzle.
#pragma once

#include "puzzles/puzzle.h"

namespace trm::arc {

class Arc final : public Puzzle {
 public:
  const PuzzleInfo& info() const override;
  std::vector<Conflict> problems(const Question& question) const override;
  /// A demonstration and a test whose grids have that size; 3x3 where none is named.
  Result<Question> empty(std::string_view size) const override;
  Result<Question> apply(const Question& question, const Edit& edit) const override;
  int queries(const Question& question) const override;
  int answers_per_query() const override { return 2; }
  std::vector<std::pair<Question, Answer>> examples(const Question& question) const override;

  /// Reads a task in one line, in several, or as the official JSON text.
  Result<Question> parse(std::string_view text) const override;
  std::string format_line(const Question& question) const override;
  std::string format_readable(const Question& question) const override;
  std::string format(const Question& question) const override;
  std::string format_answer(const Question& question, const Answer& answer) const override;
  Result<Answer> parse_answer(const Question& question, std::string_view text) const override;
  std::string format_answer_readable(const Question& question, const Answer& answer) const override;

  /// Also the official task object; outputs of its tests are no part of the question.
  Result<Question> from_json(const Json& board) const override;
  Json to_json(const Question& question) const override;
  Json answer_to_json(const Question& question, const Answer& answer) const override;
  /// Also a task object with outputs, attempts as in Kaggle submissions, a list of grids.
  Result<Answer> answer_from_json(const Question& question, const Json& answer) const override;
  Result<std::optional<Answer>> answer_within_json(const Question& question,
                                                   const Json& board) const override;
  Json to_json_with_answer(const Question& question, const Answer& answer) const override;

  const TokenSpec& tokens() const override;
  TokenLayout layout(const Question& question, int query) const override;
  std::vector<Token> encode(const Question& question, int query) const override;
  /// Pads round a smaller answer count no answer; cells beyond the frame are left out.
  std::vector<Token> encode_answer(const Question& question, int query,
                                   const Grid& answer) const override;
  std::optional<EncodedPair> encode_displaced(Rng& rng, const Question& question, int query,
                                              const Grid& answer) const override;
  /// The largest rectangle of colours from the top left corner on, as the official evaluator crops.
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override;
  /// Tokens show one test input: the question has no demonstrations.
  Result<Question> question_from_tokens(const Question& like,
                                        const std::vector<Token>& tokens) const override;
  /// Everything but pads: no label is ever one.
  TokenMask mask(const Question& question, int query) const override;
  Geometry geometry(const Question& question, int query) const override;
  /// "object": areas of one colour whose cells touch by their sides; "colour": all cells of one.
  Geometry content_relations(const Question& question, int query) const override;

  /// Structure; and where a test input stands among the demonstrations, its output.
  Verdict check(const Question& question, const Answer& answer) const override;
  int query_grid(const Question& question, int query) const override;
  /// Black grids of the sizes of the test inputs.
  Answer start_answer(const Question& question) const override;
  /// Only what no grid of colours is: nobody knows which colour is wrong.
  std::vector<Conflict> partial_conflicts(const Question& question,
                                          const Answer& partial) const override;
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const override;
  /// Level 0 renames the colours that not every demonstration shows: those that all show may be
  /// named by the rule. Level 1 turns and mirrors the grids too.
  int variation_levels() const override { return 2; }
  std::shared_ptr<const Symmetry> variation(Rng& rng, const Question& question,
                                            int level) const override;
  std::string isomorph_key(const Question& question) const override;
  std::string pair_key(const Question& question, const Answer& answer) const override;
  /// "t5|||0213456789": the turn and the new name of each colour, as official data sets have it.
  Result<std::shared_ptr<const Symmetry>> symmetry_named(
      std::string_view description) const override;

  std::vector<PaletteEntry> palette(const Question& question) const override;
  /// Pairs in rows, each with an arrow from input to output; room for the answer beside a test.
  std::vector<Rect> areas(const Question& question, const Rect& area) const override;
  std::vector<Rect> answer_areas(const Question& question, const Answer& answer,
                                 const Rect& area) const override;
  /// Colours are those of the light picture on a dark ground too; doubtful cells are smaller.
  void draw(Canvas& canvas, const View& view) const override;

 protected:
  Result<void> validate(Draft& draft) const override;
};

}  // namespace trm::arc
