#include "engine/handle_state.h"

#include <algorithm>

#include "engine/guard.h"

namespace trm {
namespace {

using std::chrono::milliseconds;

// A point in time that the clock can hold, however large the number of milliseconds.
SolveHandle::State::Clock::time_point after(SolveHandle::State::Clock::time_point start,
                                            milliseconds time) {
  constexpr milliseconds kLongest = std::chrono::hours(24 * 365);
  return start + std::clamp(time, milliseconds(0), kLongest);
}

}  // namespace

Error replaced_error() noexcept {
  return error_of(ErrorCode::cancelled, "replaced by a newer request with the same key",
                  "replace_key");
}

Error shutting_down_error() noexcept {
  return error_of(ErrorCode::unavailable, "the solver is shutting down");
}

SolveHandle::State::State(std::optional<milliseconds> time, std::size_t events)
    : deadline(time ? std::optional(after(submitted, *time)) : std::nullopt), max_events(events) {}

std::optional<Event> SolveHandle::State::next(milliseconds timeout) {
  const auto until = after(Clock::now(), timeout);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto now = Clock::now();
    expire(now);
    if (!events_.empty()) {
      Event event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    if (result_) {
      if (std::exchange(done_taken_, true)) return std::nullopt;
      return event::Done{copy_of_result()};
    }
    if (now >= until) return std::nullopt;
    const auto limit = time_limit();
    changed_.wait_until(lock, limit ? std::min(*limit, until) : until);
  }
}

Result<Solution> SolveHandle::State::wait() {
  std::unique_lock lock(mutex_);
  for (;;) {
    expire(Clock::now());
    if (result_) return copy_of_result();
    if (const auto limit = time_limit()) {
      changed_.wait_until(lock, *limit);
    } else {
      changed_.wait(lock);
    }
  }
}

bool SolveHandle::State::cancel(Error error) noexcept {
  const std::lock_guard lock(mutex_);
  cancelled = true;
  if (result_ || phase_ == Phase::running) return false;
  if (phase_ == Phase::offered) {
    if (offered_) {
      offered_->stopped = Stopped::cancelled;
      set_result(std::move(*offered_));
    }
    return false;
  }
  set_result(std::move(error));
  return true;
}

bool SolveHandle::State::waits() const {
  const std::lock_guard lock(mutex_);
  return !result_ && phase_ == Phase::waiting;
}

bool SolveHandle::State::begin() {
  const std::lock_guard lock(mutex_);
  if (result_) return false;
  phase_ = Phase::running;
  return true;
}

void SolveHandle::State::push(Event event) {
  const std::lock_guard lock(mutex_);
  if (result_) return;
  // Only the newest state of a fit is news.
  const auto is_progress = [](const Event& e) {
    return std::holds_alternative<event::FitProgress>(e);
  };
  if (!events_.empty() && is_progress(event) && is_progress(events_.back())) events_.pop_back();
  if (events_.size() >= max_events) {
    const auto oldest = std::find_if(events_.begin(), events_.end(), [](const Event& e) {
      return std::holds_alternative<event::Step>(e);
    });
    if (oldest != events_.end()) events_.erase(oldest);
  }
  events_.push_back(std::move(event));
  changed_.notify_all();
}

void SolveHandle::State::finish(Result<Solution> outcome) noexcept {
  const std::lock_guard lock(mutex_);
  if (!result_) set_result(std::move(outcome));
}

void SolveHandle::State::offer(Solution solution, std::optional<Clock::time_point> until) {
  const std::lock_guard lock(mutex_);
  if (result_) return;
  offered_.emplace(std::move(solution));
  offered_until_ = until;
  phase_ = Phase::offered;
  if (cancelled) {
    offered_->stopped = Stopped::cancelled;
    set_result(std::move(*offered_));
  }
  changed_.notify_all();  // whoever waits has a time limit now
}

void SolveHandle::State::finish_offered(const std::function<void(Solution&)>& change) noexcept {
  const std::lock_guard lock(mutex_);
  if (result_ || !offered_) return;
  try {
    if (change) change(*offered_);
  } catch (...) {  // the solution as it stood is good without the change
  }
  set_result(std::move(*offered_));
}

void SolveHandle::State::set_result(Result<Solution> outcome) noexcept {
  if (outcome) {
    outcome->time_ms = std::chrono::duration<double, std::milli>(Clock::now() - submitted).count();
  }
  result_.emplace(std::move(outcome));
  ended = true;
  changed_.notify_all();
}

void SolveHandle::State::expire(Clock::time_point now) noexcept {
  const auto limit = time_limit();
  if (result_ || !limit || now < *limit) return;
  if (phase_ == Phase::offered) {
    set_result(std::move(*offered_));
  } else {
    set_result(error_of(ErrorCode::deadline_exceeded, "the deadline passed before the first step",
                        "deadline_ms"));
  }
}

std::optional<SolveHandle::State::Clock::time_point> SolveHandle::State::time_limit() const {
  switch (phase_) {
    case Phase::waiting:
      return deadline;
    case Phase::running:
      return std::nullopt;  // the engine ends it, with its best board
    case Phase::offered:
      return offered_until_;
  }
  return std::nullopt;
}

Result<Solution> SolveHandle::State::copy_of_result() const noexcept {
  return guarded([&]() -> Result<Solution> { return *result_; });
}

}  // namespace trm
