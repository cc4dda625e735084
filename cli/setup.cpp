#include "cli/setup.h"

#include <filesystem>

#include "cli/commands.h"
#include "engine/model_dirs.h"

namespace trm::cli {

Result<std::string> model_folder(const std::string& flag) { return find_model_dir(flag); }

std::string sample_folder(const std::string& models) {
  std::filesystem::path folder(models);
  if (!folder.has_filename()) folder = folder.parent_path();  // "models/"
  return (folder.parent_path() / "samples").string();
}

Result<std::unique_ptr<Solver>> make_solver(const EngineOptions& options) {
  const auto device = parse_device(options.device);
  if (!device) return device.error();
  SolverOptions solver;
  if (options.backend == "torch") {
    auto folder = model_folder(options.models);
    if (!folder) return std::move(folder).error();
    solver.model_dir = std::move(folder).value();
  }
  solver.backend = options.backend;
  solver.device = *device;
  solver.precision = options.precision;
  solver.slots = options.slots;
  // The window of `trm solve`: twice the slots wait, one is being submitted, one is being written.
  solver.queue = 2 * options.slots + 2;
  solver.threads = options.threads;
  solver.seed = options.seed;
  return Solver::create(solver);
}

}  // namespace trm::cli
