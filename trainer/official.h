// Weights of the official PyTorch code (SamsungSAILMontreal/TinyRecursiveModels): state dicts as
// safetensors files become our models, and the other way.
//
// Official checkpoints are pickles. No pickle is ever read here: a small helper,
// trainer/official_to_safetensors.py, turns them into safetensors and back.
#pragma once

#include <string>
#include <vector>

#include "engine/weights/model_file.h"

namespace trm {

/// What to import, and what the tensors do not tell.
struct ImportRequest {
  std::string path;                 ///< a state dict as safetensors file
  std::string out;                  ///< model file to write
  std::string config;               ///< all_config.yaml, or the same as JSON; may be empty
  std::string preset;               ///< a recipe by name (presets.h); may be empty
  std::vector<std::string> set;     ///< "arch.KEY=VALUE"
  std::string puzzle;               ///< module; empty: the preset's, or as an exported file says
  std::string size;                 ///< trained board size; empty: the module's that fits
  std::string licence = "unknown";  ///< of the weights
};

/// Reads a state dict, works out its architecture, checks every tensor and writes a model file with
/// float32 weights. Values are taken from, each before the next: `set`, `config`, the file's own
/// metadata (as write_official and the helper write it), `preset`. Returns the model's info.
/// Errors: unsupported (a pickle: the message has the helper's command), not_found, io_error,
/// invalid_weights naming the tensor, invalid_config naming the value that is missing or
/// contradicted, unknown_puzzle.
Result<ModelInfo> import_official(const ImportRequest& request);

/// Writes a model as a state dict of the official code without torch.compile
/// ("model.inner.H_init"), with its official configuration as JSON in the metadata key `config`.
/// All tensors are as in the model, but H_init and L_init are bfloat16, as the official code makes
/// them, where that loses nothing. import_official gives the same weights to the bit. Errors:
/// unsupported (the official code cannot build it), invalid_weights, io_error.
Result<void> write_official(const std::string& path, const ModelFile& model);

}  // namespace trm
