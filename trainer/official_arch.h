// The architecture behind an official state dict: what its tensors' names and shapes tell, the rest
// from the configuration. Torch-free.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/arch.h"
#include "engine/weights/safetensors.h"
#include "puzzles/result.h"
#include "trainer/official_config.h"

namespace trm {

/// A tensor of a state dict under the network's own name ("inner.H_init"), and as the file calls it
/// ("_orig_mod.model.inner.H_init").
struct OfficialTensor {
  std::string file_name;
  TensorView view;
};
using OfficialTensors = std::map<std::string, OfficialTensor, std::less<>>;

/// The name without what wrappers put in front of it: any of `_orig_mod.` (torch.compile),
/// `module.` (data parallel) and `model.` (loss head), in any order.
std::string_view strip_wrappers(std::string_view name);

/// A state dict's tensors by the network's own names. Error: invalid_weights when two tensors get
/// the same one.
Result<OfficialTensors> official_tensors(const TensorMap& tensors);

/// The architecture. Errors: invalid_config (a value that the tensors contradict, or values that
/// neither they nor the configuration tell: all of them, and how to give them), invalid_weights
/// naming a tensor.
Result<Arch> official_arch(const OfficialTensors& tensors, const OfficialConfig& config);

/// Every tensor of the official network for this architecture (attention or mlp_t) and its shape.
std::map<std::string, std::vector<std::int64_t>> official_shapes(const Arch& arch);

/// Exactly the architecture's tensors are there, in their shapes, as F32, BF16 or F16. Error:
/// invalid_weights naming the tensor as the file does.
Result<void> check_official(const OfficialTensors& tensors, const Arch& arch);

}  // namespace trm
