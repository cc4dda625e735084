#pragma once
#include <string>

#include "engine/weights/model_file.h"
namespace trm {
Result<void> write_official(const std::string& path, const ModelFile& model);
}  // namespace trm
