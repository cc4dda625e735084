// The recursion of training without a numeric library: all H cycles of a supervision step for a
// batch, the last one with its gradient (paper, section 4.1).
//
// The forward pass is that of recursive_net.h; the backward pass uses the same facts: what reads a
// pooled set is multiplied once for the set, forward and backward, and products run on blocks that
// stay in the cache together with what follows them. Embedding, heads and losses are the caller's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/native/recursive_net.h"

namespace trm::native {

/// T: float or kernels::Bf16 for activations and weights in products; sums and gradients of weights
/// are float32. Not thread-safe.
template <class T>
class TrainableNet {
 public:
  /// Geometry nets whose D is a multiple of kernels::kColumnStep, on boards of these shapes.
  static bool supports(const Arch& arch, const Shape& shape);

  /// Errors: those of RecursiveNet::make.
  static Result<std::unique_ptr<TrainableNet>> make(const Arch& arch,
                                                    std::shared_ptr<ThreadTeam> team);
  ~TrainableNet();

  /// Takes the weights of the steps that follow. Errors: as RecursiveNet::make.
  Result<void> load(const TensorMap& tensors);

  /// H_cycles times { L_cycles times z = net(z + y + x); y = net(y + z) }. All are
  /// [boards, positions, D], dense; the results may lie where y and z do. With `tape` it keeps what
  /// backward() needs until the next call. Throws std::bad_alloc.
  void forward(std::shared_ptr<const Shape> shape, std::int64_t boards, const T* x, const T* y,
               const T* z, T* y_out, T* z_out, int H_cycles, int L_cycles, bool tape);

  /// The gradients of the last taped forward(): from that of y_out, dy, that of x in dx, and those
  /// of the weights for gradient(). Throws std::bad_alloc.
  void backward(const T* dy, T* dx);

  /// The gradient of a block's tensor in its own shape and order, float32. `name` as in the weights
  /// file; false if the blocks have no such tensor.
  bool gradient(const std::string& name, float* to) const;

 private:
  struct Impl;
  explicit TrainableNet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

extern template class TrainableNet<float>;
extern template class TrainableNet<kernels::Bf16>;

}  // namespace trm::native
