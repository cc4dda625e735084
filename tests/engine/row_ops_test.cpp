// Every instruction set against plain arithmetic in double precision.
#include "engine/kernels/row_ops.h"

#include <cmath>
#include <cstring>
#include <type_traits>

#include "puzzles/rng.h"
#include "tests/catch.h"

namespace trm::kernels {
namespace {

float widen(float x) { return x; }
float widen(Bf16 x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T>
T narrow(float x) {
  if constexpr (std::is_same_v<T, float>) {
    return x;
  } else {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return static_cast<Bf16>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
  }
}

template <class T>
std::vector<T> random(Rng& rng, std::size_t count) {
  std::vector<T> values(count);
  for (T& value : values) value = narrow<T>(static_cast<float>(rng.uniform() * 4 - 2));
  return values;
}

template <class T>
constexpr double tolerance = std::is_same_v<T, float> ? 2e-5 : 2e-2;

template <class T>
void check_near(T found, double wanted) {
  CHECK(widen(found) == Approx(wanted).epsilon(tolerance<T>).margin(tolerance<T>));
}

template <class T>
const RowOpsFor<T>& ops_of(const RowOps& ops) {
  if constexpr (std::is_same_v<T, float>) {
    return ops.f32;
  } else {
    return ops.bf16;
  }
}

template <class T>
void check_norm(const RowOps& set, std::int64_t dim) {
  Rng rng(1);
  const std::int64_t rows = 5;
  const auto n = static_cast<std::size_t>(rows * dim);
  const auto x = random<T>(rng, n), r = random<T>(rng, n), grad = random<T>(rng, n);
  std::vector<T> y(n), dh(n);
  std::vector<float> inv(static_cast<std::size_t>(rows));
  const double eps = 1e-5;
  ops_of<T>(set).add_rms_norm(x.data(), r.data(), y.data(), inv.data(), rows, dim, 1e-5f);
  ops_of<T>(set).add_rms_norm_backward(grad.data(), y.data(), inv.data(), dh.data(), rows, dim);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto at = [&](std::int64_t i) { return static_cast<std::size_t>(row * dim + i); };
    double squares = 0, product = 0;
    for (std::int64_t i = 0; i < dim; ++i) {
      const double h = widen(x[at(i)]) + widen(r[at(i)]);
      squares += h * h;
    }
    const double s = 1 / std::sqrt(squares / static_cast<double>(dim) + eps);
    check_near<float>(inv[static_cast<std::size_t>(row)], s);
    for (std::int64_t i = 0; i < dim; ++i) {
      check_near(y[at(i)], (widen(x[at(i)]) + widen(r[at(i)])) * s);
      product += widen(grad[at(i)]) * widen(y[at(i)]);
    }
    product /= static_cast<double>(dim);
    for (std::int64_t i = 0; i < dim; ++i) {
      check_near(dh[at(i)], s * (widen(grad[at(i)]) - widen(y[at(i)]) * product));
    }
  }
}

template <class T>
void check_swiglu(const RowOps& set, std::int64_t width) {
  Rng rng(2);
  const std::int64_t rows = 3;
  const auto in = random<T>(rng, static_cast<std::size_t>(rows * 2 * width));
  const auto grad = random<T>(rng, static_cast<std::size_t>(rows * width));
  std::vector<T> out(grad.size()), din(in.size());
  ops_of<T>(set).swiglu(in.data(), out.data(), rows, width);
  ops_of<T>(set).swiglu_backward(in.data(), grad.data(), din.data(), rows, width);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t i = 0; i < width; ++i) {
      const auto gate_at = static_cast<std::size_t>(row * 2 * width + i);
      const auto up_at = gate_at + static_cast<std::size_t>(width);
      const auto out_at = static_cast<std::size_t>(row * width + i);
      const double gate = widen(in[gate_at]), up = widen(in[up_at]), g = widen(grad[out_at]);
      const double sigmoid = 1 / (1 + std::exp(-gate));
      check_near(out[out_at], gate * sigmoid * up);
      check_near(din[up_at], g * gate * sigmoid);
      check_near(din[gate_at], g * up * sigmoid * (1 + gate * (1 - sigmoid)));
    }
  }
}

template <class T>
void check_rotate(const RowOps& set, std::int64_t half) {
  Rng rng(5);
  const std::int64_t rows = 7, length = 3, heads = 2, dim = 2 * half, stride = 3 * heads * dim;
  const auto x = random<T>(rng, static_cast<std::size_t>(rows * stride));
  const auto cos = random<float>(rng, static_cast<std::size_t>(length * dim));
  const auto sin = random<float>(rng, cos.size());
  for (const float sign : {1.0f, -1.0f}) {
    std::vector<T> y(static_cast<std::size_t>(rows * heads * dim), narrow<T>(9));
    // In two parts, as two threads do it.
    ops_of<T>(set).rotate(x.data(), y.data(), cos.data(), sin.data(), 0, 4, length, heads, dim,
                          stride, heads * dim, sign);
    ops_of<T>(set).rotate(x.data(), y.data(), cos.data(), sin.data(), 4, 3, length, heads, dim,
                          stride, heads * dim, sign);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t at = 0; at < heads * dim; ++at) {
        const std::int64_t i = at % dim;
        const auto angle = static_cast<std::size_t>(row % length * dim + i);
        const auto from = static_cast<std::size_t>(row * stride + at);
        const auto h = static_cast<std::size_t>(half);
        const double other = i < half ? -widen(x[from + h]) : widen(x[from - h]);
        check_near(y[static_cast<std::size_t>(row * heads * dim + at)],
                   widen(x[from]) * cos[angle] + sign * other * sin[angle]);
      }
    }
  }
}

// Overlapping and disjoint sets, one position in none.
struct Sets {
  std::vector<std::int32_t> starts_a{0, 3, 5}, members_a{0, 1, 2, 3, 4};
  std::vector<std::int32_t> starts_b{0, 2, 5}, members_b{0, 3, 1, 3, 4};
  std::vector<GroupSets> relations{{starts_a.data(), members_a.data(), 2, true},
                                   {starts_b.data(), members_b.data(), 2, false}};
};

template <class T>
void check_pool(const RowOps& set, std::int64_t channels) {
  Rng rng(3);
  const Sets sets;
  const std::int64_t boards = 2, length = 6, k = 2;
  const auto c = static_cast<std::size_t>(channels);
  const auto u = random<T>(rng, static_cast<std::size_t>(boards * length) * c);
  const auto grad = random<T>(rng, u.size() * (1 + static_cast<std::size_t>(k)));
  std::vector<T> out(grad.size()), du(u.size());
  std::vector<float> scratch((1 + static_cast<std::size_t>(length)) * c);
  ops_of<T>(set).pool_concat(u.data(), out.data(), boards, length, channels, sets.relations.data(),
                             k, scratch.data());
  ops_of<T>(set).pool_concat_backward(grad.data(), du.data(), boards, length, channels,
                                      sets.relations.data(), k, scratch.data());
  const auto wide = 3 * c;
  for (std::size_t board = 0; board < 2; ++board) {
    std::vector<double> wanted_out(6 * wide), wanted_du(6 * c);
    for (std::size_t p = 0; p < 6; ++p) {
      for (std::size_t i = 0; i < c; ++i) {
        wanted_out[p * wide + i] = widen(u[(board * 6 + p) * c + i]);
        wanted_du[p * c + i] = widen(grad[(board * 6 + p) * wide + i]);
      }
    }
    for (std::size_t r = 0; r < 2; ++r) {
      const GroupSets& relation = sets.relations[r];
      for (std::int64_t s = 0; s < relation.count; ++s) {
        const auto from = relation.starts[s], to = relation.starts[s + 1];
        const double scale = 1 / std::sqrt(static_cast<double>(to - from));
        for (auto a = from; a < to; ++a) {
          for (auto b = from; b < to; ++b) {
            const auto p = static_cast<std::size_t>(relation.members[a]);
            const auto q = static_cast<std::size_t>(relation.members[b]);
            for (std::size_t i = 0; i < c; ++i) {
              wanted_out[p * wide + (1 + r) * c + i] += scale * widen(u[(board * 6 + q) * c + i]);
              wanted_du[p * c + i] += scale * widen(grad[(board * 6 + q) * wide + (1 + r) * c + i]);
            }
          }
        }
      }
    }
    for (std::size_t i = 0; i < wanted_out.size(); ++i) {
      check_near(out[board * 6 * wide + i], wanted_out[i]);
    }
    for (std::size_t i = 0; i < wanted_du.size(); ++i) {
      check_near(du[board * 6 * c + i], wanted_du[i]);
    }
  }
}

TEST_CASE("Row operations equal plain arithmetic on every instruction set", "[kernels]") {
  const auto sets = available_row_ops();
  REQUIRE_FALSE(sets.empty());
  CHECK(std::string(sets.front()->name) == "scalar");
  for (const RowOps* set : sets) {
    // Widths around the vector lengths 8 and 16, and remainders.
    for (const std::int64_t width : {1, 3, 7, 8, 15, 16, 17, 32, 63, 96}) {
      INFO(set->name << " width " << width);
      check_norm<float>(*set, width);
      check_norm<Bf16>(*set, width);
      check_swiglu<float>(*set, width);
      check_swiglu<Bf16>(*set, width);
      check_rotate<float>(*set, width);
      check_rotate<Bf16>(*set, width);
      check_pool<float>(*set, width);
      check_pool<Bf16>(*set, width);
    }
  }
}

}  // namespace
}  // namespace trm::kernels
