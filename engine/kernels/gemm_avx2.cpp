#define TRM_VECTOR_BYTES 32
#define TRM_ROWS 6
#include "engine/kernels/gemm_impl.inc"

namespace trm::kernels {
extern const GemmFor<float> gemm_f32_avx2;
extern const GemmFor<Bf16> gemm_bf16_avx2;
const GemmFor<float> gemm_f32_avx2 = make_f32("avx2");
const GemmFor<Bf16> gemm_bf16_avx2 = make_bf16("avx2");
}  // namespace trm::kernels
