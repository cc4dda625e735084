// One request on its way through the slots. Internal to the engine; used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/attempt.h"
#include "engine/handle_state.h"

namespace trm {

class Lane;

/// A request's place in the queue: lower ones first.
struct Turn {
  int priority = 0;  ///< higher is earlier
  std::uint64_t arrival = 0;

  friend bool operator<(const Turn& a, const Turn& b) {
    return std::pair(-a.priority, a.arrival) < std::pair(-b.priority, b.arrival);
  }
};

/// What is left to ask the rule solver about an unverified solution, which State holds (offer).
struct RuleTask {
  std::shared_ptr<SolveHandle::State> state;
  Question question;
  Fallback fallback = Fallback::none;
  std::optional<SolveHandle::State::Clock::time_point> until;  ///< none: no limit
};

/// Begins attempts, keeps the best board, decides when the request ends. The caller (Lane) chooses
/// slots and steps them. Functions that call the module may throw what it throws.
class Job {
 public:
  using Clock = SolveHandle::State::Clock;
  using Failures = std::vector<std::pair<int, Error>>;  ///< slot and why its step failed

  Job(SolveRequest request, std::shared_ptr<Lane> lane, std::shared_ptr<SolveHandle::State> state);
  /// A job that nobody ended ends with an error: no request is ever lost.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  const std::shared_ptr<Lane>& lane() const { return lane_; }
  SolveHandle::State& state() const { return *state_; }
  const std::shared_ptr<SolveHandle::State>& shared_state() const { return state_; }
  const Question& question() const { return request_.question; }
  int rows() const { return rows_; }  ///< slots of one attempt

  /// Attempts in slots, by index.
  const std::vector<std::unique_ptr<Attempt>>& running() const { return running_; }
  bool has_attempts_left() const { return !ended_ && next_ < request_.attempts; }

  /// Loads the next attempt into free slots. Errors: those of Backend::load; the job is then as it
  /// was.
  Result<void> begin_attempt(Backend& backend, std::vector<int> slots);
  /// After a step of its slots: reads, checks, reports; ends attempts, and the job.
  void after_step(const Backend& backend, const Failures& failures);
  /// Whether the caller cancelled or the deadline passed; then the job has ended.
  bool interrupted(const Backend& backend);
  /// Ends the job with an error.
  void fail_with(Error error) noexcept;

  bool ended() const { return ended_; }
  /// Set when the job ended and the rule solver is to be asked.
  std::optional<RuleTask>& rule_task() { return rule_task_; }

  Turn turn;                    ///< the queue's
  std::int64_t step_bytes = 0;  ///< estimate for the rows of one attempt; 0 without max_memory

 private:
  /// A board with what its confidences are made of when somebody asks for them.
  struct Best {
    Found found;
    std::shared_ptr<const Orientation> seen;
    std::string description;
    std::vector<std::vector<float>> positions;  // confidence by query and token position
  };
  /// A distinct board of a query, for modules whose rules cannot pick one.
  struct Candidate {
    Grid grid;
    float halt = 0;  // the best of those who proposed it
    int attempt = 0;
  };

  std::optional<Stopped> read_attempt(Attempt& attempt, const Backend& backend);
  std::optional<Stopped> why_over(Attempt& attempt, const Backend& backend, const Found& found);
  void report(const Attempt& attempt, const Backend& backend, const Found& found);
  void consider(const Attempt& attempt, const Backend& backend, Found found);
  bool better(const Found& a, const Found& b) const;
  void collect_candidates(const Found& found);
  void end(Stopped stopped, const Backend& backend);
  bool asks_rules(const Solution& solution) const;
  Solution make_solution(Stopped stopped, const Backend& backend) const;
  void answer_with_candidates(Solution& solution) const;

  const SolveRequest request_;
  const std::shared_ptr<Lane> lane_;
  const std::shared_ptr<SolveHandle::State> state_;
  const int rows_;
  std::vector<std::unique_ptr<Attempt>> running_;
  int next_ = 0;  // index of the next attempt
  std::int64_t total_steps_ = 0;
  Stopped last_stopped_ = Stopped::max_steps;  // of the attempt with the highest index
  std::optional<Best> best_;
  std::vector<std::vector<Candidate>> candidates_;  // by query
  std::optional<RuleTask> rule_task_;
  bool ended_ = false;
};

}  // namespace trm
