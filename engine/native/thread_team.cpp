#include "engine/native/thread_team.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace trm::native {
namespace {

constexpr int kMostThreads = 256;
constexpr int kSpins = 2000;  // some 50 microseconds, longer than any phase's imbalance

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// Returns when `value` is no longer `old`.
void wait_for_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
}

// Cores' worth of time that the control group allows ("max 100000", "150000 100000"); 0: no limit.
int quota_threads() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  const double time = std::strtod(quota.c_str(), nullptr);
  return time > 0 ? std::max(1, static_cast<int>(time / period + 0.5)) : 0;
}

}  // namespace

int usable_threads() {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int quota = quota_threads();
  return std::min(quota > 0 ? std::min(cores, quota) : cores, kMostThreads);
}

void Barrier::wait() {
  const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    phase_.notify_all();
    return;
  }
  wait_for_change(phase_, phase);
}

std::pair<std::int64_t, std::int64_t> Crew::part(std::int64_t count, std::int64_t step) const {
  const std::int64_t steps = (count + step - 1) / step;
  const std::int64_t from = steps * index / size * step, to = steps * (index + 1) / size * step;
  return {std::min(from, count), std::min(to, count)};
}

std::shared_ptr<ThreadTeam> ThreadTeam::shared(int threads) {
  static std::mutex mutex;
  static std::map<int, std::weak_ptr<ThreadTeam>> teams;
  const int size = std::clamp(threads > 0 ? threads : usable_threads(), 1, kMostThreads);
  const std::lock_guard lock(mutex);
  auto team = teams[size].lock();
  if (!team) teams[size] = team = std::make_shared<ThreadTeam>(size);
  return team;
}

ThreadTeam::ThreadTeam(int threads) : size_(threads), barrier_(std::make_unique<Barrier>(threads)) {
  for (int i = 1; i < threads; ++i) threads_.emplace_back([this, i] { serve(i); });
}

ThreadTeam::~ThreadTeam() {
  stop_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadTeam::serve(int index) {
  for (std::uint32_t seen = 0;;) {
    wait_for_change(round_, seen);
    if (stop_) return;
    ++seen;
    (*work_)({index, size(), barrier_.get()});
    barrier_->wait();
  }
}

void ThreadTeam::run(const std::function<void(const Crew&)>& work) {
  const std::lock_guard lock(turn_);
  if (threads_.empty()) return work({0, 1, nullptr});
  work_ = &work;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work({0, size(), barrier_.get()});
  barrier_->wait();
}

}  // namespace trm::native
