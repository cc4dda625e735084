#include "engine/native/trainable_net.h"

#include <algorithm>

#include "engine/native/backward.h"

namespace trm::native {

using kernels::Bf16;
using kernels::Buffer;
using kernels::round_up;

namespace {

/// What a thread works with; grows with the shapes that come.
template <class T>
struct Worker {
  ChunkSizes chunk_sizes;
  ScratchSizes scratch_sizes;
  std::unique_ptr<ChunkBuffers<T>> chunk;
  std::unique_ptr<Scratch<T>> scratch;
  BackwardScratch<T> backward;
  std::vector<LayerGradient> gradients;

  void reserve(const Weights<T>& w, const Shape& shape, std::int64_t boards);
};

template <class T>
void Worker<T>::reserve(const Weights<T>& w, const Shape& shape, std::int64_t boards) {
  ChunkSizes sizes = chunk_sizes;
  sizes.grow(Chunk<T>::sizes(w, shape, boards));
  if (!chunk || !(sizes == chunk_sizes)) {
    chunk = std::make_unique<ChunkBuffers<T>>(sizes);
    chunk_sizes = sizes;
  }
  ScratchSizes more = scratch_sizes;
  more.grow(Chunk<T>::scratch_sizes(w, shape));
  if (!scratch || !(more == scratch_sizes)) {
    scratch = std::make_unique<Scratch<T>>(more);
    scratch_sizes = more;
  }
}

void clear(Buffer<float>& buffer) { std::fill_n(buffer.data(), buffer.size(), 0.0f); }
void add(const Buffer<float>& from, Buffer<float>& to) {
  for (std::int64_t i = 0; i < to.size(); ++i) to.data()[i] += from.data()[i];
}

template <class F>
void for_buffers(LayerGradient& layer, F&& f) {
  f(layer.near), f(layer.gate_up), f(layer.down);
  for (Buffer<float>& pool : layer.pooled) f(pool);
}

void add(LayerGradient& from, LayerGradient& to) {
  add(from.near, to.near), add(from.gate_up, to.gate_up), add(from.down, to.down);
  for (std::size_t r = 0; r < to.pooled.size(); ++r) add(from.pooled[r], to.pooled[r]);
}

}  // namespace

template <class T>
struct TrainableNet<T>::Impl {
  Arch arch;
  std::shared_ptr<ThreadTeam> team;
  Weights<T> weights;
  std::vector<BackwardLayer<T>> layers;
  std::vector<Worker<T>> workers;  // one a thread
  // Of the last taped forward().
  std::shared_ptr<const Shape> shape;
  std::int64_t boards = 0;
  int applications = 0;
  std::vector<std::vector<Tape<T>>> tapes;  // one list a chunk

  std::int64_t row_elements(const Shape& s) const { return s.positions * arch.hidden_size; }
  std::int64_t chunks(const Shape& s, std::int64_t count) const {
    return (count + chunk_size(s, count) - 1) / chunk_size(s, count);
  }
  // Boards of a chunk: as many as its rows allow, but a chunk for each thread.
  std::int64_t chunk_size(const Shape& s, std::int64_t count) const {
    const std::int64_t share = (count + team->size() - 1) / team->size();
    return std::max<std::int64_t>(1, std::min(chunk_boards(s), share));
  }
  // Calls work(worker, chunk, first board, boards) for each chunk, on all threads.
  template <class Work>
  void for_chunks(const Shape& s, std::int64_t count, Work&& work) {
    const std::int64_t size = chunk_size(s, count), all = chunks(s, count);
    for (auto& worker : workers) worker.reserve(weights, s, std::min(size, count));
    team->run([&](const Crew& crew) {
      kernels::gemm<T>().enter();
      for (std::int64_t c = crew.index; c < all; c += crew.size) {
        work(workers[static_cast<std::size_t>(crew.index)], c, c * size,
             std::min(size, count - c * size));
      }
      kernels::gemm<T>().leave();
    });
  }
  const LayerGradient& sums(std::size_t layer) const { return workers.front().gradients[layer]; }
  bool block_gradient(std::size_t layer, const std::string& name, float* to) const;
};

template <class T>
TrainableNet<T>::TrainableNet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
template <class T>
TrainableNet<T>::~TrainableNet() = default;

template <class T>
bool TrainableNet<T>::supports(const Arch& arch, const Shape& shape) {
  return arch.mixer == Mixer::geometry && arch.hidden_size % kernels::kColumnStep == 0 &&
         arch.prefix_len() == 0 && shape.positions == shape.plan.nodes &&
         shape.back_neighbours.size() == shape.plan.neighbours.size();
}

template <class T>
Result<std::unique_ptr<TrainableNet<T>>> TrainableNet<T>::make(const Arch& arch,
                                                               std::shared_ptr<ThreadTeam> team) {
  if (auto valid = validate(arch); !valid) return valid.error();
  auto impl = std::make_unique<Impl>();
  impl->arch = arch;
  impl->workers.resize(static_cast<std::size_t>(team->size()));
  impl->team = std::move(team);
  return std::unique_ptr<TrainableNet>(new TrainableNet(std::move(impl)));
}

template <class T>
Result<void> TrainableNet<T>::load(const TensorMap& tensors) {
  auto weights = make_weights<T>(impl_->arch, tensors);
  if (!weights) return weights.error();
  impl_->weights = std::move(*weights);
  impl_->layers = make_backward_layers(impl_->weights, tensors);
  return {};
}

template <class T>
void TrainableNet<T>::forward(std::shared_ptr<const Shape> shape, std::int64_t boards, const T* x,
                              const T* y, const T* z, T* y_out, T* z_out, int H_cycles,
                              int L_cycles, bool tape) {
  Impl& impl = *impl_;
  const Shape& s = *shape;
  const std::int64_t size = impl.chunk_size(s, boards), board = impl.row_elements(s);
  if (tape) {
    impl.tapes.resize(static_cast<std::size_t>(
        std::max<std::int64_t>(impl.chunks(s, boards), std::ssize(impl.tapes))));
    for (std::int64_t c = 0; c < impl.chunks(s, boards); ++c) {
      auto& list = impl.tapes[static_cast<std::size_t>(c)];
      list.resize(std::max(list.size(), static_cast<std::size_t>(L_cycles) + 1));
      for (int l = 0; l <= L_cycles; ++l) {
        list[static_cast<std::size_t>(l)].reserve(impl.weights, size * s.positions,
                                                  size * s.set_rows);
      }
    }
  }
  impl.for_chunks(s, boards, [&](Worker<T>& worker, std::int64_t c, std::int64_t first, auto n) {
    std::vector<BoardRows<T>> rows;
    for (std::int64_t b = first; b < first + n; ++b) {
      const std::int64_t at = b * board;
      rows.push_back({x + at, y + at, z + at, y_out + at, z_out + at, nullptr, nullptr});
    }
    std::span<Tape<T>> tapes;
    if (tape) {
      tapes = std::span(impl.tapes[static_cast<std::size_t>(c)])
                  .first(static_cast<std::size_t>(L_cycles) + 1);
    }
    Chunk<T>(impl.weights, s, rows, *worker.chunk, *worker.scratch, Crew{})
        .train(H_cycles, L_cycles, tapes);
  });
  if (!tape) return;
  impl.shape = std::move(shape);
  impl.boards = boards;
  impl.applications = L_cycles + 1;
}

template <class T>
void TrainableNet<T>::backward(const T* dy, T* dx) {
  Impl& impl = *impl_;
  const Shape& s = *impl.shape;
  const std::int64_t size = impl.chunk_size(s, impl.boards), board = impl.row_elements(s);
  for (Worker<T>& worker : impl.workers) {
    worker.backward.reserve(impl.weights, s, size);
    if (worker.gradients.empty()) worker.gradients = make_gradients(impl.weights);
    for (LayerGradient& layer : worker.gradients) for_buffers(layer, clear);
  }
  impl.for_chunks(
      s, impl.boards, [&](Worker<T>& worker, std::int64_t c, std::int64_t first, std::int64_t n) {
        const auto tapes = std::span<const Tape<T>>(impl.tapes[static_cast<std::size_t>(c)])
                               .first(static_cast<std::size_t>(impl.applications));
        Backward<T>(impl.weights, impl.layers, s, n, worker.backward, worker.gradients)
            .run(tapes, dy + first * board, dx + first * board);
      });
  // In the order of the threads: the same sums each time.
  for (std::size_t t = 1; t < impl.workers.size(); ++t) {
    for (std::size_t i = 0; i < impl.layers.size(); ++i) {
      add(impl.workers[t].gradients[i], impl.workers[0].gradients[i]);
    }
  }
}

template <class T>
bool TrainableNet<T>::Impl::block_gradient(std::size_t layer, const std::string& name,
                                           float* to) const {
  const LayerGradient& g = sums(layer);
  const std::int64_t D = arch.hidden_size, F = arch.inner_width(arch.hidden_size);
  const std::int64_t gated = 2 * weights.gated.padded, pools = weights.pools();
  if (name == "mlp.down_proj.weight") {
    for (std::int64_t d = 0; d < D; ++d) {
      std::copy_n(g.down.data() + d * weights.gated.padded, F, to + d * F);
    }
  } else if (name == "mlp.gate_up_proj.weight") {
    const std::int64_t all = D * (1 + pools);
    for (std::int64_t row = 0; row < gated; ++row) {
      const std::int64_t source = gated_source(weights.gated, row);
      for (std::int64_t d = 0; source >= 0 && d < D; ++d) {
        to[source * all + d] = g.gate_up.data()[d * gated + row];
        for (std::int64_t r = 0; r < pools; ++r) {
          to[source * all + (1 + r) * D + d] =
              g.pooled[static_cast<std::size_t>(r)].data()[d * gated + row];
        }
      }
    }
  } else if (name == "near.weight" && weights.taps() > 0) {
    const std::int64_t taps = weights.taps(), depth = round_up(taps * D, kernels::kDepthStep);
    for (std::int64_t out = 0; out < D; ++out) {
      for (std::int64_t tap = 0; tap < taps; ++tap) {
        for (std::int64_t in = 0; in < D; ++in) {
          to[(out * D + in) * taps + tap] = g.near.data()[out * depth + tap * D + in];
        }
      }
    }
  } else {
    return false;
  }
  return true;
}

template <class T>
bool TrainableNet<T>::gradient(const std::string& name, float* to) const {
  for (std::size_t i = 0; i < impl_->layers.size(); ++i) {
    const std::string prefix = layer_name(static_cast<int>(i), "");
    if (name.starts_with(prefix)) return impl_->block_gradient(i, name.substr(prefix.size()), to);
  }
  return false;
}

template class TrainableNet<float>;
template class TrainableNet<Bf16>;

}  // namespace trm::native
