// The explicit list of backends of this build, and the input that all of them take.
#include "engine/backends/backend.h"

namespace trm {

SlotInput slot_input(const Question& question, int query) {
  const Puzzle& puzzle = question.puzzle();
  SlotInput input;
  input.question = &question;
  input.query = query;
  input.tokens = puzzle.encode(question, query);
  input.layout = puzzle.layout(question, query);
  input.mask = puzzle.mask(question, query);
  input.geometry = puzzle.geometry(question, query);
  return input;
}

std::vector<std::string> backend_names() {
#ifdef TRM_WITH_TORCH
  return {"native", "torch", "exact", "random"};
#else
  return {"native", "exact", "random"};
#endif
}

#ifndef TRM_WITH_TORCH
Result<std::unique_ptr<Backend>> make_torch_backend(const ModelFile&, const BackendOptions&) {
  return fail(ErrorCode::unsupported,
              "this build has no network: build with -DTRM_TORCH=ON, or use the backend exact",
              "backend");
}
#endif

}  // namespace trm
