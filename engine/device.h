// Where numbers are computed: one value for the solver, the server and the trainer.
#pragma once

#include <string>
#include <string_view>

#include "puzzles/result.h"

namespace trm {

/// cpu, cuda[:N], or auto (cuda when this build and machine have it, else cpu).
struct Device {
  enum class Kind { cpu, cuda, automatic };
  Kind kind = Kind::automatic;
  int index = 0;

  /// "cpu", "cuda:0", "auto".
  std::string name() const;
  bool operator==(const Device&) const = default;
};

/// Reads "cpu", "cuda", "cuda:N" or "auto". Error: invalid_field.
Result<Device> parse_device(std::string_view text);

}  // namespace trm
