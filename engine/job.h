// One request on its way through the slots. Internal to the engine; used by the engine thread only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "engine/handle_state.h"
#include "engine/scheduler.h"

namespace trm {

class Job {
 public:
  Job(SolveRequest request, std::shared_ptr<BackendUnit> unit,
      std::shared_ptr<SolveHandle::State> state);

  BackendUnit& unit() const { return *unit_; }
  const std::vector<int>& slots() const { return slots_; }
  const std::shared_ptr<SolveHandle::State>& state() const { return state_; }
  int rows() const { return queries_; }

  /// Takes free slots and loads the first attempt. False: not enough are free. Errors end the job.
  bool start();
  /// Gives the slots back.
  void release();

  /// Whether the caller cancelled or the deadline passed; then the job has ended.
  bool interrupted();
  /// After a step of its slots: reads, checks, reports; ends the job or begins the next attempt.
  void after_step();
  /// Ends the job with an error.
  void fail_with(Error error);

  bool ended() const { return ended_; }
  /// The unverified solution waits for the rule solver (Fallback::exact).
  bool wants_fallback() const { return wants_fallback_; }
  /// Asks the rule solver and ends the job; runs outside the engine thread.
  void run_fallback();

 private:
  /// A board for each query, in the question's own orientation.
  struct Found {
    Answer answer;
    Verdict verdict;
    std::vector<std::vector<float>> confidence;
    std::vector<float> q_halt;  // by query
    int steps = 0;
    float least_halt() const;
  };

  Result<void> load_attempt();
  Found read() const;
  void report(const Found& found);
  bool better(const Found& a, const Found& b) const;
  void collect_candidates(const Found& found);
  void end(Stopped stopped);
  Solution make_solution(Stopped stopped);

  SolveRequest request_;
  std::shared_ptr<BackendUnit> unit_;
  std::shared_ptr<SolveHandle::State> state_;
  std::chrono::steady_clock::time_point submitted_ = std::chrono::steady_clock::now();
  int queries_;
  std::vector<int> slots_;

  int attempt_ = 0;
  int step_ = 0;  // of this attempt
  int steps_total_ = 0;
  Question mapped_;                       // the question as this attempt sees it
  std::shared_ptr<const Symmetry> back_;  // maps answers back; null for the plain board
  std::optional<Found> best_;
  /// Modules without checkable rules: distinct boards by query with their best halt probability.
  std::vector<std::vector<std::pair<Grid, float>>> candidates_;
  bool ended_ = false;
  bool wants_fallback_ = false;
};

}  // namespace trm
