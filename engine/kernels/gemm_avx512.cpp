#define TRM_VECTOR_BYTES 64
#define TRM_ROWS 12
#include "engine/kernels/gemm_impl.inc"

namespace trm::kernels {
extern const GemmFor<float> gemm_f32_avx512;
extern const GemmFor<Bf16> gemm_bf16_avx512;
const GemmFor<float> gemm_f32_avx512 = make_f32("avx512");
const GemmFor<Bf16> gemm_bf16_avx512 = make_bf16("avx512");
}  // namespace trm::kernels
