#include "engine/kernels/isa.h"

#include <cstdlib>

namespace trm::kernels {

Isa best_isa() {
  static const Isa best = [] {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return Isa::scalar;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) {
      return Isa::avx2;
    }
    if (!__builtin_cpu_supports("avx512bf16")) return Isa::avx512;
    // CPUID leaf 7: AMX_BF16 is bit 22 of EDX, AMX_TILE bit 24 (GCC 12 has no names for them).
    unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    const bool tiles = (edx >> 22 & 1) != 0 && (edx >> 24 & 1) != 0;
    return tiles ? Isa::amx : Isa::avx512_bf16;
#else
    return Isa::scalar;
#endif
  }();
  return best;
}

std::string wanted_isa() {
  const char* wanted = std::getenv("TRM_ISA");
  return wanted != nullptr ? wanted : "";
}

}  // namespace trm::kernels
