// Named configurations: the files of assets/configs. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "puzzles/result.h"
#include "trainer/config.h"

namespace trm {

/// A configuration file that comes with the program.
struct Preset {
  std::string name;     ///< file name without .toml
  std::string summary;  ///< its first comment line
  std::string path;
};

/// The presets, by name: TRM_CONFIGS in the environment, else assets/configs in the working folder,
/// ../share/trm/configs beside the program, or of the source tree that this was built from. Error:
/// not_found.
Result<std::vector<Preset>> list_presets();

/// A preset by name, not yet completed. Errors: not_found, naming the nearest; invalid_config.
Result<TrainConfig> find_preset(const std::string& name);

}  // namespace trm
