// A thread that asks the rule solver about unverified answers, so that it never delays the engine's
// steps. Internal to the engine.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/job.h"

namespace trm {

/// Thread-safe. The destructor gives out what waits as it stands and joins.
class Finisher {
 public:
  /// Tasks without a fallback that may wait: beyond them answers go out without a rule verdict.
  static constexpr std::size_t kBacklog = 64;

  Finisher();
  ~Finisher();
  Finisher(const Finisher&) = delete;
  Finisher& operator=(const Finisher&) = delete;

  /// Asks the rule solver within the task's time and gives the answer out; at once, without asking,
  /// when too many wait.
  void take(RuleTask task);
  /// Requests with a fallback that wait here or are being answered. They were promised an answer,
  /// so their number is the caller's to bound.
  int fallbacks() const { return fallbacks_; }

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<RuleTask> waiting_;                // guarded by mutex_
  std::shared_ptr<SolveHandle::State> asking_;  // guarded by mutex_: whose question is searched
  bool stopping_ = false;                       // guarded by mutex_
  std::atomic<int> fallbacks_{0};
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace trm
