// Where sample boards are found.
#pragma once

#include <string>

namespace trm::cli {

/// The folder of the sample boards: "samples" beside the models.
std::string sample_folder(const std::string& models);

}  // namespace trm::cli
