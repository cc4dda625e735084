// What a SolveHandle shares with the engine thread. Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "engine/solver.h"

namespace trm {

/// Events and result of one request. Thread-safe.
struct SolveHandle::State {
  /// Events kept for a slow reader; beyond them the oldest Step is dropped.
  static constexpr std::size_t kEvents = 256;

  std::atomic<bool> cancelled{false};

  void push(Event event) {
    const std::lock_guard lock(mutex);
    if (events.size() >= kEvents) {
      for (auto it = events.begin(); it != events.end(); ++it) {
        if (std::holds_alternative<event::Step>(*it)) {
          events.erase(it);
          break;
        }
      }
    }
    events.push_back(std::move(event));
    changed.notify_all();
  }
  /// The end: the result, and Done as the last event. Later calls change nothing.
  void finish(Result<Solution> outcome) {
    {
      const std::lock_guard lock(mutex);
      if (result) return;
      result = outcome;
    }
    push(event::Done{std::move(outcome)});
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Event> events;                // guarded by mutex
  std::optional<Result<Solution>> result;  // guarded by mutex
  bool done_taken = false;                 // guarded by mutex: Done was handed out
};

}  // namespace trm
