// Row operations on the GPU: how threads share the work; the arithmetic is in row_math.h. Compiled
// in CI for sm_80 and sm_90; not run on a GPU so far, so that only the cuda preset links it.
#include <cuda_runtime.h>

#include "engine/kernels/row_math.h"
#include "engine/kernels/row_ops_cuda.h"

namespace trm::kernels {
namespace {

constexpr int kRowsPerBlock = 4;  // one warp a row: the nets' rows are 32 to 1024 channels wide
constexpr int kThreads = 256;

template <class T>
__global__ void add_rms_norm_kernel(const T* x, const T* r, T* y, std::int64_t rows,
                                    std::int64_t dim, float eps) {
  const std::int64_t row = std::int64_t{blockIdx.x} * kRowsPerBlock + threadIdx.y;
  if (row >= rows) return;  // whole warps leave together
  const int lane = static_cast<int>(threadIdx.x);
  x += row * dim;
  y += row * dim;
  if (r != nullptr) r += row * dim;
  float sum = squares_of_lane(x, r, dim, lane);
  for (int offset = kLanes / 2; offset > 0; offset /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, offset);
  }
  write_norm_of_lane(x, r, y, dim, lane, norm_scale(sum, dim, eps));
}

template <class T>
__global__ void swiglu_kernel(const T* in, T* out, std::int64_t count, std::int64_t width) {
  const std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < count) write_swiglu(in, out, i, width);
}

// One warp for each set of each board; its lanes take neighbouring channels.
template <class T>
__global__ void sum_sets_kernel(const T* u, float* sums, std::int64_t boards, std::int64_t length,
                                std::int64_t channels, PoolIndex index) {
  const std::int64_t row = std::int64_t{blockIdx.x} * kRowsPerBlock + threadIdx.y;
  if (row >= boards * index.sets) return;
  const std::int64_t board = row / index.sets, set = row % index.sets;
  u += board * length * channels;
  sums += board * index.sets * channels;
  for (std::int64_t c = threadIdx.x; c < channels; c += kLanes) {
    write_set_sum(u, sums, channels, c, set, index);
  }
}

// One warp for each node of each board; its lanes take neighbouring columns of all parts.
template <class T>
__global__ void gather_pools_kernel(const T* u, const float* sums, T* out, std::int64_t boards,
                                    std::int64_t length, std::int64_t channels, PoolIndex index) {
  const std::int64_t row = std::int64_t{blockIdx.x} * kRowsPerBlock + threadIdx.y;
  if (row >= boards * length) return;
  const std::int64_t board = row / length, node = row % length;
  const std::int64_t width = (1 + index.relations) * channels;
  u += board * length * channels;
  sums += board * index.sets * channels;
  out += board * length * width;
  for (std::int64_t column = threadIdx.x; column < width; column += kLanes) {
    write_pool(u, sums, out, length, channels, node, column, index);
  }
}

unsigned blocks(std::int64_t items, std::int64_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

template <class T>
int launch_norm(const T* x, const T* r, T* y, std::int64_t rows, std::int64_t dim, float eps,
                void* stream) {
  if (rows == 0) return 0;
  const dim3 threads(kLanes, kRowsPerBlock);
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

template <class T>
int launch_pool(const T* u, T* out, float* sums, std::int64_t boards, std::int64_t length,
                std::int64_t channels, const PoolIndex& index, void* stream) {
  if (boards * length == 0) return 0;
  const dim3 threads(kLanes, kRowsPerBlock);
  const auto queue = static_cast<cudaStream_t>(stream);
  if (index.sets > 0) {
    sum_sets_kernel<T><<<blocks(boards * index.sets, kRowsPerBlock), threads, 0, queue>>>(
        u, sums, boards, length, channels, index);
    if (const auto error = cudaGetLastError(); error != cudaSuccess) return static_cast<int>(error);
  }
  gather_pools_kernel<T><<<blocks(boards * length, kRowsPerBlock), threads, 0, queue>>>(
      u, sums, out, boards, length, channels, index);
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
int pool_concat_cuda(const float* u, float* out, float* sums, std::int64_t boards,
                     std::int64_t length, std::int64_t channels, const PoolIndex& index,
                     void* stream) {
  return launch_pool(u, out, sums, boards, length, channels, index, stream);
}
int pool_concat_cuda(const Bf16* u, Bf16* out, float* sums, std::int64_t boards,
                     std::int64_t length, std::int64_t channels, const PoolIndex& index,
                     void* stream) {
  return launch_pool(u, out, sums, boards, length, channels, index, stream);
}

}  // namespace trm::kernels
