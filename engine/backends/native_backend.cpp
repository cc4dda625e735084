// The TRM on the CPU without a numeric library (engine/native) as a backend.
#include <algorithm>
#include <cmath>
#include <deque>

#include "engine/backends/backend.h"
#include "engine/backends/carry_noise.h"
#include "engine/backends/model_rows.h"
#include "engine/native/recursive_net.h"

namespace trm {
namespace {

using kernels::Buffer;
using native::BoardRows;
using native::RecursiveNet;
using native::Shape;

constexpr std::size_t kShapeCache = 64;  // layouts kept; a server sees a handful of sizes

/// A slot's row of the carry and what it was loaded with.
template <class T>
struct Slot {
  std::shared_ptr<const Shape> shape;
  Buffer<T> x, y, z;  // [P + nodes, width]
  Buffer<float> logits;
  float q[2] = {0, 0};
  std::vector<std::uint8_t> legal;  // [L * V]
  std::uint64_t seed = 0;
  float noise = 0;
  std::uint64_t steps = 0;
  SlotOutput output;
};

template <class T>
class NativeBackend final : public Backend {
 public:
  NativeBackend(std::unique_ptr<RecursiveNet<T>> net, BackendInfo info)
      : net_(std::move(net)),
        info_(std::move(info)),
        slots_(static_cast<std::size_t>(info_.slots)) {}

  const BackendInfo& info() const override { return info_; }

  Result<void> supports(const Question& question) const override {
    return model_supports(info_.model, question);
  }

  std::int64_t step_bytes(const Question& question, int rows) const override {
    const Puzzle& puzzle = question.puzzle();
    std::int64_t most = 0;  // its queries may have several layouts: counted as if all had the worst
    for (int q = 0; q < puzzle.queries(question); ++q) {
      const auto shape =
          Shape::make(net_->arch(), puzzle.layout(question, q), puzzle.geometry(question, q));
      if (shape) most = std::max(most, net_->step_bytes(**shape, rows));
    }
    return most;
  }

  Result<void> load(int index, const SlotInput& input) override {
    return guarded([&]() -> Result<void> {
      if (auto known = check_vocabulary(info_.model, input.tokens); !known) return known;
      const auto shape = shape_of(input);
      if (!shape) return shape.error();
      Slot<T> slot;
      slot.shape = *shape;
      const std::int64_t elements = net_->row_elements(**shape);
      slot.x = Buffer<T>(elements);
      slot.y = Buffer<T>(elements);
      slot.z = Buffer<T>(elements);
      slot.logits =
          Buffer<float>(static_cast<std::int64_t>(input.tokens.size()) * net_->arch().vocab_size);
      net_->embed(**shape, input.tokens, input.identifier, slot.x.data());
      start(slot, input);
      slot.legal = legal_tokens(info_.model, input.mask, input.tokens.size());
      slot.seed = input.seed;
      slot.noise = input.noise;
      slot.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
      slots_[static_cast<std::size_t>(index)] = std::move(slot);
      return {};
    });
  }

  Result<void> step(std::span<const int> slots) override {
    return guarded([&]() -> Result<void> {
      // Boards of one layout form a batch. All memory is taken before any slot changes.
      std::vector<std::vector<int>> batches;
      for (const int s : slots) {
        const auto batch = std::find_if(batches.begin(), batches.end(), [&](const auto& b) {
          return at(b.front()).shape == at(s).shape;
        });
        if (batch == batches.end()) {
          batches.push_back({s});
        } else {
          batch->push_back(s);
        }
      }
      std::size_t noise = 0;
      for (const auto& batch : batches) {
        const Shape& shape = *at(batch.front()).shape;
        net_->reserve(shape, static_cast<std::int64_t>(batch.size()));
        noise = std::max(noise, noise_size(shape));
      }
      noise_.resize(noise);
      std::vector<BoardRows<T>> rows;
      rows.reserve(slots.size());
      for (const auto& batch : batches) step_batch(batch, rows);
      return {};
    });
  }

  const SlotOutput& read(int slot) const override { return at(slot).output; }

 private:
  template <class F>
  Result<void> guarded(F&& work) {
    try {
      return work();
    } catch (const std::bad_alloc&) {
      return fail(ErrorCode::out_of_memory, "no memory for the rows of a step");
    }
  }

  Slot<T>& at(int slot) { return slots_[static_cast<std::size_t>(slot)]; }
  const Slot<T>& at(int slot) const { return slots_[static_cast<std::size_t>(slot)]; }

  std::size_t noise_size(const Shape& shape) const {
    return static_cast<std::size_t>(shape.positions * net_->arch().hidden_size);
  }

  void start(Slot<T>& slot, const SlotInput& input) const {
    std::vector<float> noise;
    std::span<const float> y, z;
    if (input.start_noise > 0) {
      const std::size_t size = noise_size(*slot.shape);
      noise.resize(2 * size);
      carry_noise(noise, input.seed, 0, input.start_noise);
      y = std::span(noise).first(size);
      z = std::span(noise).last(size);
    }
    net_->start(*slot.shape, y, z, slot.y.data(), slot.z.data());
  }

  Result<std::shared_ptr<const Shape>> shape_of(const SlotInput& input) {
    const bool geometry = net_->arch().mixer == Mixer::geometry;
    for (const auto& entry : shapes_) {
      if (entry.layout == input.layout && (!geometry || entry.geometry == input.geometry)) {
        return entry.shape;
      }
    }
    auto made = Shape::make(net_->arch(), input.layout, input.geometry);
    if (!made) return made.error();
    shapes_.push_front({input.layout, input.geometry, *made});
    if (shapes_.size() > kShapeCache) shapes_.pop_back();
    return *made;
  }

  void step_batch(const std::vector<int>& batch, std::vector<BoardRows<T>>& rows) {
    rows.clear();
    for (const int s : batch) {
      Slot<T>& slot = at(s);
      if (slot.noise > 0 && slot.steps > 0) {
        const auto noise = std::span(noise_).first(noise_size(*slot.shape));
        carry_noise(noise, slot.seed, slot.steps, slot.noise);
        net_->add_noise(*slot.shape, noise, slot.z.data());
      }
      rows.push_back({slot.x.data(), slot.y.data(), slot.z.data(), slot.y.data(), slot.z.data(),
                      slot.logits.data(), slot.q});
    }
    net_->step(*at(batch.front()).shape, rows);
    for (const int s : batch) {
      Slot<T>& slot = at(s);
      ++slot.steps;
      read_answer({slot.logits.data(), static_cast<std::size_t>(slot.logits.size())}, slot.legal,
                  net_->arch().vocab_size, net_->arch().loss, slot.output);
      slot.output.q_halt = 1.0f / (1.0f + std::exp(-slot.q[0]));
    }
  }

  struct CachedShape {
    TokenLayout layout;
    Geometry geometry;
    std::shared_ptr<const Shape> shape;
  };

  std::unique_ptr<RecursiveNet<T>> net_;
  BackendInfo info_;
  std::vector<Slot<T>> slots_;
  std::vector<float> noise_;
  std::deque<CachedShape> shapes_;
};

template <class T>
Result<std::unique_ptr<Backend>> make(const ModelFile& model, const BackendOptions& options) {
  auto net = RecursiveNet<T>::make(model.info.arch, model.weights.tensors(),
                                   native::ThreadTeam::shared(options.threads));
  if (!net) return net.error();
  BackendInfo info{"native", "cpu", options.slots, model.info};
  return std::unique_ptr<Backend>(
      std::make_unique<NativeBackend<T>>(std::move(*net), std::move(info)));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_native_backend(const ModelFile& model,
                                                     const BackendOptions& options) {
  if (options.device.kind == Device::Kind::cuda) {
    return fail(ErrorCode::unsupported,
                "the backend native runs on the CPU; for " + options.device.name() +
                    " use the backend torch",
                "device");
  }
  if (options.precision == "float32") return make<float>(model, options);
  if (options.precision == "bfloat16") return make<kernels::Bf16>(model, options);
  return fail(ErrorCode::invalid_field,
              "the precision is \"" + options.precision + "\", expected float32 or bfloat16",
              "precision");
}

}  // namespace trm
