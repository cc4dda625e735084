// Scores on held-out boards, as the solver would serve them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/network.h"
#include "trainer/config.h"
#include "trainer/data.h"

namespace trm {

/// Held-out boards of one evaluation set, all of one layout.
struct HeldOut {
  std::string name;
  int max_steps = 16;
  std::vector<Labelled> boards;

  /// Generates them from the set's own stream. Errors: those of generate_labelled.
  static Result<HeldOut> make(const Puzzle& puzzle, const EvalSet& spec);
};

/// What an evaluation found.
struct Score {
  std::int64_t boards = 0;
  std::int64_t exact =
      0;  ///< every label right after the last step, raw argmax (the papers' metric)
  std::int64_t solved = 0;  ///< check() verified the board at some step, read under the mask;
                            ///< modules without checkable rules: equal to the target
  double steps = 0;         ///< sum over solved boards of the steps taken
  double seconds = 0;

  double exact_rate() const {
    return boards ? static_cast<double>(exact) / static_cast<double>(boards) : 0;
  }
  double solved_rate() const {
    return boards ? static_cast<double>(solved) / static_cast<double>(boards) : 0;
  }
  double mean_steps() const { return solved ? steps / static_cast<double>(solved) : 0; }
};

/// A rate's 95 % interval (Wilson 1927).
struct Interval {
  double low = 0;
  double high = 1;
};
Interval wilson(std::int64_t hits, std::int64_t trials);

/// Runs the boards through the network in batches of `batch`. The network's weights must be
/// prepared without gradient.
Result<Score> evaluate(Network& network, const Puzzle& puzzle, const HeldOut& held_out, int batch);

}  // namespace trm
