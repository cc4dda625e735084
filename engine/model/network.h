// The Tiny Recursive Model: one small network applied to its own answer again and again.
//
// Paper: "Less is More: Recursive Reasoning with Tiny Networks" (arXiv 2510.04871), section 4 and
// figure 3. Names: x question embedding, y answer (`z_H` in the official code), z latent (`z_L`).
// The parameters carry the official state dict's names, so that official weights load as they are.
// Not thread-safe: one thread uses a Network at a time.
#pragma once

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/model/geometry_index.h"
#include "engine/weights/arch.h"

namespace trm {

/// The recursion's state for B rows: both [B, P + N, D], P = arch.prefix_len(), N = L nodes
/// (per-symbol nets: GeometryIndex::nodes).
struct Carry {
  torch::Tensor y;  ///< the current answer (`z_H`)
  torch::Tensor z;  ///< the latent reasoning (`z_L`)
};

/// One batch of boards with the same layout.
struct Batch {
  torch::Tensor tokens;       ///< [B, L] int64
  torch::Tensor identifiers;  ///< [B] int64; undefined if the arch has no puzzle embedding
  const GeometryIndex* geometry = nullptr;  ///< of the layout; needed by geometry mixers
  torch::Tensor
      puzzle_rows;  ///< [B, puzzle_emb_ndim] float32; overrides the table (training: leaf)
};

/// What one supervision step gives.
struct StepOutput {
  Carry carry;           ///< detached
  torch::Tensor logits;  ///< [B, L, V] in the compute dtype
  torch::Tensor q;       ///< [B, 2] float32: halt logit, continue logit
};

/// How the recursion runs; the arch's own values unless a depth curriculum says otherwise.
struct RecursionDepth {
  int H_cycles = 3;
  int L_cycles = 6;
};

class NativeCycles;

class Network {
 public:
  using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

  /// Freshly initialised float32 parameters (truncated normal with corrected standard deviation, q
  /// head 0 with bias -5), drawn from torch's generator seeded with `seed`.
  Network(const Arch& arch, std::uint64_t seed, torch::Device device);

  const Arch& arch() const { return arch_; }
  torch::Device device() const { return device_; }

  /// Trained parameters: float32 masters, official names; same order for the same arch.
  NamedTensors& parameters() { return parameters_; }
  const NamedTensors& parameters() const { return parameters_; }
  /// H_init and L_init [D], which are never trained, and the puzzle-embedding table
  /// [identifiers, puzzle_emb_ndim], which has an optimiser of its own.
  NamedTensors& buffers() { return buffers_; }
  const NamedTensors& buffers() const { return buffers_; }
  torch::Tensor& buffer(std::string_view name);
  torch::Tensor& parameter(std::string_view name);

  /// Compute dtype: float32 or bfloat16, with float32 masters; float64 makes the masters double too
  /// (for good: comparisons of implementations).
  void set_dtype(torch::ScalarType dtype);
  torch::ScalarType dtype() const { return dtype_; }

  /// Uses our fused kernels (default) or torch's own eager operations, the reference they are
  /// tested against. CUDA tensors take them in inference only.
  void set_fused(bool fused) { fused_ = fused; }

  /// Computes the H cycles of geometry nets on the CPU by native::TrainableNet where it can, in
  /// training and without gradient (default: off, LibTorch does it all). What learns turns it on.
  /// `team` null: the process's.
  void set_native(bool native, std::shared_ptr<native::ThreadTeam> team = nullptr) {
    native_ = native;
    team_ = std::move(team);
  }

  /// Copies the masters to the compute dtype. Call it after the masters changed and, in training,
  /// once before each supervision step (the copies are nodes of the autograd graph then): weights
  /// are cast once a step, not once a call.
  void prepare();

  /// The start state for `rows` rows of `nodes` nodes (L, or GeometryIndex::nodes).
  Carry initial_carry(std::int64_t rows, std::int64_t nodes) const;

  /// One supervision step: depth.H_cycles times { L_cycles times z = net(z + y + x); y = net(y + z)
  /// }, all but the last H cycle without gradient. Throws c10::Error on mismatched shapes.
  StepOutput step(const Carry& carry, const Batch& batch, const RecursionDepth& depth);

  /// Multiply-accumulates x 2 of one application of the network to one row of `nodes` nodes.
  double flops_per_call(std::int64_t nodes) const;

  /// Bytes that a step without gradient of `rows` rows of `length` positions and `nodes` nodes
  /// takes beyond the weights, its carry before and after included: an estimate from above.
  std::int64_t step_bytes(std::int64_t rows, std::int64_t length, std::int64_t nodes) const;

 private:
  struct Layer;  // one block's weights in the compute dtype
  struct Prepared;

  void prepare_dense(const GeometryIndex& geometry);
  bool runs_native(const Batch& batch);
  Carry cycles(const torch::Tensor& x, const Carry& carry, const Batch& batch,
               const RecursionDepth& depth) const;
  torch::Tensor embed(const Batch& batch) const;
  torch::Tensor apply(torch::Tensor hidden, const torch::Tensor& injection,
                      const Batch& batch) const;
  torch::Tensor mix(const Layer& layer, const torch::Tensor& hidden, const Batch& batch) const;
  torch::Tensor halt_head(const torch::Tensor& summary) const;
  torch::Tensor near_convolution(const Layer& layer, const torch::Tensor& hidden,
                                 const GeometryIndex& geometry) const;

  Arch arch_;
  torch::Device device_;
  torch::ScalarType dtype_ = torch::kFloat32;
  bool fused_ = true;
  bool native_ = false;
  std::shared_ptr<native::ThreadTeam> team_;
  NamedTensors parameters_;
  NamedTensors buffers_;
  std::shared_ptr<Prepared> prepared_;
  std::shared_ptr<NativeCycles> native_cycles_;  ///< made at need
  bool native_stale_ = true;                     ///< its weights are not the masters'
};

}  // namespace trm
