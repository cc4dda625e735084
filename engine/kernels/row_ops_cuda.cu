// Row operations on the GPU. Compiled in CI for sm_80 and sm_90; never run on a GPU so far, so that
// only the cuda preset links it.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "engine/kernels/row_ops_cuda.h"

namespace trm::kernels {
namespace {

constexpr int kWarp = 32;
constexpr int kRowsPerBlock = 4;  // one warp a row: the nets' rows are 32 to 1024 channels wide
constexpr int kThreads = 256;

__device__ float load(float v) { return v; }
__device__ float load(Bf16 v) { return __bfloat162float(__ushort_as_bfloat16(v)); }
__device__ void store(float& to, float v) { to = v; }
__device__ void store(Bf16& to, float v) { to = __bfloat16_as_ushort(__float2bfloat16_rn(v)); }

template <class T>
__global__ void add_rms_norm_kernel(const T* x, const T* r, T* y, std::int64_t rows,
                                    std::int64_t dim, float eps) {
  const std::int64_t row = std::int64_t{blockIdx.x} * kRowsPerBlock + threadIdx.y;
  if (row >= rows) return;  // whole warps leave together
  x += row * dim;
  y += row * dim;
  if (r != nullptr) r += row * dim;
  float sum = 0;
  for (std::int64_t i = threadIdx.x; i < dim; i += kWarp) {
    const float h = load(x[i]) + (r != nullptr ? load(r[i]) : 0.0f);
    sum += h * h;
  }
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, offset);
  }
  const float scale = rsqrtf(sum / static_cast<float>(dim) + eps);
  for (std::int64_t i = threadIdx.x; i < dim; i += kWarp) {
    store(y[i], (load(x[i]) + (r != nullptr ? load(r[i]) : 0.0f)) * scale);
  }
}

template <class T>
__global__ void swiglu_kernel(const T* in, T* out, std::int64_t count, std::int64_t width) {
  const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const std::int64_t row = i / width, col = i % width;
  const float gate = load(in[row * 2 * width + col]);
  const float up = load(in[row * 2 * width + width + col]);
  store(out[i], gate / (1.0f + __expf(-gate)) * up);
}

unsigned blocks(std::int64_t items, std::int64_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

template <class T>
int launch_norm(const T* x, const T* r, T* y, std::int64_t rows, std::int64_t dim, float eps,
                void* stream) {
  if (rows == 0) return 0;
  const dim3 threads(kWarp, kRowsPerBlock);
  add_rms_norm_kernel<T>
      <<<blocks(rows, kRowsPerBlock), threads, 0, static_cast<cudaStream_t>(stream)>>>(
          x, r, y, rows, dim, eps);
  return static_cast<int>(cudaGetLastError());
}

template <class T>
int launch_swiglu(const T* in, T* out, std::int64_t rows, std::int64_t width, void* stream) {
  if (rows == 0) return 0;
  swiglu_kernel<T>
      <<<blocks(rows * width, kThreads), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
          in, out, rows * width, width);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

int add_rms_norm_cuda(const float* x, const float* r, float* y, std::int64_t rows, std::int64_t dim,
                      float eps, void* stream) {
  return launch_norm(x, r, y, rows, dim, eps, stream);
}
int add_rms_norm_cuda(const Bf16* x, const Bf16* r, Bf16* y, std::int64_t rows, std::int64_t dim,
                      float eps, void* stream) {
  return launch_norm(x, r, y, rows, dim, eps, stream);
}
int swiglu_cuda(const float* in, float* out, std::int64_t rows, std::int64_t width, void* stream) {
  return launch_swiglu(in, out, rows, width, stream);
}
int swiglu_cuda(const Bf16* in, Bf16* out, std::int64_t rows, std::int64_t width, void* stream) {
  return launch_swiglu(in, out, rows, width, stream);
}

}  // namespace trm::kernels
