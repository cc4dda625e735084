#include "engine/model_dirs.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

namespace trm {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

Result<std::string> named(std::string folder, const char* field) {
  if (is_folder(folder)) return folder;
  std::string message = "the folder of models \"" + folder + "\" does not exist";
  return fail(ErrorCode::not_found, std::move(message), field);
}

}  // namespace

Result<std::string> find_model_dir(std::string_view flag) {
  if (!flag.empty()) return named(std::string(flag), "--models");
  if (const char* variable = std::getenv("TRM_MODELS"); variable != nullptr && *variable != '\0') {
    return named(variable, "TRM_MODELS");
  }
  std::vector<fs::path> places{fs::path("assets") / "models"};
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    places.push_back(program.parent_path().parent_path() / "share" / "trm" / "models");
  }
  places.push_back(fs::path(TRM_ASSETS_DIR) / "models");
  for (const auto& place : places) {
    if (is_folder(place)) return place.string();
  }
  return fail(ErrorCode::not_found,
              "no folder of models was found; name one with --models or TRM_MODELS", "--models");
}

Result<SolverOptions> solver_options(std::string_view backend, std::string_view device,
                                     std::string_view models) {
  SolverOptions options;
  options.backend = backend;
  const auto parsed = parse_device(device);
  if (!parsed) return parsed.error();
  options.device = *parsed;
  if (options.backend == "torch") {
    auto folder = find_model_dir(models);
    if (!folder) return std::move(folder).error();
    options.model_dir = std::move(folder).value();
  }
  return options;
}

}  // namespace trm
