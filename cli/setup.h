// Where models and sample boards are found.
#pragma once

#include <string>

#include "puzzles/result.h"

namespace trm::cli {

/// The folder of the models: --models, else as find_model_dir searches. Error: not_found.
Result<std::string> model_folder(const std::string& flag);

/// The folder of the sample boards: "samples" beside the models.
std::string sample_folder(const std::string& models);

}  // namespace trm::cli
