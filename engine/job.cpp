#include "engine/job.h"

#include <algorithm>
#include <tuple>

#include "engine/guard.h"

namespace trm {

Job::Job(SolveRequest request, std::shared_ptr<Lane> lane,
         std::shared_ptr<SolveHandle::State> state)
    : request_(std::move(request)),
      lane_(std::move(lane)),
      state_(std::move(state)),
      rows_(request_.question.puzzle().queries(request_.question)),
      candidates_(static_cast<std::size_t>(rows_)) {}

Job::~Job() {
  if (!ended_) state_->finish(error_of(ErrorCode::internal, "the request was dropped"));
  if (rule_task_) state_->finish_offered();  // nobody took it
}

Result<void> Job::begin_attempt(Backend& backend, std::vector<int> slots) {
  auto attempt = std::make_unique<Attempt>(request_, next_);
  if (auto loaded = attempt->load(backend, std::move(slots)); !loaded) return loaded;
  state_->push(event::Attempt{attempt->index(), attempt->description()});
  running_.push_back(std::move(attempt));
  ++next_;
  return {};
}

bool Job::interrupted(const Backend& backend) {
  if (ended_) return true;
  const bool late = state_->deadline && Clock::now() >= *state_->deadline;
  if (!state_->cancelled && !late) return false;
  if (best_) {
    end(state_->cancelled ? Stopped::cancelled : Stopped::deadline, backend);
  } else if (state_->cancelled) {
    fail_with(error_of(ErrorCode::cancelled, "cancelled before the first step"));
  } else {
    fail_with(error_of(ErrorCode::deadline_exceeded, "the deadline passed before the first step",
                       "deadline_ms"));
  }
  return true;
}

void Job::after_step(const Backend& backend, const Failures& failures) {
  for (const auto& attempt : running_) {
    for (const auto& [slot, error] : failures) {
      const auto& slots = attempt->slots();
      if (std::find(slots.begin(), slots.end(), slot) != slots.end()) return fail_with(error);
    }
    total_steps_ += rows_;
  }
  // By index: of two attempts that are verified in the same step the lower one wins.
  for (auto it = running_.begin(); it != running_.end();) {
    const auto over = read_attempt(**it, backend);
    if (over == Stopped::verified) return end(Stopped::verified, backend);
    if (over && (*it)->index() == request_.attempts - 1) last_stopped_ = *over;
    it = over ? running_.erase(it) : it + 1;
  }
  if (interrupted(backend)) return;
  if (running_.empty() && next_ >= request_.attempts) end(last_stopped_, backend);
}

// Why the attempt is over; nothing while it goes on.
std::optional<Stopped> Job::read_attempt(Attempt& attempt, const Backend& backend) {
  Found found = attempt.read(backend);
  if (request_.trace) report(attempt, backend, found);
  const auto over = why_over(attempt, backend, found);
  found.last = over.has_value();
  const bool checks = request_.question.puzzle().info().checks;
  if (over && !checks) collect_candidates(found);
  consider(attempt, backend, std::move(found));
  return over;
}

std::optional<Stopped> Job::why_over(Attempt& attempt, const Backend& backend, const Found& found) {
  if (found.verdict.status == Status::verified) return Stopped::verified;
  const bool halts = request_.halt || !request_.question.puzzle().info().checks;
  if (halts && found.least_halt() > 0.5f) return Stopped::halted;
  if (found.step >= request_.max_steps) return Stopped::max_steps;
  if (request_.settle_steps > 0 && attempt.count_still(backend, found) >= request_.settle_steps) {
    return Stopped::settled;
  }
  return std::nullopt;
}

void Job::report(const Attempt& attempt, const Backend& backend, const Found& found) {
  for (int q = 0; q < rows_; ++q) {
    const auto i = static_cast<std::size_t>(q);
    if (found.answer.queries[i].empty()) continue;
    const auto& positions = backend.read(attempt.slots()[i]).confidence;
    event::Step step{q,
                     attempt.index(),
                     found.step,
                     found.answer.queries[i].front(),
                     attempt.orientation()->cells(q, positions, found.sizes[i]),
                     found.q_halt[i],
                     {}};
    for (const Conflict& conflict : found.verdict.conflicts) {
      if (conflict.cell.grid == q) step.conflicts.push_back(conflict);
    }
    state_->push(std::move(step));
  }
}

void Job::consider(const Attempt& attempt, const Backend& backend, Found found) {
  if (best_ && !better(found, best_->found)) return;
  if (!best_) best_.emplace();
  best_->found = std::move(found);
  best_->seen = attempt.orientation();
  best_->description = attempt.description();
  best_->positions.resize(attempt.slots().size());
  for (std::size_t q = 0; q < attempt.slots().size(); ++q) {
    best_->positions[q] = backend.read(attempt.slots()[q]).confidence;
  }
}

bool Job::better(const Found& a, const Found& b) const {
  const bool checks = request_.question.puzzle().info().checks;
  // Where rules cannot tell boards apart, that at the end of an attempt counts. Attempt and step
  // come last, so that the order in which attempts happened to run does not matter.
  const auto rank = [&](const Found& f) {
    return std::tuple(static_cast<int>(f.verdict.status), !checks && !f.last, f.missing(),
                      f.verdict.conflicts.size(), -f.least_halt(), f.attempt, f.step);
  };
  return rank(a) < rank(b);
}

void Job::collect_candidates(const Found& found) {
  for (std::size_t q = 0; q < candidates_.size(); ++q) {
    if (found.answer.queries[q].empty()) continue;
    const Grid& grid = found.answer.queries[q].front();
    auto& list = candidates_[q];
    const auto same =
        std::find_if(list.begin(), list.end(), [&](const Candidate& c) { return c.grid == grid; });
    if (same == list.end()) {
      list.push_back({grid, found.q_halt[q], found.attempt});
    } else if (std::pair(-found.q_halt[q], found.attempt) < std::pair(-same->halt, same->attempt)) {
      same->halt = found.q_halt[q];
      same->attempt = found.attempt;
    }
  }
}

void Job::answer_with_candidates(Solution& solution) const {
  const Puzzle& puzzle = request_.question.puzzle();
  const auto wanted = static_cast<std::size_t>(request_.candidates());
  bool any = false;
  solution.answer.queries.resize(candidates_.size());
  for (std::size_t q = 0; q < candidates_.size(); ++q) {
    auto list = candidates_[q];
    if (list.empty()) continue;
    any = true;
    std::sort(list.begin(), list.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(-a.halt, a.attempt) < std::pair(-b.halt, b.attempt);
    });
    list.resize(std::min(list.size(), wanted));
    solution.answer.queries[q].clear();
    for (Candidate& candidate : list) {
      solution.answer.queries[q].push_back(std::move(candidate.grid));
    }
  }
  if (any) solution.verdict = puzzle.check(request_.question, solution.answer);
}

Solution Job::make_solution(Stopped stopped, const Backend& backend) const {
  Solution solution(request_.question);
  const BackendInfo& info = backend.info();
  solution.model = info.model.name.empty() ? info.name : info.model.name;
  solution.source = info.model.puzzle.empty() ? info.name : "model";
  solution.attempts = next_;
  solution.total_steps = total_steps_;
  solution.stopped = stopped;
  if (best_) {
    const Found& found = best_->found;
    solution.answer = found.answer;
    solution.verdict = found.verdict;
    solution.steps = found.step;
    solution.attempt = found.attempt;
    solution.attempt_description = best_->description;
    solution.halt_probability = found.least_halt();
    for (int q = 0; q < rows_; ++q) {
      const auto i = static_cast<std::size_t>(q);
      solution.confidence.push_back(best_->seen->cells(q, best_->positions[i], found.sizes[i]));
    }
  }
  if (!request_.question.puzzle().info().checks) answer_with_candidates(solution);
  return solution;
}

bool Job::asks_rules(const Solution& solution) const {
  const PuzzleInfo& info = request_.question.puzzle().info();
  const bool tried = solution.stopped == Stopped::max_steps ||
                     solution.stopped == Stopped::halted || solution.stopped == Stopped::settled;
  if (!tried || !info.solves || solution.verdict.status != Status::unverified) return false;
  return request_.rules_ms > 0 || request_.fallback == Fallback::exact;
}

void Job::end(Stopped stopped, const Backend& backend) {
  Solution solution = make_solution(stopped, backend);
  if (!asks_rules(solution)) {
    ended_ = true;
    return state_->finish(std::move(solution));
  }
  RuleTask task{state_, request_.question, request_.fallback, state_->deadline};
  if (task.fallback == Fallback::none) {
    const auto until = Clock::now() + std::chrono::milliseconds(request_.rules_ms);
    task.until = task.until ? std::min(*task.until, until) : until;
  }
  state_->offer(std::move(solution), task.until);
  rule_task_ = std::move(task);
  ended_ = true;
}

void Job::fail_with(Error error) noexcept {
  ended_ = true;
  state_->finish(std::move(error));
}

}  // namespace trm
