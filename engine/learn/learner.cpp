#include "engine/learn/learner.h"

#include <algorithm>
#include <cmath>

#include "engine/learn/loss.h"
#include "engine/learn/optimizer.h"

namespace trm {

using torch::Tensor;

namespace {
const std::string kLossMean = "stats.loss_mean";
}

/// What the forward pass of a step leaves for the update and the halting decision.
struct Learner::Forward {
  StepOutput out;
  Accuracy accuracy;
  Tensor puzzle_rows;             // leaf [B, E] where the arch has a puzzle embedding
  Tensor identifiers, row_grads;  // of all processes' rows: what the embedding's update needs
  StepMetrics metrics;
};

LearnLane LearnLane::make(const Network& network, std::int64_t rows, std::int64_t length,
                          std::shared_ptr<const GeometryIndex> geometry) {
  LearnLane lane;
  lane.rows = rows;
  lane.length = length;
  lane.geometry = std::move(geometry);
  const auto int64 = torch::TensorOptions().dtype(torch::kInt64).device(network.device());
  lane.tokens = torch::zeros({rows, length}, int64);
  lane.labels = torch::full({rows, length}, Puzzle::ignore_label, int64);
  lane.identifiers = torch::zeros({rows}, int64);
  lane.steps = torch::zeros({rows}, int64);
  lane.halted = torch::ones({rows}, int64.dtype(torch::kBool));
  lane.right = torch::zeros({rows}, int64.dtype(torch::kBool));
  lane.carry = network.initial_carry(rows, lane.nodes());
  return lane;
}

Learner::Learner(const Arch& arch, const LearnOptions& options, std::uint64_t seed,
                 torch::Device device)
    : options_(options), network_(arch, seed, device) {
  loss_mean_ = torch::zeros({2}, torch::kFloat64);
  network_.set_dtype(options.float64 ? torch::kFloat64
                     : options.bf16  ? torch::kBFloat16
                                     : torch::kFloat32);
  network_.set_native(true);
  for (const auto& [name, p] : network_.parameters()) {
    m_.push_back(torch::zeros_like(p));
    v_.push_back(torch::zeros_like(p));
    if (options.ema_decay > 0) ema_.push_back(p.detach().clone());
  }
}

namespace {

// Puts new examples into the rows that halted and restarts their carry (official `reset_carry`).
void refill(LearnLane& lane, const std::function<Example(std::int64_t)>& next) {
  torch::NoGradGuard no_grad;
  if (!lane.halted.any().item<bool>()) return;
  const Tensor halted = lane.halted.to(torch::kCPU);
  const bool* flags = halted.const_data_ptr<bool>();
  for (std::int64_t row = 0; row < lane.rows; ++row) {
    if (!flags[row]) continue;
    const Example example = next(row);
    TORCH_CHECK(static_cast<std::int64_t>(example.tokens.size()) == lane.length &&
                    example.labels.size() == example.tokens.size(),
                "an example of another length came into a lane");
    lane.tokens[row].copy_(torch::tensor(example.tokens, torch::kInt32));
    lane.labels[row].copy_(torch::tensor(example.labels, torch::kInt32));
    lane.identifiers[row].fill_(example.identifier);
  }
}

void restart(const Network& network, LearnLane& lane) {
  torch::NoGradGuard no_grad;
  const Carry fresh = network.initial_carry(1, lane.nodes());
  const Tensor halted = lane.halted.view({-1, 1, 1});
  lane.carry.y = torch::where(halted, fresh.y, lane.carry.y);
  lane.carry.z = torch::where(halted, fresh.z, lane.carry.z);
  lane.steps = torch::where(lane.halted, torch::zeros_like(lane.steps), lane.steps);
}

// Which rows halt after this step: the last step, or the halt head's word, unless exploration asks
// for more steps (official ACT wrapper).
Tensor decide_halt(const LearnLane& lane, const Tensor& q_halt, int halt_max_steps,
                   double exploration, Rng& rng) {
  Tensor halted = lane.steps >= halt_max_steps;
  if (halt_max_steps > 1) halted = halted | (q_halt > 0);
  if (exploration > 0) {
    std::vector<std::int64_t> least(static_cast<std::size_t>(lane.rows), 0);
    for (auto& n : least) {
      if (rng.chance(exploration)) n = rng.between(2, std::max(2, halt_max_steps));
    }
    halted = halted & (lane.steps >= torch::tensor(least, lane.steps.options()));
  }
  return halted;
}

}  // namespace

Learner::Forward Learner::forward_loss(LearnLane& lane, const RecursionDepth& depth) {
  network_.prepare();
  for (auto& [name, p] : network_.parameters()) p.mutable_grad() = Tensor();
  restart(network_, lane);
  Batch batch{lane.tokens, lane.identifiers, lane.geometry.get(), {}};
  Forward forward;
  if (network_.arch().puzzle_emb_ndim > 0) {
    forward.puzzle_rows = network_.buffer("inner.puzzle_emb.weights")
                              .index_select(0, lane.identifiers)
                              .requires_grad_(true);
    batch.puzzle_rows = forward.puzzle_rows;
  }
  forward.out = network_.step(lane.carry, batch, depth);
  forward.accuracy = accuracy(forward.out.logits, lane.labels);
  const Tensor q_halt = forward.out.q.select(-1, 0);
  Tensor weights;
  if (options_.supervision_decay != 1) {
    weights =
        supervision_weights(lane.steps, options_.supervision_decay, network_.arch().halt_max_steps);
  }
  const Tensor lm = token_loss(forward.out.logits, lane.labels, network_.arch().loss, weights);
  const Tensor halt = halt_loss(q_halt, forward.accuracy.right, weights);
  const Tensor loss = (lm + options_.halt_weight * halt) / static_cast<double>(lane.rows);
  StepMetrics& metrics = forward.metrics;
  metrics.rows = lane.rows;
  metrics.loss = loss.item<double>();
  metrics.lm_loss = lm.item<double>();
  metrics.q_halt_loss = halt.item<double>();
  metrics.finite = std::isfinite(metrics.loss);
  if (metrics.finite) loss.backward();
  return forward;
}

StepMetrics Learner::gradients(LearnLane& lane, const RecursionDepth& depth) {
  return forward_loss(lane, depth).metrics;
}

namespace {

// What the rows that halted in this step achieved.
void count_halted(const LearnLane& lane, const Accuracy& accuracy, const Tensor& q_halt,
                  StepMetrics& metrics) {
  const auto count = [&](const Tensor& rows) {
    return (rows & lane.halted).sum().item<std::int64_t>();
  };
  metrics.halted = lane.halted.sum().item<std::int64_t>();
  metrics.exact = count(accuracy.right);
  metrics.q_right = count((q_halt >= 0) == accuracy.right);
  metrics.token_accuracy = (accuracy.share * lane.halted).sum().item<double>();
  metrics.steps = (lane.steps * lane.halted).sum().item<std::int64_t>();
}

double gradient_norm(const Network& network) {
  double norm2 = 0;
  for (const auto& [name, p] : network.parameters()) {
    if (p.grad().defined()) norm2 += p.grad().square().sum().item<double>();
  }
  return std::sqrt(norm2);
}

}  // namespace

StepMetrics Learner::step(LearnLane& lane, const RecursionDepth& depth, double lr_scale,
                          const std::function<Example(std::int64_t row)>& next, Rng& rng) {
  refill(lane, next);
  Forward forward = forward_loss(lane, depth);
  torch::NoGradGuard no_grad;
  StepMetrics& metrics = forward.metrics;
  exchange(forward, lane);
  if (!metrics.finite) return metrics;
  metrics.skipped = outlier(metrics.loss);
  lane.carry = forward.out.carry;
  lane.steps = lane.steps + 1;
  const Tensor q_halt = forward.out.q.select(-1, 0).detach();
  lane.halted =
      decide_halt(lane, q_halt, network_.arch().halt_max_steps, options_.halt_exploration, rng);
  lane.right = forward.accuracy.right;
  count_halted(lane, forward.accuracy, q_halt, metrics);
  if (metrics.skipped) return metrics;
  metrics.grad_norm = gradient_norm(network_);
  metrics.finite = std::isfinite(metrics.grad_norm);
  if (metrics.finite) update(lr_scale, forward);
  return metrics;
}

// Averages gradients and loss over the processes, so that all decide and update alike.
void Learner::exchange(Forward& forward, const LearnLane& lane) {
  StepMetrics& metrics = forward.metrics;
  const bool embedded = forward.puzzle_rows.defined() && forward.puzzle_rows.grad().defined();
  forward.identifiers = lane.identifiers;
  if (embedded) forward.row_grads = forward.puzzle_rows.grad();
  if (collective_ == nullptr) return;
  std::vector<Tensor> sums{torch::tensor({metrics.loss}, torch::kFloat64).to(network_.device())};
  for (auto& [name, p] : network_.parameters()) {
    // A rank whose loss overflowed has no gradients, but takes part in the exchange.
    if (!p.grad().defined()) p.mutable_grad() = torch::zeros_like(p);
    sums.push_back(p.grad());
  }
  collective_->sum(sums);
  const double share = 1.0 / collective_->size();
  for (std::size_t i = 1; i < sums.size(); ++i) sums[i].mul_(share);
  metrics.loss = sums[0].item<double>() * share;
  metrics.finite = std::isfinite(metrics.loss);
  if (network_.arch().puzzle_emb_ndim > 0) {
    if (!embedded) forward.row_grads = torch::zeros_like(forward.puzzle_rows);
    forward.identifiers = collective_->gather(lane.identifiers);
    forward.row_grads = collective_->gather(forward.row_grads);
  }
}

// Whether a loss is far above the running mean over about the last 100 steps; others enter it.
bool Learner::outlier(double loss) {
  auto stats = loss_mean_.accessor<double, 1>();
  constexpr double kSettled = 100;
  const double mean = stats[0];
  if (options_.skip_loss > 0 && stats[1] >= kSettled && loss > options_.skip_loss * mean)
    return true;
  stats[1] = std::min(stats[1] + 1, kSettled);
  stats[0] += (loss - mean) / stats[1];
  return false;
}

void Learner::update(double lr_scale, const Forward& forward) {
  ++step_;
  const double lr = options_.lr * lr_scale;
  const double norm = forward.metrics.grad_norm;
  const double shrink =
      options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1;
  auto& parameters = network_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    // A parameter without gradient (a head that this arch does not train) is skipped, as torch's
    // own optimisers skip it.
    const Tensor& grad = parameters[i].second.grad();
    if (grad.defined()) update_parameter(i, shrink == 1 ? grad : grad * shrink, lr);
  }
  if (forward.row_grads.defined()) {
    sign_sgd_rows(network_.buffer("inner.puzzle_emb.weights"), forward.identifiers,
                  forward.row_grads, options_.puzzle_emb_lr * lr_scale,
                  options_.puzzle_emb_weight_decay);
  }
}

void Learner::update_parameter(std::size_t i, const Tensor& grad, double lr) {
  const auto& [name, parameter] = network_.parameters()[i];
  Tensor value = parameter.detach();
  const bool block = name.find(".layers.") != std::string::npos && value.dim() >= 2;
  if (options_.optimizer == OptimizerKind::muon && block) {
    muon_update(value, grad, m_[i], lr, options_.muon_momentum, options_.weight_decay);
  } else if (options_.optimizer == OptimizerKind::adam_atan2) {
    adam_atan2_update(value, grad, m_[i], v_[i], step_, lr, options_.beta1, options_.beta2,
                      options_.weight_decay);
  } else {
    adamw_update(value, grad, m_[i], v_[i], step_, lr, options_.beta1, options_.beta2,
                 options_.adamw_eps, options_.weight_decay);
  }
  if (!ema_.empty()) ema_[i].lerp_(value, 1 - options_.ema_decay);
}

void Learner::restart_ema() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < ema_.size(); ++i) ema_[i].copy_(network_.parameters()[i].second);
}

void Learner::with_ema(const std::function<void(Network&)>& work) {
  torch::NoGradGuard no_grad;
  std::vector<Tensor> trained;
  if (!ema_.empty()) {
    auto& parameters = network_.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      trained.push_back(parameters[i].second.detach().clone());
      parameters[i].second.copy_(ema_[i]);
    }
  }
  network_.prepare();
  work(network_);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    network_.parameters()[i].second.copy_(trained[i]);
  }
}

StateTensors Learner::state() const {
  StateTensors state;
  const auto& parameters = network_.parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string& name = parameters[i].first;
    state.emplace_back("weight." + name, parameters[i].second.detach());
    state.emplace_back("m." + name, m_[i]);
    state.emplace_back("v." + name, v_[i]);
    if (!ema_.empty()) state.emplace_back("ema." + name, ema_[i]);
  }
  for (const auto& [name, tensor] : network_.buffers())
    state.emplace_back("weight." + name, tensor);
  state.emplace_back(kLossMean, loss_mean_);
  return state;
}

Result<void> Learner::load_state(const StateTensors& state, std::int64_t step_count) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, target] : this->state()) {
    const auto it = std::find_if(state.begin(), state.end(),
                                 [&, &wanted = name](const auto& s) { return s.first == wanted; });
    if (it == state.end() || it->second.sizes() != target.sizes()) {
      return fail(ErrorCode::invalid_checkpoint,
                  "the checkpoint has no tensor \"" + name + "\" of this configuration's shape",
                  name);
    }
    Tensor destination = target;  // shares memory with our own tensor
    destination.copy_(it->second);
  }
  step_ = step_count;
  return {};
}

}  // namespace trm
