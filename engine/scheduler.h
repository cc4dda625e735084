// The scheduler: one thread that owns the backends and keeps their slots full.
//
// Each tick runs one supervision step for all busy slots of a backend in one call; a request leaves
// when its board passes check(), the halt head says so (modules without checkable rules), its
// budget or deadline ends, or its caller cancels; the next one enters in the next tick.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/solver.h"

namespace trm {

/// A backend with the state of its slots. Slots belong to the engine thread.
struct BackendUnit {
  std::unique_ptr<Backend> backend;
  std::vector<bool> busy;  ///< by slot

  explicit BackendUnit(std::unique_ptr<Backend> b)
      : backend(std::move(b)), busy(static_cast<std::size_t>(backend->info().slots), false) {}
};

class Job;

/// Thread-safe. The destructor cancels whatever is queued or running and joins.
class Scheduler {
 public:
  explicit Scheduler(int queue_limit);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Queues a request for a backend; the caller has validated it. Errors: busy, unavailable
  /// (shutting down), unsupported (more queries than slots).
  Result<SolveHandle> submit(SolveRequest request, std::shared_ptr<BackendUnit> unit);

 private:
  using Jobs = std::vector<std::unique_ptr<Job>>;

  void run();
  void admit(std::deque<std::unique_ptr<Job>>& waiting, Jobs& active);
  void tick(Jobs& active);
  void finish_later(std::function<void()> work);
  void run_finisher();

  const int queue_limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Job>> incoming_;  // guarded by mutex_
  int queued_ = 0;                             // guarded by mutex_: incoming and waiting
  bool stopping_ = false;                      // guarded by mutex_
  // Rule solvers run here, so that they never delay the engine's ticks.
  std::deque<std::function<void()>> work_;  // guarded by mutex_
  std::condition_variable work_wake_;
  bool finisher_stopping_ = false;  // guarded by mutex_
  std::thread finisher_;
  std::thread engine_;  // last: starts when all else is there
};

}  // namespace trm
