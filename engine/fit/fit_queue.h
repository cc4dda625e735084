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

struct FitQueueOptions {
  int limit = 16;               ///< requests that wait
  int threads = 0;              ///< of a fit; 0: one a core
  std::int64_t max_memory = 0;  ///< bytes of a fit's networks; 0: a gigabyte
};

/// Thread-safe. The destructor ends what waits and what runs, and joins.
class FitQueue {
 public:
  /// `make` is called on each of a fit's threads.
  FitQueue(const FitQueueOptions& options, FittingNetFactory make);
  ~FitQueue();
  FitQueue(const FitQueue&) = delete;
  FitQueue& operator=(const FitQueue&) = delete;

  /// Queues a request, which the caller has validated. Higher priorities first, first come first
  /// served within one. A newer request with its replace_key ends it, and takes its place if it
  /// waits. Errors: busy, unavailable, out_of_memory (more than max_memory).
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
  int networks_for(const Question& question) const;
  std::shared_ptr<SolveHandle::State> take_keyed(const std::string& key);

  const FitQueueOptions options_;
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
