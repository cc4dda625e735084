// The sets of several relations as arrays for the GPU's group pooling.
//
// The CPU adds each set's sum to its members. On the GPU that would take atomic additions, whose
// order changes from run to run, wherever sets overlap. So the kernel runs in two passes without
// them: one thread sums a set's channel, then one thread gathers a node's channel from the sums of
// its sets. That reads every node once for each set it lies in, where a single pass would read all
// members of all sets of each node, and every sum has one fixed order.
#pragma once

#include <span>
#include <vector>

#include "engine/kernels/row_ops.h"

namespace trm::kernels {

/// The arrays on the host, and how to copy them: all relations' sets are numbered through.
struct PoolTables {
  std::vector<std::int32_t> set_starts;   ///< [sets + 1]
  std::vector<std::int32_t> members;      ///< [set_starts[sets]]: nodes of each set
  std::vector<std::int32_t> node_starts;  ///< [relations * length + 1]
  std::vector<std::int32_t> node_sets;    ///< [members]: sets of each relation's nodes, ascending
  std::int64_t relations = 0;

  std::int64_t sets() const { return static_cast<std::int64_t>(set_starts.size()) - 1; }
  /// Pointers to these arrays.
  PoolIndex index() const;
};

/// Tables of the relations over nodes 0 .. length - 1. Pure.
PoolTables make_pool_tables(std::span<const GroupSets> relations, std::int64_t length);

}  // namespace trm::kernels
