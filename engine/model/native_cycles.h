// The H cycles of a Network in training, computed by native::TrainableNet instead of torch: the
// rest of the step (embedding, heads, losses, optimiser) stays torch's.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/network.h"
#include "engine/native/trainable_net.h"

namespace trm {

/// Not thread-safe; one graph at a time: a step's backward pass comes before the next step.
class NativeCycles {
 public:
  virtual ~NativeCycles() = default;

  /// For CPU networks in float32 or bfloat16; null for others. `team` null: the process's team of
  /// as many threads as torch's pool has.
  static std::unique_ptr<NativeCycles> make(const Arch& arch, torch::Device device,
                                            torch::ScalarType dtype,
                                            std::shared_ptr<native::ThreadTeam> team);

  /// Whether boards of this geometry can take this way.
  virtual bool supports(const GeometryIndex& geometry) const = 0;

  /// Takes new weights. Throws c10::Error naming a tensor that is not finite.
  virtual void load(const Network::NamedTensors& parameters,
                    const Network::NamedTensors& buffers) = 0;

  /// As Network::step up to the heads: y (with a gradient, in grad mode, for x and for the blocks'
  /// parameters) and z [B, N, D] of `x` and `carry`.
  Carry run(const torch::Tensor& x, const Carry& carry, const GeometryIndex& geometry,
            const RecursionDepth& depth);

 protected:
  struct Function;
  /// Writes y_out and z_out; keeps a tape if asked.
  virtual void forward(const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& z,
                       const torch::Tensor& y_out, const torch::Tensor& z_out,
                       const GeometryIndex& geometry, const RecursionDepth& depth, bool tape) = 0;
  virtual void backward(const torch::Tensor& dy, const torch::Tensor& dx) = 0;
  virtual void gradient(const std::string& name, const torch::Tensor& to) const = 0;

  std::vector<std::string> names_;      ///< of the blocks' parameters
  std::vector<torch::Tensor> weights_;  ///< the same: leaves of the graph
};

}  // namespace trm
