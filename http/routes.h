// What the service answers: requests in, JSON out. Knows no sockets.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "http/server.h"

namespace trm::http {

struct ApiLimits {
  std::chrono::milliseconds longest{60'000};  ///< of one solve
  int solves = 28;  ///< waiting for an answer at once; beyond: busy. Fewer than the server's
                    ///< threads, so that GET requests are answered meanwhile
};

/// GET /health /puzzles /puzzles/NAME /models /props, POST /solve; all of them under /v1 too.
/// Errors have one shape: {"error":{"code","message","field","type"}}. Thread-safe.
class Api {
 public:
  explicit Api(ApiLimits limits) : limits_(limits) {}

  /// Until then everything but /puzzles answers 503 (unavailable).
  void set_solver(std::shared_ptr<Solver> solver);
  /// Cancels the solves under way and refuses new ones.
  void shut_down() { stopping_ = true; }

  Reply handle(const Request& request);

  /// Paths whose POST has a body.
  static std::vector<std::string> post_paths() { return {"/solve", "/v1/solve"}; }

 private:
  std::shared_ptr<Solver> solver() const;
  Reply solve(const Request& request);
  Reply health() const;
  Reply puzzles() const;
  Reply models() const;
  Reply props() const;

  const ApiLimits limits_;
  mutable std::mutex mutex_;
  std::shared_ptr<Solver> solver_;  // guarded by mutex_
  std::atomic<bool> stopping_{false};
  std::atomic<int> solving_{0};
};

}  // namespace trm::http
