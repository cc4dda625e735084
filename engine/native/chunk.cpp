#include "engine/native/chunk.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

#include "engine/kernels/row_ops.h"

namespace trm::native {

using kernels::Bf16;
using kernels::round_up;

namespace {

// Logit of tokens that a per-symbol net cannot answer, as in engine/model/network.cpp.
constexpr float kNeverLogit = -1e4f;
constexpr std::int64_t kLogitColumns = 128;

// Rows of a block: all rows of a chunk where the weights of a layer do not fit beside them.
template <class T>
std::int64_t block_rows(const Weights<T>& w) {
  constexpr std::int64_t kCache = 512 << 10;
  const std::int64_t D = w.arch.hidden_size;
  const std::int64_t elements =
      3 * w.gated.padded * D + std::max<std::int64_t>(w.taps(), 1) * D * D;
  return elements * static_cast<std::int64_t>(sizeof(T)) > kCache ? kWideBlockRows : kBlockRows;
}

}  // namespace

void ChunkSizes::grow(const ChunkSizes& other) {
  state = std::max(state, other.state);
  qkv = std::max(qkv, other.qkv);
  products = std::max(products, other.products);
}

void ScratchSizes::grow(const ScratchSizes& other) {
  c = std::max(c, other.c);
  inner = std::max(inner, other.inner);
  rows = std::max(rows, other.rows);
  scores = std::max(scores, other.scores);
  keys = std::max(keys, other.keys);
  values = std::max(values, other.values);
  head = std::max(head, other.head);
  added = std::max(added, other.added);
}

template <class T>
ChunkSizes Chunk<T>::sizes(const Weights<T>& w, const Shape& shape, std::int64_t boards) {
  const std::int64_t width = round_up(w.arch.hidden_size, kernels::kColumnStep);
  const std::int64_t rows = boards * shape.positions + kSlackRows;
  ChunkSizes sizes;
  sizes.state = rows * width;
  if (w.arch.mixer == Mixer::attention) {
    sizes.qkv = rows * round_up(3 * w.arch.hidden_size, kernels::kColumnStep);
  }
  if (w.pools() > 0) sizes.products = (boards * shape.set_rows + 1) * 2 * w.gated.padded;
  return sizes;
}

template <class T>
ScratchSizes Chunk<T>::scratch_sizes(const Weights<T>& w, const Shape& shape) {
  const std::int64_t D = w.arch.hidden_size, width = round_up(D, kernels::kColumnStep);
  const std::int64_t block = block_rows(w) + kSlackRows;
  const std::int64_t length = round_up(shape.positions, kernels::kColumnStep);
  ScratchSizes sizes;
  std::int64_t columns = std::max({2 * w.gated.chunk, 2 * w.mix_gated.chunk, width, kLogitColumns});
  if (w.arch.mixer == Mixer::mlp_t) {
    columns = std::max(columns, length);
    sizes.rows = block * length;
  }
  sizes.c = block * columns;
  sizes.inner = block * std::max(w.gated.padded, w.mix_gated.padded);
  if (w.taps() > 0) sizes.rows = block * round_up(w.taps() * D, kernels::kDepthStep);
  if (w.pools() > 0) sizes.rows = std::max(sizes.rows, (kSetBlock + kSlackRows) * width);
  sizes.added = block * shape.node_sets;
  if (w.arch.mixer == Mixer::attention) {
    const std::int64_t head = round_up(D / w.arch.num_heads, kernels::kColumnStep);
    sizes.scores = block * length;
    sizes.keys = sizes.values = length * head;
    sizes.head = block * head;
  }
  return sizes;
}

template <class T>
Chunk<T>::Chunk(const Weights<T>& weights, const Shape& shape, std::span<const BoardRows<T>> boards,
                ChunkBuffers<T>& buffers, Scratch<T>& scratch, const Crew& crew)
    : w_(weights),
      shape_(shape),
      boards_(boards),
      b_(buffers),
      s_(scratch),
      crew_(crew),
      ops_(ops_for<T>()),
      block_(block_rows(weights)),
      S_(shape.positions),
      D_(weights.arch.hidden_size),
      width_(round_up(D_, kernels::kColumnStep)),
      rows_(S_ * static_cast<std::int64_t>(boards.size())),
      y_(buffers.y.data()),
      z_(buffers.z.data()),
      spare_(buffers.spare.data()),
      eps_(static_cast<float>(weights.arch.rms_norm_eps)) {
  std::tie(from_, to_) = crew.part(rows_, kBlockRows);
}

template <class T>
void Chunk<T>::run() {
  load();
  for (int h = 0; h < w_.arch.H_cycles; ++h) cycle(w_.arch.L_cycles, {});
  write_logits();
  crew_.meet();
  write_halt();
  store();
  crew_.meet();  // the buffers are the next chunk's
}

template <class T>
void Chunk<T>::train(int H_cycles, int L_cycles, std::span<Tape<T>> tapes) {
  load();
  for (int h = 0; h + 1 < H_cycles; ++h) cycle(L_cycles, {});
  cycle(L_cycles, tapes);
  store();
}

// L_cycles times z = net(z + y + x), then y = net(y + z); on tapes unless there are none.
template <class T>
void Chunk<T>::cycle(int L_cycles, std::span<Tape<T>> tapes) {
  const std::int64_t at = from_ * width_, count = (to_ - from_) * width_;
  const auto tape = [&](int l) {
    return tapes.empty() ? nullptr : &tapes[static_cast<std::size_t>(l)];
  };
  // y + x stands still while z is improved.
  ops_.add(y_ + at, b_.x.data() + at, b_.xy.data() + at, count);
  for (int l = 0; l < L_cycles; ++l) network(z_, b_.xy.data(), tape(l));
  network(y_, z_, tape(L_cycles));
}

template <class T>
void Chunk<T>::keep(const T* from, T* to, std::int64_t row, std::int64_t rows) {
  std::memcpy(to + row * width_, from + row * width_,
              static_cast<std::size_t>(rows * width_) * sizeof(T));
}

// state = net(state + injection). The state may end up in what were the spare rows.
template <class T>
void Chunk<T>::network(T*& state, const T* injection, Tape<T>* tape) {
  const std::int64_t at = from_ * width_;
  ops_.add(state + at, injection + at, state + at, (to_ - from_) * width_);
  if (tape != nullptr) keep(state, tape->in.data(), 0, rows_);
  const bool pools = w_.pools() > 0;
  for (std::size_t i = 0; i < w_.layers.size(); ++i) {
    const Layer<T>& layer = w_.layers[i];
    LayerTape<T>* kept = tape != nullptr ? &tape->layers[i] : nullptr;
    if (!layer.qkv.empty()) attention(layer, state);
    if (!layer.mix_gate_up.empty()) mix_length(layer, state);
    if (!layer.near.empty()) {
      crew_.meet();
      for_blocks([&](std::int64_t row, std::int64_t rows) {
        near(layer, state, spare_, row, rows, kept);
        if (!pools) mlp(layer, spare_, row, rows, kept);
      });
      std::swap(state, spare_);
      if (!pools) continue;
    }
    if (pools) {
      crew_.meet();
      pool(layer, state, kept);
      crew_.meet();
    }
    for_blocks([&](std::int64_t row, std::int64_t rows) { mlp(layer, state, row, rows, kept); });
  }
}

// s_.inner [rows] = SwiGLU of in's product, to which each row's `added` pooled products are added.
// `kept`: null, or [rows, 2 padded] for the sums.
template <class T>
void Chunk<T>::gated(const kernels::PackedMatrix<T>& gate_up, const GatedWidth& width, const T* in,
                     std::int64_t ld, std::int64_t rows, std::int64_t added, T* kept) {
  float* c = s_.c.data();
  const std::int64_t columns = 2 * width.chunk, all = 2 * width.padded;
  for (std::int64_t at = 0; at < width.padded; at += width.chunk) {
    for (std::int64_t row = 0; row < rows; row += kBlockRows) {
      const std::int64_t count = std::min(kBlockRows, rows - row);
      gate_up.run(in + row * ld, ld, 2 * at, columns, c, columns, count);
      ops_.swiglu(c, columns, s_.added.data() + row * added, added, 2 * at,
                  s_.inner.data() + row * width.padded + at, width.padded,
                  kept != nullptr ? kept + row * all + 2 * at : nullptr, all, count, width.chunk);
    }
  }
}

// The second half of a block, in place: state = norm(state + down(swiglu(gate_up(...)))).
template <class T>
void Chunk<T>::mlp(const Layer<T>& layer, T* state, std::int64_t row, std::int64_t rows,
                   LayerTape<T>* tape) {
  T* h = state + row * width_;
  gated(layer.gate_up, w_.gated, h, width_, rows, pooled_rows(row, rows),
        tape != nullptr ? tape->kept.data() + row * 2 * w_.gated.padded : nullptr);
  layer.down.run(s_.inner.data(), w_.gated.padded, s_.c.data(), width_, rows);
  ops_.add_rms_norm(s_.c.data(), width_, h, width_, h, width_,
                    tape != nullptr ? tape->mlp.inv.data() + row : nullptr, rows, width_, D_, eps_);
  if (tape != nullptr) keep(state, tape->mlp.out.data(), row, rows);
}

// Products of each set's pool with the weights that read it, once for all its members.
template <class T>
void Chunk<T>::pool(const Layer<T>& layer, const T* state, LayerTape<T>* tape) {
  const std::int64_t columns = 2 * w_.gated.padded;
  std::int64_t task = 0;
  for (std::size_t b = 0; b < boards_.size(); ++b) {
    const auto board = static_cast<std::int64_t>(b);
    for (std::size_t r = 0; r < shape_.plan.groups.size(); ++r) {
      const auto& groups = shape_.plan.groups[r];
      for (std::int64_t set = 0; set < groups.count(); set += kSetBlock, ++task) {
        if (task % crew_.size != crew_.index) continue;
        const std::int64_t count = std::min(kSetBlock, groups.count() - set);
        ops_.sum_sets(state + board * S_ * width_, width_, groups.starts.data(),
                      groups.members.data(), set, count, s_.rows.data(), width_, width_);
        const std::int64_t first = board * shape_.set_rows + shape_.first_set[r] + set;
        if (tape != nullptr) {
          std::memcpy(tape->sums.data() + first * width_, s_.rows.data(),
                      static_cast<std::size_t>(count * width_) * sizeof(T));
        }
        layer.pooled[r].run(s_.rows.data(), width_, b_.products.data() + first * columns, columns,
                            count);
      }
    }
  }
}

// Points s_.added at the pooled products of each row; returns their number a row.
template <class T>
std::int64_t Chunk<T>::pooled_rows(std::int64_t row, std::int64_t rows) {
  if (w_.pools() == 0) return 0;
  point_at_sets(shape_, static_cast<std::int64_t>(boards_.size()), b_.products.data(),
                2 * w_.gated.padded, row, rows, s_.added.data());
  return shape_.node_sets;
}

// out = norm(state + convolution over the neighbours).
template <class T>
void Chunk<T>::near(const Layer<T>& layer, const T* state, T* out, std::int64_t row,
                    std::int64_t rows, LayerTape<T>* tape) {
  const TapRows taps{w_.taps(), D_, width_, S_, round_up(w_.taps() * D_, kernels::kDepthStep)};
  gather_taps(taps, shape_.plan.neighbours, state, row, rows, s_.rows.data());
  layer.near.run(s_.rows.data(), layer.near.depth(), s_.c.data(), width_, rows);
  ops_.add_rms_norm(s_.c.data(), width_, state + row * width_, width_, out + row * width_, width_,
                    tape != nullptr ? tape->near.inv.data() + row : nullptr, rows, width_, D_,
                    eps_);
  if (tape != nullptr) keep(out, tape->near.out.data(), row, rows);
}

// SwiGLU over the length axis, which is where the official block normalises too: blocks of channels
// are turned into rows, mixed, and turned back.
template <class T>
void Chunk<T>::mix_length(const Layer<T>& layer, T* state) {
  const std::int64_t length = round_up(S_, kernels::kColumnStep);
  const std::int64_t blocks = (D_ + kBlockRows - 1) / kBlockRows;
  const std::int64_t tasks = blocks * static_cast<std::int64_t>(boards_.size());
  T* turned = s_.rows.data();  // columns beyond S stay zero
  crew_.meet();
  for (std::int64_t task = crew_.index; task < tasks; task += crew_.size) {
    const std::int64_t channel = task % blocks * kBlockRows;
    const std::int64_t rows = std::min(kBlockRows, D_ - channel);
    T* board = state + task / blocks * S_ * width_ + channel;
    for (std::int64_t p = 0; p < S_; ++p) {
      for (std::int64_t c = 0; c < rows; ++c) turned[c * length + p] = board[p * width_ + c];
    }
    gated(layer.mix_gate_up, w_.mix_gated, turned, length, rows, 0, nullptr);
    layer.mix_down.run(s_.inner.data(), w_.mix_gated.padded, s_.c.data(), length, rows);
    ops_.add_rms_norm(s_.c.data(), length, turned, length, turned, length, nullptr, rows, length,
                      S_, eps_);
    for (std::int64_t p = 0; p < S_; ++p) {
      for (std::int64_t c = 0; c < rows; ++c) board[p * width_ + c] = turned[c * length + p];
    }
  }
  crew_.meet();
}

template <class T>
void Chunk<T>::write_logits() {
  const Arch& arch = w_.arch;
  const std::int64_t P = arch.prefix_len(), V = arch.vocab_size;
  const std::int64_t symbols = arch.per_symbol ? shape_.plan.symbols : 0;
  const std::int64_t outputs = arch.per_symbol ? 1 : V;
  const auto put = [&](std::int64_t r, std::int64_t column, std::int64_t count, const float* from) {
    const std::int64_t node = r % S_ - P;
    if (node < 0) return;
    float* logits = boards_[static_cast<std::size_t>(r / S_)].logits;
    if (!arch.per_symbol) {
      std::copy_n(from, count, logits + node * V + column);
      return;
    }
    float* position = logits + node / symbols * V;
    if (node % symbols == 0) {
      std::fill_n(position, arch.first_symbol, kNeverLogit);
      std::fill(position + arch.first_symbol + symbols, position + V, kNeverLogit);
    }
    position[arch.first_symbol + node % symbols] = *from;
  };
  for_blocks([&](std::int64_t row, std::int64_t rows) {
    for (std::int64_t column = 0; column < outputs; column += kLogitColumns) {
      const std::int64_t count = std::min(kLogitColumns, w_.lm_head.columns() - column);
      w_.lm_head.run(y_ + row * width_, width_, column, count, s_.c.data(), count, rows);
      for (std::int64_t r = 0; r < rows; ++r) {
        put(row + r, column, std::min(count, outputs - column), s_.c.data() + r * count);
      }
    }
  });
}

// The halt head reads the first position; geometry nets the mean and the maximum over the nodes
// that are no pads.
template <class T>
void Chunk<T>::write_halt() {
  float* row = s_.c.data();
  float* summary = row + width_;
  for (std::size_t b = static_cast<std::size_t>(crew_.index); b < boards_.size();
       b += static_cast<std::size_t>(crew_.size)) {
    const T* y = y_ + static_cast<std::int64_t>(b) * S_ * width_;
    std::int64_t inputs = D_;
    if (w_.arch.mixer != Mixer::geometry) {
      ops_.widen(y, row, width_);
      std::copy_n(row, D_, summary);
    } else {
      inputs = 2 * D_;
      std::fill_n(summary, D_, 0.0f);
      std::fill_n(summary + D_, D_, -1e30f);
      float present = 0;
      for (std::int64_t node = 0; node < S_; ++node) {
        if (shape_.plan.present[static_cast<std::size_t>(node)] == 0) continue;
        present += 1;
        ops_.widen(y + node * width_, row, width_);
        for (std::int64_t d = 0; d < D_; ++d) {
          summary[d] += row[d];
          summary[D_ + d] = std::max(summary[D_ + d], row[d]);
        }
      }
      for (std::int64_t d = 0; d < D_; ++d) summary[d] /= std::max(present, 1.0f);
    }
    for (std::int64_t head = 0; head < 2; ++head) {
      float sum = w_.q_bias[static_cast<std::size_t>(head)];
      const float* weights = w_.q_weight.data() + head * inputs;
      for (std::int64_t i = 0; i < inputs; ++i) sum += weights[i] * summary[i];
      boards_[b].q[head] = sum;
    }
  }
}

// Calls copy(chunk's elements, board, board's elements, count) for this member's rows.
template <class Copy>
void for_rows_of_boards(std::int64_t from, std::int64_t to, std::int64_t S, std::int64_t width,
                        Copy&& copy) {
  for (std::int64_t row = from; row < to;) {
    const std::int64_t board = row / S, end = std::min(to, (board + 1) * S);
    copy(row * width, static_cast<std::size_t>(board), (row - board * S) * width,
         static_cast<std::size_t>((end - row) * width));
    row = end;
  }
}

template <class T>
void Chunk<T>::load() {
  if (w_.pools() > 0 && crew_.index == 0) {  // the row that stands for no set
    const std::int64_t columns = 2 * w_.gated.padded;
    const auto boards = static_cast<std::int64_t>(boards_.size());
    std::fill_n(b_.products.data() + boards * shape_.set_rows * columns, columns, 0.0f);
  }
  for_rows_of_boards(from_, to_, S_, width_, [&](auto at, auto board, auto from, auto count) {
    const BoardRows<T>& rows = boards_[board];
    std::memcpy(b_.x.data() + at, rows.x + from, count * sizeof(T));
    std::memcpy(y_ + at, rows.y + from, count * sizeof(T));
    std::memcpy(z_ + at, rows.z + from, count * sizeof(T));
  });
}

template <class T>
void Chunk<T>::store() {
  for_rows_of_boards(from_, to_, S_, width_, [&](auto at, auto board, auto from, auto count) {
    const BoardRows<T>& rows = boards_[board];
    std::memcpy(rows.y_out + from, y_ + at, count * sizeof(T));
    std::memcpy(rows.z_out + from, z_ + at, count * sizeof(T));
  });
}

// --- Attention

template <class T>
void Chunk<T>::attention(const Layer<T>& layer, T* state) {
  const std::int64_t ld = round_up(3 * D_, kernels::kColumnStep);
  constexpr std::int64_t kColumns = 128;
  T* qkv = b_.qkv.data();
  const std::int64_t heads = w_.arch.num_heads, head = D_ / heads;
  const auto rotate = row_ops_for<T>().rotate;
  for_blocks([&](std::int64_t row, std::int64_t rows) {
    for (std::int64_t column = 0; column < ld; column += kColumns) {
      const std::int64_t count = std::min(kColumns, ld - column);
      layer.qkv.run(state + row * width_, width_, column, count, s_.c.data(), count, rows);
      ops_.round(s_.c.data(), count, qkv + row * ld + column, ld, rows, count);
    }
    if (!w_.rope_cos.empty()) {  // queries and keys, in place
      rotate(qkv, qkv, w_.rope_cos.data(), w_.rope_sin.data(), row, rows, S_, 2 * heads, head, ld,
             ld, 1.0f);
    }
  });
  crew_.meet();
  const std::int64_t tasks = heads * static_cast<std::int64_t>(boards_.size());
  for (std::int64_t task = crew_.index; task < tasks; task += crew_.size) {
    attend(task / heads, task % heads);
  }
  crew_.meet();
  for_blocks([&](std::int64_t row, std::int64_t rows) {
    T* h = state + row * width_;
    layer.o.run(b_.attended.data() + row * width_, width_, s_.c.data(), width_, rows);
    ops_.add_rms_norm(s_.c.data(), width_, h, width_, h, width_, nullptr, rows, width_, D_, eps_);
  });
}

// One head of one board: softmax(q k^T / sqrt(d)) v by blocks of queries.
template <class T>
void Chunk<T>::attend(std::int64_t board, std::int64_t head) {
  const auto& gemm = kernels::gemm<T>();
  const std::int64_t ld = round_up(3 * D_, kernels::kColumnStep);
  const std::int64_t d = D_ / w_.arch.num_heads, padded = round_up(d, kernels::kColumnStep);
  const std::int64_t length = round_up(S_, kernels::kColumnStep);
  const T* q = b_.qkv.data() + board * S_ * ld + head * d;
  gemm.pack(q + D_, S_, d, ld, 1, s_.keys.data());
  gemm.pack(q + 2 * D_, d, S_, 1, ld, s_.values.data());
  const float scale = 1.0f / std::sqrt(static_cast<float>(d));
  for (std::int64_t row = 0; row < S_; row += kBlockRows) {
    const std::int64_t rows = std::min(kBlockRows, S_ - row);
    gemm.run(q + row * ld, ld, s_.keys.data(), padded, length, s_.scores.data(), length, rows,
             false);
    ops_.softmax(s_.scores.data(), length, scale, s_.probabilities.data(), length, rows, S_,
                 length);
    gemm.run(s_.probabilities.data(), length, s_.values.data(), length, padded, s_.c.data(), padded,
             rows, false);
    ops_.round(s_.c.data(), padded, s_.head.data(), padded, rows, padded);
    for (std::int64_t r = 0; r < rows; ++r) {
      T* to = b_.attended.data() + (board * S_ + row + r) * width_ + head * d;
      std::copy_n(s_.head.data() + r * padded, d, to);
    }
  }
}

template class Chunk<float>;
template class Chunk<Bf16>;

}  // namespace trm::native
