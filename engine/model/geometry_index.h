// A layout's relations (geometry_plan.h) as tensors, ready for the geometry mixers.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "engine/geometry_plan.h"
#include "engine/kernels/row_ops.h"
#include "engine/native/recursive_net.h"

namespace trm {

/// Index tensors of one layout for the relations that an arch names. Immutable after make().
struct GeometryIndex : GeometryFrame {
  /// A groups relation over nodes: the plan's CSR arrays for the fused kernel, and the same as
  /// index tensors for the reference path and for CUDA.
  struct Groups : GeometryPlan::Groups {
    torch::Tensor member;  ///< [M] int64: node of each membership
    torch::Tensor set;     ///< [M] int64: its set
    torch::Tensor scale;   ///< [S] float32: 1 / sqrt(|set|)
  };
  /// In weight order. Per-symbol nets: the module's relation within each symbol, and at the end the
  /// sets of all symbols of one position.
  std::vector<Groups> groups;

  /// The groups as int32 arrays on the device for its pooling kernel (kernels::PoolIndex).
  /// Undefined on the CPU, where the kernel reads the vectors.
  struct DeviceGroups {
    torch::Tensor set_starts;   ///< [sets + 1]
    torch::Tensor members;      ///< [M of all relations]
    torch::Tensor node_starts;  ///< [relations * nodes + 1]
    torch::Tensor node_sets;    ///< [M of all relations]
  };
  DeviceGroups on_device;

  /// The groups for the CPU's kernels; valid as long as this object.
  std::vector<kernels::GroupSets> group_sets() const;

  torch::Tensor neighbours;  ///< [offsets, L] int64, L for "none"
  /// With offsets: for each position itself and its neighbours, [L * (1 + n)] int64.
  torch::Tensor taps;

  /// The plan itself, for the network that needs no tensors.
  std::shared_ptr<const native::Shape> shape;

  torch::Tensor present;     ///< [nodes] float32: 1 at nodes that are no pad
  torch::Tensor symbol_ids;  ///< per-symbol nets: [symbols] int64, 0, 1, ...

  /// Error: unsupported_by_model when a relation that the arch names is missing or of a kind that
  /// its mixer cannot use.
  static Result<GeometryIndex> make(const Arch& arch, const TokenLayout& layout,
                                    const Geometry& geometry, torch::Device device);
};

}  // namespace trm
