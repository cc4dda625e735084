#include "bench/last_step.h"

namespace trm::bench {

Result<Backend*> LastStep::backend(const std::string& model) {
  if (const auto known = backends_.find(model); known != backends_.end()) {
    return known->second.get();
  }
  BackendOptions options;
  options.slots = options_.slots;
  options.device = options_.device;
  options.precision = options_.precision;
  options.threads = options_.threads;
  Result<std::unique_ptr<Backend>> made = std::unique_ptr<Backend>();
  if (runs_models(options_.backend)) {
    const auto file = open_model_file(options_.model_dir + "/" + model + ".safetensors");
    if (!file) return file.error();
    made = options_.backend == "torch" ? make_torch_backend(*file, options)
                                       : make_native_backend(*file, options);
  } else {
    made = options_.backend == "exact" ? make_exact_backend(options) : make_random_backend(options);
  }
  if (!made) return made.error();
  return (backends_[model] = std::move(*made)).get();
}

Result<std::vector<Answer>> LastStep::answers(const std::string& model,
                                              const std::vector<const Question*>& questions) {
  const auto found = backend(model);
  if (!found) return found.error();
  Backend& runs = **found;
  std::vector<int> slots;
  for (const Question* question : questions) {
    for (int query = 0; query < question->puzzle().queries(*question); ++query) {
      const int slot = static_cast<int>(slots.size());
      if (slot >= runs.info().slots) {
        return fail(ErrorCode::too_large, "a board asks for more grids than there are slots",
                    "slots");
      }
      if (auto loaded = runs.load(slot, slot_input(*question, query)); !loaded) {
        return loaded.error();
      }
      slots.push_back(slot);
    }
  }
  for (int step = 0; step < steps_; ++step) {
    if (auto stepped = runs.step(slots); !stepped) return stepped.error();
  }
  std::vector<Answer> answers;
  int slot = 0;
  for (const Question* question : questions) {
    Answer& answer = answers.emplace_back();
    for (int query = 0; query < question->puzzle().queries(*question); ++query) {
      auto grid = question->puzzle().decode(*question, query, runs.read(slot++).tokens);
      auto& candidates = answer.queries.emplace_back();
      if (grid) candidates.push_back(std::move(*grid));
    }
  }
  return answers;
}

}  // namespace trm::bench
