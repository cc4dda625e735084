#include "engine/lane.h"

#include <algorithm>

#include "engine/guard.h"

namespace trm {
namespace {

// After so many steps without a failed allocation, twice as many rows are tried again.
constexpr int kGrowAfter = 64;

// Calls into the module for one job: what they throw ends this job only.
template <class F>
void contain(Job& job, F&& work) noexcept {
  try {
    work();
  } catch (...) {
    job.fail_with(current_error());
  }
}

}  // namespace

Lane::Lane(std::unique_ptr<Backend> backend, LaneOptions options)
    : backend_(std::move(backend)), options_(options), batch_limit_(backend_->info().slots) {
  jobs_.reserve(2 * static_cast<std::size_t>(slots()));  // those that ended and their successors
}

Lane::~Lane() = default;

std::vector<int> Lane::free_slots() const {
  std::vector<bool> busy(static_cast<std::size_t>(slots()), false);
  for (const auto& job : jobs_) {
    if (job->ended()) continue;
    for (const auto& attempt : job->running()) {
      for (const int slot : attempt->slots()) busy[static_cast<std::size_t>(slot)] = true;
    }
  }
  std::vector<int> free;
  for (int slot = 0; slot < slots(); ++slot) {
    if (!busy[static_cast<std::size_t>(slot)]) free.push_back(slot);
  }
  return free;
}

bool Lane::has_room(int rows, std::int64_t bytes) const {
  if (static_cast<int>(free_slots().size()) < rows) return false;
  if (options_.max_memory == 0) return true;
  std::int64_t used = 0;
  for (const auto& job : jobs_) {
    if (!job->ended()) used += job->step_bytes * static_cast<std::int64_t>(job->running().size());
  }
  return used + bytes <= options_.max_memory;
}

bool Lane::has_room(const Job& job) const {
  // A job that lost its slots because loading found no memory comes first.
  const bool stalled = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& other) {
    return !other->ended() && other->running().empty();
  });
  return !stalled && has_room(job.rows(), job.step_bytes);
}

bool Lane::others_run(const Job& job) const {
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& other) {
    return other.get() != &job && !other->ended() && !other->running().empty();
  });
}

// No memory is no failure while other attempts hold some: the job tries again later.
Lane::Begun Lane::begin_attempt(Job& job) {
  const auto begun = guarded([&]() -> Result<void> {
    auto slots = free_slots();
    slots.resize(static_cast<std::size_t>(job.rows()));
    return job.begin_attempt(*backend_, std::move(slots));
  });
  if (begun) return Begun::yes;
  const bool others = !job.running().empty() || others_run(job);
  if (begun.error().code == ErrorCode::out_of_memory && others) return Begun::no_room;
  job.fail_with(begun.error());
  return Begun::failed;
}

Lane::Start Lane::start(std::unique_ptr<Job>& job) {
  switch (begin_attempt(*job)) {
    case Begun::no_room:
      return Start::later;
    case Begun::failed:
      return Start::ended;
    case Begun::yes:
      break;
  }
  if (!job->state().begin()) {
    job->fail_with(error_of(ErrorCode::cancelled, "cancelled before the first step"));
    return Start::ended;
  }
  jobs_.push_back(std::move(job));
  return Start::running;
}

void Lane::drop_interrupted() {
  for (const auto& job : jobs_) contain(*job, [&] { job->interrupted(*backend_); });
}

void Lane::spread() {
  if (options_.deterministic) return;
  for (bool any = true; any;) {
    any = false;
    for (const auto& job : jobs_) {
      // The plain board comes first, alone: most requests need no more.
      const bool plain = !job->running().empty() && job->running().front()->index() == 0;
      if (plain || !job->has_attempts_left() || !has_room(job->rows(), job->step_bytes)) continue;
      any = begin_attempt(*job) == Begun::yes || any;
    }
  }
}

void Lane::next_attempts() {
  for (const auto& job : jobs_) {
    if (job->has_attempts_left() && job->running().empty() &&
        has_room(job->rows(), job->step_bytes)) {
      begin_attempt(*job);
    }
  }
}

void Lane::step(StepCounter& counter) {
  std::vector<int> rows;
  for (const auto& job : jobs_) {
    if (job->ended()) continue;
    for (const auto& attempt : job->running()) {
      rows.insert(rows.end(), attempt->slots().begin(), attempt->slots().end());
    }
  }
  if (!rows.empty()) {
    ++good_ticks_;
    Job::Failures failures;
    step_rows(rows, failures);
    counter.count(rows.size());
    if (good_ticks_ >= kGrowAfter && batch_limit_ < slots()) {
      batch_limit_ = std::min(2 * batch_limit_, slots());
      good_ticks_ = 0;
    }
    for (const auto& job : jobs_) {
      if (!job->ended() && !job->running().empty()) {
        contain(*job, [&] { job->after_step(*backend_, failures); });
      }
    }
  }
  next_attempts();
}

void Lane::step_rows(std::span<const int> rows, Job::Failures& failures) {
  const auto limit = static_cast<std::size_t>(batch_limit_);
  if (rows.size() > limit) {
    step_rows(rows.first(limit), failures);
    return step_rows(rows.subspan(limit), failures);
  }
  Result<void> stepped;
  bool whole = true;  // a failure left every slot as it was
  try {
    stepped = backend_->step(rows);
  } catch (...) {
    stepped = current_error();
    whole = false;
  }
  if (stepped) return;
  if (stepped.error().code == ErrorCode::out_of_memory) {
    good_ticks_ = 0;
    if (whole && rows.size() > 1) {
      batch_limit_ = static_cast<int>(rows.size() / 2);
      return step_rows(rows, failures);
    }
  }
  for (const int row : rows) failures.emplace_back(row, stepped.error());
}

std::vector<std::unique_ptr<Job>> Lane::take_ended() {
  std::vector<std::unique_ptr<Job>> ended;
  const auto first = std::stable_partition(jobs_.begin(), jobs_.end(),
                                           [](const auto& job) { return !job->ended(); });
  ended.reserve(static_cast<std::size_t>(jobs_.end() - first));
  for (auto it = first; it != jobs_.end(); ++it) ended.push_back(std::move(*it));
  jobs_.erase(first, jobs_.end());
  return ended;
}

void Lane::fail_all(const Error& error) noexcept {
  for (const auto& job : jobs_) {
    if (!job->ended()) job->fail_with(error_of(error.code, error.message.c_str()));
  }
}

}  // namespace trm
