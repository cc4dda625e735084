// Where the programs look for models.
#pragma once

#include <string>
#include <string_view>

#include "puzzles/result.h"

namespace trm {

/// The folder of the models: `flag` (a --models option) if not empty, else TRM_MODELS in the
/// environment, else the first that exists of assets/models in the working folder,
/// ../share/trm/models beside the program, and assets/models of the source tree that this was built
/// from. Error: not_found, saying what to do; a folder that was named must exist.
Result<std::string> find_model_dir(std::string_view flag);

}  // namespace trm
