// Untrained models for any module, written and read as files: torch-free.
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/geometry_plan.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"

namespace trm::testing {

/// A generated board; of a module without a generator the board of its first text form.
inline Question board(const Puzzle& puzzle, std::uint64_t seed) {
  Rng rng(seed);
  auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                          : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return *question;
}

/// Whether the geometry mixers read every relation of the module.
inline bool is_mixable(const Puzzle& puzzle) {
  const Geometry geometry = puzzle.geometry(board(puzzle, 1), 0);
  return !geometry.empty() && std::all_of(geometry.begin(), geometry.end(), [](const Relation& r) {
    return r.kind == RelationKind::groups || r.kind == RelationKind::offset;
  });
}

struct Model {
  const Puzzle* puzzle = nullptr;
  Arch arch;
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, std::vector<std::int64_t>> shapes;

  TensorMap tensors() const {
    TensorMap map;
    for (const auto& [name, v] : values) {
      map[name] = {DType::f32, shapes.at(name), std::as_bytes(std::span(v))};
    }
    return map;
  }
};

/// Random weights: geometry mixers where they read the module's relations, else mlp_t for the size
/// of its first board.
inline Model untrained(const Puzzle& puzzle) {
  Model model;
  model.puzzle = &puzzle;
  Arch& arch = model.arch;
  arch.hidden_size = 24;
  arch.swiglu_inner = 40;
  arch.H_cycles = arch.L_cycles = 2;
  arch.vocab_size = puzzle.tokens().vocab;
  const Question question = board(puzzle, 1);
  const bool mixes = is_mixable(puzzle);
  std::int64_t taps = 0, pools = 0;
  if (mixes) {
    for (const Relation& relation : puzzle.geometry(question, 0)) {
      arch.relations.push_back(relation.name);
      if (relation.kind == RelationKind::offset) {
        taps = std::max<std::int64_t>(taps, 1) + 1;
      } else {
        ++pools;
      }
    }
  } else {
    arch.mixer = Mixer::mlp_t;
    arch.seq_len = puzzle.layout(question, 0).size();
    arch.expansion = 0.25;
  }
  Rng rng(5);
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    std::int64_t size = 1;
    for (const auto n : shape) size *= n;
    auto& v = model.values["inner." + name];
    for (std::int64_t i = 0; i < size; ++i) v.push_back(static_cast<float>(rng.uniform() - 0.5));
    model.shapes["inner." + name] = std::move(shape);
  };
  const std::int64_t D = arch.hidden_size, F = arch.swiglu_inner;
  add("embed_tokens.embedding_weight", {arch.vocab_size, D});
  add("lm_head.weight", {arch.vocab_size, D});
  add("q_head.weight", {2, mixes ? 2 * D : D});
  add("q_head.bias", {2});
  add("H_init", {D});
  add("L_init", {D});
  for (int i = 0; i < arch.L_layers; ++i) {
    const std::string layer = "L_level.layers." + std::to_string(i) + ".";
    if (taps > 0) add(layer + "near.weight", {D, D, taps});
    if (!mixes) {
      const std::int64_t S = arch.seq_len, inner = arch.inner_width(arch.seq_len);
      add(layer + "mlp_t.gate_up_proj.weight", {2 * inner, S});
      add(layer + "mlp_t.down_proj.weight", {S, inner});
    }
    add(layer + "mlp.gate_up_proj.weight", {2 * F, D * (1 + pools)});
    add(layer + "mlp.down_proj.weight", {D, F});
  }
  return model;
}

/// Written to a file and read back. `trained`: the sizes that it names; none: the module's first.
inline ModelFile written(const Model& model, const std::string& path,
                         const std::vector<std::string>& trained = {}) {
  ModelInfo info;
  info.name = "untrained";
  info.puzzle = model.puzzle->name();
  info.arch = model.arch;
  info.tokens = model.puzzle->tokens().names;
  const auto& sizes = model.puzzle->info().sizes;
  info.sizes = trained;
  if (trained.empty()) info.sizes = {sizes.empty() ? "30x30" : sizes.front()};
  if (auto done = write_model_file(path, info, model.tensors()); !done) FAIL(done.error().message);
  auto file = open_model_file(path);
  if (!file) FAIL(file.error().message);
  return std::move(file).value();
}

inline BackendOptions options_of(const char* precision, int threads, int slots) {
  BackendOptions options;
  options.precision = precision;
  options.threads = threads;
  options.slots = slots;
  options.device = {Device::Kind::cpu, 0};
  return options;
}

/// Equal to the bit.
inline bool same(const SlotOutput& a, const SlotOutput& b) {
  return a.tokens == b.tokens && a.confidence == b.confidence && a.q_halt == b.q_halt;
}

}  // namespace trm::testing
