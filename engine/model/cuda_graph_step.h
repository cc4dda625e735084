// Supervision steps on the GPU as CUDA graphs: one launch a step instead of some hundred.
//
// A small net's step is a few hundred kernels of some microseconds each; launching them costs the
// host more than computing them costs the GPU. A graph is captured once for fixed shapes: static
// input, carry and output tensors of one geometry and batch size. Compiled for sm_80 and sm_90, not
// run on a GPU yet.
#pragma once

#include <memory>

#include "engine/model/network.h"

namespace trm {

/// Captured steps of one network, whose weights may not be prepared anew meanwhile. On the CPU,
/// with gradients, or in builds without CUDA every step is Network::step. Not thread-safe.
class GraphedSteps {
 public:
  /// Keeps at most `capacity` >= 1 graphs; the one used longest ago goes first.
  explicit GraphedSteps(std::size_t capacity = 32);
  ~GraphedSteps();
  GraphedSteps(GraphedSteps&&) noexcept;
  GraphedSteps& operator=(GraphedSteps&&) noexcept;

  /// Network::step. The first call for a shape warms up and captures; where capturing fails, this
  /// and later calls for that shape run eagerly. `geometry` is that of the batch (null if it has
  /// none) and is kept alive with the graph, which reads its arrays.
  StepOutput step(Network& network, const Carry& carry, const Batch& batch,
                  const RecursionDepth& depth, std::shared_ptr<const GeometryIndex> geometry);

  /// Graphs held, and shapes that could not be captured.
  std::size_t captured() const;
  std::size_t refused() const;

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

}  // namespace trm
