// Which instruction sets this processor has, and which of a kernel's versions runs. Internal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trm::kernels {

/// Each implies those before it.
enum class Isa { scalar, avx2, avx512, avx512_bf16, amx };

std::string_view isa_name(Isa isa);

/// The most that the processor and its system offer. Thread-safe.
Isa best_isa();

/// The last of `sets` (each has a `name`), or the one that TRM_ISA in the environment names.
template <class Set>
const Set& chosen(const std::vector<const Set*>& sets);

/// TRM_ISA; empty: none.
std::string wanted_isa();

template <class Set>
const Set& chosen(const std::vector<const Set*>& sets) {
  const std::string wanted = wanted_isa();
  for (const Set* set : sets) {
    if (wanted == set->name) return *set;
  }
  return *sets.back();
}

}  // namespace trm::kernels
