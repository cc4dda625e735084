// What several training processes exchange. The trainer implements it on c10d; learning knows this
// interface only.
#pragma once

#include <torch/torch.h>

#include <vector>

namespace trm {

/// A group of processes that train one network on different rows. Every process makes the same
/// calls in the same order. Implementations throw c10::Error when a peer is lost.
class Collective {
 public:
  virtual ~Collective() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Adds each tensor over all processes, in place.
  virtual void sum(std::vector<torch::Tensor>& tensors) = 0;
  /// The tensors of all processes one after another along dimension 0; same shape everywhere.
  virtual torch::Tensor gather(const torch::Tensor& tensor) = 0;
};

}  // namespace trm
