// The boards that a thread, or a crew of threads, works on together, and the memory for it.
// Internal.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "engine/native/recursive_net.h"
#include "engine/native/tape.h"
#include "engine/native/weights.h"

namespace trm::native {

/// Rows whose product and epilogue stay in the first-level cache. Crews split rows at its
/// multiples.
inline constexpr std::int64_t kBlockRows = 64;
/// Rows for which weights that outgrow the second-level cache are read once.
inline constexpr std::int64_t kWideBlockRows = 448;
/// Products compute whole groups of kRowStep rows: buffers are that much longer.
inline constexpr std::int64_t kSlackRows = kernels::kRowStep;
/// Sets whose pools are multiplied together; a multiple of kRowStep.
inline constexpr std::int64_t kSetBlock = 96;

/// Rows that a thread takes through the network together: enough that weights which do not fit the
/// cache are read for many rows, few enough that the rows stay in it.
inline constexpr std::int64_t kChunkRows = 512;

inline std::int64_t chunk_boards(const Shape& shape) {
  return std::max<std::int64_t>(1, kChunkRows / shape.positions);
}

/// Sizes of the buffers for chunks of `boards` boards of a shape.
struct ChunkSizes {
  std::int64_t state = 0;     ///< elements of x, y, z, ...
  std::int64_t qkv = 0;       ///< attention
  std::int64_t products = 0;  ///< floats: pooled products of all boards

  void grow(const ChunkSizes& other);
  bool operator==(const ChunkSizes&) const = default;
};
/// Sizes of a thread's own scratch.
struct ScratchSizes {
  std::int64_t c = 0;      ///< floats of a product
  std::int64_t inner = 0;  ///< SwiGLU's output
  std::int64_t rows = 0;   ///< gathered neighbours, summed sets or turned rows
  std::int64_t scores = 0, keys = 0, values = 0, head = 0;  ///< attention
  std::int64_t added = 0;                                   ///< pointers to pooled products

  void grow(const ScratchSizes& other);
  bool operator==(const ScratchSizes&) const = default;
};

/// added [rows * shape.node_sets] = pointers to the rows of `table` that belong to the sets of each
/// node. Table: [boards * shape.set_rows + 1, columns], the last row for "no set".
inline void point_at_sets(const Shape& shape, std::int64_t boards, const float* table,
                          std::int64_t columns, std::int64_t row, std::int64_t rows,
                          const float** added) {
  const std::int64_t k = shape.node_sets;
  const float* none = table + boards * shape.set_rows * columns;
  for (std::int64_t r = row; r < row + rows; ++r) {
    const std::int32_t* sets = shape.sets.data() + r % shape.positions * k;
    const float* board = table + r / shape.positions * shape.set_rows * columns;
    for (std::int64_t j = 0; j < k; ++j) {
      *added++ = sets[j] == shape.set_rows ? none : board + sets[j] * columns;
    }
  }
}

/// Rows of neighbours beside each other.
struct TapRows {
  std::int64_t taps, channels;  ///< the node itself and its offsets; D
  std::int64_t width;           ///< from row to row of the state
  std::int64_t positions;       ///< of a board
  std::int64_t depth;           ///< from row to row of the result
};

/// to [rows, (tap, channel)] = each node's row and those of its `neighbours` [taps - 1, positions],
/// zeros where there is none (-1).
template <class T>
void gather_taps(const TapRows& r, const std::vector<std::int32_t>& neighbours, const T* state,
                 std::int64_t row, std::int64_t rows, T* to) {
  const auto bytes = static_cast<std::size_t>(r.channels) * sizeof(T);
  for (std::int64_t at = row; at < row + rows; ++at, to += r.depth) {
    const std::int64_t node = at % r.positions;
    const T* board = state + (at - node) * r.width;
    std::memcpy(to, board + node * r.width, bytes);
    for (std::int64_t tap = 1; tap < r.taps; ++tap) {
      const std::int32_t from =
          neighbours[static_cast<std::size_t>((tap - 1) * r.positions + node)];
      if (from < 0) {
        std::memset(to + tap * r.channels, 0, bytes);
      } else {
        std::memcpy(to + tap * r.channels, board + from * r.width, bytes);
      }
    }
  }
}

template <class T>
struct ChunkBuffers {
  explicit ChunkBuffers(const ChunkSizes& sizes)
      : x(sizes.state),
        y(sizes.state),
        z(sizes.state),
        xy(sizes.state),
        spare(sizes.state),
        attended(sizes.qkv > 0 ? sizes.state : 0),
        qkv(sizes.qkv),
        products(sizes.products) {}
  kernels::Buffer<T> x, y, z, xy, spare, attended, qkv;
  kernels::Buffer<float> products;
};

template <class T>
struct Scratch {
  explicit Scratch(const ScratchSizes& sizes)
      : c(sizes.c),
        inner(sizes.inner),
        rows(sizes.rows),
        probabilities(sizes.scores),
        keys(sizes.keys),
        values(sizes.values),
        head(sizes.head),
        scores(sizes.scores),
        added(static_cast<std::size_t>(sizes.added)) {}
  kernels::Buffer<float> c;
  kernels::Buffer<T> inner, rows, probabilities, keys, values, head;
  kernels::Buffer<float> scores;
  std::vector<const float*> added;
};

/// One step of some boards by one crew. Every member calls run(), or one alone calls train();
/// nothing is allocated.
template <class T>
class Chunk {
 public:
  Chunk(const Weights<T>& weights, const Shape& shape, std::span<const BoardRows<T>> boards,
        ChunkBuffers<T>& buffers, Scratch<T>& scratch, const Crew& crew);

  /// A supervision step: cycles, logits, halt head.
  void run();
  /// `H_cycles` cycles of `L_cycles` + 1 applications each, the last H cycle's on the tapes; the
  /// boards' logits and q are left alone. Crews of one only.
  void train(int H_cycles, int L_cycles, std::span<Tape<T>> tapes);

  static ChunkSizes sizes(const Weights<T>& weights, const Shape& shape, std::int64_t boards);
  static ScratchSizes scratch_sizes(const Weights<T>& weights, const Shape& shape);

 private:
  /// Calls body(first row, rows) for each block of this member's rows.
  template <class Body>
  void for_blocks(Body&& body) {
    for (std::int64_t row = from_; row < to_; row += block_) {
      body(row, std::min(block_, to_ - row));
    }
  }

  void load();
  void cycle(int L_cycles, std::span<Tape<T>> tapes);
  void network(T*& state, const T* injection, Tape<T>* tape);
  void keep(const T* from, T* to, std::int64_t row, std::int64_t rows);
  void attention(const Layer<T>& layer, T* state);
  void attend(std::int64_t board, std::int64_t head);
  void mix_length(const Layer<T>& layer, T* state);
  void near(const Layer<T>& layer, const T* state, T* out, std::int64_t row, std::int64_t rows,
            LayerTape<T>* tape);
  void pool(const Layer<T>& layer, const T* state, LayerTape<T>* tape);
  std::int64_t pooled_rows(std::int64_t row, std::int64_t rows);
  void gated(const kernels::PackedMatrix<T>& gate_up, const GatedWidth& width, const T* in,
             std::int64_t ld, std::int64_t rows, std::int64_t added, T* kept);
  void mlp(const Layer<T>& layer, T* state, std::int64_t row, std::int64_t rows,
           LayerTape<T>* tape);
  void write_logits();
  void write_halt();
  void store();

  const Weights<T>& w_;
  const Shape& shape_;
  std::span<const BoardRows<T>> boards_;
  ChunkBuffers<T>& b_;
  Scratch<T>& s_;
  Crew crew_;
  const kernels::BlockOpsFor<T>& ops_;
  std::int64_t block_;              ///< rows of a block
  std::int64_t S_, D_, width_;      ///< positions of a board, channels, their padded number
  std::int64_t rows_;               ///< of all boards
  std::int64_t from_ = 0, to_ = 0;  ///< this member's rows
  T *y_, *z_, *spare_;              ///< near() swaps the state with the spare rows
  float eps_;
};

extern template class Chunk<float>;
extern template class Chunk<kernels::Bf16>;

}  // namespace trm::native
