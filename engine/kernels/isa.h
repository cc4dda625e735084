// Which instruction sets this processor has, and which of a kernel's versions runs. Internal.
#pragma once

#include <string>
#include <vector>

namespace trm::kernels {

/// Each implies those before it.
enum class Isa { scalar, avx2, avx512, avx512_bf16, amx };

/// The most that the processor offers; for amx the system must agree (request_amx). Thread-safe.
Isa best_isa();

/// TRM_ISA in the environment; empty: none.
std::string wanted_isa();

/// The one of `sets` (each has a `name`) that TRM_ISA names; the last where it names none of them.
template <class Set>
const Set& chosen(const std::vector<const Set*>& sets) {
  const std::string wanted = wanted_isa();
  for (const Set* set : sets) {
    if (wanted == set->name) return *set;
  }
  return *sets.back();
}

}  // namespace trm::kernels
