// A layout's relations as index lists, in the order and kind in which an architecture's geometry
// mixers read them. Torch-free: engine/model makes tensors of it, engine/native reads it as it is.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/weights/arch.h"
#include "puzzles/tokens.h"

namespace trm {

/// What a layout's relations have as numbers, whether their lists are vectors or tensors.
struct GeometryFrame {
  std::int64_t rows = 0;  ///< of the layout
  std::int64_t cols = 0;
  std::int64_t length = 0;  ///< L = rows * cols

  /// Nodes of the network's state: L, or L * symbols for per-symbol nets, node p * symbols + s.
  std::int64_t nodes = 0;
  std::int64_t symbols = 0;  ///< TokenLayout::symbols, 0 unless the arch is per-symbol

  std::vector<std::pair<int, int>> offsets;  ///< (dr, dc) of the offset relations, in weight order
  /// The offsets are exactly the eight neighbours of a full rectangle, so that a dense 3x3
  /// convolution computes them.
  bool dense3x3 = false;
};

/// Immutable after make().
struct GeometryPlan : GeometryFrame {
  /// A groups relation over nodes, in CSR form.
  struct Groups {
    std::vector<std::int32_t> starts;
    std::vector<std::int32_t> members;
    bool disjoint = true;  ///< no node lies in two sets

    std::int64_t count() const { return static_cast<std::int64_t>(starts.size()) - 1; }
  };
  /// In weight order. Per-symbol nets: the module's relation within each symbol, and at the end the
  /// sets of all symbols of one position.
  std::vector<Groups> groups;

  std::vector<std::int32_t> neighbours;  ///< [offsets, L], -1 for "none"
  std::vector<float> present;            ///< [nodes]: 1 at nodes that are no pad, else 0

  /// Error: unsupported_by_model when a relation that the arch names is missing or of a kind that
  /// its mixer cannot use.
  static Result<GeometryPlan> make(const Arch& arch, const TokenLayout& layout,
                                   const Geometry& geometry);
};

}  // namespace trm
