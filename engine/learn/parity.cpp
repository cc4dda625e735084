#include "engine/learn/parity.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/learn/learner.h"
#include "engine/model/tensor_io.h"

namespace trm {
namespace {

using torch::Tensor;

constexpr double kForward = 2e-4, kGradient = 1e-4, kAfter = 1e-5, kAfterTiny = 6e-3,
                 kTinyGradient = 1e-4, kTinyShare = 2e-3, kLoss = 1e-4;

/// One comparison: the reference's tensors, our network, and the findings.
class Comparison {
 public:
  Comparison(const Safetensors& reference, const Arch& arch, const Json& training, bool fused)
      : reference_(reference), arch_(arch), training_(training), fused_(fused) {}

  Result<std::vector<ParityGroup>> run() {
    if (auto found = require({"inputs", "labels", "puzzle_identifiers", "step1.logits"}); !found) {
      return found.error();
    }
    if (auto done = forward(); !done) return done.error();
    if (auto done = train(); !done) return done.error();
    return std::move(groups_);
  }

 private:
  Result<void> require(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      if (!reference_.tensors().contains(name)) {
        return fail(ErrorCode::invalid_weights,
                    std::string("no tensor \"") + name + "\": this is no reference run", name);
      }
    }
    return {};
  }

  bool has(const std::string& name) const { return reference_.tensors().contains(name); }
  Tensor tensor(const std::string& name) const {
    const auto it = reference_.tensors().find(name);
    TORCH_CHECK(it != reference_.tensors().end(), "no tensor ", name);
    return to_torch(it->second);
  }
  double number(const Json& object, const char* key) const {
    const Json* value = object.find(key);
    TORCH_CHECK(value != nullptr && value->is_number(), "metadata \"training\" lacks ", key);
    return value->as_double();
  }

  ParityGroup& group(const std::string& name, double tolerance) {
    for (auto& g : groups_) {
      if (g.name == name) return g;
    }
    groups_.push_back({name, 0, tolerance, "", 0, true});
    return groups_.back();
  }
  void note(const std::string& name, double tolerance, const std::string& where, double difference) {
    ParityGroup& g = group(name, tolerance);
    if (g.worst.empty() || !(difference <= g.difference)) {
      g.difference = difference;
      g.worst = where;
    }
    if (!(difference <= tolerance)) g.ok = false;  // NaN fails too
  }
  void compare(const std::string& name, const std::string& key, const Tensor& ours) {
    const Tensor theirs = tensor(key);
    TORCH_CHECK(theirs.sizes() == ours.sizes(), key, " has another shape");
    note(name, kForward, key, (ours.to(torch::kFloat32) - theirs).abs().max().item<double>());
  }

  Batch batch() const {
    return {tensor("inputs").to(torch::kInt64), tensor("puzzle_identifiers").to(torch::kInt64),
            nullptr, {}};
  }

  // Four supervision steps in evaluation mode from a fresh carry.
  Result<void> forward() {
    torch::NoGradGuard no_grad;
    Network network(arch_, 0, torch::kCPU);
    network.set_fused(fused_);
    if (auto loaded = load_network(network, reference_.tensors(), "weight."); !loaded) {
      return loaded;
    }
    const Batch input = batch();
    Carry carry = network.initial_carry(input.tokens.size(0), input.tokens.size(1));
    for (int step = 1; step <= 4; ++step) {
      const StepOutput out = network.step(carry, input, {arch_.H_cycles, arch_.L_cycles});
      const std::string prefix = "step" + std::to_string(step) + ".";
      if (!has(prefix + "logits")) break;
      compare("logits", prefix + "logits", out.logits);
      compare("halt head", prefix + "q_halt", out.q.select(-1, 0));
      compare("halt head", prefix + "q_continue", out.q.select(-1, 1));
      carry = out.carry;
      // Rows halt only at halt_max_steps, then they restart.
      if (step % arch_.halt_max_steps == 0) {
        carry = network.initial_carry(input.tokens.size(0), input.tokens.size(1));
      }
    }
    compare("carry", "step4.z_H", carry.y);
    compare("carry", "step4.z_L", carry.z);
    return {};
  }

  // Three training steps: losses, halting, first gradients, final state.
  Result<void> train() {
    LearnOptions options;
    options.lr = number(training_, "lr");
    options.weight_decay = number(training_, "weight_decay");
    options.puzzle_emb_lr = number(training_, "puzzle_emb_lr");
    options.puzzle_emb_weight_decay = number(training_, "puzzle_emb_weight_decay");
    options.ema_decay = 0;
    options.halt_exploration = 0;
    Learner learner(arch_, options, 0, torch::kCPU);
    learner.network().set_fused(fused_);
    if (auto loaded = load_network(learner.network(), reference_.tensors(), "weight."); !loaded) {
      return loaded;
    }
    const Batch data = batch();
    const Tensor labels = tensor("labels").to(torch::kInt64);
    Lane lane = Lane::make(learner.network(), data.tokens.size(0), data.tokens.size(1), nullptr);
    const auto next = [&](std::int64_t row) {
      const auto list = [row](const Tensor& t) {
        const Tensor one = t[row].to(torch::kInt32).contiguous();
        return std::vector<Token>(one.const_data_ptr<int>(), one.const_data_ptr<int>() + one.numel());
      };
      return Example{list(data.tokens), list(labels), data.identifiers[row].item<int>()};
    };
    const Json* steps = training_.find("steps");
    TORCH_CHECK(steps != nullptr && steps->is_array(), "metadata \"training\" lacks steps");
    Rng rng(0);
    std::map<std::string, Tensor> first_gradient;
    for (std::size_t i = 0; i < steps->as_array().size(); ++i) {
      const StepMetrics ours =
          learner.step(lane, {arch_.H_cycles, arch_.L_cycles}, 1.0, next, rng);
      compare_step(steps->as_array()[i], ours, lane, i + 1);
      if (i == 0) first_gradient = gradients(learner.network());
    }
    after(learner.network(), first_gradient);
    return {};
  }

  void compare_step(const Json& theirs, const StepMetrics& ours, const Lane& lane, std::size_t i) {
    const std::string where = "training step " + std::to_string(i) + " ";
    const auto loss = [&](const char* key, double value) {
      const double wanted = number(theirs, key);
      note("losses", kLoss, where + key, std::abs(value - wanted) / std::max(1.0, std::abs(wanted)));
    };
    loss("loss_sum", ours.loss * static_cast<double>(ours.rows));
    loss("lm_loss", ours.lm_loss);
    loss("q_halt_loss", ours.q_halt_loss);
    const Json* halted = theirs.find("halted");
    const Json* counts = theirs.find("steps");
    TORCH_CHECK(halted && counts, "a training step lacks halted or steps");
    for (std::int64_t row = 0; row < lane.rows; ++row) {
      const auto r = static_cast<std::size_t>(row);
      const bool same = lane.halted[row].item<bool>() == halted->as_array().at(r).as_bool() &&
                        lane.steps[row].item<std::int64_t>() == counts->as_array().at(r).as_int();
      note("halting", 0, where + "row " + std::to_string(row), same ? 0 : 1);
    }
  }

  std::map<std::string, Tensor> gradients(Network& network) {
    std::map<std::string, Tensor> all;
    for (const auto& [name, p] : network.parameters()) {
      all[name] = p.grad().defined() ? p.grad().clone() : torch::zeros_like(p);
      const Tensor theirs = tensor("grad1." + name);
      const double largest = std::max(theirs.abs().max().item<double>(), 1e-30);
      note("gradients", kGradient, name,
           (all[name] - theirs).abs().max().item<double>() / largest);
    }
    return all;
  }

  void after(Network& network, const std::map<std::string, Tensor>& first_gradient) {
    for (auto* list : {&network.parameters(), &network.buffers()}) {
      for (const auto& [name, ours] : *list) {
        if (!has("after3." + name)) continue;
        const Tensor difference = (ours.detach() - tensor("after3." + name)).abs();
        Tensor tiny = torch::zeros_like(difference, torch::kBool);
        if (const auto it = first_gradient.find(name); it != first_gradient.end()) {
          tiny = it->second.abs() < kTinyGradient * it->second.abs().max();
        }
        const Tensor excused = tiny & (difference > kAfter) & (difference <= kAfterTiny);
        const std::int64_t count = excused.sum().item<std::int64_t>();
        note("after3", kAfter, name, difference.masked_fill(excused, 0).max().item<double>());
        ParityGroup& g = group("after3", kAfter);
        g.outliers += count;
        if (static_cast<double>(count) > kTinyShare * static_cast<double>(ours.numel())) g.ok = false;
      }
    }
  }

  const Safetensors& reference_;
  Arch arch_;
  const Json& training_;
  bool fused_;
  std::vector<ParityGroup> groups_;
};

}  // namespace

Result<std::vector<ParityGroup>> compare_with_reference(const Safetensors& reference, bool fused) {
  const auto parse = [&](const char* key) -> Result<Json> {
    const auto it = reference.metadata().find(key);
    if (it == reference.metadata().end()) {
      return fail(ErrorCode::invalid_weights,
                  std::string("no metadata \"") + key + "\": this is no reference run", key);
    }
    return parse_json(it->second);
  };
  const auto config = parse("config");
  if (!config) return config.error();
  const auto training = parse("training");
  if (!training) return training.error();
  const auto arch = arch_from_official(*config);
  if (!arch) return arch.error();
  if (auto valid = validate(*arch); !valid) return valid.error();
  try {
    return Comparison(reference, *arch, *training, fused).run();
  } catch (const c10::Error& error) {
    return fail(ErrorCode::backend_failed, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid_weights, error.what());
  }
}

}  // namespace trm
