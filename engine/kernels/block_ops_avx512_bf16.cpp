#define TRM_VECTOR_BYTES 64
#include "engine/kernels/block_ops_impl.inc"

namespace trm::kernels {
extern const BlockOps block_ops_avx512_bf16;
const BlockOps block_ops_avx512_bf16 = {"avx512_bf16", make_ops<float>(), make_ops<Bf16>()};
}  // namespace trm::kernels
