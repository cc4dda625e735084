// The gradient of a chunk's last H cycle, from its tapes. Internal.
#pragma once

#include <span>
#include <vector>

#include "engine/native/chunk.h"

namespace trm::native {

/// A block's weights packed for products with gradients of outputs.
template <class T>
struct BackwardLayer {
  kernels::PackedMatrix<T> near;                 ///< depth (tap, channel of the output)
  kernels::PackedMatrix<T> gate_up;              ///< depth in the order of GatedWidth
  std::vector<kernels::PackedMatrix<T>> pooled;  ///< likewise
  kernels::PackedMatrix<T> down;
};

/// Errors: none; the tensors were checked by make_weights(). Throws std::bad_alloc.
template <class T>
std::vector<BackwardLayer<T>> make_backward_layers(const Weights<T>& weights,
                                                   const TensorMap& tensors);

/// Sums of a block's weight gradients, in the order in which they are computed.
struct LayerGradient {
  kernels::Buffer<float> near;     ///< [D, (tap, channel)], rows of `depth` padded
  kernels::Buffer<float> gate_up;  ///< [D, 2 padded]: transposed, in the order of GatedWidth
  std::vector<kernels::Buffer<float>> pooled;  ///< likewise
  kernels::Buffer<float> down;                 ///< [D, padded]
};

/// Zeroed gradients of all blocks.
template <class T>
std::vector<LayerGradient> make_gradients(const Weights<T>& weights);

/// A thread's memory for the gradient of a chunk.
template <class T>
struct BackwardScratch {
  kernels::Buffer<float> grad;      ///< [rows, width]: of the state
  kernels::Buffer<float> dx;        ///< [rows, width]: of the question, summed over applications
  kernels::Buffer<T> dh;            ///< [rows, width]: of a norm's input, rounded
  kernels::Buffer<T> dkept;         ///< [rows, 2 padded]: of the gate and up sums
  kernels::Buffer<float> set_grad;  ///< [boards * set_rows + 1, width]: of pools; the last is zero
  kernels::Buffer<T> set_sums;      ///< [sets of a block, 2 padded]
  kernels::Buffer<T> inner;         ///< [rows of a segment, padded]
  kernels::Buffer<T> gathered;      ///< [rows of a segment, (tap, channel)]
  kernels::Buffer<T> turned;        ///< [width, rows of a segment]
  kernels::Buffer<T> scaled;        ///< [sets of a block, width]
  kernels::Buffer<T> packed;        ///< an operand of a weight gradient
  kernels::Buffer<float> c;         ///< a product of a block of rows
  std::vector<const float*> added;

  void reserve(const Weights<T>& w, const Shape& shape, std::int64_t boards);
};

/// Gradients of one chunk, by one thread.
template <class T>
class Backward {
 public:
  Backward(const Weights<T>& weights, std::span<const BackwardLayer<T>> layers, const Shape& shape,
           std::int64_t boards, BackwardScratch<T>& scratch, std::span<LayerGradient> gradients);

  /// From dy [rows, width], the gradient of the last H cycle's y: adds the weights' gradients and
  /// writes the question's, dx [rows, width].
  void run(std::span<const Tape<T>> tapes, const T* dy, T* dx);

 private:
  void network(const Tape<T>& tape);
  void mlp(std::size_t i, const T* in, const LayerTape<T>& tape);
  void mlp_segment(std::size_t i, const T* in, const LayerTape<T>& tape, std::int64_t row,
                   std::int64_t rows);
  void pools(std::size_t i, const LayerTape<T>& tape);
  void pool_sets(std::size_t i, const LayerTape<T>& tape, std::int64_t board, std::size_t relation);
  void add_pools();
  void near(std::size_t i, const T* in, const LayerTape<T>& tape);
  void norm(const NormTape<T>& tape);
  void add_product(const T* left, std::int64_t ldl, const T* right, std::int64_t ldr,
                   std::int64_t columns, std::int64_t rows, kernels::Buffer<float>& sum);

  const Weights<T>& w_;
  std::span<const BackwardLayer<T>> layers_;
  const Shape& shape_;
  BackwardScratch<T>& s_;
  std::span<LayerGradient> gradients_;
  const kernels::BlockOpsFor<T>& ops_;
  const kernels::GemmFor<T>& gemm_;
  std::int64_t boards_, S_, D_, width_, gated_, rows_;
};

extern template class Backward<float>;
extern template class Backward<kernels::Bf16>;

}  // namespace trm::native
