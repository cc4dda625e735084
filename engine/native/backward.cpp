#include "engine/native/backward.h"

#include <cmath>

namespace trm::native {

using kernels::Bf16;
using kernels::Buffer;
using kernels::kColumnStep;
using kernels::kDepthStep;
using kernels::PackedMatrix;
using kernels::round_up;

namespace {

// Rows whose share of the weights' gradients is computed together: their operands lie in the
// second-level cache. A multiple of kDepthStep and of kBlockRows.
constexpr std::int64_t kSegmentRows = 256;

// W^T of W [n, k] as it lies.
template <class T>
PackedMatrix<T> packed_transpose(const std::vector<float>& w, std::int64_t n, std::int64_t k) {
  const auto values = rounded<T>(w.data(), n * k);
  return PackedMatrix<T>::transpose(kernels::gemm<T>(), values.data(), n, k, k);
}

// [out, (tap, in)] as [(tap, out), in].
std::vector<float> by_tap_and_output(const std::vector<float>& w, std::int64_t D,
                                     std::int64_t taps) {
  std::vector<float> turned(w.size());
  for (std::int64_t out = 0; out < D; ++out) {
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      std::copy_n(w.begin() + (out * taps + tap) * D, D, turned.begin() + (tap * D + out) * D);
    }
  }
  return turned;
}

template <class T>
std::int64_t near_depth(const Weights<T>& w) {
  return round_up(w.taps() * w.arch.hidden_size, kDepthStep);
}

}  // namespace

template <class T>
std::vector<BackwardLayer<T>> make_backward_layers(const Weights<T>& weights,
                                                   const TensorMap& tensors) {
  const Arch& arch = weights.arch;
  const std::int64_t D = arch.hidden_size, F = arch.inner_width(arch.hidden_size);
  const std::int64_t pools = weights.pools(), all = D * (1 + pools), taps = weights.taps();
  std::vector<BackwardLayer<T>> layers;
  for (int i = 0; i < arch.L_layers; ++i) {
    const auto take = [&](const std::string& name) {
      return floats_of(tensors.find(layer_name(i, name))->second);
    };
    BackwardLayer<T> layer;
    if (taps > 0) {
      const auto near = by_tap_and_output(near_order(take("near.weight"), D, taps), D, taps);
      layer.near = packed_transpose<T>(near, taps * D, D);
    }
    const auto gate_up = take("mlp.gate_up_proj.weight");
    const auto gated = [&](std::int64_t from) {
      return packed_transpose<T>(gated_order(gate_up, weights.gated, all, from, D),
                                 2 * weights.gated.padded, D);
    };
    layer.gate_up = gated(0);
    for (std::int64_t r = 0; r < pools; ++r) layer.pooled.push_back(gated((1 + r) * D));
    layer.down = packed_transpose<T>(take("mlp.down_proj.weight"), D, F);
    layers.push_back(std::move(layer));
  }
  return layers;
}

template <class T>
std::vector<LayerGradient> make_gradients(const Weights<T>& weights) {
  const std::int64_t rows = round_up(weights.arch.hidden_size, kernels::kRowStep);
  const std::int64_t gated = 2 * weights.gated.padded;
  std::vector<LayerGradient> gradients(weights.layers.size());
  for (LayerGradient& layer : gradients) {
    if (weights.taps() > 0) layer.near = Buffer<float>(rows * near_depth(weights));
    layer.gate_up = Buffer<float>(rows * gated);
    for (std::int64_t r = 0; r < weights.pools(); ++r) layer.pooled.emplace_back(rows * gated);
    layer.down = Buffer<float>(rows * weights.gated.padded);
  }
  return gradients;
}

template <class T>
void BackwardScratch<T>::reserve(const Weights<T>& w, const Shape& shape, std::int64_t boards) {
  const std::int64_t width = round_up(w.arch.hidden_size, kColumnStep);
  const std::int64_t gated = 2 * w.gated.padded, near = near_depth(w);
  const std::int64_t rows = boards * shape.positions + kernels::kRowStep;
  const std::int64_t segment = kSegmentRows + kernels::kRowStep;
  grow(grad, rows * width);
  grow(dx, rows * width);
  grow(dh, rows * width);
  grow(dkept, rows * gated);
  grow(inner, segment * w.gated.padded);
  grow(turned, round_up(width, kernels::kRowStep) * kSegmentRows);
  grow(packed, kSegmentRows * std::max(gated, near));
  grow(c, (kBlockRows + kernels::kRowStep) * std::max(w.gated.padded, width));
  if (w.taps() > 0) grow(gathered, segment * near);
  if (w.pools() > 0) {
    grow(set_grad, (boards * shape.set_rows + 1) * width);
    grow(set_sums, (kSetBlock + kernels::kRowStep) * gated);
    grow(scaled, kSetBlock * width);
    added.resize(static_cast<std::size_t>(kBlockRows * shape.node_sets));
  }
}

template <class T>
Backward<T>::Backward(const Weights<T>& weights, std::span<const BackwardLayer<T>> layers,
                      const Shape& shape, std::int64_t boards, BackwardScratch<T>& scratch,
                      std::span<LayerGradient> gradients)
    : w_(weights),
      layers_(layers),
      shape_(shape),
      s_(scratch),
      gradients_(gradients),
      ops_(ops_for<T>()),
      gemm_(kernels::gemm<T>()),
      boards_(boards),
      S_(shape.positions),
      D_(weights.arch.hidden_size),
      width_(round_up(D_, kColumnStep)),
      gated_(2 * weights.gated.padded),
      rows_(S_ * boards) {}

template <class T>
void Backward<T>::run(std::span<const Tape<T>> tapes, const T* dy, T* dx) {
  const std::int64_t size = rows_ * width_;
  ops_.widen(dy, s_.grad.data(), size);
  network(tapes.back());  // y = net(y + z): what z receives goes on, the old y has no gradient
  std::fill_n(s_.dx.data(), size, 0.0f);
  for (std::size_t l = tapes.size() - 1; l-- > 0;) {
    network(tapes[l]);
    float* sum = s_.dx.data();
    const float* grad = s_.grad.data();
    for (std::int64_t i = 0; i < size; ++i) sum[i] += grad[i];
  }
  ops_.round(s_.dx.data(), width_, dx, width_, rows_, width_);
}

// s_.grad: from the gradient of an application's output to that of state + injection.
template <class T>
void Backward<T>::network(const Tape<T>& tape) {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const LayerTape<T>& layer = tape.layers[i];
    const T* in = i > 0 ? tape.layers[i - 1].mlp.out.data() : tape.in.data();
    const bool taps = !layers_[i].near.empty();
    mlp(i, taps ? layer.near.out.data() : in, layer);
    if (taps) near(i, in, layer);
  }
}

// s_.grad, s_.dh: from the gradient of a norm's output to that of its input.
template <class T>
void Backward<T>::norm(const NormTape<T>& tape) {
  ops_.add_rms_norm_backward(s_.grad.data(), width_, tape.out.data(), width_, tape.inv.data(),
                             s_.dh.data(), width_, rows_, width_, D_);
}

// sum [width, columns] += left^T right of `rows` rows; columns a multiple of kColumnStep.
template <class T>
void Backward<T>::add_product(const T* left, std::int64_t ldl, const T* right, std::int64_t ldr,
                              std::int64_t columns, std::int64_t rows, Buffer<float>& sum) {
  const std::int64_t depth = round_up(rows, kDepthStep);
  ops_.transpose(left, ldl, s_.turned.data(), depth, rows, width_, depth);
  gemm_.pack(right, columns, rows, 1, ldr, s_.packed.data());
  gemm_.run(s_.turned.data(), depth, s_.packed.data(), depth, columns, sum.data(), columns, width_,
            true);
}

template <class T>
void Backward<T>::mlp(std::size_t i, const T* in, const LayerTape<T>& tape) {
  norm(tape.mlp);
  for (std::int64_t row = 0; row < rows_; row += kSegmentRows) {
    mlp_segment(i, in, tape, row, std::min(kSegmentRows, rows_ - row));
  }
  if (!layers_[i].pooled.empty()) pools(i, tape);
}

// dkept of the segment and its share of the weights' gradients; s_.grad += what goes through the
// node's own weights.
template <class T>
void Backward<T>::mlp_segment(std::size_t i, const T* in, const LayerTape<T>& tape,
                              std::int64_t row, std::int64_t rows) {
  const BackwardLayer<T>& layer = layers_[i];
  const std::int64_t inner = w_.gated.padded, chunk = w_.gated.chunk;
  T* dkept = s_.dkept.data() + row * gated_;
  for (std::int64_t at = 0; at < rows; at += kBlockRows) {
    const std::int64_t count = std::min(kBlockRows, rows - at);
    layer.down.run(s_.dh.data() + (row + at) * width_, width_, s_.c.data(), inner, count);
    for (std::int64_t from = 0; from < inner; from += chunk) {
      ops_.swiglu_backward(tape.kept.data() + (row + at) * gated_ + 2 * from, gated_,
                           s_.c.data() + from, inner, s_.inner.data() + at * inner + from, inner,
                           dkept + at * gated_ + 2 * from, gated_, count, chunk);
    }
    layer.gate_up.run(dkept + at * gated_, gated_, s_.grad.data() + (row + at) * width_, width_,
                      count, true);
  }
  add_product(s_.dh.data() + row * width_, width_, s_.inner.data(), inner, inner, rows,
              gradients_[i].down);
  add_product(in + row * width_, width_, dkept, gated_, gated_, rows, gradients_[i].gate_up);
}

template <class T>
void Backward<T>::pools(std::size_t i, const LayerTape<T>& tape) {
  std::fill_n(s_.set_grad.data() + boards_ * shape_.set_rows * width_, width_, 0.0f);
  for (std::int64_t board = 0; board < boards_; ++board) {
    for (std::size_t r = 0; r < layers_[i].pooled.size(); ++r) pool_sets(i, tape, board, r);
  }
  add_pools();
}

// The sets of one relation: a pool is (1 / sqrt(n)) times the sum over its n members, and so is
// what they receive; the weights' gradient takes the other factor back.
template <class T>
void Backward<T>::pool_sets(std::size_t i, const LayerTape<T>& tape, std::int64_t board,
                            std::size_t relation) {
  const GeometryPlan::Groups& groups = shape_.plan.groups[relation];
  for (std::int64_t set = 0; set < groups.count(); set += kSetBlock) {
    const std::int64_t count = std::min(kSetBlock, groups.count() - set);
    const std::int64_t first = board * shape_.set_rows + shape_.first_set[relation] + set;
    ops_.sum_sets(s_.dkept.data() + board * S_ * gated_, gated_, groups.starts.data(),
                  groups.members.data(), set, count, s_.set_sums.data(), gated_, gated_);
    layers_[i].pooled[relation].run(s_.set_sums.data(), gated_, s_.set_grad.data() + first * width_,
                                    width_, count);
    for (std::int64_t n = 0; n < count; ++n) {
      const auto s = static_cast<std::size_t>(set + n);
      const auto size = static_cast<float>(groups.starts[s + 1] - groups.starts[s]);
      float* row = s_.c.data();
      ops_.widen(tape.sums.data() + (first + n) * width_, row, width_);
      for (std::int64_t d = 0; d < width_; ++d) row[d] *= std::sqrt(size);
      ops_.round(row, width_, s_.scaled.data() + n * width_, width_, 1, width_);
    }
    add_product(s_.scaled.data(), width_, s_.set_sums.data(), gated_, gated_, count,
                gradients_[i].pooled[relation]);
  }
}

// s_.grad of each node += what its sets received.
template <class T>
void Backward<T>::add_pools() {
  for (std::int64_t row = 0; row < rows_; row += kBlockRows) {
    const std::int64_t rows = std::min(kBlockRows, rows_ - row);
    point_at_sets(shape_, boards_, s_.set_grad.data(), width_, row, rows, s_.added.data());
    ops_.add_rows(s_.grad.data() + row * width_, width_, s_.added.data(), shape_.node_sets, rows,
                  width_);
  }
}

template <class T>
void Backward<T>::near(std::size_t i, const T* in, const LayerTape<T>& tape) {
  norm(tape.near);
  const std::int64_t depth = near_depth(w_);
  const TapRows taps{w_.taps(), D_, width_, S_, depth};
  T* gathered = s_.gathered.data();
  for (std::int64_t row = 0; row < rows_; row += kSegmentRows) {
    const std::int64_t rows = std::min(kSegmentRows, rows_ - row);
    gather_taps(taps, shape_.plan.neighbours, in, row, rows, gathered);
    add_product(s_.dh.data() + row * width_, width_, gathered, depth, depth, rows,
                gradients_[i].near);
    gather_taps<T>(taps, shape_.back_neighbours, s_.dh.data(), row, rows, gathered);
    layers_[i].near.run(gathered, depth, s_.grad.data() + row * width_, width_, rows, true);
  }
}

template struct BackwardScratch<float>;
template struct BackwardScratch<Bf16>;
template class Backward<float>;
template class Backward<Bf16>;
template std::vector<BackwardLayer<float>> make_backward_layers(const Weights<float>&,
                                                                const TensorMap&);
template std::vector<BackwardLayer<Bf16>> make_backward_layers(const Weights<Bf16>&,
                                                               const TensorMap&);
template std::vector<LayerGradient> make_gradients(const Weights<float>&);
template std::vector<LayerGradient> make_gradients(const Weights<Bf16>&);

}  // namespace trm::native
