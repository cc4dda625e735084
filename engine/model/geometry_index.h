// A layout's relations as tensors, ready for the geometry mixers.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "engine/weights/arch.h"
#include "puzzles/tokens.h"

namespace trm {

/// Index tensors of one layout for the relations that an arch names. Immutable after make().
struct GeometryIndex {
  std::int64_t rows = 0;    ///< of the layout
  std::int64_t cols = 0;
  std::int64_t length = 0;  ///< L = rows * cols

  /// A groups relation: CSR arrays for the fused kernel, and the same map as a symmetric matrix
  /// [L, L] float32 for the reference path: entry (p, q) sums 1 / sqrt(|set|) over the sets that hold
  /// both p and q.
  struct Groups {
    std::vector<std::int32_t> starts;
    std::vector<std::int32_t> members;
    bool disjoint = true;
    torch::Tensor pool;
  };
  std::vector<Groups> groups;  ///< in weight order

  /// Offset relations: their (dr, dc) in weight order, and neighbours [n, L] int64 with L for "none".
  std::vector<std::pair<int, int>> offsets;
  torch::Tensor neighbours;
  /// The offsets are exactly the eight neighbours of a full rectangle, so that a dense 3x3
  /// convolution computes them.
  bool dense3x3 = false;

  torch::Tensor present;  ///< [L] float32: 1 at positions that are no pad

  /// Error: unsupported_by_model when a relation that the arch names is missing or of a kind that
  /// its mixer cannot use.
  static Result<GeometryIndex> make(const Arch& arch, const TokenLayout& layout,
                                    const Geometry& geometry, torch::Device device);
};

}  // namespace trm
