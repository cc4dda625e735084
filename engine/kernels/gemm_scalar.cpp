#define TRM_VECTOR_BYTES 16
#define TRM_ROWS 4
#include "engine/kernels/gemm_impl.inc"

namespace trm::kernels {
extern const GemmFor<float> gemm_f32_scalar;
extern const GemmFor<Bf16> gemm_bf16_scalar;
const GemmFor<float> gemm_f32_scalar = make_f32("scalar");
const GemmFor<Bf16> gemm_bf16_scalar = make_bf16("scalar");
}  // namespace trm::kernels
