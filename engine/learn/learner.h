// Learning: one deep-supervision training step over a lane of rows. No files, no configuration, no
// printing: the trainer wraps it, and the same code fits the weights to an ARC task at solve time.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/learn/collective.h"
#include "engine/learn/example.h"
#include "engine/learn/options.h"
#include "engine/model/network.h"
#include "puzzles/puzzle.h"
#include "puzzles/rng.h"

namespace trm {

/// B rows of one layout and their ACT state. Rows that halted take a new example in the next step.
/// The scheduler has lanes of another kind: engine/lane.h.
struct LearnLane {
  std::int64_t rows = 0;                          ///< B
  std::int64_t length = 0;                        ///< L
  std::shared_ptr<const GeometryIndex> geometry;  ///< null for attention and mlp_t
  torch::Tensor tokens;                           ///< [B, L] int64
  torch::Tensor labels;                           ///< [B, L] int64
  torch::Tensor identifiers;                      ///< [B] int64
  torch::Tensor steps;   ///< [B] int64: supervision steps done with the current example
  torch::Tensor halted;  ///< [B] bool: finished in the last step
  torch::Tensor right;   ///< [B] bool: every label was met in the last step
  Carry carry;           ///< y, z [B, P + nodes, D]

  /// Nodes of the state of one row, without the prefix.
  std::int64_t nodes() const { return geometry ? geometry->nodes : length; }

  /// A lane whose rows are all halted, so that the first step fills it.
  static LearnLane make(const Network& network, std::int64_t rows, std::int64_t length,
                        std::shared_ptr<const GeometryIndex> geometry);
};

/// Sums of one step; divide by `rows` or `halted` for means.
struct StepMetrics {
  double loss = 0;         ///< loss_sum / B, the value that was minimised
  double lm_loss = 0;      ///< sum over rows of the mean cross entropy
  double q_halt_loss = 0;  ///< sum over rows
  std::int64_t rows = 0;
  std::int64_t halted = 0;    ///< rows that finished in this step; the next three count these
  std::int64_t exact = 0;     ///< whole board right (every label)
  double token_accuracy = 0;  ///< sum over halted rows of the share of right labels
  std::int64_t q_right = 0;   ///< halt head agrees with "whole board right"
  std::int64_t steps = 0;     ///< supervision steps that the halted rows took
  double grad_norm = 0;       ///< global, before clipping
  bool finite = true;    ///< false: loss or gradient was NaN or infinite and nothing was updated
  bool skipped = false;  ///< the loss was an outlier (LearnOptions::skip_loss): nothing was updated
};

/// Named tensors for a checkpoint: masters, moments, EMA, buffers.
using StateTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// A network with its optimiser and EMA. Not thread-safe. Same seed, data, thread count and
/// machine: same numbers.
class Learner {
 public:
  Learner(const Arch& arch, const LearnOptions& options, std::uint64_t seed, torch::Device device);

  Network& network() { return network_; }
  const LearnOptions& options() const { return options_; }
  std::int64_t step_count() const { return step_; }

  /// One supervision step on a lane: halted rows take `next(row)`; forward, loss, gradient,
  /// optimiser with lr * `lr_scale`, EMA; halting decisions. `rng` draws the halting exploration.
  StepMetrics step(LearnLane& lane, const RecursionDepth& depth, double lr_scale,
                   const std::function<Example(std::int64_t row)>& next, Rng& rng);

  /// From now on one of several processes: gradients are averaged over all, rows of the puzzle
  /// embedding are gathered, and outliers and overflows are decided together. Not owned; null:
  /// alone.
  void set_collective(Collective* collective) { collective_ = collective; }

  /// Loss and gradients of the next step without updating anything (golden tests, profiles).
  StepMetrics gradients(LearnLane& lane, const RecursionDepth& depth);

  /// Runs `work` with the EMA weights in place of the trained ones (evaluation, export).
  void with_ema(const std::function<void(Network&)>& work);
  bool has_ema() const { return !ema_.empty(); }
  /// Begins the average anew at the present weights: to be called after they were replaced.
  void restart_ema();

  /// Everything that a resumed run needs beside lanes and streams: "weight.*", "ema.*", "m.*",
  /// "v.*", and buffers; step_count() is stored by the caller.
  StateTensors state() const;
  /// Error: invalid_checkpoint naming the tensor that is missing or of another shape.
  Result<void> load_state(const StateTensors& state, std::int64_t step_count);

 private:
  struct Forward;
  Forward forward_loss(LearnLane& lane, const RecursionDepth& depth);
  void exchange(Forward& forward, const LearnLane& lane);
  bool outlier(double loss);
  void update(double lr_scale, const Forward& forward);
  void update_parameter(std::size_t i, const torch::Tensor& grad, double lr);

  LearnOptions options_;
  Network network_;
  std::int64_t step_ = 0;
  std::vector<torch::Tensor> m_, v_, ema_;  // parallel to network_.parameters()
  torch::Tensor loss_mean_;                 // running mean of the loss, and steps in it
  Collective* collective_ = nullptr;
};

}  // namespace trm
