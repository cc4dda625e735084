#include "engine/backends/carry_noise.h"

#include <cmath>
#include <numbers>

#include "puzzles/rng.h"

namespace trm {

void carry_noise(std::span<float> out, std::uint64_t seed, std::uint64_t counter, float scale) {
  // Two derivations keep these streams apart from those that others take from the same seed.
  Rng rng = Rng::stream(Rng::stream(seed, 0x6e6f697365ULL).next(), counter);  // "noise"
  for (std::size_t i = 0; i < out.size(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));  // of (0, 1]: finite
    const double angle = 2 * std::numbers::pi * rng.uniform();
    out[i] = scale * static_cast<float>(radius * std::cos(angle));
    if (i + 1 < out.size()) out[i + 1] = scale * static_cast<float>(radius * std::sin(angle));
  }
}

}  // namespace trm
