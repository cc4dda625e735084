// Boards given to the solver, their answers judged: what every row of `trm_bench accuracy` rests
// on.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "bench/last_step.h"
#include "bench/solving.h"
#include "bench/tally.h"

namespace trm::bench {

/// How each board is solved.
struct Budget {
  std::string model;  ///< empty: the most specific one
  int attempts = 1, max_steps = 16;
  double seconds = 0;  ///< above 0: attempts until one is verified or so much time has gone
  int callers = 1;     ///< boards submitted at once
  std::uint64_t seed = 0;
  int suppose = 0;  ///< AttemptPolicy::suppose
};

/// Not thread-safe; the solver and `stop` must outlive it.
class Examiner {
 public:
  /// When `stop` turns true, what is under way is cancelled and does not count.
  Examiner(Solver& solver, const Budget& budget, const std::atomic<bool>& stop)
      : solver_(solver),
        budget_(budget),
        stop_(stop),
        last_step_(solver.options(), budget.max_steps) {}

  /// One result for each board, in their order; null ones are passed over. `what` stands before the
  /// progress bar. Errors: those of Solver::submit, naming the board by its line in `file`, and of
  /// LastStep::answers.
  Result<std::vector<Judged>> examine(const std::string& what, const std::string& file,
                                      const std::vector<const BoardEntry*>& boards);

 private:
  Result<Judged> examine_one(const BoardEntry& board);
  Result<void> judge_last_steps(const std::vector<const BoardEntry*>& boards,
                                std::vector<Judged>& judged);

  Solver& solver_;
  Budget budget_;
  const std::atomic<bool>& stop_;
  LastStep last_step_;
};

}  // namespace trm::bench
