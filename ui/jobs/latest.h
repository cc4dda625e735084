// A background thread for one kind of work of which only the newest request matters.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace trm::ui {

/// Runs one piece of work at a time; asking again stops the one that runs (its `stop` turns true)
/// and drops its result. All members but the work itself: the user's thread only. `wake` is called
/// from the worker when a result waits. The destructor stops and joins.
template <class T>
class Latest {
 public:
  using Work = std::function<T(const std::atomic<bool>& stop)>;

  explicit Latest(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~Latest() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      stop_ = true;
    }
    ready_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  Latest(const Latest&) = delete;
  Latest& operator=(const Latest&) = delete;

  void ask(Work work) {
    std::optional<Work> dropped_work(std::move(work));
    std::optional<T> dropped_result;
    {
      const std::lock_guard lock(mutex_);
      std::swap(waiting_, dropped_work);
      std::swap(result_, dropped_result);
      ++newest_;
      stop_ = true;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    ready_.notify_all();
  }
  /// Gives up what runs or waits.
  void cancel() {
    std::optional<Work> dropped_work;
    std::optional<T> dropped_result;
    const std::lock_guard lock(mutex_);  // what is dropped goes after it: it may be large
    std::swap(waiting_, dropped_work);
    std::swap(result_, dropped_result);
    ++newest_;
    stop_ = true;
  }
  /// Waits until nothing runs; what only waits is given up. The result of what ran can be taken.
  void finish() {
    std::unique_lock lock(mutex_);
    waiting_.reset();
    idle_.wait(lock, [&] { return running_ == 0; });
  }
  /// The result of the newest request, once.
  std::optional<T> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(result_, std::nullopt);
  }
  bool busy() const {
    const std::lock_guard lock(mutex_);
    return waiting_.has_value() || running_ == newest_;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ready_.wait(lock, [&] { return ending_ || waiting_.has_value(); });
      if (ending_) return;
      std::optional<Work> work = std::exchange(waiting_, std::nullopt);
      stop_ = false;
      const std::uint64_t number = running_ = newest_;
      lock.unlock();
      T made = (*work)(stop_);
      work.reset();  // unlocked: it may hold the last of something large
      lock.lock();
      running_ = 0;
      idle_.notify_all();
      if (number != newest_) continue;
      result_ = std::move(made);
      lock.unlock();
      if (wake_) wake_();
      lock.lock();
    }
  }

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable ready_, idle_;
  std::optional<Work> waiting_;
  std::optional<T> result_;
  std::uint64_t newest_ = 1, running_ = 0;  // numbers of requests; 0: nothing runs
  bool ending_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace trm::ui
