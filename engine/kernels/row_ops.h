// Fused row operations of the network on the CPU: residual + RMSNorm, SwiGLU, rotary positions,
// group pooling.
//
// Torch computes each of these in five to ten passes over memory; here each is one pass. The code
// is written once (row_ops_impl.inc) and compiled for several instruction sets; the best one that
// the processor has is chosen at run time, and the tests compare all of them with the scalar build.
//
// Raw pointers, row-major, float32 or bfloat16 (stored as its upper 16 bits); sums are float32.
// Functions are pure and thread-safe; callers split rows or boards over threads.
#pragma once

#include <cstdint>
#include <vector>

namespace trm::kernels {

/// bfloat16 as stored.
using Bf16 = std::uint16_t;

/// Sets of positions of one relation, in CSR form.
struct GroupSets {
  const std::int32_t* starts;   ///< [count + 1]
  const std::int32_t* members;  ///< [starts[count]]: positions 0 .. length - 1
  std::int64_t count;
  bool disjoint;  ///< no position lies in two sets
};

/// The sets of several relations, numbered through, and which of them hold each node: what the
/// GPU's pooling reads (pool_index.h makes it).
struct PoolIndex {
  const std::int32_t* set_starts;   ///< [sets + 1]
  const std::int32_t* members;      ///< [set_starts[sets]]
  const std::int32_t* node_starts;  ///< [relations * length + 1]
  const std::int32_t* node_sets;    ///< [set_starts[sets]]
  std::int64_t sets;
  std::int64_t relations;
};

/// The operations for one element type.
template <class T>
struct RowOpsFor {
  /// y = h * s with h = x + r, s = 1 / sqrt(mean(h^2) + eps) for each row of `dim`. r may be null
  /// (no residual); inv [rows] receives s unless null. (Weightless RMSNorm, Zhang & Sennrich 2019.)
  void (*add_rms_norm)(const T* x, const T* r, T* y, float* inv, std::int64_t rows,
                       std::int64_t dim, float eps);
  /// dh = s * (g - y * mean(g * y)): the gradient for x and for r alike.
  void (*add_rms_norm_backward)(const T* grad, const T* y, const float* inv, T* dh,
                                std::int64_t rows, std::int64_t dim);
  /// out[width] = silu(gate) * up with gate = in[0, width), up = in[width, 2 * width) of each row.
  void (*swiglu)(const T* in, T* out, std::int64_t rows, std::int64_t width);
  /// Gradient of swiglu for both halves, [rows, 2 * width].
  void (*swiglu_backward)(const T* in, const T* grad, T* din, std::int64_t rows,
                          std::int64_t width);
  /// Rotary positions (Su et al. 2021) for rows [first, first + rows) of `heads` heads of `dim`
  /// entries; row r has position r % length; cos, sin [length, dim]. Both halves of a head turn by
  /// `sign` times the position's angles: 1 forward, -1 backward. Strides: elements between rows.
  void (*rotate)(const T* x, T* y, const float* cos, const float* sin, std::int64_t first,
                 std::int64_t rows, std::int64_t length, std::int64_t heads, std::int64_t dim,
                 std::int64_t x_stride, std::int64_t y_stride, float sign);
  /// out [boards, length, (1 + k) * channels] from u [boards, length, channels]: each row is
  /// followed by its k pools, pool r of row p being the sum over the sets of relation r that hold p
  /// of (1 / sqrt(|set|)) * sum of u[q] over the set's q. Rows in no set get 0. `scratch`:
  /// `channels` floats.
  void (*pool_concat)(const T* u, T* out, std::int64_t boards, std::int64_t length,
                      std::int64_t channels, const GroupSets* relations, std::int64_t k,
                      float* scratch);
  /// Gradient of pool_concat for u; the pools are symmetric maps. `scratch`: (1 + length) *
  /// channels floats.
  void (*pool_concat_backward)(const T* grad, T* du, std::int64_t boards, std::int64_t length,
                               std::int64_t channels, const GroupSets* relations, std::int64_t k,
                               float* scratch);
};

struct RowOps {
  const char* name;  ///< "scalar", "avx2", "avx512"
  RowOpsFor<float> f32;
  RowOpsFor<Bf16> bf16;
};

/// The best set for this processor. TRM_ISA=scalar|avx2|avx512 in the environment picks a lesser
/// one.
const RowOps& row_ops();

/// All sets that this processor can run, scalar first.
std::vector<const RowOps*> available_row_ops();

}  // namespace trm::kernels
