// The network's weights, checked and packed for the products of this processor. Internal.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/kernels/block_ops.h"
#include "engine/kernels/gemm.h"
#include "engine/weights/arch.h"
#include "engine/weights/safetensors.h"

namespace trm::native {

/// Weights of one block in the compute type; which are there depends on the mixer.
template <class T>
struct Layer {
  kernels::PackedMatrix<T> qkv, o;                 ///< attention
  kernels::PackedMatrix<T> mix_gate_up, mix_down;  ///< mlp_t over the length
  kernels::PackedMatrix<T> near;                   ///< offsets: depth (tap, channel), centre first
  kernels::PackedMatrix<T> gate_up;                ///< of the node itself
  std::vector<kernels::PackedMatrix<T>> pooled;    ///< of its pools, columns as gate_up's
  kernels::PackedMatrix<T> down;
};

/// A SwiGLU's product is computed in chunks: `chunk` gate columns, then the `chunk` up columns that
/// belong to them, so that a chunk can be finished in the cache.
struct GatedWidth {
  std::int64_t inner = 0;   ///< padded
  std::int64_t padded = 0;  ///< a multiple of chunk
  std::int64_t chunk = 0;

  static GatedWidth of(std::int64_t inner);
};

template <class T>
struct Weights {
  Arch arch;
  std::vector<Layer<T>> layers;
  GatedWidth gated, mix_gated;  ///< SwiGLU over channels, over the length
  kernels::PackedMatrix<T> lm_head;
  std::vector<float> embed_tokens, embed_pos, puzzle_emb;  ///< rounded to T
  std::vector<float> q_weight, q_bias, y_init, z_init;     ///< rounded to T
  std::vector<float> rope_cos, rope_sin;                   ///< [P + L, head dim]

  std::int64_t taps() const;   ///< 1 + offset relations; 0: none
  std::int64_t pools() const;  ///< pools that a block reads beside its own node
};

/// Errors: invalid_weights naming the tensor. Throws std::bad_alloc.
template <class T>
Result<Weights<T>> make_weights(const Arch& arch, const TensorMap& tensors);

/// The columns [from, from + k) of a SwiGLU's [2 inner, all] weights as rows in the order of
/// GatedWidth, [2 padded, k]; rows of units that are padding are zero.
std::vector<float> gated_order(const std::vector<float>& w, const GatedWidth& width,
                               std::int64_t all, std::int64_t from, std::int64_t k);
/// The row of the [2 inner] weights that stands in row `row` of gated_order(); -1: padding.
std::int64_t gated_source(const GatedWidth& width, std::int64_t row);
/// [D, D, taps] as [D, (tap, channel)], the order in which neighbours' rows are gathered.
std::vector<float> near_order(const std::vector<float>& w, std::int64_t D, std::int64_t taps);

/// Name of a tensor of block `i`, such as "inner.L_level.layers.0.mlp.down_proj.weight".
std::string layer_name(int i, const std::string& rest);
/// The floats of a checked tensor.
std::vector<float> floats_of(const TensorView& view);

/// This processor's operations for T.
template <class T>
const kernels::RowOpsFor<T>& row_ops_for();
template <>
inline const kernels::RowOpsFor<float>& row_ops_for<float>() {
  return kernels::row_ops().f32;
}
template <>
inline const kernels::RowOpsFor<kernels::Bf16>& row_ops_for<kernels::Bf16>() {
  return kernels::row_ops().bf16;
}
template <class T>
const kernels::BlockOpsFor<T>& ops_for();
template <>
inline const kernels::BlockOpsFor<float>& ops_for<float>() {
  return kernels::block_ops().f32;
}
template <>
inline const kernels::BlockOpsFor<kernels::Bf16>& ops_for<kernels::Bf16>() {
  return kernels::block_ops().bf16;
}
/// `size` floats rounded to T, any size; the buffer is padded with zeros to kColumnStep.
template <class T>
kernels::Buffer<T> rounded(const float* from, std::int64_t size);

}  // namespace trm::native
