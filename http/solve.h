// POST /solve in its four forms: one board, many, a stream of steps, a job. And the jobs.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "engine/solver.h"
#include "http/jobs.h"
#include "http/metrics.h"
#include "http/schema.h"
#include "http/server.h"

namespace trm::http {

struct SolveLimits {
  std::chrono::milliseconds longest{60'000};  ///< of one solve
  int waiting = 128;  ///< callers waiting for an answer at once; beyond: busy. Fewer than the
                      ///< server's workers, so that other requests are answered meanwhile
  std::size_t jobs = 256;
  std::chrono::seconds keep_jobs{600};
};

/// Thread-safe. Must outlive the streams of its replies, as the solver must.
class SolveService {
 public:
  SolveService(SolveLimits limits, Metrics& metrics);

  /// POST /solve, with ?stream=true as server-sent events.
  Reply post(const Request& request, Solver& solver);
  /// GET and DELETE /jobs/{id}, GET /jobs/{id}/events; `path` is what follows /jobs/.
  Reply job(const Request& request, const std::string& path);

  /// What is asked for from now on is refused (stopping()); what runs goes on.
  void drain() { draining_ = true; }
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
  };
  Submitted submit(Solver& solver, const SolveRequest& wanted) const;
  /// Waits for the end while the caller is there: the result as JSON.
  Result<Json> finish(const Request& request, Submitted submitted) const;

  Reply one(const Request& request, Solver& solver, const SolveRequest& wanted);
  Reply many(const Request& request, Solver& solver,
             const std::vector<Result<SolveRequest>>& wanted);
  Reply streamed(const Request& request, Solver& solver, const SolveRequest& wanted);
  Reply queued(Solver& solver, const SolveRequest& wanted);
  Result<std::shared_ptr<Job>> start(Solver& solver, const SolveRequest& wanted);
  Reply events(const Request& request, std::shared_ptr<Job> job);
  void count(const Puzzle& puzzle, const Result<Solution>& result) const;

  const SolveLimits limits_;
  Metrics& metrics_;
  JobStore jobs_;
  std::atomic<bool> draining_{false}, stopping_{false};
  std::atomic<int> waiting_{0};
};

}  // namespace trm::http
