#include "engine/kernels/block_ops.h"

#include <string_view>

namespace trm::kernels {

extern const BlockOps block_ops_scalar;
#if defined(__x86_64__)
extern const BlockOps block_ops_avx2;
extern const BlockOps block_ops_avx512;
#endif

// The instruction sets are those of the row operations.
std::vector<const BlockOps*> available_block_ops() {
  std::vector<const BlockOps*> sets;
  for (const RowOps* set : available_row_ops()) {
    const std::string_view isa = set->isa;
#if defined(__x86_64__)
    if (isa == "avx2") sets.push_back(&block_ops_avx2);
    if (isa == "avx512") sets.push_back(&block_ops_avx512);
#endif
    if (isa == "scalar") sets.push_back(&block_ops_scalar);
  }
  return sets;
}

const BlockOps& block_ops() {
  static const BlockOps& chosen = []() -> const BlockOps& {
    const auto sets = available_block_ops();
    for (const BlockOps* set : sets) {
      if (std::string_view(set->isa) == row_ops().isa) return *set;
    }
    return *sets.back();
  }();
  return chosen;
}

}  // namespace trm::kernels
