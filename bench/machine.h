// The machine that figures come from: printed with each table, since a figure without it says
// little.
#pragma once

#include <string>
#include <vector>

#include "puzzles/json.h"

namespace trm::bench {

struct Machine {
  std::string cpu;               ///< model name; "unknown" where the system does not tell
  int cores = 0;                 ///< that this process sees
  std::vector<std::string> isa;  ///< of avx2, avx512f, avx512_bf16, amx_bf16: those that are there
  std::string torch = "none";    ///< version; "none" in builds without it
  std::string date;              ///< now, UTC: "2026-01-31 12:00"
  double load = 0;  ///< mean number of running processes in the last minute: above 0 others compete
};

/// This machine, now.
Machine this_machine();

/// "Intel(R) Xeon(R), 2 cores, avx2 avx512f; torch 2.11.0; 2026-01-31 12:00 UTC; load 0.1".
std::string machine_line(const Machine& machine);
Json machine_json(const Machine& machine);

/// Memory of this process in bytes; 0 where the system does not tell.
struct Memory {
  std::int64_t resident = 0;  ///< VmRSS
  std::int64_t peak = 0;      ///< VmHWM, since the last reset_peak()
};
Memory process_memory();
/// Lets the peak start anew, where the system allows it.
void reset_peak();

}  // namespace trm::bench
