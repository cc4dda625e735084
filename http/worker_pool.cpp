#include "http/worker_pool.h"

#include <algorithm>
#include <utility>

namespace trm::http {

WorkerPool::WorkerPool(int threads, std::size_t queue) : limit_(queue) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { finish(); }

void WorkerPool::finish() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto* sleeper : idle_) sleeper->notify_one();
    idle_.clear();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool WorkerPool::give(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= limit_) return false;
    queue_.push_back(std::move(work));
    if (!idle_.empty()) {
      idle_.back()->notify_one();
      idle_.pop_back();
    }
  }
  return true;
}

void WorkerPool::run() {
  std::condition_variable wake;
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      while (!stopping_ && queue_.empty()) {
        // Whoever woke it took it off the list, unless it woke by itself.
        if (std::find(idle_.begin(), idle_.end(), &wake) == idle_.end()) idle_.push_back(&wake);
        wake.wait(lock);
      }
      std::erase(idle_, &wake);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace trm::http
