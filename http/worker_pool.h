// Threads that work off a bounded queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace trm::http {

/// The worker that became idle last is the next to work: few of them are used where few are needed,
/// and their memory with them. Thread-safe, but for finish(). The destructor finishes.
class WorkerPool {
 public:
  WorkerPool(int threads, std::size_t queue);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False: the queue is full, or the pool finishes. The work must not throw.
  bool give(std::function<void()> work);
  /// Takes nothing more, works off what is queued, and ends the workers.
  void finish();

 private:
  void run();

  const std::size_t limit_;
  std::mutex mutex_;
  std::vector<std::condition_variable*> idle_;  // one a sleeping worker; guarded by mutex_
  std::deque<std::function<void()>> queue_;     // guarded by mutex_
  bool stopping_ = false;                       // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace trm::http
