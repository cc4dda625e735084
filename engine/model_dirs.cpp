#include "engine/model_dirs.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "engine/backends/backend.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

Result<std::string> named(std::string_view kind, std::string folder, const char* field) {
  if (is_folder(folder)) return folder;
  return fail(ErrorCode::not_found,
              "the folder of " + std::string(kind) + " \"" + folder + "\" does not exist", field);
}

}  // namespace

Result<std::string> find_asset_dir(std::string_view name, const char* variable) {
  if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
    return named(name, value, variable);
  }
  std::vector<fs::path> places{fs::path("assets") / name};
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) places.push_back(program.parent_path().parent_path() / "share" / "trm" / name);
  places.push_back(fs::path(TRM_ASSETS_DIR) / name);
  for (const auto& place : places) {
    if (is_folder(place)) return place.string();
  }
  return fail(ErrorCode::not_found,
              "no folder of " + std::string(name) + " was found; name one with " + variable,
              variable);
}

Result<std::string> find_model_dir(std::string_view flag) {
  if (!flag.empty()) return named("models", std::string(flag), "--models");
  return find_asset_dir("models", "TRM_MODELS");
}

Result<SolverOptions> solver_options(std::string_view backend, std::string_view device,
                                     std::string_view models) {
  SolverOptions options;
  options.backend = backend;
  const auto parsed = parse_device(device);
  if (!parsed) return parsed.error();
  options.device = *parsed;
  if (runs_models(backend)) {
    auto folder = find_model_dir(models);
    if (!folder) return std::move(folder).error();
    options.model_dir = std::move(folder).value();
  }
  return options;
}

}  // namespace trm
