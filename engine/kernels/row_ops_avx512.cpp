// The row operations for one instruction set (compile flags: engine/CMakeLists.txt).
#include "engine/kernels/row_ops_impl.inc"

namespace trm::kernels {
extern const RowOps row_ops_avx512;
const RowOps row_ops_avx512{"avx512", make_ops<float>(), make_ops<Bf16>()};
}  // namespace trm::kernels
