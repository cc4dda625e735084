#include "engine/kernels/row_ops.h"

#include <cstdlib>
#include <string_view>

namespace trm::kernels {

extern const RowOps row_ops_scalar;
#if defined(__x86_64__)
extern const RowOps row_ops_avx2;
extern const RowOps row_ops_avx512;
#endif

std::vector<const RowOps*> available_row_ops() {
  std::vector<const RowOps*> sets{&row_ops_scalar};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(&row_ops_avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      sets.push_back(&row_ops_avx512);
    }
  }
#endif
  return sets;
}

const RowOps& row_ops() {
  static const RowOps& chosen = []() -> const RowOps& {
    const auto sets = available_row_ops();
    if (const char* wanted = std::getenv("TRM_ISA")) {
      for (const RowOps* set : sets) {
        if (std::string_view(wanted) == set->isa) return *set;
      }
    }
    return *sets.back();
  }();
  return chosen;
}

}  // namespace trm::kernels
