// Short calls timed by Google Benchmark: it finds how many calls make a measurable stretch of time.
#pragma once

#include <functional>
#include <vector>

namespace trm::bench {

/// Seconds a call of each work, the least of `repeats` stretches, which take turns. All together
/// about `seconds` for each work. Passes on what a work throws.
std::vector<double> least_seconds(const std::vector<std::function<void()>>& works, double seconds,
                                  int repeats = 5);

}  // namespace trm::bench
