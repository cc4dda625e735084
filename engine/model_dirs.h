// What the programs share before they make a Solver: where models are found, how devices are named.
#pragma once

#include <string>
#include <string_view>

#include "engine/solver.h"

namespace trm {

/// The folder of the models: `flag` (a --models option) if not empty, else TRM_MODELS in the
/// environment, else the first that exists of assets/models in the working folder,
/// ../share/trm/models beside the program, and assets/models of the source tree that this was built
/// from. Error: not_found, saying what to do; a folder that was named must exist.
Result<std::string> find_model_dir(std::string_view flag);

/// Options with that backend and device (as parse_device reads it), and for "torch" the folder that
/// find_model_dir(models) finds. Errors: invalid_field (device), not_found.
Result<SolverOptions> solver_options(std::string_view backend, std::string_view device,
                                     std::string_view models);

}  // namespace trm
