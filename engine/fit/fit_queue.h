// Fits of tasks, one after another on a thread of low priority: boards that models solve meanwhile
// go first. Internal to the engine.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/fit/fitting_net.h"
#include "engine/handle_state.h"

namespace trm {

/// Thread-safe. The destructor ends what waits and what runs, and joins.
class FitQueue {
 public:
  /// At most `limit` requests wait. A fit runs on so many threads; 0: one a core. `make` is called
  /// on each of them.
  FitQueue(int limit, int threads, FittingNetFactory make);
  ~FitQueue();
  FitQueue(const FitQueue&) = delete;
  FitQueue& operator=(const FitQueue&) = delete;

  /// Queues a request, which the caller has validated. Higher priorities first, first come first
  /// served within one. A newer request with its replace_key ends it. Errors: busy, unavailable.
  Result<SolveHandle> submit(SolveRequest request);
  /// Ends the newest request with that key, as one that was replaced.
  void replace(const std::string& key);
  int waiting() const;

 private:
  struct Waiting {
    SolveRequest request;
    std::shared_ptr<SolveHandle::State> state;
  };
  void run();
  void serve(const Waiting& next);
  Result<Solution> fitted(const Waiting& next);
  bool over(const SolveHandle::State& state) const;
  void replace_locked(const std::string& key);

  const int limit_, threads_;
  const FittingNetFactory make_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;  // guarded by mutex_; the first is the next
  std::map<std::string, std::weak_ptr<SolveHandle::State>>
      keyed_;  // guarded by mutex_: newest ones
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // guarded by mutex_: starts with the first request
};

}  // namespace trm
