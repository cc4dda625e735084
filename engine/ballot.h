// Votes for boards: what several images of a question propose, ranked.
#pragma once

#include <cstddef>
#include <vector>

#include "puzzles/board.h"

namespace trm {

/// Proposals for one grid. Not thread-safe.
class Ballot {
 public:
  /// A distinct grid and who voted for it.
  struct Candidate {
    Grid grid;
    int votes = 0;
    double halt = 0;  ///< sum of the voters' halt probabilities

    double mean_halt() const { return votes > 0 ? halt / votes : 0; }
  };

  /// One vote. `halt`: the halt head's probability that the grid is right, 0..1.
  void add(const Grid& grid, double halt);

  bool empty() const { return candidates_.empty(); }
  int votes() const { return votes_; }
  /// The most votes first, at equal votes the highest mean halt probability, then the earliest: the
  /// official evaluator's order (TinyRecursiveModels, evaluators/arc.py).
  std::vector<Candidate> ranked() const;
  /// The first `most` of ranked() as grids.
  std::vector<Grid> best(std::size_t most) const;

 private:
  std::vector<Candidate> candidates_;  // in the order of their first votes
  int votes_ = 0;
};

}  // namespace trm
