#include "trainer/interval.h"

#include <algorithm>
#include <cmath>

namespace trm {

double rate(std::int64_t hits, std::int64_t trials) {
  return trials ? static_cast<double>(hits) / static_cast<double>(trials) : 0;
}

Interval wilson(std::int64_t hits, std::int64_t trials) {
  if (trials == 0) return {};
  const double z = 1.959963984540054, n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  // At 0 and 1 both ends meet the rate but for rounding.
  return {std::clamp(centre - half, 0.0, p), std::clamp(centre + half, p, 1.0)};
}

}  // namespace trm
