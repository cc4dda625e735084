// Gaussian noise for the carry (SlotInput::noise, SlotInput::start_noise).
//
// Drawn on the host by the project's own generator, so that a seed means the same numbers for every
// backend, device, slot and batch. How backends use it, with P + N nodes and D channels:
//  - start (counter 0): y += the first (P + N) * D numbers, z += the next as many, row-major;
//  - before supervision step t + 1, t >= 1 steps being done (counter t): z += (P + N) * D numbers.
// The sum is taken in float32 and rounded to the compute type.
#pragma once

#include <cstdint>
#include <span>

namespace trm {

/// Fills `out` with `scale` times standard normal numbers: product and result are float32. Equal
/// arguments give equal numbers, a longer span begins with those of a shorter one of even length,
/// and other seeds or counters give independent ones (the stream is xoshiro256**; Box-Muller in
/// double precision). Pure and thread-safe.
void carry_noise(std::span<float> out, std::uint64_t seed, std::uint64_t counter, float scale);

}  // namespace trm
