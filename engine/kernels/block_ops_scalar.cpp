#define TRM_VECTOR_BYTES 16
#include "engine/kernels/block_ops_impl.inc"

namespace trm::kernels {
extern const BlockOps block_ops_scalar;
const BlockOps block_ops_scalar = {"scalar", make_ops<float>(), make_ops<Bf16>()};
}  // namespace trm::kernels
