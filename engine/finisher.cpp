#include "engine/finisher.h"

#include <algorithm>
#include <utility>

#include "engine/guard.h"

namespace trm {
namespace {

constexpr std::int64_t kNodes = 5'000'000;

// Nothing where the search ended without telling.
std::optional<RuleVerdict> verdict_of(const ExactResult& exact, double time_ms) {
  const auto count = exact.solutions.size();
  if (!exact.complete && count < 2) return std::nullopt;
  return RuleVerdict{count < 2 ? static_cast<int>(count) : 2, exact.complete, time_ms};
}

void use_fallback(Solution& solution, Answer answer, Verdict verdict) {
  solution.answer = std::move(answer);
  solution.verdict = std::move(verdict);
  solution.confidence.clear();
  solution.source = "exact";
  solution.stopped = Stopped::fallback;
}

// May throw what the module throws.
void ask(const RuleTask& task) {
  using Clock = SolveHandle::State::Clock;
  const Puzzle& puzzle = task.question.puzzle();
  const bool fallback = task.fallback == Fallback::exact;
  ExactLimits limits;
  limits.solutions = fallback ? 1 : 2;
  limits.nodes = kNodes;
  limits.deadline = task.until;
  limits.stop = &task.state->cancelled;
  const auto begun = Clock::now();
  const auto exact = puzzle.solve_exact(task.question, limits);
  const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
  if (!exact) return;
  const auto rules = verdict_of(*exact, took.count());
  Verdict verdict;
  const bool answers = fallback && !exact->solutions.empty();
  if (answers) verdict = puzzle.check(task.question, exact->solutions.front());
  task.state->finish_offered([&](Solution& solution) {
    if (answers) return use_fallback(solution, exact->solutions.front(), std::move(verdict));
    solution.rules = rules;
  });
}

bool late(const RuleTask& task) {
  return task.until && SolveHandle::State::Clock::now() >= *task.until;
}

}  // namespace

Finisher::Finisher() : thread_([this] { run(); }) {}

Finisher::~Finisher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    const auto stopped = [] { return error_of(ErrorCode::cancelled, "the solver stopped"); };
    if (asking_) asking_->cancel(stopped());
    for (const RuleTask& task : waiting_) task.state->cancel(stopped());
  }
  wake_.notify_all();
  thread_.join();
}

void Finisher::take(RuleTask task) {
  const bool fallback = task.fallback == Fallback::exact;
  {
    const std::lock_guard lock(mutex_);
    const auto rules_only =
        waiting_.size() - std::min(waiting_.size(), static_cast<std::size_t>(fallbacks_));
    if (!stopping_ && (fallback || rules_only < kBacklog)) {
      waiting_.push_back(std::move(task));
      if (fallback) ++fallbacks_;
      wake_.notify_one();
      return;
    }
  }
  task.state->finish_offered();
}

void Finisher::run() {
  for (;;) {
    std::optional<RuleTask> task;
    {
      std::unique_lock lock(mutex_);
      asking_.reset();
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
      asking_ = task->state;
    }
    if (!task->state->ended && !late(*task)) {
      try {
        ask(*task);
      } catch (...) {  // the answer stands without the rule solver's word
      }
    }
    task->state->finish_offered();
    if (task->fallback == Fallback::exact) --fallbacks_;
  }
}

}  // namespace trm
