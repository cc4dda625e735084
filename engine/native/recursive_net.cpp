#include "engine/native/recursive_net.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/native/chunk.h"
#include "engine/native/weights.h"

namespace trm::native {

using kernels::Bf16;
using kernels::Buffer;
using kernels::round_up;

namespace {

// The rows of pooled products that a node reads.
void number_sets(Shape& shape) {
  std::vector<std::vector<std::int32_t>> of_node(static_cast<std::size_t>(shape.plan.nodes));
  for (const auto& groups : shape.plan.groups) {
    shape.first_set.push_back(shape.set_rows);
    for (std::int64_t set = 0; set < groups.count(); ++set) {
      const auto s = static_cast<std::size_t>(set);
      for (std::int32_t m = groups.starts[s]; m < groups.starts[s + 1]; ++m) {
        const std::int32_t node = groups.members[static_cast<std::size_t>(m)];
        of_node[static_cast<std::size_t>(node)].push_back(
            static_cast<std::int32_t>(shape.set_rows + set));
      }
    }
    shape.set_rows += round_up(groups.count(), kernels::kRowStep);
  }
  for (const auto& sets : of_node) {
    shape.node_sets = std::max(shape.node_sets, static_cast<std::int64_t>(sets.size()));
  }
  for (const auto& sets : of_node) {
    shape.sets.insert(shape.sets.end(), sets.begin(), sets.end());
    shape.sets.insert(shape.sets.end(), static_cast<std::size_t>(shape.node_sets) - sets.size(),
                      static_cast<std::int32_t>(shape.set_rows));
  }
}

std::vector<std::int32_t> turned_back(const GeometryPlan& plan) {
  std::vector<std::int32_t> back(plan.neighbours.size(), -1);
  for (std::size_t i = 0; i < plan.neighbours.size(); ++i) {
    const auto offset = static_cast<std::int64_t>(i) / plan.length * plan.length;
    if (plan.neighbours[i] < 0) continue;
    std::int32_t& node = back[static_cast<std::size_t>(offset + plan.neighbours[i])];
    if (node >= 0) return {};
    node = static_cast<std::int32_t>(static_cast<std::int64_t>(i) - offset);
  }
  return back;
}

// What the compute type keeps of the numbers.
template <class T>
void round_in_place(Buffer<float>& row) {
  const auto values = rounded<T>(row.data(), row.size());
  ops_for<T>().widen(values.data(), row.data(), row.size());
}

}  // namespace

std::shared_ptr<const Shape> Shape::make(GeometryPlan plan) {
  auto shape = std::make_shared<Shape>();
  shape->plan = std::move(plan);
  number_sets(*shape);
  shape->back_neighbours = turned_back(shape->plan);
  shape->positions = shape->plan.nodes;
  return shape;
}

Result<std::shared_ptr<const Shape>> Shape::make(const Arch& arch, const TokenLayout& layout,
                                                 const Geometry& geometry) {
  auto shape = std::make_shared<Shape>();
  if (arch.mixer == Mixer::geometry) {
    auto plan = GeometryPlan::make(arch, layout, geometry);
    if (!plan) return plan.error();
    *shape = *make(std::move(*plan));
    shape->positions += arch.prefix_len();
  } else {
    shape->plan.length = shape->plan.nodes = layout.size();
    shape->positions = arch.prefix_len() + shape->plan.nodes;
  }
  return std::shared_ptr<const Shape>(std::move(shape));
}

template <class T>
struct RecursiveNet<T>::Impl {
  Weights<T> weights;
  std::shared_ptr<ThreadTeam> team;
  ChunkSizes chunk_sizes;
  ScratchSizes scratch_sizes;
  std::vector<ChunkBuffers<T>> chunks;  // one a thread
  std::vector<Scratch<T>> scratch;      // one a thread

  // How many boards each thread takes alone; the others are done by all threads together.
  std::int64_t alone(std::int64_t boards) const { return boards / team->size(); }
  std::int64_t largest_chunk(const Shape& shape, std::int64_t boards) const {
    const std::int64_t most = chunk_boards(shape);
    return std::min(most, std::max(alone(boards), boards % team->size()));
  }
};

template <class T>
RecursiveNet<T>::RecursiveNet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
template <class T>
RecursiveNet<T>::~RecursiveNet() = default;

template <class T>
Result<std::unique_ptr<RecursiveNet<T>>> RecursiveNet<T>::make(const Arch& arch,
                                                               const TensorMap& tensors,
                                                               std::shared_ptr<ThreadTeam> team) {
  try {
    auto weights = make_weights<T>(arch, tensors);
    if (!weights) return weights.error();
    auto impl = std::make_unique<Impl>();
    impl->weights = std::move(*weights);
    impl->team = std::move(team);
    return std::unique_ptr<RecursiveNet>(new RecursiveNet(std::move(impl)));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::out_of_memory, "no memory for the model's weights", "model");
  }
}

template <class T>
const Arch& RecursiveNet<T>::arch() const {
  return impl_->weights.arch;
}
template <class T>
std::int64_t RecursiveNet<T>::width() const {
  return round_up(arch().hidden_size, kernels::kColumnStep);
}

template <class T>
void RecursiveNet<T>::embed(const Shape& shape, std::span<const std::int32_t> tokens,
                            int identifier, T* x) const {
  const Weights<T>& w = impl_->weights;
  const Arch& a = w.arch;
  const std::int64_t D = a.hidden_size, P = a.prefix_len(), columns = width();
  const std::int64_t symbols = a.per_symbol ? shape.plan.symbols : 1;
  const auto& ops = ops_for<T>();
  Buffer<float> row(columns);
  const auto finish = [&](std::int64_t position) {
    T* to = x + position * columns;
    if (!w.embed_pos.empty()) {  // keeps the variance of the sum
      for (std::int64_t d = 0; d < D; ++d) {
        row.data()[d] = row.data()[d] + w.embed_pos[static_cast<std::size_t>(position * D + d)];
      }
      round_in_place<T>(row);
      for (std::int64_t d = 0; d < D; ++d) row.data()[d] *= 0.707106781f;
      round_in_place<T>(row);
    }
    const auto scale = static_cast<float>(std::sqrt(static_cast<double>(D)));
    for (std::int64_t d = 0; d < D; ++d) row.data()[d] *= scale;
    ops.round(row.data(), 0, to, 0, 1, columns);
  };
  for (std::int64_t p = 0; p < P; ++p) {
    for (std::int64_t d = 0; d < D; ++d) {
      const std::int64_t at = p * D + d;  // the embedding may be narrower than its positions
      const std::int64_t from = std::int64_t{identifier} * a.puzzle_emb_ndim + at;
      row.data()[d] = at < a.puzzle_emb_ndim ? w.puzzle_emb[static_cast<std::size_t>(from)] : 0.0f;
    }
    finish(p);
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (std::int64_t v = 0; v < symbols; ++v) {
      std::int64_t id = tokens[i];
      // A node of a per-symbol net sees: a token that is no symbol, this symbol, or another one.
      if (a.per_symbol && id >= a.first_symbol) id = a.first_symbol + (id - a.first_symbol != v);
      std::copy_n(w.embed_tokens.begin() + id * D, D, row.data());
      finish(P + static_cast<std::int64_t>(i) * symbols + v);
    }
  }
}

template <class T>
void RecursiveNet<T>::start(const Shape& shape, std::span<const float> y_noise,
                            std::span<const float> z_noise, T* y, T* z) const {
  const std::int64_t D = arch().hidden_size, columns = width();
  Buffer<float> row(columns);
  const auto fill = [&](const std::vector<float>& init, std::span<const float> noise, T* to) {
    for (std::int64_t p = 0; p < shape.positions; ++p) {
      std::copy_n(init.begin(), D, row.data());
      for (std::int64_t d = 0; d < D && !noise.empty(); ++d) {
        row.data()[d] += noise[static_cast<std::size_t>(p * D + d)];
      }
      ops_for<T>().round(row.data(), 0, to + p * columns, 0, 1, columns);
    }
  };
  fill(impl_->weights.y_init, y_noise, y);
  fill(impl_->weights.z_init, z_noise, z);
}

template <class T>
void RecursiveNet<T>::add_noise(const Shape& shape, std::span<const float> noise, T* state) const {
  const std::int64_t D = arch().hidden_size, columns = width();
  Buffer<float> row(columns);
  for (std::int64_t p = 0; p < shape.positions; ++p, state += columns) {
    ops_for<T>().widen(state, row.data(), columns);
    for (std::int64_t d = 0; d < D; ++d) {
      row.data()[d] += noise[static_cast<std::size_t>(p * D + d)];
    }
    ops_for<T>().round(row.data(), 0, state, 0, 1, columns);
  }
}

template <class T>
std::int64_t RecursiveNet<T>::step_bytes(const Shape& shape, std::int64_t boards) const {
  constexpr auto kT = static_cast<std::int64_t>(sizeof(T)), kFloat = std::int64_t{4};
  const auto c = Chunk<T>::sizes(impl_->weights, shape, impl_->largest_chunk(shape, boards));
  const auto s = Chunk<T>::scratch_sizes(impl_->weights, shape);
  const std::int64_t chunk = (6 * c.state + c.qkv) * kT + c.products * kFloat;
  const std::int64_t scratch = (s.inner + s.rows + s.scores + s.keys + s.values + s.head) * kT +
                               (s.c + s.scores) * kFloat + s.added * 8;
  const std::int64_t carry =
      boards * (3 * row_elements(shape) * kT + shape.plan.length * arch().vocab_size * kFloat);
  return impl_->team->size() * (chunk + scratch) + carry;
}

template <class T>
void RecursiveNet<T>::reserve(const Shape& shape, std::int64_t boards) {
  ChunkSizes chunk = impl_->chunk_sizes;
  chunk.grow(Chunk<T>::sizes(impl_->weights, shape, impl_->largest_chunk(shape, boards)));
  ScratchSizes scratch = impl_->scratch_sizes;
  scratch.grow(Chunk<T>::scratch_sizes(impl_->weights, shape));
  if (impl_->chunks.empty() || !(chunk == impl_->chunk_sizes)) {
    std::vector<ChunkBuffers<T>> made;
    for (int t = 0; t < impl_->team->size(); ++t) made.emplace_back(chunk);
    impl_->chunks = std::move(made);
    impl_->chunk_sizes = chunk;
  }
  if (impl_->scratch.empty() || !(scratch == impl_->scratch_sizes)) {
    std::vector<Scratch<T>> made;
    for (int t = 0; t < impl_->team->size(); ++t) made.emplace_back(scratch);
    impl_->scratch = std::move(made);
    impl_->scratch_sizes = scratch;
  }
}

template <class T>
void RecursiveNet<T>::step(const Shape& shape, std::span<const BoardRows<T>> boards) {
  const auto count = static_cast<std::int64_t>(boards.size());
  if (count == 0) return;
  reserve(shape, count);
  Impl& impl = *impl_;
  const std::int64_t most = chunk_boards(shape), alone = impl.alone(count);
  const auto& gemm = kernels::gemm<T>();
  const auto work = [&](const Crew& crew) {
    const auto thread = static_cast<std::size_t>(crew.index);
    const auto chunks = [&](std::int64_t from, std::int64_t to, std::size_t buffers,
                            const Crew& members) {
      for (; from < to; from += most) {
        const auto part = boards.subspan(static_cast<std::size_t>(from),
                                         static_cast<std::size_t>(std::min(most, to - from)));
        Chunk<T>(impl.weights, shape, part, impl.chunks[buffers], impl.scratch[thread], members)
            .run();
      }
    };
    gemm.enter();
    chunks(crew.index * alone, (crew.index + 1) * alone, thread, Crew{});
    if (const std::int64_t done = alone * crew.size; done < count) {
      crew.meet();  // the first thread's buffers serve all
      chunks(done, count, 0, crew);
    }
    gemm.leave();
  };
  impl.team->run(work);
}

template class RecursiveNet<float>;
template class RecursiveNet<Bf16>;

}  // namespace trm::native
