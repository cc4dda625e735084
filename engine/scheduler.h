// The scheduler: a bounded queue and one thread that owns the backends and keeps their slots full.
//
// Each tick runs one supervision step for all busy slots of a backend; requests enter and leave
// between ticks. Order: higher priority first, first come first served within one, for each
// backend by itself. Whoever is first keeps its turn until its slots are free, and nobody behind it
// passes, so that a request that needs several slots at once is never starved by smaller ones.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/finisher.h"
#include "engine/job.h"
#include "engine/lane.h"

namespace trm {

/// Requests in the order of their turns, for each lane. Not thread-safe.
class JobQueue {
 public:
  /// In the place of the job with the same turn, if there is one.
  void put(std::unique_ptr<Job> job);
  /// The first job of a lane that has not ended; null: none waits.
  const Job* front(Lane* lane);
  std::unique_ptr<Job> pop(Lane* lane);
  /// Forgets jobs that ended while they waited.
  void purge();

  std::size_t size() const { return size_; }
  std::vector<std::shared_ptr<Lane>> lanes() const;
  std::vector<std::unique_ptr<Job>> take_all();

 private:
  using Jobs = std::map<Turn, std::unique_ptr<Job>>;
  std::map<Lane*, Jobs> lanes_;  // jobs own their lanes; none is empty
  std::size_t size_ = 0;
};

/// Thread-safe. The destructor ends whatever is queued or running and joins.
class Scheduler {
 public:
  explicit Scheduler(int queue_limit);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Queues a request for a backend; the caller has validated it. Errors: busy, unavailable
  /// (shutting down), unsupported (more queries than slots), out_of_memory (more than max_memory).
  Result<SolveHandle> submit(SolveRequest request, std::shared_ptr<Lane> lane);

  /// Ends the newest request with that key, as one that a newer request has replaced.
  void replace(const std::string& key);

  /// Requests that wait, those that ended while they waited included.
  int waiting() const;
  /// What was stepped since the start, by all lanes.
  StepCounts counts() const { return counter_.counts(); }

 private:
  /// The newest request with a replace key.
  struct Keyed {
    std::weak_ptr<SolveHandle::State> state;
    std::uint64_t arrival = 0;
  };

  Result<void> enqueue(const std::string& key, std::unique_ptr<Job> job);
  bool has_place();
  void forget_ended_keys();
  void run();
  void tick();
  bool admit(Lane& lane);
  void stop();

  const int queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  JobQueue queue_;                      // guarded by mutex_
  std::map<std::string, Keyed> keyed_;  // guarded by mutex_
  std::size_t keyed_limit_ = 64;        // guarded by mutex_: look for ended ones beyond it
  std::uint64_t arrivals_ = 0;          // guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  StepCounter counter_;
  Finisher finisher_;
  std::vector<std::shared_ptr<Lane>> active_;  // the engine thread's
  std::thread engine_;                         // last: starts when all else is there
};

}  // namespace trm
