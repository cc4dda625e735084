// What follows the matrix products of the recursion, on blocks that are still in the cache: SwiGLU
// of a product and its pooled parts, residual and RMSNorm, softmax, sums over sets; and their
// gradients.
//
// Products are float32, activations T (float32 or bfloat16); widths and strides are padded to
// multiples of kColumnStep with zeros, so that loops have no tails. Chosen at run time as
// row_ops(). Pure and thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/kernels/gemm.h"

namespace trm::kernels {

template <class T>
struct BlockOpsFor {
  /// out [rows, width] = silu(g) * u with g = c[0, width), u = c[width, 2 width) of each row, to
  /// which the same columns of its `k` rows in `added` [rows * k] (from column `offset`) are added
  /// first. `kept`: null, or [rows, 2 width] for these sums, which the gradient needs.
  void (*swiglu)(const float* c, std::int64_t ldc, const float* const* added, std::int64_t k,
                 std::int64_t offset, T* out, std::int64_t ldo, T* kept, std::int64_t ldk,
                 std::int64_t rows, std::int64_t width);
  /// The gradient of swiglu for its sums, dkept [rows, 2 width], from that of its output, and the
  /// output once more.
  void (*swiglu_backward)(const T* kept, std::int64_t ldk, const float* grad, std::int64_t ldg,
                          T* out, std::int64_t ldo, T* dkept, std::int64_t ldd, std::int64_t rows,
                          std::int64_t width);
  /// y = s h with s = 1 / sqrt(mean(h^2) + eps), h = r + c, the mean over `dim` of the padded
  /// `width`. y may be r. `inv`: null, or [rows] for s.
  void (*add_rms_norm)(const float* c, std::int64_t ldc, const T* r, std::int64_t ldr, T* y,
                       std::int64_t ldy, float* inv, std::int64_t rows, std::int64_t width,
                       std::int64_t dim, float eps);
  /// The gradient for c and for r alike, s (grad - y mean(grad y)): in place of `grad`, and as T.
  void (*add_rms_norm_backward)(float* grad, std::int64_t ldg, const T* y, std::int64_t ldy,
                                const float* inv, T* dh, std::int64_t ldh, std::int64_t rows,
                                std::int64_t width, std::int64_t dim);
  /// sum = a + b over `size` elements, a multiple of kColumnStep; rounded to T.
  void (*add)(const T* a, const T* b, T* sum, std::int64_t size);
  /// to [rows, width] = from, rounded to T.
  void (*round)(const float* from, std::int64_t ldf, T* to, std::int64_t ldt, std::int64_t rows,
                std::int64_t width);
  /// The reverse: T as float32; size a multiple of kColumnStep.
  void (*widen)(const T* from, float* to, std::int64_t size);
  /// out row s = (1 / sqrt(|set|)) * sum of u over the members of set first + s, s < count (CSR).
  void (*sum_sets)(const T* u, std::int64_t ldu, const std::int32_t* starts,
                   const std::int32_t* members, std::int64_t first, std::int64_t count, T* out,
                   std::int64_t ldo, std::int64_t width);
  /// c [rows, width] += the `k` rows of each row in `added` [rows * k].
  void (*add_rows)(float* c, std::int64_t ldc, const float* const* added, std::int64_t k,
                   std::int64_t rows, std::int64_t width);
  /// to [cols, padded] = the transpose of from [rows, cols], zeros from column `rows` on.
  void (*transpose)(const T* from, std::int64_t ldf, T* to, std::int64_t ldt, std::int64_t rows,
                    std::int64_t cols, std::int64_t padded);
  /// out [rows, n] = softmax(scale * c) over the n first columns, 0 in the rest up to `width`.
  void (*softmax)(float* c, std::int64_t ldc, float scale, T* out, std::int64_t ldo,
                  std::int64_t rows, std::int64_t n, std::int64_t width);
};

struct BlockOps {
  const char* name;
  BlockOpsFor<float> f32;
  BlockOpsFor<Bf16> bf16;
};

/// The best set for this processor, or what TRM_ISA=scalar|avx2|avx512|avx512_bf16 names; and all
/// that it can run.
const BlockOps& block_ops();
std::vector<const BlockOps*> available_block_ops();

}  // namespace trm::kernels
