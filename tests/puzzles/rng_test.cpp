// A seed names a puzzle: the stream must be the published generator, on every machine and forever.
// The reference values were computed from the algorithms' definitions, not with this code.
#include "puzzles/rng.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/catch.h"

using namespace trm;

namespace {

using Words = std::vector<std::uint64_t>;

Words draw(Rng rng, int count) {
  Words words;
  for (int i = 0; i < count; ++i) words.push_back(rng.next());
  return words;
}

// Sum over the bins of (seen - expected)^2 / expected.
double chi_square(const std::vector<int>& seen, double expected) {
  double sum = 0;
  for (const int count : seen) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("xoshiro256** from a known state", "[rng]") {
  Rng rng;
  rng.set_state({1, 2, 3, 4});
  CHECK(draw(rng, 10) == Words{11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u,
                               607988272756665600u, 16172922978634559625u, 8476171486693032832u,
                               10595114339597558777u, 2904607092377533576u});
}

TEST_CASE("a seed becomes four words of splitmix64", "[rng]") {
  // 1234567 is the seed whose splitmix64 values are printed everywhere.
  CHECK(Rng(1234567).state() == Rng::State{6457827717110365317u, 3203168211198807973u,
                                           9817491932198370423u, 4593380528125082431u});
  CHECK(Rng(0).state() == Rng::State{0xe220a8397b1dcdafu, 0x6e789e6aa1b965f4u, 0x06c45d188009454fu,
                                     0xf88bb8a8724c81ecu});
  CHECK(Rng(std::numeric_limits<std::uint64_t>::max()).state() ==
        Rng::State{0xe4d971771b652c20u, 0xe99ff867dbf682c9u, 0x382ff84cb27281e9u,
                   0x6d1db36ccba982d2u});
  CHECK(Rng().state() == Rng(0).state());
}

TEST_CASE("the stream of a seed", "[rng]") {
  CHECK(draw(Rng(0), 5) == Words{0x99ec5f36cb75f2b4u, 0xbf6e1f784956452au, 0x1a5f849d4933e6e0u,
                                 0x6aa594f1262d2d2cu, 0xbba5ad4a1f842e59u});
  CHECK(draw(Rng(1), 5) == Words{0xb3f2af6d0fc710c5u, 0x853b559647364ceau, 0x92f89756082a4514u,
                                 0x642e1c7bc266a3a7u, 0xb27a48e29a233673u});
  Rng rng(7);
  for (int i = 0; i < 1000; ++i) rng.next();
  CHECK(rng.state() == Rng::State{0xefd48c5cfdf75c2bu, 0x208a91c19febe82bu, 0xceb895b78d3dd28bu,
                                  0x5275c8a7f7d78094u});
}

TEST_CASE("numbered streams of one seed are fixed and differ", "[rng]") {
  CHECK(draw(Rng::stream(5, 3), 2) == Words{0x55ba521e2cdd83b0u, 0x4130018c6d47f77fu});
  Words first;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    first.push_back(Rng(seed).next());
    for (std::uint64_t number = 0; number < 20; ++number) {
      first.push_back(Rng::stream(seed, number).next());
    }
  }
  std::sort(first.begin(), first.end());
  CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
}

TEST_CASE("drawn numbers are fixed as well as the words", "[rng]") {
  // A library's own distribution would give other numbers from the same words.
  Rng rng(1);
  std::vector<std::uint32_t> nine;
  for (int i = 0; i < 20; ++i) nine.push_back(rng.below(9));
  CHECK(nine ==
        std::vector<std::uint32_t>{6, 4, 5, 3, 6, 1, 0, 3, 7, 4, 8, 8, 8, 6, 5, 8, 0, 4, 0, 0});
  rng = Rng(1);
  std::vector<int> around;
  for (int i = 0; i < 12; ++i) around.push_back(rng.between(-3, 3));
  CHECK(around == std::vector<int>{1, 0, 1, -1, 1, -2, -3, -1, 3, 0, 3, 3});
  rng = Rng(1);
  CHECK(rng.uniform() == 6331357011769570.0 / 9007199254740992.0);
  CHECK(rng.uniform() == 4687676335253193.0 / 9007199254740992.0);
  rng = Rng(1);
  std::vector<int> items(10);
  std::iota(items.begin(), items.end(), 0);
  rng.shuffle(items);
  CHECK(items == std::vector<int>{3, 6, 1, 5, 0, 9, 2, 8, 4, 7});
}

TEST_CASE("below rejects the surplus of a large bound", "[rng]") {
  // 2^32 is 1.43 times this bound, so close to a third of the words have to be thrown away: here
  // one before the third number and one before the fourth.
  Rng rng(1);
  std::vector<std::uint32_t> drawn;
  for (int i = 0; i < 6; ++i) drawn.push_back(rng.below(3'000'000'000u));
  CHECK(drawn == std::vector<std::uint32_t>{2108765499u, 1561309859u, 1173985805u, 430716109u,
                                            213135647u, 1143553339u});
  // Rejection counted exactly: 1000 numbers from seed 1 take 1423 words.
  rng = Rng(1);
  for (int i = 0; i < 1000; ++i) rng.below(3'000'000'000u);
  Rng counted(1);
  for (int i = 0; i < 1423; ++i) counted.next();
  CHECK(rng.state() == counted.state());
}

TEST_CASE("below stays in its range and favours no value", "[rng]") {
  Rng rng(99);
  for (const std::uint32_t bound : {1u, 2u, 3u, 7u, 16u, 100u}) {
    constexpr int per_bin = 500;
    std::vector<int> seen(bound, 0);
    bool inside = true;
    for (std::uint32_t i = 0; i < per_bin * bound; ++i) {
      const std::uint32_t value = rng.below(bound);
      if (value < bound) {
        ++seen[value];
      } else {
        inside = false;
      }
    }
    INFO("bound " << bound);
    CHECK(inside);
    // Mean bound - 1, variance 2 (bound - 1): far out for a uniform draw, near for a biased one.
    CHECK(chi_square(seen, per_bin) < 2.0 * bound + 12);
  }
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(rng.below(std::numeric_limits<std::uint32_t>::max()) <
            std::numeric_limits<std::uint32_t>::max());
  }
}

TEST_CASE("between holds both of its ends", "[rng]") {
  Rng rng(3);
  std::vector<int> seen(5, 0);
  for (int i = 0; i < 2000; ++i) {
    const int value = rng.between(-2, 2);
    REQUIRE((value >= -2 && value <= 2));
    ++seen[static_cast<std::size_t>(value + 2)];
  }
  CHECK(*std::min_element(seen.begin(), seen.end()) > 300);
  CHECK(rng.between(7, 7) == 7);
}

TEST_CASE("uniform and chance", "[rng]") {
  Rng rng(4);
  double sum = 0;
  int hits = 0;
  for (int i = 0; i < 10000; ++i) {
    const double value = rng.uniform();
    REQUIRE((value >= 0 && value < 1));
    sum += value;
    if (rng.chance(0.25)) ++hits;
    REQUIRE_FALSE(rng.chance(0));
    REQUIRE(rng.chance(1));
  }
  CHECK(sum / 10000 == Approx(0.5).margin(0.02));
  CHECK(hits / 10000.0 == Approx(0.25).margin(0.03));
}

TEST_CASE("a shuffle reaches every order about equally often", "[rng]") {
  Rng rng(5);
  std::vector<int> seen(27, 0);
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> items{0, 1, 2};
    rng.shuffle(items);
    ++seen[static_cast<std::size_t>(items[0] * 9 + items[1] * 3 + items[2])];
  }
  std::vector<int> orders;
  for (const int count : seen) {
    if (count > 0) orders.push_back(count);
  }
  REQUIRE(orders.size() == 6);
  CHECK(chi_square(orders, 1000) < 24);
  std::vector<int> none;
  rng.shuffle(none);
  CHECK(none.empty());
}

TEST_CASE("the state is the whole generator", "[rng]") {
  Rng rng(6);
  for (int i = 0; i < 100; ++i) rng.next();
  const Rng::State saved = rng.state();
  const Rng copy = rng;
  const Words ahead = draw(rng, 50);
  Rng other(12345);
  other.set_state(saved);
  CHECK(draw(other, 50) == ahead);
  CHECK(draw(copy, 50) == ahead);
  // Drawing from copies has left the original where it was.
  CHECK(rng.state() == saved);
  CHECK(draw(Rng(6), 50) != ahead);
}
