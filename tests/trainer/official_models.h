// Small networks for the tests of official weights.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "engine/model/tensor_io.h"
#include "engine/weights/model_file.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"
#include "trainer/official.h"

namespace trm::test {

/// A network for 4x4 boards of the first module, with a width that the official rounding gives.
inline Arch small_arch(Mixer mixer, PosEncoding positions, bool embeds) {
  Arch arch;
  arch.mixer = mixer;
  arch.vocab_size = 11;
  arch.seq_len = 16;
  arch.hidden_size = 32;
  arch.num_heads = 2;
  arch.H_cycles = 2;
  arch.L_cycles = 3;
  arch.pos_encodings = positions;
  arch.halt_max_steps = 5;
  arch.loss = LossKind::softmax;
  if (embeds) {
    arch.puzzle_emb_ndim = 48;
    arch.puzzle_emb_len = 3;
    arch.num_puzzle_identifiers = 4;
  }
  return arch;
}

/// Writes a model of ours with random weights, the puzzle embedding and halt head included.
inline ModelFile write_random_model(const std::string& path, const Arch& arch) {
  Network network(arch, 7, torch::kCPU);
  torch::NoGradGuard no_grad;
  torch::manual_seed(11);
  for (auto* list : {&network.parameters(), &network.buffers()}) {
    for (auto& [name, tensor] : *list) tensor.add_(torch::randn_like(tensor), 0.01);
  }
  ModelInfo info;
  info.puzzle = "sudoku";
  info.arch = arch;
  const auto puzzle = find_puzzle(info.puzzle);
  REQUIRE(puzzle.ok());
  info.tokens = (*puzzle)->tokens().names;
  info.tokens.resize(static_cast<std::size_t>(arch.vocab_size));
  info.sizes = {"4x4"};
  info.identifiers = arch.num_puzzle_identifiers;
  info.training = Json::object();
  info.licence = "MIT";
  REQUIRE(write_model_file(path, info, tensor_map(network.parameters(), network.buffers())).ok());
  auto file = open_model_file(path);
  if (!file) FAIL(file.error().message);
  return std::move(*file);
}

inline bool same_bytes(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape &&
         std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end());
}

/// Name by name, to the bit.
inline void check_same_tensors(const TensorMap& a, const TensorMap& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, view] : a) {
    INFO(name);
    REQUIRE(b.contains(name));
    CHECK(same_bytes(view, b.at(name)));
  }
}

/// A state dict to change and write: tensors that own their memory.
struct StateDict {
  std::map<std::string, torch::Tensor> tensors;

  static StateDict read(const std::string& path, const std::string& prefix = "") {
    const auto file = Safetensors::open(path);
    if (!file) FAIL(file.error().message);
    StateDict dict;
    for (const auto& [name, view] : file->tensors()) {
      if (name.starts_with(prefix)) dict.tensors[name.substr(prefix.size())] = to_torch(view);
    }
    return dict;
  }
  StateDict renamed(const std::string& prefix) const {
    StateDict dict;
    for (const auto& [name, tensor] : tensors) dict.tensors[prefix + name] = tensor;
    return dict;
  }
  void write(const std::string& path, const MetadataMap& metadata = {}) const {
    TensorMap map;
    for (const auto& [name, tensor] : tensors) map.emplace(name, to_view(tensor));
    const auto written = write_safetensors(path, map, metadata);
    if (!written) FAIL(written.error().message);
  }
};

// As the official program writes it, for small_arch with a puzzle embedding.
inline const std::string kConfig = R"(arch:
  H_cycles: 2
  H_layers: 0
  L_cycles: 3
  L_layers: 2
  expansion: 4
  forward_dtype: bfloat16
  halt_exploration_prob: 0.1
  halt_max_steps: 5
  hidden_size: 32
  loss:
    loss_type: softmax_cross_entropy
    name: losses@ACTLossHead
  mlp_t: false
  name: recursive_reasoning.trm@TinyRecursiveReasoningModel_ACTV1
  no_ACT_continue: true
  num_heads: 2
  pos_encodings: rope
  puzzle_emb_len: 3
  puzzle_emb_ndim: 48
data_paths:
- data/boards-4x4
epochs: 50000
evaluators: []
lr: 0.0001
project_name: null
)";

/// An official file of a network with rotary positions and puzzle embedding, and its request.
struct Official {
  TempDir dir;
  ModelFile model = write_random_model(dir / "x.safetensors",
                                       small_arch(Mixer::attention, PosEncoding::rope, true));
  StateDict dict;
  ImportRequest request;

  Official() {
    dict = StateDict::read(dir / "x.safetensors").renamed("_orig_mod.model.");
    request.path = dir / "official.safetensors";
    request.out = dir / "y.safetensors";
    request.config = dir / "all_config.yaml";
    request.puzzle = "sudoku";
    request.size = "4x4";
    config(kConfig);
  }
  void config(const std::string& text) { write_file(request.config, text); }
  Result<ModelInfo> import(const MetadataMap& metadata = {}) {
    dict.write(request.path, metadata);
    return import_official(request);
  }
  Error refused() {
    const auto info = import();
    REQUIRE_FALSE(info.ok());
    CHECK_FALSE(std::filesystem::exists(request.out));
    return info.error();
  }
  torch::Tensor& tensor(const std::string& name) {
    REQUIRE(dict.tensors.contains("_orig_mod.model.inner." + name));
    return dict.tensors["_orig_mod.model.inner." + name];
  }
};

inline bool says(const Error& error, const std::string& words) {
  INFO(error.message);
  return error.message.find(words) != std::string::npos;
}

}  // namespace trm::test
