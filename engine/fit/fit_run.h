// Fits a network to one task and asks it for the answers: what is learned when, when it stops, and
// what is said of the answers. Torch-free: the network is behind FittingNet.
//
// A round holds one demonstration out first: a fresh network learns from the others until it
// answers the one that it has not seen, or only knows the others by heart, or its share of the time
// is over. Then it learns from all of them, and its answers to the queries are put to the vote over
// images of the task. Rounds follow each other, with other demonstrations held out, until two have
// done both.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ballot.h"
#include "engine/fit/fit_state.h"
#include "engine/fit/fitting_net.h"

namespace trm {

struct FitOptions {
  double seconds = 60;  ///< in all, > 0
  std::uint64_t seed = 0;
  int images = 8;    ///< that vote for each query at a time
  int poses = 8;     ///< of the images; 1: the grids are never turned
  int networks = 1;  ///< that learn side by side, a thread each, and vote together
};

/// What a fit has come to.
struct FitOutcome {
  FitState state;
  std::vector<Ballot> ballots;  ///< by query
  bool stopped = false;         ///< the caller stopped it
  /// Two networks have each answered another demonstration that was held out, and then reproduced
  /// all; no time was spent beyond that.
  bool convinced = false;

  /// Some query has a candidate.
  bool answered() const;
  /// Convinced, and each query has candidates.
  bool plausible() const;
  /// "3 of 3 demonstrations reproduced, 2 answered while held out".
  std::string evidence() const;
};

/// One look at a network's weights during a fit.
struct FitLook {
  std::vector<std::vector<Proposal>> proposals;  ///< by query
};

struct FitWatch {
  std::function<bool()> stop;  ///< asked between steps, on any thread; null: never
  /// Several times a second, on the thread that fits; null: nobody listens.
  std::function<void(const FitState&)> state;
  /// Whenever the first network has been asked for all queries.
  std::function<void(const FitLook&)> look;
};

/// Bytes that one network takes while it is fitted to this question: an estimate from above, made
/// without allocating.
std::int64_t fit_bytes(const Question& question);

/// Errors: unsupported (no demonstration), those of the factory; backend_failed where
/// training only overflows.
Result<FitOutcome> fit(const Question& question, const FitOptions& options,
                       const FittingNetFactory& make, const FitWatch& watch);

}  // namespace trm
