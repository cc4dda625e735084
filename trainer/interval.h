// How sure a measured rate is. Torch-free.
#pragma once

#include <cstdint>

namespace trm {

/// A rate's 95 % interval (Wilson 1927).
struct Interval {
  double low = 0;
  double high = 1;
};

/// Of so many hits in so many trials; 0 to 1 without trials.
Interval wilson(std::int64_t hits, std::int64_t trials);

/// hits / trials; 0 without trials.
double rate(std::int64_t hits, std::int64_t trials);

}  // namespace trm
