// What a finished maze is, and when an answer is right.
#include <algorithm>

#include "puzzles/maze/maze_internal.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

CellRef cell_ref(const Grid& grid, int cell) { return {0, cell / grid.cols, cell % grid.cols}; }

/// Conflicts of a start or goal that is missing (in the first cell) or repeated.
void count_ends(const Grid& grid, Cell value, const std::string& name,
                std::vector<Conflict>& conflicts) {
  std::vector<int> found;
  for (int cell = 0; cell < grid.size(); ++cell) {
    if (grid.cells[static_cast<std::size_t>(cell)] == value) found.push_back(cell);
  }
  if (found.empty()) conflicts.push_back({{0, 0, 0}, "the maze has no " + name});
  if (found.size() < 2) return;
  for (const int cell : found) {
    conflicts.push_back({cell_ref(grid, cell), "the maze has more than one " + name});
  }
}

/// Why a cell of the answer contradicts the question; empty if it does not.
std::string contradiction(Cell given, Cell answered) {
  if (given == answered || (given == free_cell && answered == path)) return {};
  if (answered >= cell_values) {
    return std::to_string(int{answered}) + " is no cell of a maze";
  }
  constexpr const char* names[] = {"free cell", "wall", "start", "goal", "path cell"};
  return std::string("the ") + names[given] + " became a " + names[answered];
}

/// Follows an answer's path cells from the start along a shortest path.
class PathWalk {
 public:
  PathWalk(const Grid& question, const Grid& answer, Ends ends)
      : question_(question),
        answer_(answer),
        ends_(ends),
        from_start_(distances(question, ends.start)),
        to_goal_(distances(question, ends.goal)),
        chain_(question.cells.size(), 0),
        visited_(question.cells.size(), false) {}

  PathReport run() {
    find_contradictions();
    measure_chains();
    walk();
    const std::vector<bool> ahead = find_ways_on();
    find_extra_cells(ahead);
    return std::move(report_);
  }

 private:
  void wrong(int cell, std::string message) {
    report_.wrong.push_back({cell_ref(question_, cell), std::move(message)});
  }

  int left(int cell) const { return to_goal_[static_cast<std::size_t>(cell)]; }

  bool is_path(int cell) const {
    const auto i = static_cast<std::size_t>(cell);
    return answer_.cells[i] == path && question_.cells[i] == free_cell;
  }

  bool on_shortest(int cell) const {
    const int gone = from_start_[static_cast<std::size_t>(cell)];
    return gone >= 0 && gone + left(cell) == left(ends_.start);
  }

  void find_contradictions() {
    for (int cell = 0; cell < question_.size(); ++cell) {
      const auto i = static_cast<std::size_t>(cell);
      std::string message = contradiction(question_.cells[i], answer_.cells[i]);
      if (!message.empty()) wrong(cell, std::move(message));
    }
  }

  /// How many path cells follow one another from each towards the goal.
  void measure_chains() {
    std::vector<int> cells;
    for (int cell = 0; cell < question_.size(); ++cell) {
      if (is_path(cell) && left(cell) > 0) cells.push_back(cell);
    }
    std::sort(cells.begin(), cells.end(), [&](int a, int b) { return left(a) < left(b); });
    for (const int cell : cells) {
      const int next = next_on_path(cell);
      chain_[static_cast<std::size_t>(cell)] = 1 + (next < 0 ? 0 : chain(next));
    }
  }

  int chain(int cell) const { return chain_[static_cast<std::size_t>(cell)]; }

  /// The neighbour one move nearer to the goal from which the most path cells go on, of several the
  /// first in the label's order; -1 if none is a path cell.
  int next_on_path(int cell) const {
    int best = -1;
    for (const Step step : steps) {
      const int next = neighbour(question_, cell, step);
      if (next < 0 || left(next) != left(cell) - 1 || !is_path(next)) continue;
      if (best < 0 || chain(next) > chain(best)) best = next;
    }
    return best;
  }

  /// Each move lowers the distance to the goal, so whatever arrives is a shortest path.
  void walk() {
    int cell = ends_.start;
    while (left(cell) > 1) {
      const int next = next_on_path(cell);
      if (next < 0) break;
      visited_[static_cast<std::size_t>(next)] = true;
      cell = next;
    }
    report_.last = cell;
    report_.moves_left = left(cell);
  }

  /// The cells of all shortest ways from the path's last cell to the goal.
  std::vector<bool> find_ways_on() {
    std::vector<bool> ahead(question_.cells.size(), false);
    report_.forced.assign(question_.cells.size(), false);
    std::vector<int> level{report_.last};
    for (int moves = report_.moves_left - 1; moves > 0; --moves) {
      std::vector<int> further;
      for (const int cell : level) {
        for (const Step step : steps) {
          const int next = neighbour(question_, cell, step);
          if (next < 0 || left(next) != moves || ahead[static_cast<std::size_t>(next)]) continue;
          ahead[static_cast<std::size_t>(next)] = true;
          further.push_back(next);
        }
      }
      // The first one found is the label's: levels are searched in the label's order.
      if (level.front() == report_.last) report_.next = further.front();
      if (further.size() == 1) report_.forced[static_cast<std::size_t>(further.front())] = true;
      level = std::move(further);
    }
    return ahead;
  }

  void find_extra_cells(const std::vector<bool>& ahead) {
    for (int cell = 0; cell < question_.size(); ++cell) {
      const auto i = static_cast<std::size_t>(cell);
      if (!is_path(cell) || visited_[i] || ahead[i]) continue;
      if (!on_shortest(cell)) {
        wrong(cell, "no shortest path passes here");
      } else if (report_.moves_left == 1) {
        wrong(cell, "a path cell beside the shortest path");
      } else {
        wrong(cell, "the path from the start goes another way");
      }
    }
  }

  const Grid& question_;
  const Grid& answer_;
  Ends ends_;
  std::vector<int> from_start_;
  std::vector<int> to_goal_;
  std::vector<int> chain_;
  std::vector<bool> visited_;
  PathReport report_;
};

}  // namespace

std::vector<Conflict> find_problems(const Grid& grid) {
  std::vector<Conflict> conflicts;
  count_ends(grid, start, "start", conflicts);
  count_ends(grid, goal, "goal", conflicts);
  if (!conflicts.empty()) return conflicts;
  const auto ends = find_ends(grid);
  if (ends && distances(grid, ends->start)[static_cast<std::size_t>(ends->goal)] < 0) {
    conflicts.push_back({cell_ref(grid, ends->goal), "no way leads from the start to the goal"});
  }
  return conflicts;
}

PathReport follow_path(const Grid& question, const Grid& answer) {
  return PathWalk(question, answer, *find_ends(question)).run();
}

Verdict check_path(const Grid& question, const Grid& answer) {
  Verdict verdict;
  verdict.conflicts = find_problems(question);
  if (!verdict.conflicts.empty()) return verdict;
  if (!same_size(answer, question)) {
    verdict.conflicts.push_back({{0, 0, 0},
                                 "the answer is " + size_text(answer.rows, answer.cols) +
                                     ", the maze " + size_text(question.rows, question.cols)});
    return verdict;
  }
  PathReport report = follow_path(question, answer);
  verdict.conflicts = std::move(report.wrong);
  if (report.moves_left > 1) {
    verdict.conflicts.push_back({cell_ref(question, report.last),
                                 "the path breaks off here, " + std::to_string(report.moves_left) +
                                     " moves before the goal"});
  }
  if (verdict.conflicts.empty()) verdict.status = Status::verified;
  return verdict;
}

}  // namespace trm::maze
