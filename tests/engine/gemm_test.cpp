// Packed products and what follows them, on every instruction set that this processor has.
#include "engine/kernels/gemm.h"

#include <bit>
#include <cmath>
#include <string>

#include "engine/kernels/block_ops.h"
#include "puzzles/rng.h"
#include "tests/catch.h"

namespace trm::kernels {
namespace {

float value_of(float v) { return v; }
float value_of(Bf16 v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16); }

template <class T>
void put(T& to, float v) {
  to = v;
}
template <>
void put(Bf16& to, float v) {
  const auto bits = std::bit_cast<std::uint32_t>(v);
  to = static_cast<Bf16>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

template <class T>
Buffer<T> random_buffer(Rng& rng, std::int64_t size) {
  Buffer<T> buffer(size);
  for (std::int64_t i = 0; i < size; ++i) {
    put(buffer.data()[i], static_cast<float>(2 * rng.uniform() - 1));
  }
  return buffer;
}

/// Rows of A and a matrix, with the padding that products ask for.
template <class T>
struct Problem {
  Problem(std::int64_t rows_, std::int64_t n_, std::int64_t k_)
      : rows(rows_), n(n_), k(k_), lda(round_up(k, kDepthStep)), ldc(round_up(n, kColumnStep)) {
    Rng rng(17);
    w = random_buffer<T>(rng, n * k);
    a = Buffer<T>((rows + kRowStep) * lda);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = random_buffer<T>(rng, k);
      std::copy_n(row.data(), k, a.data() + r * lda);
    }
  }
  double expected(std::int64_t r, std::int64_t c) const {
    double sum = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      sum += double{value_of(a.data()[r * lda + i])} * double{value_of(w.data()[c * k + i])};
    }
    return sum;
  }
  std::int64_t rows, n, k, lda, ldc;
  Buffer<T> w, a;
};

template <class T>
void check_products() {
  for (const GemmFor<T>* ops : available_gemms<T>()) {
    for (const auto& [rows, n, k] :
         {std::tuple(1, 1, 1), std::tuple(7, 33, 65), std::tuple(64, 96, 32),
          std::tuple(97, 40, 300), std::tuple(33, 192, 97)}) {
      INFO(ops->name << ", " << rows << " rows, " << n << " x " << k);
      const Problem<T> p(rows, n, k);
      const PackedMatrix<T> packed(*ops, p.w.data(), n, k, k);
      Buffer<float> c((p.rows + kRowStep) * p.ldc);
      ops->enter();
      packed.run(p.a.data(), p.lda, c.data(), p.ldc, p.rows);
      packed.run(p.a.data(), p.lda, c.data(), p.ldc, p.rows, true);
      ops->leave();
      double worst = 0;
      for (std::int64_t r = 0; r < p.rows; ++r) {
        for (std::int64_t i = 0; i < p.ldc; ++i) {
          const double wanted = i < n ? 2 * p.expected(r, i) : 0.0;
          worst = std::max(worst, std::abs(double{c.data()[r * p.ldc + i]} - wanted));
        }
      }
      CHECK(worst < 1e-5 * std::sqrt(static_cast<double>(k)) + 1e-6);
    }
  }
}

TEST_CASE("Packed products are those of the definition on every instruction set", "[kernels]") {
  check_products<float>();
  check_products<Bf16>();
}

template <class T>
void check_rows_alone() {
  for (const GemmFor<T>* ops : available_gemms<T>()) {
    INFO(ops->name);
    const Problem<T> p(75, 64, 160);
    const PackedMatrix<T> packed(*ops, p.w.data(), p.n, p.k, p.k);
    Buffer<float> all((p.rows + kRowStep) * p.ldc), one(kRowStep * p.ldc);
    ops->enter();
    packed.run(p.a.data(), p.lda, all.data(), p.ldc, p.rows);
    std::int64_t different = 0;
    for (std::int64_t r = 0; r < p.rows; ++r) {
      packed.run(p.a.data() + r * p.lda, p.lda, one.data(), p.ldc, 1);
      different += !std::equal(one.data(), one.data() + p.ldc, all.data() + r * p.ldc);
    }
    ops->leave();
    CHECK(different == 0);
  }
}

TEST_CASE("A row of a product does not depend on the others, to the bit", "[kernels]") {
  check_rows_alone<float>();
  check_rows_alone<Bf16>();
}

template <class T>
void check_transposed_packing() {
  for (const GemmFor<T>* ops : available_gemms<T>()) {
    // Whole panels take a path of their own.
    for (const auto& [n, k] : {std::pair(50, 70), std::pair(64, 70), std::pair(96, 33)}) {
      INFO(ops->name << ", " << n << " x " << k);
      const std::int64_t size = round_up(n, kColumnStep) * round_up(k, kDepthStep);
      Rng rng(3);
      const auto w = random_buffer<T>(rng, n * k), dirt = random_buffer<T>(rng, size);
      Buffer<T> turned(n * k), straight(size), crossed(size);
      for (std::int64_t i = 0; i < n * k; ++i) turned.data()[i % k * n + i / k] = w.data()[i];
      std::copy_n(dirt.data(), size, crossed.data());
      ops->pack(w.data(), n, k, k, 1, straight.data());
      ops->pack(turned.data(), n, k, 1, n, crossed.data());
      CHECK(std::equal(straight.data(), straight.data() + size, crossed.data()));
    }
  }
}

TEST_CASE("A matrix packs alike from its transpose", "[kernels]") {
  check_transposed_packing<float>();
  check_transposed_packing<Bf16>();
}

template <class T>
const BlockOpsFor<T>& of(const BlockOps& ops) {
  if constexpr (std::is_same_v<T, float>) {
    return ops.f32;
  } else {
    return ops.bf16;
  }
}

/// Compares `run(ops, out)` of all instruction sets with the scalar one, relative to `scale`.
template <class T, class Run>
void compare_with_scalar(std::int64_t size, double tolerance, Run&& run) {
  const auto sets = available_block_ops();
  Buffer<T> expected(size);
  run(of<T>(*sets.front()), expected.data());
  for (const BlockOps* set : sets) {
    INFO(set->name);
    Buffer<T> found(size);
    run(of<T>(*set), found.data());
    double worst = 0;
    for (std::int64_t i = 0; i < size; ++i) {
      const double a = value_of(found.data()[i]), b = value_of(expected.data()[i]);
      worst = std::max(worst, std::abs(a - b) / (1 + std::abs(b)));
    }
    CHECK(worst <= tolerance);
  }
}

template <class T>
void check_block_ops(double tolerance) {
  Rng rng(23);
  const std::int64_t rows = 19, width = 96, sets = 5, k = 3;
  auto c = random_buffer<float>(rng, rows * 2 * width);
  for (std::int64_t i = 0; i < c.size(); ++i) c.data()[i] *= 12;  // into the sigmoid's tails
  const auto added = random_buffer<float>(rng, 7 * 2 * width);
  const auto state = random_buffer<T>(rng, rows * width);
  std::vector<const float*> pointers;
  for (std::int64_t i = 0; i < rows * k; ++i) pointers.push_back(added.data() + i % 7 * 2 * width);
  compare_with_scalar<T>(rows * width, tolerance, [&](const auto& ops, T* out) {
    ops.swiglu(c.data(), 2 * width, pointers.data(), k, 0, out, width, nullptr, 0, rows, width);
  });
  compare_with_scalar<T>(rows * width, tolerance, [&](const auto& ops, T* out) {
    ops.add_rms_norm(c.data(), 2 * width, state.data(), width, out, width, nullptr, rows, width, 90,
                     1e-5f);
  });
  compare_with_scalar<T>(rows * width, tolerance, [&](const auto& ops, T* out) {
    ops.add(state.data(), state.data(), out, rows * width);
  });
  const std::int32_t starts[] = {0, 4, 4, 9, 10, 13};
  const std::int32_t members[] = {0, 3, 7, 18, 1, 2, 4, 5, 6, 8, 9, 10, 11};
  compare_with_scalar<T>(sets * width, tolerance, [&](const auto& ops, T* out) {
    ops.sum_sets(state.data(), width, starts, members, 0, sets, out, width, width);
  });
  compare_with_scalar<T>(rows * width, tolerance, [&](const auto& ops, T* out) {
    Buffer<float> scores(c.size());
    std::copy_n(c.data(), c.size(), scores.data());
    ops.softmax(scores.data(), 2 * width, 0.5f, out, width, rows, 81, width);
  });
}

TEST_CASE("Block operations agree with their scalar build", "[kernels]") {
  check_block_ops<float>(3e-6);
  check_block_ops<Bf16>(1.0 / 128);  // one unit in the last place
}

TEST_CASE("Block operations compute what they say", "[kernels]") {
  const auto& ops = block_ops().f32;
  Rng rng(29);
  const std::int64_t width = 32;
  const auto c = random_buffer<float>(rng, 2 * width), added = random_buffer<float>(rng, 2 * width);
  const auto r = random_buffer<float>(rng, width);
  Buffer<float> out(width);
  const float* rows[] = {added.data()};
  ops.swiglu(c.data(), 2 * width, rows, 1, 0, out.data(), width, nullptr, 0, 1, width);
  for (std::int64_t i = 0; i < width; ++i) {
    const double g = double{c.data()[i]} + added.data()[i];
    const double u = double{c.data()[width + i]} + added.data()[width + i];
    CHECK(out.data()[i] == Approx(g / (1 + std::exp(-g)) * u).margin(1e-6));
  }
  ops.add_rms_norm(c.data(), width, r.data(), width, out.data(), width, nullptr, 1, width, width,
                   1e-5f);
  double squares = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    squares += std::pow(double{c.data()[i]} + r.data()[i], 2) / static_cast<double>(width);
  }
  for (std::int64_t i = 0; i < width; ++i) {
    const double h = double{c.data()[i]} + r.data()[i];
    CHECK(out.data()[i] == Approx(h / std::sqrt(squares + 1e-5)).margin(1e-6));
  }
  Buffer<float> scores(width);
  std::copy_n(c.data(), width, scores.data());
  ops.softmax(scores.data(), width, 2.0f, out.data(), width, 1, 30, width);
  double total = 0;
  for (std::int64_t i = 0; i < 30; ++i) total += std::exp(2.0 * c.data()[i]);
  for (std::int64_t i = 0; i < width; ++i) {
    CHECK(out.data()[i] == Approx(i < 30 ? std::exp(2.0 * c.data()[i]) / total : 0).margin(1e-6));
  }
}

}  // namespace
}  // namespace trm::kernels
