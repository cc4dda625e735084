// A fixed team of threads that run one piece of work together, with a barrier between its phases.
//
// A supervision step has a few hundred phases of some microseconds each, so that waking threads by
// the operating system for each of them would cost more than the work. Members wait for each other
// by spinning a moment before they sleep. One team of a size serves the whole process: several
// models and solvers take turns instead of crowding the cores.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace trm::native {

/// Threads that this process may keep busy: cores it may run on, less where a control group's quota
/// allows less time; at least 1.
int usable_threads();

/// Meeting point of `size` threads. Thread-safe.
class Barrier {
 public:
  explicit Barrier(int size) : size_(static_cast<std::uint32_t>(size)) {}
  void wait();

 private:
  const std::uint32_t size_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

/// Threads that share a piece of work: all of a team, or one alone (whose barrier is no wait).
struct Crew {
  int index = 0;  ///< of this thread
  int size = 1;
  Barrier* barrier = nullptr;  ///< null for one alone

  void meet() const {
    if (barrier != nullptr) barrier->wait();
  }
  /// This thread's part [from, to) of `count` items in steps of `step`.
  std::pair<std::int64_t, std::int64_t> part(std::int64_t count, std::int64_t step) const;
};

class ThreadTeam {
 public:
  /// The process's team of that many threads; 0: usable_threads(). At most 256.
  static std::shared_ptr<ThreadTeam> shared(int threads);

  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return size_; }

  /// Calls work(crew) once on each member, this thread being the first, and waits for all. Callers
  /// from several threads take turns. `work` must not throw and must not call run().
  void run(const std::function<void(const Crew&)>& work);

 private:
  void serve(int index);

  const int size_;
  std::mutex turn_;  // one caller at a time
  std::vector<std::thread> threads_;
  std::unique_ptr<Barrier> barrier_;  // of the work's phases, and of its end
  const std::function<void(const Crew&)>* work_ = nullptr;
  alignas(64) std::atomic<std::uint32_t> round_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace trm::native
