// The TRM on LibTorch as a backend: a slot is one row of the carry.
#include <torch/torch.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <deque>
#include <new>

#include "engine/backends/backend.h"
#include "engine/backends/carry_noise.h"
#include "engine/backends/model_rows.h"
#include "engine/model/cuda_graph_step.h"
#include "engine/model/network.h"
#include "engine/model/tensor_io.h"

namespace trm {
namespace {

using torch::Tensor;

constexpr std::size_t kGeometryCache = 64;  // layouts kept; a server sees a handful of sizes

/// A slot's row of the carry and what it was loaded with.
struct Slot {
  std::shared_ptr<const GeometryIndex> geometry;  // null for attention and mlp_t
  Tensor tokens;                                  // [L] int64
  Tensor identifier;                              // [] int64
  std::vector<std::uint8_t> legal;                // [L, V]
  Carry carry;                                    // y, z [1, P + nodes, D]
  std::uint64_t seed = 0;
  float noise = 0;
  std::uint64_t steps = 0;  // done so far
  SlotOutput output;
};

/// What a step made of a slot, until the whole call has succeeded.
struct Stepped {
  int slot = 0;
  Carry carry;
  SlotOutput output;
};

// The error of the exception being handled: the one place where those of the numeric library end.
Error current_error() {
  const auto error = [](const std::string& what) {
    // Allocations that fail inside torch's CPU allocator and the libraries beneath have no type of
    // their own.
    for (const char* sign : {"DefaultCPUAllocator", "not enough memory", "out of memory",
                             "can't allocate memory", "ALLOC_FAILED"}) {
      if (what.find(sign) != std::string::npos) return fail(ErrorCode::out_of_memory, what);
    }
    return fail(ErrorCode::backend_failed, what);
  };
  try {
    throw;
  } catch (const c10::OutOfMemoryError& caught) {
    return fail(ErrorCode::out_of_memory, caught.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::out_of_memory, "memory ran out");
  } catch (const c10::Error& caught) {
    return error(caught.what_without_backtrace());
  } catch (const std::exception& caught) {
    return error(caught.what());
  }
}

// t + noise [as t], summed in float32.
Tensor plus_noise(const Tensor& t, float* noise) {
  const Tensor drawn = torch::from_blob(noise, t.sizes(), torch::kFloat32).to(t.device());
  return (t.to(torch::kFloat32) + drawn).to(t.scalar_type());
}

class TorchBackend final : public Backend {
 public:
  TorchBackend(Network network, BackendInfo info, int batch)
      : network_(std::move(network)),
        info_(std::move(info)),
        batch_(static_cast<std::size_t>(batch)),
        slots_(static_cast<std::size_t>(info_.slots)) {}

  const BackendInfo& info() const override { return info_; }

  Result<void> supports(const Question& question) const override {
    return model_supports(info_.model, question);
  }

  std::int64_t step_bytes(const Question& question, int rows) const override {
    const Puzzle& puzzle = question.puzzle();
    const auto n = static_cast<std::size_t>(std::max(rows, 1));
    std::int64_t bytes = 0;
    for (int q = 0; q < puzzle.queries(question); ++q) {
      const TokenLayout layout = puzzle.layout(question, q);
      const std::int64_t symbols = network_.arch().per_symbol ? layout.symbols : 1;
      bytes = std::max(bytes, network_.step_bytes(static_cast<std::int64_t>(padded(n)),
                                                  layout.size(), layout.size() * symbols));
    }
    return bytes;
  }

  Result<void> load(int slot, const SlotInput& input) override {
    return guarded([&]() -> Result<void> {
      torch::NoGradGuard no_grad;
      Slot row;  // the slot itself changes once nothing can fail any more
      const Arch& arch = network_.arch();
      if (auto known = check_vocabulary(info_.model, input.tokens); !known) return known;
      if (arch.mixer == Mixer::geometry) {
        auto geometry = geometry_of(input);
        if (!geometry) return geometry.error();
        row.geometry = *geometry;
      }
      const auto device = network_.device();
      row.tokens = torch::tensor(input.tokens, torch::kInt64).to(device);
      row.identifier = torch::tensor(static_cast<std::int64_t>(input.identifier)).to(device);
      row.legal = legal_tokens(info_.model, input.mask, input.tokens.size());
      row.seed = input.seed;
      row.noise = input.noise;
      const auto length = static_cast<std::int64_t>(input.tokens.size());
      row.carry = network_.initial_carry(1, row.geometry ? row.geometry->nodes : length);
      if (input.start_noise != 0) {
        const auto count = static_cast<std::size_t>(row.carry.y.numel());
        std::vector<float> noise(2 * count);
        carry_noise(noise, input.seed, 0, input.start_noise);
        row.carry = {plus_noise(row.carry.y, noise.data()),
                     plus_noise(row.carry.z, noise.data() + count)};
      }
      row.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
      slots_[static_cast<std::size_t>(slot)] = std::move(row);
      return {};
    });
  }

  Result<void> step(std::span<const int> slots) override {
    return guarded([&]() -> Result<void> {
      torch::NoGradGuard no_grad;
      std::vector<Stepped> done;
      done.reserve(slots.size());
      std::vector<int> waiting(slots.begin(), slots.end());
      while (!waiting.empty()) {  // rows of one layout form a batch
        std::vector<int> batch, rest;
        const Slot& first = slot_at(waiting.front());
        for (const int s : waiting) {
          const Slot& row = slot_at(s);
          const bool same =
              row.geometry == first.geometry && row.tokens.size(0) == first.tokens.size(0);
          const bool room = batch_ == 0 || batch.size() < batch_;
          (same && room ? batch : rest).push_back(s);
        }
        step_batch(batch, done);
        waiting = std::move(rest);
      }
      for (Stepped& made : done) {  // all or nothing: nothing here can fail
        Slot& row = slots_[static_cast<std::size_t>(made.slot)];
        row.carry = std::move(made.carry);
        row.output = std::move(made.output);
        ++row.steps;
      }
      return {};
    });
  }

  const SlotOutput& read(int slot) const override {
    return slots_[static_cast<std::size_t>(slot)].output;
  }

 private:
  template <class F>
  static Result<void> guarded(F&& work) {
    try {
      return work();
    } catch (const std::exception&) {
      return current_error();
    }
  }

  const Slot& slot_at(int slot) const { return slots_[static_cast<std::size_t>(slot)]; }

  // Rows that are computed for `rows` rows: matrix products may choose another order of additions
  // for another number of rows, so that few numbers of rows occur.
  std::size_t padded(std::size_t rows) const { return batch_ > 0 ? batch_ : std::bit_ceil(rows); }

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

  // The latent state that a slot's next step starts from.
  Tensor noisy_z(const Slot& row) const {
    if (row.noise == 0 || row.steps == 0) return row.carry.z;
    std::vector<float> noise(static_cast<std::size_t>(row.carry.z.numel()));
    carry_noise(noise, row.seed, row.steps, row.noise);
    return plus_noise(row.carry.z, noise.data());
  }

  // Steps slots of one layout and appends what became of them.
  void step_batch(const std::vector<int>& batch, std::vector<Stepped>& done) {
    std::vector<Tensor> tokens, identifiers, y, z;
    for (const int s : batch) {
      const Slot& row = slot_at(s);
      tokens.push_back(row.tokens);
      identifiers.push_back(row.identifier);
      y.push_back(row.carry.y);
      z.push_back(noisy_z(row));
    }
    for (auto* rows : {&tokens, &identifiers, &y, &z}) {  // copies of the first, thrown away
      rows->resize(padded(batch.size()), rows->front());
    }
    const auto& geometry = slot_at(batch.front()).geometry;
    const Batch input{torch::stack(tokens), torch::stack(identifiers), geometry.get(), {}};
    const Arch& arch = network_.arch();
    const StepOutput out = steps_.step(network_, {torch::cat(y), torch::cat(z)}, input,
                                       {arch.H_cycles, arch.L_cycles}, geometry);
    const Tensor logits = out.logits.to(torch::kCPU).to(torch::kFloat32).contiguous();
    const Tensor q = out.q.to(torch::kCPU).contiguous();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto b = static_cast<std::int64_t>(i);
      const Slot& row = slot_at(batch[i]);
      Stepped made{batch[i], {out.carry.y.narrow(0, b, 1), out.carry.z.narrow(0, b, 1)}, {}};
      made.output.tokens.resize(row.output.tokens.size());
      made.output.confidence.resize(row.output.tokens.size());
      const std::int64_t board = logits.size(1) * logits.size(2);
      read_answer({logits.const_data_ptr<float>() + b * board, static_cast<std::size_t>(board)},
                  row.legal, arch.vocab_size, arch.loss, made.output);
      made.output.q_halt = 1 / (1 + std::exp(-q.const_data_ptr<float>()[b * q.size(1)]));
      done.push_back(std::move(made));
    }
  }

  struct CachedGeometry {
    TokenLayout layout;
    Geometry geometry;
    std::shared_ptr<const GeometryIndex> index;
  };

  Network network_;
  GraphedSteps steps_;
  BackendInfo info_;
  std::size_t batch_;  // BackendOptions::batch
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
  if (options.batch < 0) {
    return fail(ErrorCode::invalid_field,
                "the batch size is " + std::to_string(options.batch) + ", expected 0 or more",
                "batch");
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
    // "float32" means it: TF32 would round the inputs of convolutions to 10 bits.
    if (device->is_cuda()) at::globalContext().setAllowTF32CuDNN(false);
    BackendInfo info{"torch", device->str(), options.slots, model.info};
    return std::unique_ptr<Backend>(
        std::make_unique<TorchBackend>(std::move(network), std::move(info), options.batch));
  } catch (const std::exception&) {
    return current_error();
  }
}

bool cuda_available() { return torch::cuda::is_available(); }

}  // namespace trm
