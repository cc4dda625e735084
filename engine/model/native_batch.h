// The native network (engine/native) with tensors in and out: what parity runs and tests compare
// with the network on LibTorch.
#pragma once

#include <memory>
#include <vector>

#include "engine/model/network.h"
#include "engine/native/recursive_net.h"

namespace trm {

/// Boards of one layout with their carry. T: float or kernels::Bf16. One thread at a time.
template <class T>
class NativeBatch {
 public:
  /// With the masters of `network`, fresh carries. `identifiers` [B] int64 may be undefined where
  /// the arch has no puzzle embedding; tokens [B, L] int64 are in range. Errors: those of
  /// RecursiveNet::make and Shape::make.
  static Result<std::unique_ptr<NativeBatch>> make(const Network& network,
                                                   const TokenLayout& layout,
                                                   const Geometry& geometry,
                                                   const torch::Tensor& tokens,
                                                   const torch::Tensor& identifiers, int threads);

  /// Every carry becomes the start state.
  void restart();
  /// One supervision step of all boards, `together` at a time; 0: all. Everything is float32.
  StepOutput step(std::int64_t together = 0);

 private:
  struct Board {
    kernels::Buffer<T> x, y, z;
  };
  NativeBatch(std::unique_ptr<native::RecursiveNet<T>> net,
              std::shared_ptr<const native::Shape> shape, std::int64_t length)
      : net_(std::move(net)), shape_(std::move(shape)), length_(length) {}
  torch::Tensor state(kernels::Buffer<T> Board::*which) const;

  std::unique_ptr<native::RecursiveNet<T>> net_;
  std::shared_ptr<const native::Shape> shape_;
  std::int64_t length_;
  std::vector<Board> boards_;
};

extern template class NativeBatch<float>;
extern template class NativeBatch<kernels::Bf16>;

}  // namespace trm
