// The puzzle contract: all that a module says about its puzzle.
//
// A module is one stateless const object. It says how a board becomes tokens and when an answer is
// right; the engine does the rest. To add one: copy puzzles/blank, fill it in, and add one line
// `puzzle_module(name)` to puzzles/CMakeLists.txt. The contract tests (tests/contract) then run for
// it, and every program lists it.
//
// All members are const and thread-safe. Grids, cells and tokens: see board.h and tokens.h.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/board.h"
#include "puzzles/canvas.h"
#include "puzzles/json.h"
#include "puzzles/result.h"
#include "puzzles/rng.h"
#include "puzzles/tokens.h"

namespace trm {

/// One way to write a puzzle as text.
struct TextForm {
  std::string name;         ///< "line", "grid", "numbers", ...
  std::string description;  ///< for people
  std::string example;      ///< parses
};

/// A parameter of the generator beside size and difficulty.
struct GenerateOption {
  std::string name;
  double minimum = 0;
  double maximum = 1;
  double standard = 0;  ///< used when not given
  std::string help;
};

/// What the module tells about itself; drives `trm info`, GET /puzzles, menus and defaults.
struct PuzzleInfo {
  std::string name;                ///< folder name, lower case; the key everywhere
  std::string title;               ///< for people
  std::string summary;             ///< one sentence
  std::string rules;               ///< when an answer is right, in a short paragraph
  std::vector<TextForm> forms;     ///< the first is the canonical one-line form
  std::vector<std::string> sizes;  ///< sizes that generate() takes as examples, default first
  std::vector<std::string> difficulties;  ///< words that generate() takes, easiest first
  std::vector<GenerateOption> options;    ///< further parameters of generate()
  bool generates = false;                 ///< generate() is there
  bool solves = false;                    ///< solve_exact() is there
  bool checks = true;     ///< check() can reach verified (false: plausible at the most)
  bool marks = false;     ///< players note candidates in cells (pencil marks)
  bool examples = false;  ///< questions show demonstrations: apply() adds and removes them
};

/// Out of time: for searches with a deadline.
inline bool passed(const std::optional<std::chrono::steady_clock::time_point>& deadline) {
  return deadline && std::chrono::steady_clock::now() >= *deadline;
}

/// What to generate.
struct GenerateRequest {
  std::string size;        ///< "9x9"; empty: the default
  std::string difficulty;  ///< one of info().difficulties; empty: the module's mixture
  std::map<std::string, double, std::less<>> options;  ///< see info().options; others are refused
  /// Time at which the search gives up (exhausted), between two tries; none: never.
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
  /// The search gives up (exhausted) when it turns true; must outlive the call. Null: never.
  const std::atomic<bool>* stop = nullptr;

  /// Time is up, or the caller wants no more: modules look at it between two tries.
  bool over() const {
    return (stop != nullptr && stop->load(std::memory_order_relaxed)) || passed(deadline);
  }
};

/// Bounds of an exact search; solvers that branch count them with ExactBudget (exact_budget.h).
struct ExactLimits {
  int solutions = 2;               ///< stop after so many
  std::int64_t nodes = 2'000'000;  ///< branches tried before giving up
  /// Time at which the search gives up; none: never.
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
  /// The search gives up when it turns true; must outlive the call. Null: never.
  const std::atomic<bool>* stop = nullptr;
};

/// What an exact search found.
struct ExactResult {
  std::vector<Answer> solutions;  ///< at most limits.solutions
  bool complete = false;          ///< the search ended: there are no others beside these
  std::int64_t guesses = 0;       ///< branches taken: a rank of difficulty
};

/// A symmetry of a puzzle: maps questions to equivalent questions and answers along with them.
/// Immutable and thread-safe.
class Symmetry {
 public:
  virtual ~Symmetry() = default;
  /// The equivalent question; structurally valid because the module made the symmetry for it.
  virtual Question apply(const Question& question) const = 0;
  /// The answer to the mapped question that corresponds to an answer of the original one.
  virtual Answer apply(const Answer& answer) const = 0;
  /// One number for each cell of a query's answer (confidence), rearranged as apply() rearranges
  /// the answer; empty: this symmetry cannot tell.
  virtual std::vector<float> apply_cells(int query, const std::vector<float>& values) const {
    (void)query, (void)values;
    return {};
  }
  /// The exact inverse.
  virtual std::shared_ptr<const Symmetry> inverse() const = 0;
  /// For logs: "transposed, digits 312".
  virtual std::string description() const = 0;
};

/// The next thing a player could do, with a reason.
struct Hint {
  CellRef cell;
  Cell value = 0;
  std::string reason;
};

/// The tokens of a query and the labels of its answer: what training sees of a pair.
struct EncodedPair {
  std::vector<Token> tokens;
  std::vector<Token> labels;
};

class Puzzle {
 public:
  virtual ~Puzzle() = default;

  // --- Identity
  // -----------------------------------------------------------------------------------

  virtual const PuzzleInfo& info() const = 0;
  const std::string& name() const { return info().name; }

  // --- Questions and answers
  // ----------------------------------------------------------------------

  /// The one validating constructor. Errors: invalid_board or too_large, naming the place.
  Result<Question> make(Draft draft) const;

  /// Cells that break a rule or make the board unfinished; empty: the question can be solved as it
  /// stands. Conflicts refer to the question's grids.
  virtual std::vector<Conflict> problems(const Question& question) const = 0;

  /// A question of that size (as generate() takes; empty: the default) without any content, to draw
  /// on; it may have problems. Default, for questions of one grid: the example of the first text
  /// form in that size, every cell 0. Errors: invalid_field, too_large, or as make(); unsupported.
  virtual Result<Question> empty(std::string_view size) const;

  /// The question after one change. Default: SetCell and Resize (content kept) through make();
  /// unsupported for the others.
  virtual Result<Question> apply(const Question& question, const Edit& edit) const;

  /// Number of grids asked for (ARC: test inputs).
  virtual int queries(const Question& question) const;
  /// Candidates that count for each query (ARC: 2).
  virtual int answers_per_query() const { return 1; }
  /// Demonstration pairs shown to a model along with the queries, as (question, answer) with one
  /// query each; empty for most.
  virtual std::vector<std::pair<Question, Answer>> examples(const Question& question) const;

  // --- Text and JSON
  // ------------------------------------------------------------------------------

  /// Reads any form listed in info().forms. Whatever it accepts can never crash later code. Errors:
  /// invalid_text, too_large, invalid_board (structure), each naming line and column.
  virtual Result<Question> parse(std::string_view text) const = 0;

  /// The canonical form on one line, without line end: parse(format_line(q)) == q.
  virtual std::string format_line(const Question& question) const = 0;
  /// Several lines for people; parse reads it back.
  virtual std::string format_readable(const Question& question) const = 0;
  /// The question in its own notation (question.notation().form).
  virtual std::string format(const Question& question) const { return format_line(question); }

  /// An answer as text in the notation of its question; read back by parse_answer.
  virtual std::string format_answer(const Question& question, const Answer& answer) const = 0;
  virtual Result<Answer> parse_answer(const Question& question, std::string_view text) const = 0;
  /// An answer as several lines for people.
  virtual std::string format_answer_readable(const Question& question,
                                             const Answer& answer) const = 0;

  /// JSON boards. Default: a string or an array of strings goes to parse (rows joined by line
  /// ends), an array of arrays of numbers to parse_numbers. Errors name the element.
  virtual Result<Question> from_json(const Json& board) const;
  /// A board given as rows of numbers (structure, not cell values, has been checked: rectangular,
  /// 1..max_side a side, values 0..255). Default: the numbers are the cell values of one grid.
  virtual Result<Question> parse_numbers(const Grid& numbers) const;
  /// Question and answer in the container that the question came in.
  virtual Json to_json(const Question& question) const;
  virtual Json answer_to_json(const Question& question, const Answer& answer) const;
  /// An answer to `question`, in any container of from_json.
  virtual Result<Answer> answer_from_json(const Question& question, const Json& answer) const;
  /// The answer that a board's JSON holds beside the question, for data sets (ARC: outputs of the
  /// tests). `board` is what from_json made `question` of. Default: nothing. Errors: as from_json.
  virtual Result<std::optional<Answer>> answer_within_json(const Question& question,
                                                           const Json& board) const;
  /// Question and best answers as one value for from_json and answer_within_json. Default, where
  /// boards hold no answer: the question alone.
  virtual Json to_json_with_answer(const Question& question, const Answer& answer) const;

  // --- Tokens
  // -------------------------------------------------------------------------------------

  virtual const TokenSpec& tokens() const = 0;
  virtual TokenLayout layout(const Question& question, int query) const = 0;
  /// One token for each position of layout().
  virtual std::vector<Token> encode(const Question& question, int query) const = 0;
  /// Labels for an answer's grid: one a position, ignore_label where the layout counts no answer;
  /// where answers vary in size also at positions behind a smaller one, if the module says so.
  virtual std::vector<Token> encode_answer(const Question& question, int query,
                                           const Grid& answer) const = 0;
  /// A query with its answer at a random place of a frame that is larger than both: more training
  /// data from a pair. question_from_tokens and decode read the same pair from it. Default:
  /// nothing, for boards that fill their layout.
  virtual std::optional<EncodedPair> encode_displaced(Rng& rng, const Question& question, int query,
                                                      const Grid& answer) const;
  /// The grid that tokens stand for; may crop at end markers. Errors: invalid_data naming the
  /// position whose token is no cell.
  virtual Result<Grid> decode(const Question& question, int query,
                              const std::vector<Token>& tokens) const = 0;
  /// The reverse of encode() for one query: the question of `like`'s size and parameters whose
  /// tokens these are, so that stored tokens (data sets) become boards again; what the tokens do
  /// not show (demonstrations, other queries) it does not have. Default: for modules whose question
  /// is one grid, one position a cell, each value of palette() with a token of its own. Errors:
  /// invalid_data naming the cell; unsupported where tokens do not tell the question.
  virtual Result<Question> question_from_tokens(const Question& like,
                                                const std::vector<Token>& tokens) const;
  virtual TokenMask mask(const Question& question, int query) const = 0;
  /// Relations of the layout, for geometry models; may depend on the question's parameters.
  virtual Geometry geometry(const Question& question, int query) const = 0;
  /// Further relations, which depend on what stands in the cells: for models that are fitted to one
  /// question. Every question of the module has those of the same names. Default: none.
  virtual Geometry content_relations(const Question& question, int query) const;

  // --- Rules
  // --------------------------------------------------------------------------------------

  /// Whether the answer is right. Every wrong cell of a wrong answer is caught; conflicts name the
  /// places that show it.
  virtual Verdict check(const Question& question, const Answer& answer) const = 0;

  /// The training label where several answers are right; `exact` is one of them. Default: itself.
  virtual Answer target(const Question& question, const Answer& exact) const;

  // --- Playing
  // ------------------------------------------------------------------------------------

  /// The values that a player puts into an answer's cells. Which of them a cell takes says mask().
  /// Default: palette().
  virtual std::vector<PaletteEntry> answer_palette(const Question& question) const;
  /// Index of the grid that a query asks about. Default: that of the query, for questions whose
  /// first grids are asked about.
  virtual int query_grid(const Question& question, int query) const;
  /// That grid.
  const Grid& query_input(const Question& question, int query) const {
    return question.grid(static_cast<std::size_t>(query_grid(question, query)));
  }
  /// Where a player begins: one candidate a query, nothing filled in. Default: query_grid() as it
  /// is.
  virtual Answer start_answer(const Question& question) const;
  /// What is wrong already with an answer that is not finished; what is only missing is no
  /// conflict. Default: conflicts of check() in cells that differ from start_answer(), in answers
  /// of another size from 0.
  virtual std::vector<Conflict> partial_conflicts(const Question& question,
                                                  const Answer& partial) const;
  /// Why a cell must hold a value, from a partial answer ("only place for 7 in this box"); nothing:
  /// no simple reason. Default: the reason of hint(), if it is about that cell and value.
  virtual std::optional<std::string> reason(const Question& question, const Answer& partial,
                                            const CellRef& cell, Cell value) const;

  // --- Symmetries
  // ---------------------------------------------------------------------------------

  /// A random symmetry that applies to this question; the default is the identity.
  virtual std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& question) const;

  /// For tasks with demonstrations: a symmetry that keeps what the demonstrations show in all
  /// likelihood, as more data to fit a model to. 0 <= level < variation_levels(), from cautious to
  /// bold: a rule may name a colour or a direction, which not every symmetry keeps. Level 0 leaves
  /// every cell in its place. Default: one level, without any change.
  virtual int variation_levels() const { return 1; }
  virtual std::shared_ptr<const Symmetry> variation(Rng& rng, const Question& question,
                                                    int level) const;

  /// The question with up to `cells` further cells answered at random by what its rules leave at
  /// first sight: an easier question, if the guesses are right. Layout and parameters stay, and
  /// whoever answers it has answered `question`. nullopt (the default): the module has no such
  /// cells, or none is open. Attempts guess where the question as it stands is too hard.
  virtual std::optional<Question> suppose(Rng& rng, const Question& question, int cells) const;

  /// A text that questions share if some symmetry maps one to the other, and that others do not
  /// share: finds the same puzzle in other clothes. Default: the least format_line() among 256
  /// random images, which finds it (but for one in ten million) in groups of up to 16 symmetries;
  /// modules with more override it (canonical.h helps).
  virtual std::string isomorph_key(const Question& question) const;
  /// The same for a question with its answer. Default: isomorph_key(), right where the question
  /// settles the answer.
  virtual std::string pair_key(const Question& question, const Answer& answer) const;

  /// The symmetry that Symmetry::description() calls so: data sets name their images by it. Errors:
  /// invalid_text naming the field "symmetry"; unsupported by default.
  virtual Result<std::shared_ptr<const Symmetry>> symmetry_named(
      std::string_view description) const;

  // --- Drawing
  // ------------------------------------------------------------------------------------

  /// What the values of a question's cells mean, in all of its grids alike.
  virtual std::vector<PaletteEntry> palette(const Question& question) const = 0;
  /// Where draw() puts the question's grids, one rectangle each. Default: grid_areas().
  virtual std::vector<Rect> areas(const Question& question, const Rect& area) const;
  /// Where draw() puts the best candidates of an answer, one rectangle a query (of queries without
  /// a candidate: where it would begin). Default: over the grids that the queries ask about, an
  /// answer of another size as large as fits there.
  virtual std::vector<Rect> answer_areas(const Question& question, const Answer& answer,
                                         const Rect& area) const;
  /// Default for plain grids: cells in the palette's colours, labels, conflicts marked; what an
  /// answer adds to the grid below it has blue letters, or is a tile on the open cell's colour.
  virtual void draw(Canvas& canvas, const View& view) const;
  /// The cell of the question at a point. Default: looks into areas().
  virtual std::optional<CellRef> hit(const Question& question, const Rect& area, Point point) const;

  // --- Optional
  // -----------------------------------------------------------------------------------

  /// A random question without problems. The same rng state gives the same question on every
  /// machine, unless the request is over() first. Errors: invalid_field, exhausted; unsupported by
  /// default.
  virtual Result<Question> generate(Rng& rng, const GenerateRequest& request) const;
  /// The rule solver: oracle for tests and data, never silently the model's answer. At a limit it
  /// returns what it has, not complete. Errors: unsupported (no solver), invalid_board.
  virtual Result<ExactResult> solve_exact(const Question& question,
                                          const ExactLimits& limits) const;
  /// The next step for a player from a partial answer (without queries: nothing yet); unsupported
  /// by default.
  virtual Result<Hint> hint(const Question& question, const Answer& partial) const;

  /// Label of positions that take no part in the loss.
  static constexpr Token ignore_label = -100;
  /// Longest side of any grid; parse and make refuse more (too_large).
  static constexpr int max_side = 64;

 protected:
  /// Structure only: number, names and sizes of grids, cell values in range, parameters. May
  /// complete the draft (default parameters). make() has checked 1..max_side and cell counts.
  virtual Result<void> validate(Draft& draft) const = 0;
};

}  // namespace trm
