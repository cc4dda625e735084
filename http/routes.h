// What the service answers: requests in, JSON out. Knows no sockets.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/solve.h"

namespace trm::http {

/// Every address, all of them under /v1 too; see http/README.md. Errors have one shape:
/// {"error":{"code","message","field","type"}}. Thread-safe.
class Api {
 public:
  explicit Api(SolveLimits limits) : solves_(limits, metrics_) {}

  /// Until then whatever needs models answers 503 (unavailable).
  void set_solver(std::shared_ptr<Solver> solver);
  /// The solves: to drain and to end.
  SolveService& solves() { return solves_; }
  /// Reads the models anew. Errors: as Solver::reload; unavailable before set_solver().
  Result<void> reload();

  Reply handle(const Request& request);

  /// Paths whose POST has a body.
  static std::vector<std::string> post_paths();
  /// Paths that are answered at once, whatever else is going on.
  static std::vector<std::string> quick_paths();

 private:
  struct Route;
  static const std::vector<Route>& routes();

  std::shared_ptr<Solver> solver() const;
  Reply solve(const Request& request, const std::string& rest);
  Reply check(const Request& request, const std::string& rest);
  Reply generate(const Request& request, const std::string& rest);
  Reply hint(const Request& request, const std::string& rest);
  Reply job(const Request& request, const std::string& rest);
  Reply health(const Request& request, const std::string& rest);
  Reply metrics(const Request& request, const std::string& rest);
  Reply puzzles(const Request& request, const std::string& rest);
  Reply puzzle(const Request& request, const std::string& rest);
  Reply models(const Request& request, const std::string& rest);
  Reply props(const Request& request, const std::string& rest);

  Metrics metrics_;
  SolveService solves_;
  mutable std::mutex mutex_;
  std::shared_ptr<Solver> solver_;  // guarded by mutex_
};

}  // namespace trm::http
