#include "engine/kernels/gemm.h"

#include <string_view>

#include "engine/kernels/isa.h"

namespace trm::kernels {

extern const GemmFor<float> gemm_f32_scalar;
extern const GemmFor<Bf16> gemm_bf16_scalar;
#if defined(__x86_64__)
bool request_amx();  // asks the system to allow the tiles: gemm_amx.cpp
extern const GemmFor<float> gemm_f32_avx2, gemm_f32_avx512;
extern const GemmFor<Bf16> gemm_bf16_avx2, gemm_bf16_avx512, gemm_bf16_avx512_bf16, gemm_bf16_amx;
#endif

template <>
std::vector<const GemmFor<float>*> available_gemms() {
  std::vector<const GemmFor<float>*> sets{&gemm_f32_scalar};
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx2) sets.push_back(&gemm_f32_avx2);
  if (best_isa() >= Isa::avx512) sets.push_back(&gemm_f32_avx512);
#endif
  return sets;
}

template <>
std::vector<const GemmFor<Bf16>*> available_gemms() {
  std::vector<const GemmFor<Bf16>*> sets{&gemm_bf16_scalar};
#if defined(__x86_64__)
  if (best_isa() >= Isa::avx2) sets.push_back(&gemm_bf16_avx2);
  if (best_isa() >= Isa::avx512) sets.push_back(&gemm_bf16_avx512);
  if (best_isa() >= Isa::avx512_bf16) sets.push_back(&gemm_bf16_avx512_bf16);
  if (best_isa() >= Isa::amx && request_amx()) sets.push_back(&gemm_bf16_amx);
#endif
  return sets;
}

template <>
const GemmFor<float>& gemm<float>() {
  static const GemmFor<float>& set = chosen(available_gemms<float>());
  return set;
}
template <>
const GemmFor<Bf16>& gemm<Bf16>() {
  static const GemmFor<Bf16>& set = chosen(available_gemms<Bf16>());
  return set;
}

bool multiplies_bf16() {
  const std::string_view name = gemm<Bf16>().name;
  return name == "avx512_bf16" || name == "amx";
}

}  // namespace trm::kernels
