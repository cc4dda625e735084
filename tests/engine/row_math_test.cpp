// The GPU kernels' arithmetic, run here by loops in place of threads, against the scalar kernels.
#include "engine/kernels/row_math.h"

#include <limits>
#include <type_traits>

#include "engine/kernels/pool_index.h"
#include "puzzles/rng.h"
#include "tests/catch.h"

namespace trm::kernels {
namespace {

template <class T>
std::vector<T> random(Rng& rng, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& value : values) store_value(value, static_cast<float>(rng.uniform() * 8 - 4));
  return values;
}

template <class T>
const RowOpsFor<T>& scalar_ops() {
  const RowOps& set = *available_row_ops().front();
  if constexpr (std::is_same_v<T, float>) {
    return set.f32;
  } else {
    return set.bf16;
  }
}

// Equal but for the order of a sum: a few float32 roundings, and then one step of T.
template <class T>
void check_near(const std::vector<T>& found, const std::vector<T>& wanted) {
  REQUIRE(found.size() == wanted.size());
  constexpr double step = std::is_same_v<T, float> ? 2e-6 : 0x1p-7;
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(load_value(found[i]) == Approx(load_value(wanted[i])).epsilon(step).margin(1e-6));
  }
}

// add_rms_norm_kernel: a warp's lanes one after the other, its butterfly of sums as the GPU adds.
template <class T>
void norm_row(const T* x, const T* r, T* y, std::int64_t dim, float eps) {
  float sums[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) sums[lane] = squares_of_lane(x, r, dim, lane);
  for (int offset = kLanes / 2; offset > 0; offset /= 2) {
    float next[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) next[lane] = sums[lane] + sums[lane ^ offset];
    std::copy(next, next + kLanes, sums);
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    CHECK(sums[lane] == sums[0]);
    write_norm_of_lane(x, r, y, dim, lane, norm_scale(sums[lane], dim, eps));
  }
}

template <class T>
void check_norm(std::int64_t dim) {
  Rng rng(1);
  const std::int64_t rows = 3;
  const auto x = random<T>(rng, rows * dim), r = random<T>(rng, rows * dim);
  for (const T* residual : {static_cast<const T*>(nullptr), r.data()}) {
    std::vector<T> found(x.size()), wanted(x.size());
    for (std::int64_t row = 0; row < rows; ++row) {
      norm_row(x.data() + row * dim, residual ? residual + row * dim : nullptr,
               found.data() + row * dim, dim, 1e-5f);
    }
    scalar_ops<T>().add_rms_norm(x.data(), residual, wanted.data(), nullptr, rows, dim, 1e-5f);
    check_near(found, wanted);
  }
}

template <class T>
void check_swiglu(std::int64_t width) {
  Rng rng(2);
  const std::int64_t rows = 3;
  auto in = random<T>(rng, rows * 2 * width);
  store_value(in[0], 1000.0f);  // beyond the range of exp
  store_value(in[static_cast<std::size_t>(2 * width)], -1000.0f);
  std::vector<T> found(static_cast<std::size_t>(rows * width)), wanted(found.size());
  for (std::int64_t i = 0; i < rows * width; ++i) {
    write_swiglu(in.data(), found.data(), i, width);
  }
  scalar_ops<T>().swiglu(in.data(), wanted.data(), rows, width);
  check_near(found, wanted);
}

// Over 7 nodes: disjoint sets; overlapping ones with node 3 in three of them and an empty set; a
// relation without sets. Node 6 lies nowhere.
struct Sets {
  std::vector<std::int32_t> starts_a{0, 3, 6}, members_a{0, 1, 2, 5, 3, 4};
  std::vector<std::int32_t> starts_b{0, 2, 2, 5, 9}, members_b{0, 3, 1, 3, 4, 5, 4, 3, 2};
  std::vector<std::int32_t> starts_c{0}, members_c;
  std::vector<GroupSets> relations{{starts_a.data(), members_a.data(), 2, true},
                                   {starts_b.data(), members_b.data(), 4, false},
                                   {starts_c.data(), members_c.data(), 0, true}};
};
constexpr std::int64_t kNodes = 7;

// sum_sets_kernel, then gather_pools_kernel, for one board.
template <class T>
void pool_board(const T* u, T* out, std::int64_t channels, const PoolIndex& index) {
  std::vector<float> sums(static_cast<std::size_t>(index.sets * channels),
                          std::numeric_limits<float>::quiet_NaN());
  for (std::int64_t set = 0; set < index.sets; ++set) {
    for (std::int64_t c = 0; c < channels; ++c) {
      write_set_sum(u, sums.data(), channels, c, set, index);
    }
  }
  for (std::int64_t node = 0; node < kNodes; ++node) {
    for (std::int64_t column = 0; column < (1 + index.relations) * channels; ++column) {
      write_pool(u, sums.data(), out, kNodes, channels, node, column, index);
    }
  }
}

template <class T>
void check_pool(std::int64_t channels) {
  Rng rng(3);
  const Sets sets;
  const PoolTables tables = make_pool_tables(sets.relations, kNodes);
  const std::int64_t boards = 2, width = 4 * channels;
  const auto u = random<T>(rng, boards * kNodes * channels);
  std::vector<T> found(static_cast<std::size_t>(boards * kNodes * width)), wanted(found.size());
  for (std::int64_t b = 0; b < boards; ++b) {
    pool_board(u.data() + b * kNodes * channels, found.data() + b * kNodes * width, channels,
               tables.index());
  }
  std::vector<float> scratch(static_cast<std::size_t>(channels));
  scalar_ops<T>().pool_concat(u.data(), wanted.data(), boards, kNodes, channels,
                              sets.relations.data(), 3, scratch.data());
  if constexpr (std::is_same_v<T, float>) {
    CHECK(found == wanted);  // the same additions in the same order
    return;
  }
  for (std::int64_t i = 0; i < boards * kNodes * width; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i % width / channels != 2) {
      CHECK(found[at] == wanted[at]);
    } else {  // overlapping sets: the CPU rounds after each of up to three, the GPU once
      CHECK(load_value(found[at]) == Approx(load_value(wanted[at])).epsilon(0x1p-6).margin(0.1));
    }
  }
}

TEST_CASE("The GPU's arithmetic equals the scalar kernels", "[kernels]") {
  for (const std::int64_t width : {1, 3, 31, 32, 33, 64, 100}) {
    INFO("width " << width);
    check_norm<float>(width);
    check_norm<Bf16>(width);
    check_swiglu<float>(width);
    check_swiglu<Bf16>(width);
    check_pool<float>(width);
    check_pool<Bf16>(width);
  }
}

TEST_CASE("bfloat16 is rounded to the nearest, ties to even", "[kernels]") {
  const auto rounded = [](float v) {
    Bf16 stored = 0;
    store_value(stored, v);
    return stored;
  };
  CHECK(rounded(1.0f) == 0x3f80);
  CHECK(rounded(1.0f + 0x1p-8f) == 0x3f80);    // half a step: down to even
  CHECK(rounded(1.0f + 0x1.8p-7f) == 0x3f82);  // one and a half: up to even
  CHECK(rounded(1.0f + 0x1.02p-8f) == 0x3f81);
  CHECK(rounded(std::numeric_limits<float>::max()) == 0x7f80);  // infinity
  CHECK(std::isnan(load_value(rounded(std::numeric_limits<float>::signaling_NaN()))));
}

TEST_CASE("Pool tables list the sets of each node in ascending order", "[kernels]") {
  const Sets sets;
  const PoolTables tables = make_pool_tables(sets.relations, kNodes);
  CHECK(tables.relations == 3);
  CHECK(tables.sets() == 6);
  CHECK(tables.set_starts == std::vector<std::int32_t>{0, 3, 6, 8, 8, 11, 15});
  REQUIRE(tables.node_starts.size() == static_cast<std::size_t>(3 * kNodes + 1));
  const auto sets_of = [&](std::int64_t relation, std::int64_t node) {
    const auto at = static_cast<std::size_t>(relation * kNodes + node);
    return std::vector<std::int32_t>(tables.node_sets.begin() + tables.node_starts[at],
                                     tables.node_sets.begin() + tables.node_starts[at + 1]);
  };
  CHECK(sets_of(0, 5) == std::vector<std::int32_t>{1});
  CHECK(sets_of(1, 3) == std::vector<std::int32_t>{2, 4, 5});
  CHECK(sets_of(1, 6).empty());
  CHECK(sets_of(2, 0).empty());
  CHECK(make_pool_tables({}, kNodes).sets() == 0);
}

}  // namespace
}  // namespace trm::kernels
