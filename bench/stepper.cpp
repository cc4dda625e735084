#include "bench/stepper.h"

#include <algorithm>
#include <numeric>

#include "bench/bench.h"
#include "engine/backends/backend.h"
#include "engine/model/tensor_io.h"

namespace trm::bench {
namespace {

using Factory = Result<std::unique_ptr<Backend>> (*)(const ModelFile&, const BackendOptions&);

/// Backends that run a model file: one line each.
const std::vector<std::pair<std::string, Factory>>& factories() {
  static const std::vector<std::pair<std::string, Factory>> all{
      {"native", make_native_backend},
      {"torch", make_torch_backend},
  };
  return all;
}

const char* const kEager = "eager";

class BackendStepper final : public Stepper {
 public:
  BackendStepper(std::unique_ptr<Backend> backend, int rows)
      : backend_(std::move(backend)), slots_(static_cast<std::size_t>(rows)) {
    std::iota(slots_.begin(), slots_.end(), 0);
  }
  Result<void> load(const Question& question) {
    const SlotInput input = slot_input(question, 0);
    for (const int slot : slots_) {
      if (auto loaded = backend_->load(slot, input); !loaded) return loaded;
    }
    return {};
  }
  Result<void> step() override { return backend_->step(slots_); }

 private:
  std::unique_ptr<Backend> backend_;
  std::vector<int> slots_;
};

class EagerStepper final : public Stepper {
 public:
  EagerStepper(Network network, const ModelBoard& board, int rows)
      : network_(std::move(network)), geometry_(board.geometry) {
    const torch::NoGradGuard no_grad;
    const auto tokens = board.question.puzzle().encode(board.question, 0);
    batch_.tokens = torch::tensor(tokens, torch::kInt64).expand({rows, board.length}).contiguous();
    batch_.identifiers = torch::zeros({rows}, torch::kInt64);
    batch_.geometry = geometry_.get();
    carry_ = network_.initial_carry(rows, board.nodes);
  }
  Result<void> step() override {
    try {
      const torch::NoGradGuard no_grad;
      const Arch& arch = network_.arch();
      carry_ = network_.step(carry_, batch_, {arch.H_cycles, arch.L_cycles}).carry;
      return {};
    } catch (const c10::Error& error) {
      return fail(ErrorCode::backend_failed, error.what_without_backtrace());
    }
  }

 private:
  Network network_;
  std::shared_ptr<const GeometryIndex> geometry_;
  Batch batch_;
  Carry carry_;
};

Result<std::unique_ptr<Stepper>> make_eager(const BenchModel& model, const ModelBoard& board,
                                            const StepSetting& setting) {
  if (setting.precision != "float32" && setting.precision != "bfloat16") {
    return fail(ErrorCode::unsupported, "eager has no precision " + setting.precision, "precision");
  }
  try {
    const torch::NoGradGuard no_grad;
    Network network(model.file.info.arch, 0, torch::kCPU);
    if (auto loaded = load_network(network, model.file.weights.tensors()); !loaded)
      return loaded.error();
    network.set_dtype(setting.precision == "bfloat16" ? torch::kBFloat16 : torch::kFloat32);
    network.set_fused(false);
    network.prepare();
    return std::unique_ptr<Stepper>(
        std::make_unique<EagerStepper>(std::move(network), board, setting.batch));
  } catch (const std::exception& error) {
    return fail(ErrorCode::backend_failed, error.what());
  }
}

}  // namespace

std::vector<std::string> stepper_names() {
  std::vector<std::string> names;
  for (const auto& name : backend_names()) {
    const auto same = [&](const auto& entry) { return entry.first == name; };
    if (std::any_of(factories().begin(), factories().end(), same)) names.push_back(name);
  }
  names.emplace_back(kEager);
  return names;
}

Result<std::unique_ptr<Stepper>> make_stepper(const std::string& name, const BenchModel& model,
                                              const ModelBoard& board, const StepSetting& setting) {
  set_threads(setting.threads);
  if (name == kEager) return make_eager(model, board, setting);
  for (const auto& [known, make] : factories()) {
    if (known != name) continue;
    BackendOptions options;
    options.slots = setting.batch;
    options.device.kind = Device::Kind::cpu;
    options.precision = setting.precision;
    options.threads = setting.threads;
    auto backend = make(model.file, options);
    if (!backend) return backend.error();
    auto stepper = std::make_unique<BackendStepper>(std::move(*backend), setting.batch);
    if (auto loaded = stepper->load(board.question); !loaded) return loaded.error();
    return std::unique_ptr<Stepper>(std::move(stepper));
  }
  return fail(ErrorCode::invalid_field,
              "no backend \"" + name + "\" runs a model here; there are " + joined(stepper_names()),
              "backend");
}

}  // namespace trm::bench
