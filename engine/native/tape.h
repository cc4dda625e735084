// What the gradient of the last H cycle needs of its forward pass. Internal.
#pragma once

#include <vector>

#include "engine/native/weights.h"

namespace trm::native {

/// The output of a residual + RMSNorm, and its inverse root mean squares.
template <class T>
struct NormTape {
  kernels::Buffer<T> out;      ///< [rows, width]
  kernels::Buffer<float> inv;  ///< [rows]
};

template <class T>
struct LayerTape {
  NormTape<T> near;         ///< with offset relations only
  kernels::Buffer<T> kept;  ///< [rows, 2 padded]: gate and up sums, in the order of GatedWidth
  kernels::Buffer<T> sums;  ///< [boards * set_rows, width]: pools
  NormTape<T> mlp;
};

/// One application of the network to the rows of a chunk.
template <class T>
struct Tape {
  kernels::Buffer<T> in;  ///< [rows, width]: state + injection
  std::vector<LayerTape<T>> layers;

  /// Takes memory for so many rows and pooled sets; what is large enough stays.
  void reserve(const Weights<T>& w, std::int64_t rows, std::int64_t set_rows);
};

/// A buffer of at least `size` elements; new memory is zeroed, the contents are lost.
template <class T>
void grow(kernels::Buffer<T>& buffer, std::int64_t size) {
  if (buffer.size() < size) buffer = kernels::Buffer<T>(size);
}

template <class T>
void Tape<T>::reserve(const Weights<T>& w, std::int64_t rows, std::int64_t set_rows) {
  const std::int64_t width = kernels::round_up(w.arch.hidden_size, kernels::kColumnStep);
  grow(in, rows * width);
  layers.resize(w.layers.size());
  for (LayerTape<T>& layer : layers) {
    if (w.taps() > 0) {
      grow(layer.near.out, rows * width);
      grow(layer.near.inv, rows);
    }
    grow(layer.kept, rows * 2 * w.gated.padded);
    if (w.pools() > 0) grow(layer.sums, set_rows * width);
    grow(layer.mlp.out, rows * width);
    grow(layer.mlp.inv, rows);
  }
}

}  // namespace trm::native
