// What a SolveHandle shares with the engine. Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "engine/solver.h"

namespace trm {

/// How a request ends whose replace_key a newer one has.
Error replaced_error() noexcept;
/// How it ends, or is refused, when the solver goes.
Error shutting_down_error() noexcept;

/// Events and result of one request. Thread-safe.
///
/// A request waits for slots, runs in them, and may then wait for the rule solver. While it runs,
/// the engine thread ends it. While it waits there is nothing to save, so whoever cancels it, and
/// whoever waits for it beyond its time, ends it on the spot: a long step of other requests delays
/// neither.
struct SolveHandle::State {
  using Clock = std::chrono::steady_clock;

  /// `max_events`: kept for a slow reader; beyond them the oldest Step is dropped.
  explicit State(std::optional<std::chrono::milliseconds> time = std::nullopt,
                 std::size_t max_events = 256);

  const Clock::time_point submitted = Clock::now();
  const std::optional<Clock::time_point> deadline;
  const std::size_t max_events;
  std::atomic<bool> cancelled{false};  ///< also the stop flag of its rule solver
  std::atomic<bool> ended{false};      ///< the result is there

  // --- The caller's side

  std::optional<Event> next(std::chrono::milliseconds timeout);
  Result<Solution> wait();
  /// A waiting request ends at once: with `error`, or with the solution that waits for the rule
  /// solver. A running one is told to end. True: it had not begun, and has ended.
  bool cancel(Error error) noexcept;
  /// It waits for slots and has not ended.
  bool waits() const;

  // --- The engine's side

  /// Slots are loaded. False: the request has ended meanwhile.
  bool begin();
  void push(Event event);
  /// The end. Later calls change nothing.
  void finish(Result<Solution> outcome) noexcept;
  /// The solution as it stands; it is the result at `until` at the latest (none: no limit), unless
  /// finish_offered comes first.
  void offer(Solution solution, std::optional<Clock::time_point> until);
  /// The offered solution, changed, is the result; nothing if it has been given out already.
  void finish_offered(const std::function<void(Solution&)>& change = {}) noexcept;

 private:
  enum class Phase { waiting, running, offered };

  // With the mutex held:
  void set_result(Result<Solution> outcome) noexcept;
  void expire(Clock::time_point now) noexcept;
  std::optional<Clock::time_point> time_limit() const;
  Result<Solution> copy_of_result() const noexcept;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_:
  Phase phase_ = Phase::waiting;
  std::deque<Event> events_;  // without Done, which follows from the result
  std::optional<Result<Solution>> result_;
  bool done_taken_ = false;  // Done was handed out
  std::optional<Solution> offered_;
  std::optional<Clock::time_point> offered_until_;
};

}  // namespace trm
