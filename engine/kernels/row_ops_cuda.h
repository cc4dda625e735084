// The row operations on the GPU, for inference; see row_ops.h for their definitions. Torch-free:
// device pointers and a stream.
#pragma once

#include <cstdint>

#include "engine/kernels/row_ops.h"

namespace trm::kernels {

/// Launches on `stream` (a cudaStream_t) and does not wait. `r` may be null. Returns 0, or the CUDA
/// error's number. dim and width: any; rows up to 2^31 - 1.
int add_rms_norm_cuda(const float* x, const float* r, float* y, std::int64_t rows, std::int64_t dim,
                      float eps, void* stream);
int add_rms_norm_cuda(const Bf16* x, const Bf16* r, Bf16* y, std::int64_t rows, std::int64_t dim,
                      float eps, void* stream);
int swiglu_cuda(const float* in, float* out, std::int64_t rows, std::int64_t width, void* stream);
int swiglu_cuda(const Bf16* in, Bf16* out, std::int64_t rows, std::int64_t width, void* stream);

/// pool_concat for the relations of `index`, whose arrays lie on the device. `sums` [boards,
/// index.sets, channels] is scratch. Where sets overlap, bfloat16 is rounded once, not after each
/// set as on the CPU.
int pool_concat_cuda(const float* u, float* out, float* sums, std::int64_t boards,
                     std::int64_t length, std::int64_t channels, const PoolIndex& index,
                     void* stream);
int pool_concat_cuda(const Bf16* u, Bf16* out, float* sums, std::int64_t boards,
                     std::int64_t length, std::int64_t channels, const PoolIndex& index,
                     void* stream);

}  // namespace trm::kernels
