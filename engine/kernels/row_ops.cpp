#include "engine/kernels/row_ops.h"

#include "engine/kernels/isa.h"

namespace trm::kernels {

extern const RowOps row_ops_scalar;
#if defined(__x86_64__)
extern const RowOps row_ops_avx2, row_ops_avx512;
#endif

std::vector<const RowOps*> available_row_ops() {
  std::vector<const RowOps*> sets{&row_ops_scalar};
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx2) sets.push_back(&row_ops_avx2);
  if (best_isa() >= Isa::avx512) sets.push_back(&row_ops_avx512);
#endif
  return sets;
}

const RowOps& row_ops() {
  static const RowOps& set = chosen(available_row_ops());
  return set;
}

}  // namespace trm::kernels
