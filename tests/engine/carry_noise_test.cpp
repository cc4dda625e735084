// The noise that backends add to the carry: its distribution, its streams, its pinned values.
#include "engine/backends/carry_noise.h"

#include <cmath>
#include <set>
#include <vector>

#include "tests/catch.h"

namespace trm {
namespace {

std::vector<float> draw(std::size_t count, std::uint64_t seed, std::uint64_t counter,
                        float scale = 1) {
  std::vector<float> values(count);
  carry_noise(values, seed, counter, scale);
  return values;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum / static_cast<double>(a.size());
}

TEST_CASE("Carry noise is standard normal", "[noise]") {
  const auto values = draw(200000, 1, 0);
  double moments[4] = {};
  int beyond_two = 0;
  for (const float value : values) {
    REQUIRE(std::isfinite(value));
    for (int m = 0; m < 4; ++m) moments[m] += std::pow(double{value}, m + 1);
    beyond_two += std::abs(value) > 2;
  }
  const auto n = static_cast<double>(values.size());
  // Four standard errors of each: sqrt(1, 2, 15, 96) / sqrt(n).
  CHECK(moments[0] / n == Approx(0).margin(0.009));
  CHECK(moments[1] / n == Approx(1).margin(0.013));
  CHECK(moments[2] / n == Approx(0).margin(0.035));
  CHECK(moments[3] / n == Approx(3).margin(0.088));
  CHECK(beyond_two / n == Approx(0.0455).margin(0.002));
  const auto next = std::vector<float>(values.begin() + 1, values.end());
  CHECK(correlation(next, values) == Approx(0).margin(0.009));
}

TEST_CASE("Streams of noise for other seeds and counters are independent", "[noise]") {
  const std::size_t n = 20000;
  const auto one = draw(n, 1, 0);
  for (const auto& other : {draw(n, 1, 1), draw(n, 2, 0), draw(n, 0, 1), draw(n, 1ULL << 32, 0)}) {
    CHECK(correlation(one, other) == Approx(0).margin(0.03));
  }
  std::set<float> firsts;  // no two of a grid of neighbours begin alike
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    for (std::uint64_t counter = 0; counter < 32; ++counter) {
      firsts.insert(draw(1, seed, counter)[0]);
    }
  }
  CHECK(firsts.size() == 32 * 32);
}

TEST_CASE("Noise is a pure function: repeated, prolonged, scaled", "[noise]") {
  const auto longer = draw(10, 5, 3);
  CHECK(draw(10, 5, 3) == longer);
  CHECK(draw(7, 5, 3) == std::vector<float>(longer.begin(), longer.begin() + 7));
  const auto half = draw(10, 5, 3, 0.5f);
  for (std::size_t i = 0; i < half.size(); ++i) CHECK(half[i] == 0.5f * longer[i]);
  CHECK(draw(0, 5, 3).empty());
}

// Computed by another program.
TEST_CASE("The noise of a seed never changes", "[noise]") {
  CHECK(draw(6, 42, 0) == std::vector<float>{0.672982395f, -0.615843952f, 0.621188283f,
                                             -0.406752855f, -3.96620584f, 0.286712319f});
  CHECK(draw(4, 42, 1) ==
        std::vector<float>{0.293100595f, 0.430167645f, 0.435275137f, 0.745076418f});
  CHECK(draw(4, 0, 0) ==
        std::vector<float>{0.844316483f, -0.0978761166f, 0.377890766f, 1.62115777f});
}

}  // namespace
}  // namespace trm
