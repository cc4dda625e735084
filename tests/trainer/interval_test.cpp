// Intervals of measured rates.
#include "trainer/interval.h"

#include "tests/catch.h"

namespace trm {
namespace {

TEST_CASE("The Wilson interval holds the rate and shrinks with more trials", "[interval]") {
  const Interval few = wilson(9, 10), many = wilson(900, 1000);
  CHECK(few.low == Approx(0.596).margin(0.001));
  CHECK(few.high == Approx(0.982).margin(0.001));
  CHECK(many.high - many.low < few.high - few.low);
  for (const std::int64_t hits : {0, 1, 50, 99, 100}) {
    const Interval interval = wilson(hits, 100);
    CHECK(interval.low <= rate(hits, 100));
    CHECK(interval.high >= rate(hits, 100));
    CHECK((interval.low >= 0 && interval.high <= 1));
  }
  CHECK(wilson(0, 0).low == 0);
  CHECK(wilson(0, 0).high == 1);
  CHECK(rate(0, 0) == 0);
}

}  // namespace
}  // namespace trm
