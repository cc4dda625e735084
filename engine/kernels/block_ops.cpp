#include "engine/kernels/block_ops.h"

#include "engine/kernels/isa.h"

namespace trm::kernels {

extern const BlockOps block_ops_scalar;
#if defined(__x86_64__)
extern const BlockOps block_ops_avx2, block_ops_avx512, block_ops_avx512_bf16;
#endif

std::vector<const BlockOps*> available_block_ops() {
  std::vector<const BlockOps*> sets{&block_ops_scalar};
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx2) sets.push_back(&block_ops_avx2);
  if (best_isa() >= Isa::avx512) sets.push_back(&block_ops_avx512);
  if (best_isa() >= Isa::avx512_bf16) sets.push_back(&block_ops_avx512_bf16);
#endif
  return sets;
}

const BlockOps& block_ops() {
  static const BlockOps& set = chosen(available_block_ops());
  return set;
}

}  // namespace trm::kernels
