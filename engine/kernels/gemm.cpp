#include "engine/kernels/gemm.h"

#include <cstdlib>
#include <string_view>

namespace trm::kernels {

extern const GemmFor<float> gemm_f32_scalar;
extern const GemmFor<Bf16> gemm_bf16_scalar;
#if defined(__x86_64__)
extern const GemmFor<float> gemm_f32_avx2, gemm_f32_avx512;
extern const GemmFor<Bf16> gemm_bf16_avx2, gemm_bf16_avx512, gemm_bf16_avx512_bf16, gemm_bf16_amx;
bool request_amx();
#endif

namespace {

struct Isas {
  bool avx2 = false, avx512 = false, avx512_bf16 = false, amx = false;
};

const Isas& isas() {
  static const Isas found = [] {
    Isas has;
#if defined(__x86_64__)
    has.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    has.avx512 = has.avx2 && __builtin_cpu_supports("avx512f") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512dq");
    has.avx512_bf16 = has.avx512 && __builtin_cpu_supports("avx512bf16");
    // CPUID leaf 7: AMX_BF16 is bit 22 of EDX, AMX_TILE bit 24 (GCC 12 has no names for them).
    unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    const bool tiles = (edx >> 22 & 1) != 0 && (edx >> 24 & 1) != 0;
    has.amx = has.avx512_bf16 && tiles && request_amx();
#endif
    return has;
  }();
  return found;
}

template <class T>
const GemmFor<T>& choose() {
  const auto sets = available_gemms<T>();
  if (const char* wanted = std::getenv("TRM_ISA")) {
    for (const GemmFor<T>* set : sets) {
      if (std::string_view(wanted) == set->name) return *set;
    }
  }
  return *sets.back();
}

}  // namespace

template <>
std::vector<const GemmFor<float>*> available_gemms() {
  std::vector<const GemmFor<float>*> sets{&gemm_f32_scalar};
#if defined(__x86_64__)
  if (isas().avx2) sets.push_back(&gemm_f32_avx2);
  if (isas().avx512) sets.push_back(&gemm_f32_avx512);
#endif
  return sets;
}

template <>
std::vector<const GemmFor<Bf16>*> available_gemms() {
  std::vector<const GemmFor<Bf16>*> sets{&gemm_bf16_scalar};
#if defined(__x86_64__)
  if (isas().avx2) sets.push_back(&gemm_bf16_avx2);
  if (isas().avx512) sets.push_back(&gemm_bf16_avx512);
  if (isas().avx512_bf16) sets.push_back(&gemm_bf16_avx512_bf16);
  if (isas().amx) sets.push_back(&gemm_bf16_amx);
#endif
  return sets;
}

template <>
const GemmFor<float>& gemm<float>() {
  static const GemmFor<float>& chosen = choose<float>();
  return chosen;
}
template <>
const GemmFor<Bf16>& gemm<Bf16>() {
  static const GemmFor<Bf16>& chosen = choose<Bf16>();
  return chosen;
}

bool multiplies_bf16() {
  const std::string_view name = gemm<Bf16>().name;
  return name == "avx512_bf16" || name == "amx";
}

}  // namespace trm::kernels
