// What the service answers: requests in, JSON out. Knows no sockets.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/solver.h"
#include "http/keys.h"
#include "http/metrics.h"
#include "http/server.h"
#include "http/solve.h"

namespace trm::http {

/// Every address, all of them under /v1 too; see http/README.md. Errors have one shape:
/// {"error":{"code","message","field","type"}}. Thread-safe.
class Api {
 public:
  /// With `keys`, whoever asks for more than probes and pages must show one (401).
  explicit Api(SolveLimits limits, ApiKeys keys = {})
      : keys_(std::move(keys)), solves_(limits, metrics_) {}

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
  /// Whether the address is the route's; then `rest` is what follows it.
  static bool matches(const Route& route, const std::string& path, std::string& rest);
  static Reply no_such_address();

  std::shared_ptr<Solver> solver() const;
  Reply solve(const Request& request, const std::string& rest);
  Reply check(const Request& request, const std::string& rest);
  Reply generate(const Request& request, const std::string& rest);
  Reply hint(const Request& request, const std::string& rest);
  Reply draw(const Request& request, const std::string& rest);
  Reply job(const Request& request, const std::string& rest);
  Reply job_events(const Request& request, const std::string& rest);
  Reply health(const Request& request, const std::string& rest);
  Reply metrics(const Request& request, const std::string& rest);
  Reply puzzles(const Request& request, const std::string& rest);
  Reply puzzle(const Request& request, const std::string& rest);
  Reply models(const Request& request, const std::string& rest);
  Reply reload_models(const Request& request, const std::string& rest);
  Reply props(const Request& request, const std::string& rest);
  Reply front(const Request& request, const std::string& rest);
  Reply web(const Request& request, const std::string& rest);
  Reply docs(const Request& request, const std::string& rest);
  Reply openapi(const Request& request, const std::string& rest);

  const ApiKeys keys_;
  Metrics metrics_;
  SolveService solves_;
  std::atomic<std::int64_t> generating_{0};
  std::mutex reloading_;
  mutable std::mutex mutex_;
  std::shared_ptr<Solver> solver_;  // guarded by mutex_
};

}  // namespace trm::http
