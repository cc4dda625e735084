// Matrix products of the recursion on the CPU: C = A W^T for weights that are prepared once.
//
// The network calls the same few small weights hundreds of times a step, on blocks of rows that lie
// in the cache. So the weights are packed once into the order in which the processor reads them, a
// product writes float32 into a small block, and what follows (SwiGLU, residual and norm) works on
// that block before it leaves the cache. Written once (gemm_impl.inc) and compiled for several
// instruction sets; bfloat16 has kernels of its own for AVX-512 BF16 and AMX. The best set that the
// processor has is chosen at run time; the tests compare all of them.
//
// A row of C depends on its row of A and on W alone, to the bit: not on the number of rows, nor on
// where among them it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "engine/kernels/row_ops.h"

namespace trm::kernels {

/// Memory on a cache line's boundary, zeroed. Throws std::bad_alloc.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t size);

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<T[], Free> data_;
  std::int64_t size_ = 0;
};

/// Sides of packed matrices are padded with zeros: columns of C to multiples of kColumnStep, the
/// inner side K to multiples of kDepthStep. Rows of A must hold finite numbers up to the padded K.
inline constexpr std::int64_t kColumnStep = 32;
inline constexpr std::int64_t kDepthStep = 32;
/// Rows are computed in groups of up to this many; A and C must be readable, and C writable, up to
/// the next multiple of it (what stands there may be anything finite).
inline constexpr std::int64_t kRowStep = 32;

/// Internal linkage: sources compiled for different instruction sets include this header.
[[maybe_unused]] static constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

/// The products for one element type of A and W (sums are float32).
template <class T>
struct GemmFor {
  const char* name;  ///< of the instruction set: "scalar", "avx2", "avx512", "avx512_bf16", "amx"
  /// Packs W [n, k], element (i, j) at w[i * row_stride + j * col_stride], into `packed`
  /// [round_up(n, kColumnStep) * round_up(k, kDepthStep)].
  void (*pack)(const T* w, std::int64_t n, std::int64_t k, std::int64_t row_stride,
               std::int64_t col_stride, T* packed);
  /// C [rows, n] (+)= A [rows, k] W^T for padded k and n; strides in elements. C is overwritten
  /// unless `add`. Within enter() and leave().
  void (*run)(const T* a, std::int64_t lda, const T* packed, std::int64_t k, std::int64_t n,
              float* c, std::int64_t ldc, std::int64_t rows, bool add);
  /// A thread calls these around its products (AMX: sets up the tile registers).
  void (*enter)();
  void (*leave)();
};

/// The best products for this processor. TRM_ISA=scalar|avx2|avx512|avx512_bf16|amx in the
/// environment picks lesser ones.
template <class T>
const GemmFor<T>& gemm();

/// Whether gemm<Bf16>() is one that multiplies bfloat16 in hardware; the others widen it first.
bool multiplies_bf16();

/// All that this processor can run, scalar first.
template <class T>
std::vector<const GemmFor<T>*> available_gemms();

/// A weight matrix packed for one set of products.
template <class T>
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// W [n, k], rows `ld` apart.
  PackedMatrix(const GemmFor<T>& ops, const T* w, std::int64_t n, std::int64_t k, std::int64_t ld)
      : PackedMatrix(ops, n, k) {
    ops.pack(w, n, k, ld, 1, packed_.data());
  }

  /// The transpose of W [n, k], rows `ld` apart: C = A W.
  static PackedMatrix transpose(const GemmFor<T>& ops, const T* w, std::int64_t n, std::int64_t k,
                                std::int64_t ld) {
    PackedMatrix matrix(ops, k, n);
    ops.pack(w, k, n, 1, ld, matrix.packed_.data());
    return matrix;
  }

  bool empty() const { return ops_ == nullptr; }
  std::int64_t columns() const { return n_; }  ///< padded
  std::int64_t depth() const { return k_; }    ///< padded

  /// Columns [from, from + count) of C, count and from multiples of kColumnStep; see GemmFor::run.
  void run(const T* a, std::int64_t lda, std::int64_t from, std::int64_t count, float* c,
           std::int64_t ldc, std::int64_t rows, bool add = false) const {
    ops_->run(a, lda, packed_.data() + from * k_, k_, count, c, ldc, rows, add);
  }
  /// All columns.
  void run(const T* a, std::int64_t lda, float* c, std::int64_t ldc, std::int64_t rows,
           bool add = false) const {
    run(a, lda, 0, n_, c, ldc, rows, add);
  }

 private:
  PackedMatrix(const GemmFor<T>& ops, std::int64_t n, std::int64_t k)
      : ops_(&ops), n_(round_up(n, kColumnStep)), k_(round_up(k, kDepthStep)), packed_(n_ * k_) {}

  const GemmFor<T>* ops_ = nullptr;
  std::int64_t n_ = 0, k_ = 0;
  Buffer<T> packed_;
};

template <class T>
Buffer<T>::Buffer(std::int64_t size)
    : data_(new (std::align_val_t{64}) T[static_cast<std::size_t>(size)]()), size_(size) {}

}  // namespace trm::kernels
