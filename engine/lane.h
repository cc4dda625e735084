// A backend with its slots and the requests that run in them. Internal to the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/job.h"

namespace trm {

/// Steps with at least one row, and the rows in them.
struct StepCounts {
  std::int64_t steps = 0, rows = 0, last_rows = 0;
};

/// Thread-safe.
class StepCounter {
 public:
  void count(std::size_t rows) {
    const std::lock_guard lock(mutex_);
    ++counts_.steps;
    counts_.last_rows = static_cast<std::int64_t>(rows);
    counts_.rows += counts_.last_rows;
  }
  StepCounts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  StepCounts counts_;
};

struct LaneOptions {
  bool deterministic = false;   ///< attempts of a request run one after another
  std::int64_t max_memory = 0;  ///< bytes of one step beyond the weights; 0: no limit
};

/// Used by the engine thread only, but for backend() and step_bytes(), which only ask what the
/// backend answers to any thread.
///
/// A request always keeps the slots of one attempt, so that it makes progress; further attempts
/// take slots that nobody waits for. Memory is counted lane by lane, because the engine steps one
/// lane after another.
class Lane {
 public:
  explicit Lane(std::unique_ptr<Backend> backend, LaneOptions options = {});
  ~Lane();

  const Backend& backend() const { return *backend_; }
  int slots() const { return backend_->info().slots; }
  std::int64_t max_memory() const { return options_.max_memory; }
  /// Backend::step_bytes for one attempt at a question with so many rows.
  std::int64_t step_bytes(const Question& question, int rows) const {
    return backend_->step_bytes(question, rows);
  }

  bool idle() const { return jobs_.empty(); }
  /// Whether slots and memory for one attempt of this job are free.
  bool has_room(const Job& job) const;

  enum class Start {
    running,  ///< the job is the lane's now
    ended,    ///< it failed, or its caller ended it
    later     ///< no memory while others run: the job is as it was
  };
  /// Begins a job that has room; takes it over if it runs.
  Start start(std::unique_ptr<Job>& job);
  /// Ends jobs that were cancelled or are late. Their slots are free.
  void drop_interrupted();
  /// Begins further attempts in free slots, one for each job in turn. Call it when nobody waits.
  void spread();
  /// One supervision step for all rows, then what follows from it for each job. What is counted
  /// stands in `counter` before any of them hears of it.
  void step(StepCounter& counter);
  /// The jobs that have ended since the last call.
  std::vector<std::unique_ptr<Job>> take_ended();
  /// Ends all jobs with an error.
  void fail_all(const Error& error) noexcept;

  /// Rows that are stepped in one call at present.
  int batch_limit() const { return batch_limit_; }

 private:
  enum class Begun { yes, no_room, failed };

  std::vector<int> free_slots() const;
  bool has_room(int rows, std::int64_t bytes) const;
  Begun begin_attempt(Job& job);
  void next_attempts();
  bool others_run(const Job& job) const;
  void step_rows(std::span<const int> rows, Job::Failures& failures);

  const std::unique_ptr<Backend> backend_;
  const LaneOptions options_;
  std::vector<std::unique_ptr<Job>> jobs_;  // each holds slots, or waits for memory to go on
  int batch_limit_;
  int good_ticks_ = 0;  // without a failed allocation
};

}  // namespace trm
