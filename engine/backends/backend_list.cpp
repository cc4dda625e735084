// The explicit list of backends of this build, and the input that all of them take.
#include "engine/backends/backend.h"
#include "engine/fit/fitting_net.h"
#include "engine/kernels/gemm.h"

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

std::vector<std::string> backend_choices() {
  return {"auto", "native", "torch", "exact", "random"};
}

namespace {

bool is_cuda(const Device& device) {
  return device.kind == Device::Kind::cuda ||
         (device.kind == Device::Kind::automatic && cuda_available());
}

}  // namespace

std::string resolve_backend(std::string_view name, const Device& device) {
  if (name != "auto") return std::string(name);
  return is_cuda(device) ? "torch" : "native";
}

std::string resolve_precision(std::string_view name, std::string_view backend,
                              const Device& device) {
  if (name != "auto") return std::string(name);
  if (!runs_models(backend)) return "float32";
  const bool cuda = backend == "torch" && is_cuda(device);
  return cuda || kernels::multiplies_bf16() ? "bfloat16" : "float32";
}

bool runs_models(std::string_view name) {
  return name == "auto" || name == "native" || name == "torch";
}

#ifndef TRM_WITH_TORCH
bool cuda_available() { return false; }

Result<std::unique_ptr<Backend>> make_torch_backend(const ModelFile&, const BackendOptions&) {
  return fail(ErrorCode::unsupported,
              "this build has no LibTorch: build with -DTRM_TORCH=ON, or use the backend native",
              "backend");
}

FittingNetFactory fitting_nets() { return nullptr; }
#endif

}  // namespace trm
