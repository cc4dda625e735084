#include "ui/jobs/rules.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "puzzles/text.h"

namespace trm::ui {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kMostSolutions = 64;
constexpr auto kSearchTime = 2s;
constexpr auto kPollTime = 20ms;
constexpr int kHintSteps = 16;
constexpr float kCertain = 0.99f;
constexpr std::size_t kMostReasons = 32;  // asking the module for one may take a search

Error cancelled() { return fail(ErrorCode::cancelled, "cancelled"); }

ExactLimits limits_of(int solutions, std::chrono::milliseconds time,
                      const std::atomic<bool>& stop) {
  ExactLimits limits;
  limits.solutions = solutions;
  limits.nodes = std::numeric_limits<std::int64_t>::max();
  limits.deadline = Clock::now() + time;
  limits.stop = &stop;
  return limits;
}

/// Answers as a player sees them: what differs from the start was filled in.
class Entries {
 public:
  Entries(const Question& question, const Answer& now)
      : start_(question.puzzle().start_answer(question)), now_(now) {}

  const Grid* start(int query) const { return best(start_, query); }
  const Grid* now(int query) const { return best(now_, query); }
  int queries() const { return static_cast<int>(now_.queries.size()); }

  Cell start_at(const CellRef& cell) const { return at(start(cell.grid), cell).value_or(0); }
  Cell now_at(const CellRef& cell) const { return at(now(cell.grid), cell).value_or(0); }
  bool filled(const CellRef& cell) const { return now_at(cell) != start_at(cell); }

  static const Grid* best(const Answer& answer, int query) {
    const auto i = static_cast<std::size_t>(query);
    const bool there = query >= 0 && i < answer.queries.size() && !answer.queries[i].empty();
    return there ? &answer.best(i) : nullptr;
  }
  static std::optional<Cell> at(const Grid* grid, const CellRef& cell) {
    if (grid == nullptr || !grid->contains(cell.row, cell.col)) return std::nullopt;
    return grid->at(cell.row, cell.col);
  }

  /// Every cell of the answer as the player has it.
  std::vector<CellRef> cells() const {
    std::vector<CellRef> all;
    for (int query = 0; query < queries(); ++query) {
      const Grid* grid = now(query);
      for (int i = 0; grid != nullptr && i < grid->size(); ++i)
        all.push_back({query, i / grid->cols, i % grid->cols});
    }
    return all;
  }
  bool none() const { return now_ == start_; }
  /// Filled-in cells that a solution has otherwise.
  std::vector<CellRef> against(const Answer& solution) const {
    std::vector<CellRef> wrong = cells();
    std::erase_if(wrong, [&](const CellRef& cell) {
      return !filled(cell) || at(best(solution, cell.grid), cell) == now_at(cell);
    });
    return wrong;
  }

 private:
  Answer start_;
  const Answer& now_;
};

/// All solutions of a question, if they are few enough to know.
struct Known {
  std::vector<Answer> solutions;
  bool all = false;
};

Result<Known> solutions_of(const Question& question, const std::atomic<bool>& stop) {
  auto found =
      question.puzzle().solve_exact(question, limits_of(kMostSolutions, kSearchTime, stop));
  if (stop) return cancelled();
  if (!found) return std::move(found).error();
  return Known{std::move(found->solutions), found->complete};
}

bool fits_one(const Entries& entries, const std::vector<Answer>& solutions) {
  return std::any_of(solutions.begin(), solutions.end(),
                     [&](const Answer& solution) { return entries.against(solution).empty(); });
}

// --- Hints ---------------------------------------------------------------------------------------

std::string place_text(const CellRef& cell, int queries) {
  const std::string place = cell_place(cell.row, cell.col);
  return queries > 1 ? "answer " + std::to_string(cell.grid + 1) + ", " + place : place;
}

std::string value_text(const Question& question, Cell value) {
  for (const PaletteEntry& entry : question.puzzle().answer_palette(question)) {
    if (entry.value == value) return entry.label.empty() ? entry.name : entry.label;
  }
  return std::to_string(value);
}

std::string with_reason(std::string text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

/// One question for a hint.
class HintSearch {
 public:
  HintSearch(const BoardState& state, const std::atomic<bool>& stop)
      : question_(state.question),
        puzzle_(state.question.puzzle()),
        partial_(state.entries),
        entries_(question_, partial_),
        stop_(stop) {}

  Result<ShownHint> find(Solver* solver, std::string_view model,
                         const std::optional<Solution>& fitted) {
    if (const auto problems = puzzle_.problems(question_); !problems.empty()) {
      const Conflict& first = problems.front();
      const std::string place = cell_place(first.cell.row, first.cell.col);
      return fail(ErrorCode::invalid_board, place + ": " + first.message, place);
    }
    if (auto searched = know_solutions(); !searched) return searched.error();
    if (auto wrong = wrong_entry()) return *wrong;
    if (known_.all && finished())
      return fail(ErrorCode::exhausted, "the board is finished: nothing is open");
    if (solver == nullptr) return own_hint();
    const auto solution = fitted ? Result<Solution>(*fitted) : ask(*solver, model);
    if (stop_) return cancelled();
    if (solution) {
      if (auto hint = from_model(*solution)) return *hint;
    }
    auto own = own_hint();
    if (own || solution || stop_) return own;
    return solution.error();
  }

 private:
  Result<void> know_solutions() {
    if (!puzzle_.info().solves) return {};
    auto known = solutions_of(question_, stop_);
    if (!known) return stop_ ? known.error() : Result<void>{};
    known_ = std::move(*known);
    for (const Answer& solution : known_.solutions) {
      if (entries_.against(solution).empty()) fitting_.push_back(&solution);
    }
    if (known_.all && known_.solutions.empty())
      return fail(ErrorCode::invalid_board, "this board has no solution", "board");
    return {};
  }

  bool finished() const {
    return std::find(known_.solutions.begin(), known_.solutions.end(), partial_) !=
           known_.solutions.end();
  }

  ShownHint take_back(const CellRef& cell, const std::string& reason) const {
    ShownHint hint;
    hint.cell = cell;
    hint.value = entries_.start_at(cell);
    hint.reason = reason;
    hint.text = with_reason(place_text(cell, entries_.queries()) + " cannot be " +
                                value_text(question_, entries_.now_at(cell)),
                            reason);
    hint.checked = true;
    return hint;
  }

  // What contradicts every solution, else what breaks a rule on its face.
  std::optional<ShownHint> wrong_entry() const {
    const auto conflicts = puzzle_.partial_conflicts(question_, partial_);
    const auto why = [&](const CellRef& cell) {
      const auto it = std::find_if(conflicts.begin(), conflicts.end(),
                                   [&](const Conflict& c) { return c.cell == cell; });
      return it == conflicts.end() ? std::string() : it->message;
    };
    if (known_.all && fitting_.empty()) {
      std::vector<CellRef> fewest;
      for (std::size_t i = 0; i < known_.solutions.size(); ++i) {
        auto wrong = entries_.against(known_.solutions[i]);
        if (i == 0 || wrong.size() < fewest.size()) fewest = std::move(wrong);
      }
      return take_back(fewest.front(), why(fewest.front()));
    }
    if (known_.all) return std::nullopt;
    for (const Conflict& conflict : conflicts) {
      if (entries_.filled(conflict.cell)) return take_back(conflict.cell, conflict.message);
    }
    return std::nullopt;
  }

  Result<Solution> ask(Solver& solver, std::string_view model) const {
    SolveRequest request(question_);
    request.model = model;
    request.attempts = 1;
    request.max_steps = kHintSteps;
    request.rules_ms = 0;
    if (solver.fits(puzzle_, model)) {
      return fail(ErrorCode::exhausted,
                  "a network has to learn this task first: press Solve, then ask again");
    }
    auto handle = solver.submit(std::move(request));
    if (!handle) return std::move(handle).error();
    for (;;) {
      auto event = handle->next(kPollTime);
      if (stop_) return cancelled();  // dropping the handle cancels the request
      if (!event) continue;
      if (auto* done = std::get_if<event::Done>(&*event)) return std::move(done->result);
    }
  }

  static bool has(const Answer& solution, const CellRef& cell, Cell value) {
    return Entries::at(Entries::best(solution, cell.grid), cell) == value;
  }
  // Whether no solution that goes with the entries has the value there; false: nobody knows.
  bool known_wrong(const CellRef& cell, Cell value) const {
    return known_.all && std::none_of(fitting_.begin(), fitting_.end(),
                                      [&](const Answer* s) { return has(*s, cell, value); });
  }
  // Whether all of them have it; false: nobody knows.
  bool known_right(const CellRef& cell, Cell value) const {
    return known_.all && !fitting_.empty() &&
           std::all_of(fitting_.begin(), fitting_.end(),
                       [&](const Answer* s) { return has(*s, cell, value); });
  }

  struct Candidate {
    CellRef cell;
    Cell value = 0;
    float confidence = 0;
  };

  // What the model would fill in, the most certain first.
  std::vector<Candidate> candidates_of(const Solution& solution) const {
    std::vector<Candidate> found;
    for (const CellRef& cell : entries_.cells()) {
      const Grid* grid = Entries::best(solution.answer, cell.grid);
      const auto value = Entries::at(grid, cell);
      if (!value || entries_.filled(cell) || *value == entries_.now_at(cell)) continue;
      if (known_wrong(cell, *value)) continue;
      const auto query = static_cast<std::size_t>(cell.grid);
      float confidence = 0;
      if (query < solution.confidence.size() &&
          solution.confidence[query].size() == grid->cells.size())
        confidence = solution.confidence[query][grid->index(cell.row, cell.col)];
      found.push_back({cell, *value, confidence});
    }
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.confidence > b.confidence;
    });
    return found;
  }

  std::optional<ShownHint> from_model(const Solution& solution) const {
    const auto candidates = candidates_of(solution);
    if (candidates.empty()) return std::nullopt;
    const auto certain = std::find_if(candidates.begin(), candidates.end(), [](const Candidate& c) {
      return !(c.confidence >= kCertain);
    });
    // The module's own next step first: by default that is the one cell with a reason.
    const auto next = puzzle_.hint(question_, partial_);
    for (auto it = candidates.begin(); next && it != certain; ++it) {
      if (it->cell == next->cell && it->value == next->value)
        return shown(*it, next->reason, solution);
    }
    std::size_t asked = 0;
    for (auto it = candidates.begin(); it != certain && asked < kMostReasons && !stop_; ++it) {
      ++asked;
      if (const auto reason = puzzle_.reason(question_, partial_, it->cell, it->value))
        return shown(*it, *reason, solution);
    }
    const Candidate& best = candidates.front();
    return shown(best,
                 puzzle_.reason(question_, partial_, best.cell, best.value).value_or(std::string()),
                 solution);
  }

  ShownHint shown(const Candidate& candidate, const std::string& reason,
                  const Solution& solution) const {
    ShownHint hint;
    hint.cell = candidate.cell;
    hint.value = candidate.value;
    hint.reason = reason;
    hint.confidence = candidate.confidence;
    hint.checked = !reason.empty() || known_right(hint.cell, hint.value) ||
                   (solution.verified() && entries_.against(solution.answer).empty());
    hint.text = with_reason(place_text(hint.cell, entries_.queries()) +
                                (hint.checked ? " is " : " is probably ") +
                                value_text(question_, hint.value),
                            reason);
    return hint;
  }

  // Without the model: the module's next step.
  Result<ShownHint> own_hint() const {
    const auto next = puzzle_.hint(question_, partial_);
    if (!next) return next.error();
    if (entries_.filled(next->cell) && next->value == entries_.start_at(next->cell))
      return take_back(next->cell, next->reason);
    ShownHint hint;
    hint.cell = next->cell;
    hint.value = next->value;
    hint.reason = next->reason;
    hint.checked = true;
    hint.text = with_reason(
        place_text(hint.cell, entries_.queries()) + " is " + value_text(question_, hint.value),
        hint.reason);
    return hint;
  }

  const Question& question_;
  const Puzzle& puzzle_;
  const Answer& partial_;
  Entries entries_;
  const std::atomic<bool>& stop_;
  Known known_;
  std::vector<const Answer*> fitting_;  // those of known_ that go with the entries
};

}  // namespace

SolutionCount count_solutions(const Question& question, std::chrono::milliseconds limit,
                              const std::atomic<bool>& stop) {
  using Kind = SolutionCount::Kind;
  const auto start = Clock::now();
  SolutionCount count;
  const Puzzle& puzzle = question.puzzle();
  if (!puzzle.info().solves) {
    count.kind = Kind::unsupported;
  } else if (!puzzle.problems(question).empty()) {
    count.kind = Kind::none;
  } else if (const auto found = puzzle.solve_exact(question, limits_of(2, limit, stop)); !found) {
    count.reason = found.error().message;
  } else {
    if (found->solutions.size() > 1) {
      count.kind = Kind::many;
    } else if (found->complete) {
      count.kind = found->solutions.empty() ? Kind::none : Kind::one;
    }
  }
  count.ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return count;
}

std::string count_text(const SolutionCount& count) {
  switch (count.kind) {
    case SolutionCount::Kind::none:
      return "no solution";
    case SolutionCount::Kind::one:
      return "exactly one solution";
    case SolutionCount::Kind::many:
      return "several solutions";
    case SolutionCount::Kind::unsupported:
      return "this puzzle has no rule solver";
    case SolutionCount::Kind::unknown:
      break;
  }
  return "number of solutions unknown: " + (count.reason.empty() ? "time was up" : count.reason);
}

Result<ShownHint> find_hint(Solver* solver, const BoardState& state, std::string_view model,
                            const std::atomic<bool>& stop, const std::optional<Solution>& fitted) {
  return HintSearch(state, stop).find(solver, model, fitted);
}

Result<std::optional<std::size_t>> before_first_wrong(const History& history,
                                                      const std::atomic<bool>& stop) {
  const Question& question = history.now().question;
  if (!question.puzzle().info().solves)
    return fail(ErrorCode::unsupported, "this puzzle has no rule solver to compare with", "puzzle");
  auto known = solutions_of(question, stop);
  if (!known) return known.error();
  if (!known->all) {
    return fail(ErrorCode::exhausted, known->solutions.empty()
                                          ? "no solution was found in time"
                                          : "the board has too many solutions to compare with");
  }
  if (known->solutions.empty())
    return fail(ErrorCode::invalid_board, "this board has no solution", "board");
  const Question* asked = &question;
  std::size_t i = history.at() + 1;
  while (i-- > 0 && !stop) {
    const BoardState& state = history.moments()[i]->state;
    const Entries entries(state.question, state.entries);
    bool fits = entries.none();  // nothing that could be wrong
    if (!fits && !(state.question == *asked)) {
      // Entries are judged by the question that they were made for.
      asked = &state.question;
      known = solutions_of(*asked, stop);
      if (stop) break;
    }
    fits = fits || (known && fits_one(entries, known->solutions));
    if (fits) return i == history.at() ? std::nullopt : std::optional(i);
    if (!known || !known->all) {
      return fail(ErrorCode::exhausted,
                  "before the puzzle was changed, nobody knows which entries were right");
    }
  }
  if (stop) return cancelled();
  return fail(ErrorCode::exhausted, "the entries were wrong from the beginning");
}

}  // namespace trm::ui
