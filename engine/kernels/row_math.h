// The arithmetic of the GPU's row operations, one element or one lane at a time, as functions that
// nvcc and the host's compiler both compile: what the CPU tests compare with the CPU kernels is
// what the GPU runs, but for fused multiply-adds. Definitions of the operations: row_ops.h.
//
// Torch-free; pure functions. The unnamed namespace keeps copies that were compiled for different
// instruction sets apart, as in row_ops_impl.inc.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/kernels/row_ops.h"

#ifdef __CUDACC__
#define TRM_HD __host__ __device__ inline
#else
#define TRM_HD inline
#endif

namespace trm::kernels {
namespace {

/// Threads that share one row of the norm: a warp.
constexpr int kLanes = 32;

TRM_HD float load_value(float v) { return v; }
TRM_HD float load_value(Bf16 v) {
  const std::uint32_t bits = static_cast<std::uint32_t>(v) << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

TRM_HD void store_value(float& to, float v) { to = v; }
/// Rounds to the nearest, ties to even; NaN keeps its upper bits and stays quiet.
TRM_HD void store_value(Bf16& to, float v) {
  std::uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  to = static_cast<Bf16>(v != v ? (bits >> 16) | 0x40u : rounded);
}

/// x[i] + r[i], r may be null.
template <class T>
TRM_HD float residual_sum(const T* x, const T* r, std::int64_t i) {
  return load_value(x[i]) + (r != nullptr ? load_value(r[i]) : 0.0f);
}

/// What one lane adds to a row's sum of squares: columns lane, lane + kLanes, ...
template <class T>
TRM_HD float squares_of_lane(const T* x, const T* r, std::int64_t dim, int lane) {
  float sum = 0;
  for (std::int64_t i = lane; i < dim; i += kLanes) {
    const float h = residual_sum(x, r, i);
    sum += h * h;
  }
  return sum;
}

/// The factor of RMSNorm for a row's sum of squares.
TRM_HD float norm_scale(float squares, std::int64_t dim, float eps) {
  return 1.0f / sqrtf(squares / static_cast<float>(dim) + eps);
}

/// Writes one lane's columns of the normalised row.
template <class T>
TRM_HD void write_norm_of_lane(const T* x, const T* r, T* y, std::int64_t dim, int lane,
                               float scale) {
  for (std::int64_t i = lane; i < dim; i += kLanes) {
    store_value(y[i], residual_sum(x, r, i) * scale);
  }
}

/// exp(x) as in the CPU kernels: 2^n by exponent bits times a polynomial on |r| <= ln(2) / 2.
TRM_HD float exp_value(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: rounds to an integer
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const std::int32_t bits = (static_cast<std::int32_t>(n) + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

TRM_HD float swiglu_value(float gate, float up) {
  return gate * (1.0f / (1.0f + exp_value(-gate))) * up;
}

/// Element i of swiglu's output [rows, width].
template <class T>
TRM_HD void write_swiglu(const T* in, T* out, std::int64_t i, std::int64_t width) {
  const std::int64_t gate = i / width * 2 * width + i % width;
  store_value(out[i], swiglu_value(load_value(in[gate]), load_value(in[gate + width])));
}

/// Scaled sum of one set for one channel of one board u [length, channels]; 0 for an empty set.
template <class T>
TRM_HD float set_sum(const T* u, std::int64_t channels, std::int64_t channel,
                     const std::int32_t* members, std::int32_t count) {
  if (count == 0) return 0;
  float sum = 0;
  for (std::int32_t m = 0; m < count; ++m) sum += load_value(u[members[m] * channels + channel]);
  return sum * (1.0f / sqrtf(static_cast<float>(count)));
}

/// Sum over the sets of one node, in their order, of one board's sums [sets, channels].
TRM_HD float gather_sets(const float* sums, std::int64_t channels, std::int64_t channel,
                         const std::int32_t* sets, std::int32_t count) {
  float sum = 0;
  for (std::int32_t s = 0; s < count; ++s) sum += sums[sets[s] * channels + channel];
  return sum;
}

/// Set `set` of all relations for one board, channel of the sums [sets, channels].
template <class T>
TRM_HD void write_set_sum(const T* u, float* sums, std::int64_t channels, std::int64_t channel,
                          std::int64_t set, const PoolIndex& index) {
  const std::int32_t from = index.set_starts[set];
  sums[set * channels + channel] =
      set_sum(u, channels, channel, index.members + from, index.set_starts[set + 1] - from);
}

/// Column `column` of node `node` of one board's output [length, (1 + k) * channels]: the node
/// itself first, then its pools.
template <class T>
TRM_HD void write_pool(const T* u, const float* sums, T* out, std::int64_t length,
                       std::int64_t channels, std::int64_t node, std::int64_t column,
                       const PoolIndex& index) {
  T& to = out[node * (1 + index.relations) * channels + column];
  const std::int64_t part = column / channels, channel = column % channels;
  if (part == 0) {
    to = u[node * channels + channel];
    return;
  }
  const std::int64_t at = (part - 1) * length + node;
  const std::int32_t from = index.node_starts[at];
  store_value(to, gather_sets(sums, channels, channel, index.node_sets + from,
                              index.node_starts[at + 1] - from));
}

}  // namespace
}  // namespace trm::kernels
