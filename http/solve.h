// POST /solve in its four forms: one board, many, a stream of steps, a job. And the jobs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/solver.h"
#include "http/jobs.h"
#include "http/metrics.h"
#include "http/schema.h"
#include "http/server.h"
#include "http/share.h"

namespace trm::http {

struct SolveLimits {
  std::chrono::milliseconds longest{60'000};  ///< of one solve
  double longest_fit = 600;  ///< seconds of one fit, which its queue does not count against
  int waiting = 128;       ///< callers waiting for an answer at once; beyond: busy. Fewer than the
                           ///< server's workers, so that other requests are answered meanwhile
  int trace_steps = 8192;  ///< of one traced solve: max_steps times attempts
  /// The same times cells of the board; with its conflicts each takes up to 80 bytes.
  std::int64_t trace_cells = 1 << 19;
  /// Of all traced solves whose steps are kept; beyond: jobs that have ended give way, then busy.
  std::int64_t traced_cells = 4 << 20;
  std::size_t jobs = 256;
  std::chrono::seconds keep_jobs{600};
};

/// Thread-safe. Must outlive the streams of its replies, as the solver must.
class SolveService {
 public:
  SolveService(SolveLimits limits, Metrics& metrics);

  /// POST /solve, with ?stream=true as server-sent events.
  Reply post(const Request& request, Solver& solver);
  /// GET /jobs/{id}
  Reply job(const std::string& id);
  /// GET /jobs/{id}/events
  Reply job_events(const Request& request, const std::string& id);
  /// DELETE /jobs/{id}
  Reply remove_job(const std::string& id);

  /// What is asked for from now on is refused (stopping()); what runs goes on.
  void drain() { draining_ = true; }
  /// Takes in what the jobs have come to, so that the metrics count those that nobody looked at.
  void look() { jobs_.look(); }
  /// Nobody waits and no job runs.
  bool idle() { return waiting_ == 0 && jobs_.running() == 0; }
  /// Cancels what runs, and drains.
  void shut_down();
  bool stopping() const { return draining_ || stopping_; }
  const SolveLimits& limits() const { return limits_; }

 private:
  /// A request that the engine has taken, or refused.
  struct Submitted {
    Question question;
    bool traced;
    Result<SolveHandle> handle;
    std::shared_ptr<Share> share;  ///< of traced_cells, while its steps are kept; may be null
  };
  Submitted submit(Solver& solver, SolveRequest wanted);
  /// Waits for the end while the caller is there: the result as JSON text, so that a trace takes no
  /// more memory than it must.
  Result<std::string> finish(const Request& request, Submitted& submitted) const;

  Reply one(const Request& request, Solver& solver, const SolveRequest& wanted);
  Reply many(const Request& request, Solver& solver,
             const std::vector<Result<SolveRequest>>& wanted);
  Reply streamed(const Request& request, Solver& solver, const SolveRequest& wanted);
  Reply queued(Solver& solver, const SolveRequest& wanted);
  Result<std::shared_ptr<Job>> start(Solver& solver, const SolveRequest& wanted);
  /// `turn`: the caller's place among those that wait, kept as long as the stream.
  Reply events(const Request& request, std::shared_ptr<Job> job, std::shared_ptr<Share> turn);
  /// Whether a stream must end: its job has, or the server does, and the client took too long.
  bool over(Job& job, std::optional<std::chrono::steady_clock::time_point>& until) const;
  Error no_such_job() const;
  Result<void> check_trace(const SolveRequest& request) const;
  Result<void> check_fit(const SolveRequest& request) const;
  void count(const Puzzle& puzzle, const Result<Solution>& result) const;

  const SolveLimits limits_;
  Metrics& metrics_;
  std::atomic<bool> draining_{false}, stopping_{false};
  std::atomic<std::int64_t> waiting_{0}, traced_{0};
  JobStore jobs_;  // last: jobs give back shares of the counts above
};

}  // namespace trm::http
