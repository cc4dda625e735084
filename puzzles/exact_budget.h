// What an exact search may still spend: nodes, time, and its caller's patience.
#pragma once

#include "puzzles/puzzle.h"

namespace trm {

/// Counts the nodes of one search against its limits. Not thread-safe; `limits` must outlive it.
class ExactBudget {
 public:
  explicit ExactBudget(const ExactLimits& limits) : limits_(limits) {}

  /// Whether one node more is within the limits; once false, it stays false.
  bool spend() {
    if (over_) return false;
    // A look at the clock costs as much as a few nodes of the cheapest search.
    over_ = nodes_ >= limits_.nodes || (nodes_ % kNodesPerLook == 0 && interrupted());
    ++nodes_;
    return !over_;
  }

 private:
  static constexpr std::int64_t kNodesPerLook = 64;

  bool interrupted() const {
    if (limits_.stop != nullptr && limits_.stop->load(std::memory_order_relaxed)) return true;
    return passed(limits_.deadline);
  }

  const ExactLimits& limits_;
  std::int64_t nodes_ = 0;
  bool over_ = false;
};

}  // namespace trm
