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
    {
      const std::lock_guard lock(mutex_);
      waiting_ = std::move(work);
      result_.reset();
      ++newest_;
      stop_ = true;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    ready_.notify_all();
  }
  /// Gives up what runs or waits.
  void cancel() {
    const std::lock_guard lock(mutex_);
    waiting_.reset();
    result_.reset();
    ++newest_;
    stop_ = true;
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
      const Work work = std::move(*waiting_);
      waiting_.reset();
      stop_ = false;
      const std::uint64_t number = running_ = newest_;
      lock.unlock();
      T made = work(stop_);
      lock.lock();
      running_ = 0;
      if (number != newest_) continue;
      result_ = std::move(made);
      lock.unlock();
      if (wake_) wake_();
      lock.lock();
    }
  }

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::optional<Work> waiting_;
  std::optional<T> result_;
  std::uint64_t newest_ = 1, running_ = 0;  // numbers of requests; 0: nothing runs
  bool ending_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace trm::ui
