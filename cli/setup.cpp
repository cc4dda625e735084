#include "cli/setup.h"

#include <filesystem>

#include "cli/commands.h"
#include "engine/model_dirs.h"

namespace trm::cli {

std::string sample_folder(const std::string& models) {
  std::filesystem::path folder(models);
  if (!folder.has_filename()) folder = folder.parent_path();  // "models/"
  return (folder.parent_path() / "samples").string();
}

Result<std::unique_ptr<Solver>> make_solver(const EngineOptions& options) {
  auto made = solver_options(options.backend, options.device, options.models);
  if (!made) return std::move(made).error();
  SolverOptions solver = std::move(made).value();
  solver.precision = options.precision;
  solver.slots = options.slots;
  // The window of `trm solve`: twice the slots wait, one is being submitted, one is being written.
  solver.queue = 2 * options.slots + 2;
  solver.threads = options.threads;
  solver.seed = options.seed;
  solver.deterministic = options.deterministic;
  solver.max_memory = options.max_memory;
  return Solver::create(solver);
}

}  // namespace trm::cli
