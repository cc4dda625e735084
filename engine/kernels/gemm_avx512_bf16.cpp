// Products of bfloat16 with AVX-512 BF16: dpbf16ps adds products of two neighbours along the depth.
#include <immintrin.h>

#include "engine/kernels/gemm.h"
#include "engine/kernels/gemm_pairs.inc"

namespace trm::kernels {
namespace {

constexpr std::int64_t kPanel = 32;
constexpr int kRows = 12;

template <int kR>
void block(const Bf16* a, std::int64_t lda, const Bf16* panel, std::int64_t k, float* c,
           std::int64_t ldc, bool add) {
  __m512 sums[kR][2];
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
    sums[r][0] = add ? _mm512_loadu_ps(c + r * ldc) : _mm512_setzero_ps();
    sums[r][1] = add ? _mm512_loadu_ps(c + r * ldc + 16) : _mm512_setzero_ps();
  }
  for (std::int64_t j = 0; j < k; j += 2, panel += 2 * kPanel) {
    const __m512bh w0 = (__m512bh)_mm512_loadu_si512(panel);
    const __m512bh w1 = (__m512bh)_mm512_loadu_si512(panel + kPanel);
#pragma GCC unroll 16
    for (int r = 0; r < kR; ++r) {
      int pair;
      __builtin_memcpy(&pair, a + r * lda + j, sizeof(pair));
      const __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
      sums[r][0] = _mm512_dpbf16_ps(sums[r][0], x, w0);
      sums[r][1] = _mm512_dpbf16_ps(sums[r][1], x, w1);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kR; ++r) {
    _mm512_storeu_ps(c + r * ldc, sums[r][0]);
    _mm512_storeu_ps(c + r * ldc + 16, sums[r][1]);
  }
}

template <int kR>
void last_block(std::int64_t rows, const Bf16* a, std::int64_t lda, const Bf16* panel,
                std::int64_t k, float* c, std::int64_t ldc, bool add) {
  if constexpr (kR > 0) {
    if (rows == kR) return block<kR>(a, lda, panel, k, c, ldc, add);
    last_block<kR - 1>(rows, a, lda, panel, k, c, ldc, add);
  }
}

void run(const Bf16* a, std::int64_t lda, const Bf16* packed, std::int64_t k, std::int64_t n,
         float* c, std::int64_t ldc, std::int64_t rows, bool add) {
  for (std::int64_t column = 0; column < n; column += kPanel, packed += kPanel * k) {
    for (std::int64_t row = 0; row < rows; row += kRows) {
      const std::int64_t count = rows - row < kRows ? rows - row : kRows;
      last_block<kRows>(count, a + row * lda, lda, packed, k, c + row * ldc + column, ldc, add);
    }
  }
}

// Panels of 32 columns: [k / 2][32][2].
void pack(const Bf16* w, std::int64_t n, std::int64_t k, std::int64_t row_stride,
          std::int64_t col_stride, Bf16* packed) {
  pack_pairs(w, n, k, row_stride, col_stride, kPanel, 2, packed);
}

void nothing() {}

}  // namespace

extern const GemmFor<Bf16> gemm_bf16_avx512_bf16;
const GemmFor<Bf16> gemm_bf16_avx512_bf16 = {"avx512_bf16", &pack, &run, &nothing, &nothing};

}  // namespace trm::kernels
