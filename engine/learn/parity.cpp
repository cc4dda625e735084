#include "engine/learn/parity.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "engine/learn/learner.h"
#include "engine/model/native_batch.h"
#include "engine/model/tensor_io.h"

namespace trm {
namespace {

using torch::Tensor;

constexpr double kForward = 2e-4, kGradient = 1e-4, kAfter = 1e-5, kAfterTiny = 6e-3,
                 kTinyGradient = 1e-4, kTinyShare = 2e-3, kLoss = 1e-4;
// The further runs that show how far rounding alone carries: every weight two units in the last
// place up or down by chance, and how often the largest movement a difference may be. Several runs,
// because a single number may happen to stand still in one direction; by chance, because scaling
// all weights alike is what the norms take out again.
constexpr double kRounding = 0x1.0p-22, kMovements = 4;
constexpr std::uint64_t kRoundings = 3;

// One compared number or tensor, measured in units of `scale`.
struct Finding {
  std::string group;
  std::string where;
  Tensor ours;
  Tensor theirs;
  double tolerance = 0;
  double scale = 1;
  bool recursed = false;  // lies behind at least one earlier supervision step
  Tensor tiny;            // after3: entries whose first gradient is almost zero
};

double distance(const Tensor& a, const Tensor& b, double scale) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>() / scale;
}

/// One run of our network along the reference: collects what is to be compared. `rounding` 0: with
/// the reference's weights; else the seed of a run with weights that are a little off.
class ReferenceRun {
 public:
  ReferenceRun(const Safetensors& reference, const Arch& arch, const Json& training,
               ParityPath path, std::uint64_t rounding)
      : reference_(reference), arch_(arch), training_(training), path_(path), rounding_(rounding) {}

  Result<std::vector<Finding>> run() {
    for (const char* name : {"inputs", "labels", "puzzle_identifiers", "step1.logits"}) {
      if (!has(name)) {
        return fail(ErrorCode::invalid_weights,
                    std::string("no tensor \"") + name + "\": this is no reference run", name);
      }
    }
    if (auto done = forward(); !done) return done.error();
    if (path_ == ParityPath::native) return std::move(findings_);
    if (auto done = train(); !done) return done.error();
    return std::move(findings_);
  }

 private:
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
  Result<void> load(Network& network) const {
    network.set_fused(path_ == ParityPath::fused);
    if (auto loaded = load_network(network, reference_.tensors(), "weight."); !loaded)
      return loaded;
    if (rounding_ == 0) return {};
    torch::NoGradGuard no_grad;
    auto generator = torch::make_generator<at::CPUGeneratorImpl>(rounding_);
    for (auto& [name, parameter] : network.parameters()) {
      const Tensor sides = torch::randint(0, 2, parameter.sizes(), generator, torch::kFloat32);
      parameter.mul_(1 + kRounding * (2 * sides - 1));
    }
    return {};
  }

  Finding& note(const char* group, std::string where, Tensor ours, Tensor theirs,
                double tolerance) {
    TORCH_CHECK(theirs.sizes() == ours.sizes(), where, " has another shape");
    findings_.push_back({group,
                         std::move(where),
                         ours.detach().clone(),
                         std::move(theirs),
                         tolerance,
                         1,
                         false,
                         {}});
    return findings_.back();
  }
  void note_number(const char* group, std::string where, double ours, double theirs,
                   double tolerance, bool recursed) {
    Finding& finding = note(group, std::move(where), torch::tensor(ours, torch::kFloat64),
                            torch::tensor(theirs, torch::kFloat64), tolerance);
    finding.scale = std::max(1.0, std::abs(theirs));
    finding.recursed = recursed;
  }

  Batch batch() const {
    return {tensor("inputs").to(torch::kInt64),
            tensor("puzzle_identifiers").to(torch::kInt64),
            nullptr,
            {}};
  }

  /// One supervision step in evaluation mode, from the last carry or afresh.
  using Step = std::function<StepOutput(bool afresh)>;

  Result<Step> stepper(Network& network) const {
    if (path_ != ParityPath::native) {
      return Step([this, &network, carry = Carry()](bool afresh) mutable {
        const Batch input = batch();
        if (afresh) carry = network.initial_carry(input.tokens.size(0), input.tokens.size(1));
        StepOutput out = network.step(carry, input, {arch_.H_cycles, arch_.L_cycles});
        carry = out.carry;
        return out;
      });
    }
    const Batch input = batch();
    TokenLayout line;
    line.rows = 1;
    line.cols = static_cast<int>(input.tokens.size(1));
    line.positions.resize(static_cast<std::size_t>(line.cols));
    auto made = NativeBatch<float>::make(network, line, {}, input.tokens, input.identifiers, 2);
    if (!made) return made.error();
    return Step([boards = std::shared_ptr(std::move(*made))](bool afresh) {
      if (afresh) boards->restart();
      return boards->step();
    });
  }

  // Four supervision steps in evaluation mode from a fresh carry.
  Result<void> forward() {
    torch::NoGradGuard no_grad;
    Network network(arch_, 0, torch::kCPU);
    if (auto loaded = load(network); !loaded) return loaded;
    auto next = stepper(network);
    if (!next) return next.error();
    for (int step = 1; step <= 4; ++step) {
      // Rows halt only at halt_max_steps, then they restart.
      const StepOutput out = (*next)((step - 1) % arch_.halt_max_steps == 0);
      const std::string prefix = "step" + std::to_string(step) + ".";
      if (!has(prefix + "logits")) break;
      const auto compare = [&](const char* group, const std::string& key, const Tensor& ours) {
        note(group, key, ours, tensor(key), kForward).recursed = step > 1;
      };
      compare("logits", prefix + "logits", out.logits);
      compare("halt head", prefix + "q_halt", out.q.select(-1, 0));
      compare("halt head", prefix + "q_continue", out.q.select(-1, 1));
      if (step == 4) {
        compare("carry", prefix + "z_H", out.carry.y);
        compare("carry", prefix + "z_L", out.carry.z);
      }
    }
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
    if (auto loaded = load(learner.network()); !loaded) return loaded;
    const Batch data = batch();
    const Tensor labels = tensor("labels").to(torch::kInt64);
    LearnLane lane =
        LearnLane::make(learner.network(), data.tokens.size(0), data.tokens.size(1), nullptr);
    const auto next = [&](std::int64_t row) {
      const auto list = [row](const Tensor& t) {
        const Tensor one = t[row].to(torch::kInt32).contiguous();
        return std::vector<Token>(one.const_data_ptr<int>(),
                                  one.const_data_ptr<int>() + one.numel());
      };
      return Example{list(data.tokens), list(labels), data.identifiers[row].item<int>()};
    };
    const Json* steps = training_.find("steps");
    TORCH_CHECK(steps != nullptr && steps->is_array(), "metadata \"training\" lacks steps");
    Rng rng(0);
    std::map<std::string, Tensor> first_gradient;
    for (std::size_t i = 0; i < steps->as_array().size(); ++i) {
      const StepMetrics ours = learner.step(lane, {arch_.H_cycles, arch_.L_cycles}, 1.0, next, rng);
      training_step(steps->as_array()[i], ours, lane, i + 1);
      if (i == 0) first_gradient = gradients(learner.network());
    }
    after(learner.network(), first_gradient);
    return {};
  }

  void training_step(const Json& theirs, const StepMetrics& ours, const LearnLane& lane,
                     std::size_t step) {
    const std::string where = "training step " + std::to_string(step) + " ";
    const auto loss = [&](const char* key, double value) {
      note_number("losses", where + key, value, number(theirs, key), kLoss, step > 1);
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
      note_number("halting", where + "row " + std::to_string(row), same ? 0 : 1, 0, 0, false);
    }
  }

  std::map<std::string, Tensor> gradients(Network& network) {
    std::map<std::string, Tensor> all;
    for (const auto& [name, p] : network.parameters()) {
      all[name] = p.grad().defined() ? p.grad().clone() : torch::zeros_like(p);
      const Tensor theirs = tensor("grad1." + name);
      note("gradients", name, all[name], theirs, kGradient).scale =
          std::max(theirs.abs().max().item<double>(), 1e-30);
    }
    return all;
  }

  void after(Network& network, const std::map<std::string, Tensor>& first_gradient) {
    for (auto* list : {&network.parameters(), &network.buffers()}) {
      for (const auto& [name, ours] : *list) {
        if (!has("after3." + name)) continue;
        Finding& finding = note("after3", name, ours, tensor("after3." + name), kAfter);
        finding.recursed = true;
        finding.tiny = torch::zeros_like(ours, torch::kBool);
        if (const auto it = first_gradient.find(name); it != first_gradient.end()) {
          finding.tiny = it->second.abs() < kTinyGradient * it->second.abs().max();
        }
      }
    }
  }

  const Safetensors& reference_;
  const Arch& arch_;
  const Json& training_;
  ParityPath path_;
  std::uint64_t rounding_;
  std::vector<Finding> findings_;
};

// Differences of near-zero gradients are amplified by atan2: those entries are excused and counted.
std::int64_t excuse_tiny(Finding& finding) {
  if (!finding.tiny.defined()) return 0;
  const Tensor difference = (finding.ours - finding.theirs).abs();
  const Tensor excused = finding.tiny & (difference > kAfter) & (difference <= kAfterTiny);
  finding.ours = torch::where(excused, finding.theirs, finding.ours);
  return excused.sum().item<std::int64_t>();
}

using RoundedRun = std::function<Result<std::vector<Finding>>(std::uint64_t seed)>;

// How far rounding moves each finding at the most.
Result<std::vector<double>> movements(const std::vector<Finding>& findings, const RoundedRun& run) {
  std::vector<double> most(findings.size(), 0);
  for (std::uint64_t seed = 1; seed <= kRoundings; ++seed) {
    const auto moved = run(seed);
    if (!moved) return moved.error();
    for (std::size_t i = 0; i < findings.size(); ++i) {
      most[i] = std::max(most[i], distance(findings[i].ours, (*moved)[i].ours, findings[i].scale));
    }
  }
  return most;
}

Result<std::vector<ParityGroup>> judge(std::vector<Finding> findings, const RoundedRun& run) {
  std::vector<ParityGroup> groups;
  std::optional<std::vector<double>> moved;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Finding& f = findings[i];
    auto it = std::find_if(groups.begin(), groups.end(),
                           [&](const ParityGroup& g) { return g.name == f.group; });
    if (it == groups.end()) it = groups.insert(it, {f.group, 0, f.tolerance, 0, "", 0, true});
    const std::int64_t excused = excuse_tiny(f);
    it->outliers += excused;
    if (static_cast<double>(excused) > kTinyShare * static_cast<double>(f.ours.numel())) {
      it->ok = false;
    }
    const double difference = distance(f.ours, f.theirs, f.scale);
    double allowed = f.tolerance;
    if (f.recursed && difference > allowed) {
      if (!moved) {
        auto measured = movements(findings, run);
        if (!measured) return measured.error();
        moved = std::move(*measured);
      }
      const double movement = moved->at(i);
      it->rounding = std::max(it->rounding, movement);
      allowed = std::max(allowed, kMovements * movement);
    }
    if (!(difference <= allowed)) it->ok = false;  // NaN fails too
    if (it->worst.empty() || !(difference <= it->difference)) {
      it->difference = difference;
      it->worst = f.where;
    }
  }
  return groups;
}

}  // namespace

Result<std::vector<ParityGroup>> compare_with_reference(const Safetensors& reference,
                                                        ParityPath path) {
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
    auto findings = ReferenceRun(reference, *arch, *training, path, 0).run();
    if (!findings) return std::move(findings).error();
    return judge(std::move(findings).value(), [&](std::uint64_t seed) {
      return ReferenceRun(reference, *arch, *training, path, seed).run();
    });
  } catch (const c10::Error& error) {
    return fail(ErrorCode::backend_failed, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return fail(ErrorCode::invalid_weights, error.what());
  }
}

}  // namespace trm
