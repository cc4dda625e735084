// Scores on held-out boards, as the solver would serve them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "trainer/config.h"
#include "trainer/data.h"
#include "trainer/interval.h"
#include "trainer/pass_at.h"

namespace trm {

/// Held-out boards of one evaluation set.
struct HeldOut {
  std::string name;
  int max_steps = 16;
  std::vector<Labelled> boards;
  std::vector<int> identifiers;                   ///< rows of the puzzle-embedding table, parallel
  std::optional<TaskVotes> votes = std::nullopt;  ///< for a data set of tasks; has all boards

  /// Generates them from the set's own stream, or reads its file or data set. Errors: those of
  /// generate_labelled, read_questions, Dataset::open, stored_board and TaskVotes.
  static Result<HeldOut> make(const Puzzle& puzzle, const EvalSet& spec);
};

/// What is right after one supervision step.
struct StepScore {
  std::int64_t exact_raw = 0;
  std::int64_t valid = 0;
  std::int64_t solved = 0;  ///< valid at this step or an earlier one
};

/// Boards of one difficulty: branches of the exact search before the solution.
struct BucketScore {
  std::string name;  ///< "0 guesses", "1 to 9", ...
  std::int64_t boards = 0, solved = 0, exact_raw = 0;
};

/// What an evaluation found. Every board counts. *Raw* is the plain argmax, as the papers measure;
/// otherwise answers are read under the module's mask, which keeps the givens. *Valid*: check()
/// verified the board; modules without checkable rules: equal to the target.
struct Score {
  std::int64_t boards = 0;
  std::int64_t solved = 0;     ///< valid at some step: best of all steps, what the solver serves
  std::int64_t valid = 0;      ///< valid after the last step
  std::int64_t exact = 0;      ///< equal to the label after the last step
  std::int64_t exact_raw = 0;  ///< the same, raw: the papers' figure
  std::int64_t cells = 0, cells_right = 0;  ///< labels that count, after the last step, raw
  std::int64_t halt_right = 0;  ///< after the last step the halt head agrees with exact_raw
  std::int64_t steps = 0;       ///< sum over solved boards of the steps taken
  double seconds = 0;
  std::vector<StepScore> by_step;    ///< [max_steps]
  std::vector<BucketScore> buckets;  ///< empty where the module cannot rank boards
  std::vector<int> solved_at;        ///< for each board the step, 0: never
  std::vector<Answer> answers;       ///< for each board the last step's, where it could be read
  std::vector<double> halts;         ///< for each board the last step's halt probability
  std::optional<PassAt> pass_at;     ///< for data sets of tasks (HeldOut::votes)

  double solved_rate() const { return rate(solved, boards); }
  double exact_rate() const { return rate(exact, boards); }
  double exact_raw_rate() const { return rate(exact_raw, boards); }
  double mean_steps() const { return rate(steps, solved); }
};

/// {"boards", "solved", "solved_rate", "solved_low", "solved_high", "valid", "valid_rate", "exact",
/// "exact_rate", "exact_raw", "exact_raw_rate", "exact_raw_low", "exact_raw_high", "cell_rate",
/// "halt_rate", "mean_steps", "seconds"}, for data sets of tasks also those of add_pass_at(), with
/// `details` "by_step" and "buckets".
Json score_to_json(const Score& score, bool details = false);

/// Runs the boards through the network in batches of `batch`. The network's weights must be
/// prepared without gradient. Errors: those of GeometryIndex::make; invalid_data for boards that do
/// not fit the network (length, vocabulary, identifiers).
Result<Score> evaluate(Network& network, const Puzzle& puzzle, const HeldOut& held_out, int batch);

/// Some boards as a picture: question, the model's answer with wrong cells marked, truth. Boards
/// that were missed come first. SVG.
std::string boards_picture(const Puzzle& puzzle, const HeldOut& held_out, const Score& score,
                           int count);

}  // namespace trm
