// What the service counts, in the text form that Prometheus reads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/solver.h"

namespace trm::http {

/// Names follow https://prometheus.io/docs/practices/naming: base units, _total for counters, few
/// values a label. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  /// A solve that ended with a solution after so many seconds.
  void solved(const Solution& solution, double seconds);
  /// A solve that ended with an error.
  void failed(std::string_view puzzle, ErrorCode code);

  /// The text exposition (version 0.0.4); `solver` may be null.
  std::string text(const Solver* solver) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm::http
