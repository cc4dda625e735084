#define TRM_VECTOR_BYTES 32
#include "engine/kernels/block_ops_impl.inc"

namespace trm::kernels {
extern const BlockOps block_ops_avx2;
const BlockOps block_ops_avx2 = {"avx2", make_ops<float>(), make_ops<Bf16>()};
}  // namespace trm::kernels
