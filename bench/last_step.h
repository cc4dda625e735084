// The boards of a model after its last step. A solver ends an attempt at the first board that the
// rules accept; published exact figures are taken after the last step, so that the model is run on.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/solver.h"

namespace trm::bench {

/// Runs plain boards through the backend of a solver, a slot for each query. Not thread-safe.
class LastStep {
 public:
  /// With backend, precision, slots and threads of the solver's options.
  LastStep(const SolverOptions& options, int steps) : options_(options), steps_(steps) {}

  /// The answers of a model after all steps; a query whose tokens are no board has no candidate.
  /// The questions must have no more queries than there are slots, taken together. Errors: those of
  /// open_model_file, of the backend's make function, of Backend::load and step; too_large.
  Result<std::vector<Answer>> answers(const std::string& model,
                                      const std::vector<const Question*>& questions);

 private:
  Result<Backend*> backend(const std::string& model);

  SolverOptions options_;
  int steps_;
  std::map<std::string, std::unique_ptr<Backend>> backends_;  // by model
};

}  // namespace trm::bench
