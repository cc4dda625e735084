// The TRM on LibTorch as a backend: a slot is one row of the carry.
#include <torch/torch.h>

#include <deque>

#include "engine/backends/backend.h"
#include "engine/model/network.h"
#include "engine/model/tensor_io.h"

namespace trm {
namespace {

using torch::Tensor;

constexpr std::size_t kGeometryCache = 64;  // layouts kept; a server sees a handful of sizes

std::string shapes_text(const ModelInfo& info) {
  std::string text;
  for (const auto& size : info.sizes) text += (text.empty() ? "" : ", ") + size;
  return text.empty() ? "none listed" : text;
}

/// A slot's row of the carry and what it was loaded with.
struct Slot {
  std::shared_ptr<const GeometryIndex> geometry;  // null for attention and mlp_t
  Tensor tokens;                                  // [L] int64
  Tensor identifier;                              // [] int64
  Tensor legal;                                   // [L, V] bool
  Carry carry;                                    // y, z [1, P + nodes, D]
  SlotOutput output;
};

class TorchBackend final : public Backend {
 public:
  TorchBackend(Network network, BackendInfo info)
      : network_(std::move(network)),
        info_(std::move(info)),
        slots_(static_cast<std::size_t>(info_.slots)) {}

  const BackendInfo& info() const override { return info_; }

  Result<void> supports(const Question& question) const override {
    const Puzzle& puzzle = question.puzzle();
    const Arch& arch = info_.model.arch;
    if (puzzle.name() != info_.model.puzzle) {
      return fail(ErrorCode::unsupported_by_model,
                  "the model " + info_.model.name + " was trained for " + info_.model.puzzle,
                  "model");
    }
    for (int q = 0; q < puzzle.queries(question); ++q) {
      const TokenLayout layout = puzzle.layout(question, q);
      if (arch.mixer != Mixer::geometry && layout.size() != arch.seq_len) {
        return fail(ErrorCode::unsupported_by_model,
                    "the model " + info_.model.name + " answers boards of " +
                        std::to_string(arch.seq_len) +
                        " tokens (sizes: " + shapes_text(info_.model) + "), this one has " +
                        std::to_string(layout.size()),
                    "board");
      }
      if (arch.mixer == Mixer::geometry) {
        auto index = GeometryIndex::make(arch, layout, puzzle.geometry(question, q), torch::kCPU);
        if (!index) return index.error();
      }
    }
    return {};
  }

  Result<void> load(int slot, const SlotInput& input) override {
    return guarded([&]() -> Result<void> {
      torch::NoGradGuard no_grad;
      Slot& row = slots_[static_cast<std::size_t>(slot)];
      const Arch& arch = network_.arch();
      const auto length = static_cast<std::int64_t>(input.tokens.size());
      for (const Token token : input.tokens) {
        if (token < 0 || token >= arch.vocab_size) {
          return fail(ErrorCode::unsupported_by_model,
                      "the board uses token " + std::to_string(token) + ", the model " +
                          info_.model.name + " knows " + std::to_string(arch.vocab_size),
                      "board");
        }
      }
      row.geometry.reset();
      if (arch.mixer == Mixer::geometry) {
        auto geometry = geometry_of(input);
        if (!geometry) return geometry.error();
        row.geometry = *geometry;
      }
      const auto device = network_.device();
      row.tokens = torch::tensor(input.tokens, torch::kInt64).to(device);
      row.identifier = torch::tensor(static_cast<std::int64_t>(input.identifier)).to(device);
      row.legal = torch::zeros({length, arch.vocab_size}, torch::kBool);
      const std::int64_t known = std::min(arch.vocab_size, input.mask.vocab);
      bool* legal = row.legal.data_ptr<bool>();
      for (std::int64_t p = 0; p < length; ++p) {
        for (std::int64_t t = 0; t < known; ++t) {
          legal[p * arch.vocab_size + t] =
              input.mask.at(static_cast<int>(p), static_cast<Token>(t));
        }
      }
      row.carry = network_.initial_carry(1, row.geometry ? row.geometry->nodes : length);
      row.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
      return {};
    });
  }

  Result<void> step(std::span<const int> slots) override {
    return guarded([&]() -> Result<void> {
      torch::NoGradGuard no_grad;
      std::vector<int> waiting(slots.begin(), slots.end());
      while (!waiting.empty()) {  // rows of one layout form a batch
        std::vector<int> batch, rest;
        const Slot& first = slots_[static_cast<std::size_t>(waiting.front())];
        for (const int s : waiting) {
          const Slot& row = slots_[static_cast<std::size_t>(s)];
          const bool same =
              row.geometry == first.geometry && row.tokens.size(0) == first.tokens.size(0);
          (same ? batch : rest).push_back(s);
        }
        step_batch(batch);
        waiting = std::move(rest);
      }
      return {};
    });
  }

  const SlotOutput& read(int slot) const override {
    return slots_[static_cast<std::size_t>(slot)].output;
  }

 private:
  // The one place where exceptions of the numeric library stop.
  template <class F>
  Result<void> guarded(F&& work) {
    try {
      return work();
    } catch (const c10::Error& error) {
      return fail(ErrorCode::backend_failed, error.what_without_backtrace());
    } catch (const std::exception& error) {
      return fail(ErrorCode::backend_failed, error.what());
    }
  }

  Result<std::shared_ptr<const GeometryIndex>> geometry_of(const SlotInput& input) {
    for (const auto& entry : geometries_) {
      if (entry.layout == input.layout && entry.geometry == input.geometry) return entry.index;
    }
    auto made =
        GeometryIndex::make(network_.arch(), input.layout, input.geometry, network_.device());
    if (!made) return made.error();
    auto index = std::make_shared<const GeometryIndex>(std::move(*made));
    geometries_.push_front({input.layout, input.geometry, index});
    if (geometries_.size() > kGeometryCache) geometries_.pop_back();
    return index;
  }

  void step_batch(const std::vector<int>& batch) {
    std::vector<Tensor> tokens, identifiers, legal, y, z;
    for (const int s : batch) {
      const Slot& row = slots_[static_cast<std::size_t>(s)];
      tokens.push_back(row.tokens);
      identifiers.push_back(row.identifier);
      legal.push_back(row.legal);
      y.push_back(row.carry.y);
      z.push_back(row.carry.z);
    }
    const Slot& first = slots_[static_cast<std::size_t>(batch.front())];
    const Batch input{torch::stack(tokens), torch::stack(identifiers), first.geometry.get(), {}};
    const Arch& arch = network_.arch();
    const StepOutput out =
        network_.step({torch::cat(y), torch::cat(z)}, input, {arch.H_cycles, arch.L_cycles});
    const auto [confidence, token] = probabilities(out.logits, torch::stack(legal)).max(-1);
    const Tensor halt = torch::sigmoid(out.q.select(-1, 0)).to(torch::kCPU).contiguous();
    const Tensor tokens_cpu = token.to(torch::kCPU).contiguous();
    const Tensor confidence_cpu = confidence.to(torch::kCPU).contiguous();
    const std::int64_t length = tokens_cpu.size(1);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Slot& row = slots_[static_cast<std::size_t>(batch[i])];
      const auto b = static_cast<std::int64_t>(i);
      row.carry = {out.carry.y.narrow(0, b, 1), out.carry.z.narrow(0, b, 1)};
      const auto* t = tokens_cpu.const_data_ptr<std::int64_t>() + b * length;
      const auto* c = confidence_cpu.const_data_ptr<float>() + b * length;
      row.output.tokens.assign(t, t + length);
      row.output.confidence.assign(c, c + length);
      row.output.q_halt = halt.const_data_ptr<float>()[b];
    }
  }

  // Probabilities among the legal tokens [B, L, V] float32, by the map that the model was trained
  // with.
  Tensor probabilities(const Tensor& logits, const Tensor& legal) const {
    const Tensor x = logits.to(torch::kCPU).to(torch::kFloat32);
    Tensor weight;
    if (network_.arch().loss == LossKind::stablemax) {
      weight = torch::where(x < 0, 1.0 / (1.0 - x), x + 1.0);
    } else {
      weight = torch::exp(x - x.masked_fill(~legal, -1e30).amax(-1, true)).clamp_max(1.0);
    }
    weight = weight.masked_fill(~legal, 0.0);
    return weight / weight.sum(-1, true).clamp_min(1e-30);
  }

  struct CachedGeometry {
    TokenLayout layout;
    Geometry geometry;
    std::shared_ptr<const GeometryIndex> index;
  };

  Network network_;
  BackendInfo info_;
  std::vector<Slot> slots_;
  std::deque<CachedGeometry> geometries_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_torch_backend(const ModelFile& model,
                                                    const BackendOptions& options) {
  if (options.precision != "float32" && options.precision != "bfloat16") {
    return fail(ErrorCode::invalid_field,
                "the precision is \"" + options.precision + "\", expected float32 or bfloat16",
                "precision");
  }
  if (auto valid = validate(model.info.arch); !valid) return valid.error();
  auto device = resolve_device(options.device);
  if (!device) return device.error();
  try {
    torch::NoGradGuard no_grad;
    set_threads(options.threads);
    Network network(model.info.arch, 0, *device);
    if (auto loaded = load_network(network, model.weights.tensors()); !loaded)
      return loaded.error();
    network.set_dtype(options.precision == "bfloat16" ? torch::kBFloat16 : torch::kFloat32);
    network.prepare();
    BackendInfo info{"torch", device->str(), options.slots, model.info};
    return std::unique_ptr<Backend>(
        std::make_unique<TorchBackend>(std::move(network), std::move(info)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::backend_failed, error.what());
  }
}

}  // namespace trm
