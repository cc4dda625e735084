// What the rules say, off the frame: number of solutions, hints, the first wrong move.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "ui/session/history.h"

namespace trm::ui {

/// How many solutions a question has.
struct SolutionCount {
  enum class Kind { none, one, many, unknown, unsupported };
  Kind kind = Kind::unknown;
  double ms = 0;
  std::string reason = {};  ///< of unknown: why the rule solver did not say; empty: time was up
};
/// Asks the module's exact solver. Blocks; for a worker.
SolutionCount count_solutions(const Question& question, std::chrono::milliseconds limit,
                              const std::atomic<bool>& stop);
/// "exactly one solution", "no solution", ...
std::string count_text(const SolutionCount& count);

/// A cell that a player could fill in next, or should take back.
struct ShownHint {
  CellRef cell;           ///< grid: the query
  Cell value = 0;         ///< of start_answer() where an entry should be taken back
  std::string text;       ///< "row 3, column 5 is 7: only place for 7 in this box"
  std::string reason;     ///< of the module; empty: none
  double confidence = 0;  ///< of the model; 0: it was not asked
  /// The value has a reason, or every solution that goes with the entries has it, or it comes from
  /// a verified answer that goes with them.
  bool checked = false;
};
/// The model's most certain open cell, with the module's reason where it has one; a cell with a
/// reason is preferred among those of which the model is as good as certain. What the rule solver
/// knows to be wrong is never hinted. `solver` may be null: the module's own hint, which also helps
/// where the model cannot. `fitted`: the solution of a fit, which takes too long for a hint;
/// without one a board that would be fitted has the module's own hint only. Wrong entries are
/// hinted first: "row 2, column 1 cannot be 4". Blocks; for a worker. Errors: exhausted (nothing
/// open, or nobody knows), invalid_board (problems, no solution), cancelled (`stop`), those of the
/// engine and of Puzzle::hint().
Result<ShownHint> find_hint(Solver* solver, const BoardState& state, std::string_view model,
                            const std::atomic<bool>& stop,
                            const std::optional<Solution>& fitted = std::nullopt);

/// Index of the moment to go back to: the last one whose entries agree with a solution, before
/// those that contradict every solution. Each moment is judged by its own question; one without
/// entries fits. Nothing: all entries fit. Errors: unsupported (no exact solver), invalid_board (no
/// solution), exhausted (too many solutions, the search gave up, or the first moment is wrong
/// already), cancelled (`stop`). Blocks; for a worker.
Result<std::optional<std::size_t>> before_first_wrong(const History& history,
                                                      const std::atomic<bool>& stop);

}  // namespace trm::ui
