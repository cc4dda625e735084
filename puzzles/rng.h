// Seeded random numbers that are the same on every machine.
//
// std::mt19937 is portable but the std distributions are not, so a seed would mean another puzzle
// on another standard library. This is xoshiro256** (Blackman & Vigna 2018) seeded by splitmix64,
// with our own bounded draw, so that `generate(seed)` is a stable name for a puzzle.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace trm {

/// A random stream. Copyable; not thread-safe; the whole state is four words, so that a training
/// checkpoint can hold it.
class Rng {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Rng(std::uint64_t seed = 0) {
    for (auto& word : state_) word = splitmix(seed);
  }

  /// An independent stream derived from a seed and a stream number.
  static Rng stream(std::uint64_t seed, std::uint64_t number) {
    std::uint64_t mixed = seed;
    const std::uint64_t a = splitmix(mixed);
    mixed = number ^ 0xd1b54a32d192ed03ULL;
    return Rng(a ^ splitmix(mixed));
  }

  /// 64 uniform bits.
  std::uint64_t next() {
    const std::uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, bound); bound must be > 0. Unbiased (rejection).
  std::uint32_t below(std::uint32_t bound) {
    const std::uint32_t threshold = (0u - bound) % bound;
    for (;;) {
      const std::uint64_t product = (next() >> 32) * bound;
      if (static_cast<std::uint32_t>(product) >= threshold) {
        return static_cast<std::uint32_t>(product >> 32);
      }
    }
  }

  /// Uniform integer in [low, high], both included; low <= high.
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low) + 1u));
  }

  /// Uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// True with probability p.
  bool chance(double p) { return uniform() < p; }

  /// Fisher-Yates shuffle of a random-access container.
  template <class Container>
  void shuffle(Container& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      using std::swap;
      swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
    }
  }

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  static std::uint64_t splitmix(std::uint64_t& x) {
    x += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = x;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  static std::uint64_t rotl(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  State state_{};
};

}  // namespace trm
