// The exact solver (breadth-first search) and hints.
#include "puzzles/exact_budget.h"
#include "puzzles/maze/maze_internal.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

/// Walks through all shortest paths in the order of the label's steps. Every move lowers the
/// distance to the goal, so there are no dead ends and each path costs at most its length.
class PathSearch {
 public:
  PathSearch(const Grid& grid, Ends ends)
      : grid_(grid), to_goal_(distances(grid, ends.goal)), start_(ends.start) {}

  ExactResult run(const ExactLimits& limits) {
    ExactResult result;  // guesses stay 0: no branch is ever taken back
    trail_ = {{start_, 0}};
    if (left(start_) < 0) {
      result.complete = true;
      return result;
    }
    ExactBudget budget(limits);
    while (!trail_.empty()) {
      if (!budget.spend()) return result;
      if (left(trail_.back().cell) <= 1) {
        // One more than asked for proves that there are others.
        if (static_cast<int>(result.solutions.size()) >= limits.solutions) return result;
        result.solutions.push_back(solution());
        trail_.pop_back();
      } else {
        advance();
      }
    }
    result.complete = true;
    return result;
  }

 private:
  struct Place {
    int cell;
    std::size_t step;  ///< the next step to try
  };

  int left(int cell) const { return to_goal_[static_cast<std::size_t>(cell)]; }

  /// One move on along the first untried step, or one back if all are tried.
  void advance() {
    Place& place = trail_.back();
    while (place.step < std::size(steps)) {
      const int next = neighbour(grid_, place.cell, steps[place.step++]);
      if (next < 0 || left(next) != left(place.cell) - 1) continue;
      trail_.push_back({next, 0});
      return;
    }
    trail_.pop_back();
  }

  Answer solution() const {
    std::vector<int> cells;
    for (std::size_t i = 1; i < trail_.size(); ++i) cells.push_back(trail_[i].cell);
    return Answer(with_path(grid_, cells));
  }

  const Grid& grid_;
  std::vector<int> to_goal_;
  int start_;
  std::vector<Place> trail_;
};

}  // namespace

ExactResult shortest_paths(const Grid& grid, Ends ends, const ExactLimits& limits) {
  return PathSearch(grid, ends).run(limits);
}

Result<Hint> next_step(const Grid& question, const Grid& partial) {
  if (!same_size(partial, question)) {
    return fail(ErrorCode::invalid_field,
                "the answer is " + size_text(partial.rows, partial.cols) + ", the maze " +
                    size_text(question.rows, question.cols),
                "answer");
  }
  const PathReport report = follow_path(question, partial);
  if (!report.wrong.empty()) {
    const Conflict& first = report.wrong.front();
    return Hint{first.cell, question.at(first.cell.row, first.cell.col), first.message};
  }
  if (report.moves_left <= 1) {
    return fail(ErrorCode::invalid_field, "the path is complete: nothing is left to do", "answer");
  }
  return Hint{{0, report.next / question.cols, report.next % question.cols},
              path,
              "one step nearer: the goal is " + std::to_string(report.moves_left) +
                  " moves away from the end of the path"};
}

}  // namespace trm::maze
