// Helpers of the torch backend's tests: untrained models of every mixer, boards without a puzzle.
#pragma once

#include <algorithm>
#include <utility>

#include "engine/backends/backend.h"
#include "engine/model/tensor_io.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/torch/torch_util.h"

namespace trm::testing {

/// A network of one arch and the boards that it reads.
struct NetCase {
  std::string name;
  Arch arch;
  TokenLayout layout;
  Geometry geometry;
};

/// mlp_t, attention, group pooling with and without symbols, neighbourhoods; 6x6 boards, 6 tokens.
inline std::vector<NetCase> net_cases() {
  const TokenLayout cells = rectangle(6, 6, 4);
  const Geometry groups = row_column_groups(6, 6), near = near_relations(cells);
  std::vector<NetCase> cases;
  const auto add = [&](std::string name, Arch arch, Geometry geometry) {
    arch.hidden_size = 64;
    arch.swiglu_inner = 96;
    cases.push_back({std::move(name), std::move(arch), cells, std::move(geometry)});
  };
  for (const Mixer mixer : {Mixer::mlp_t, Mixer::attention}) {
    Arch arch = small_arch({});
    arch.mixer = mixer;
    arch.seq_len = 36;
    arch.puzzle_emb_ndim = 64;
    arch.num_puzzle_identifiers = 2;
    arch.pos_encodings = mixer == Mixer::attention ? PosEncoding::rope : PosEncoding::none;
    add(std::string(mixer_name(mixer)), arch, {});
  }
  add("groups", small_arch(groups), groups);
  add("symbols", small_arch(groups, true), groups);
  add("near", small_arch(near), near);
  return cases;
}

/// Random weights, the halt head's included, which start at zero.
inline Network random_network(const Arch& arch, torch::Device device = torch::kCPU) {
  torch::NoGradGuard no_grad;
  Network network(arch, 3, torch::kCPU);
  torch::manual_seed(5);
  Network placed(arch, 3, device);
  network.parameter("inner.q_head.weight").normal_(0, 0.2);
  network.parameter("inner.q_head.bias").zero_();
  if (arch.puzzle_emb_ndim > 0) network.buffer("inner.puzzle_emb.weights").normal_(0, 0.5);
  const auto copy = [](const Network::NamedTensors& from, Network::NamedTensors& to) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i].second.copy_(from[i].second);
  };
  copy(network.parameters(), placed.parameters());
  copy(network.buffers(), placed.buffers());
  return placed;
}

/// The network's weights as a model file.
inline ModelFile model_of(const Network& network) {
  ModelInfo info;
  info.name = "random";
  info.puzzle = "none";
  info.arch = network.arch();
  info.tokens = std::vector<std::string>(static_cast<std::size_t>(network.arch().vocab_size), "t");
  for (std::size_t i = 0; i < info.tokens.size(); ++i) info.tokens[i] += std::to_string(i);
  info.sizes = {"6x6"};
  const test::TempDir folder;
  const std::string path = folder / "random.safetensors";
  const auto written =
      write_model_file(path, info, tensor_map(network.parameters(), network.buffers()));
  if (!written) FAIL(written.error().message);
  auto file = open_model_file(path);
  if (!file) FAIL(file.error().message);
  return std::move(file).value();
}

/// A random board for a case; every token from 1 on is legal everywhere.
inline SlotInput board_of(const NetCase& c, std::uint64_t seed) {
  Rng rng(seed);
  SlotInput input;
  input.layout = c.layout;
  input.geometry = c.geometry;
  input.seed = seed;
  const int length = c.layout.size();
  input.mask = TokenMask(length, c.arch.vocab_size, true);
  for (int p = 0; p < length; ++p) {
    input.tokens.push_back(static_cast<Token>(rng.between(1, c.arch.vocab_size - 1)));
    input.mask.at(p, 0) = 0;
  }
  if (c.arch.num_puzzle_identifiers > 0) input.identifier = rng.between(0, 1);
  return input;
}

/// A backend on the CPU with one thread and `slots` slots that computes `batch` rows at a time.
inline std::unique_ptr<Backend> cpu_backend(const ModelFile& model, int slots, int batch,
                                            const std::string& precision = "float32") {
  BackendOptions options;
  options.device = {Device::Kind::cpu, 0};
  options.threads = 1;
  options.slots = slots;
  options.batch = batch;
  options.precision = precision;
  auto backend = make_torch_backend(model, options);
  if (!backend) FAIL(backend.error().message);
  return std::move(*backend);
}

/// Equal to the bit.
inline bool same(const SlotOutput& a, const SlotOutput& b) {
  return a.tokens == b.tokens && a.confidence == b.confidence && a.q_halt == b.q_halt;
}
inline bool same(const std::vector<SlotOutput>& a, const std::vector<SlotOutput>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const SlotOutput& x, const SlotOutput& y) { return same(x, y); });
}

}  // namespace trm::testing
