// What the programs share before they make a Solver: where models are found, how devices are named.
#pragma once

#include <string>
#include <string_view>

#include "engine/solver.h"

namespace trm {

/// A folder of the program's assets ("models", "configs"): the value of `variable` in the
/// environment, else the first that exists of assets/NAME in the working folder, ../share/trm/NAME
/// beside the program, and assets/NAME of the source tree that this was built from. Error:
/// not_found, naming the variable; a folder that was named must exist.
Result<std::string> find_asset_dir(std::string_view name, const char* variable);

/// The folder of the models: `flag` (a --models option) if not empty, else
/// find_asset_dir("models", "TRM_MODELS"). Error: not_found, saying what to do.
Result<std::string> find_model_dir(std::string_view flag);

/// Options with that backend and device (as parse_device reads it), and for backends that run
/// models the folder that find_model_dir(models) finds. Errors: invalid_field (device), not_found.
Result<SolverOptions> solver_options(std::string_view backend, std::string_view device,
                                     std::string_view models);

}  // namespace trm
