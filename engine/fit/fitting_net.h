// What fitting needs of a network. The one that learns is in engine/learn; no tensor appears here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/fit/fit_task.h"
#include "engine/native/thread_team.h"

namespace trm {

/// An answer that one image of a task gave.
struct Proposal {
  Grid grid;                      ///< in the task itself
  float halt = 0;                 ///< the halt head's probability that it is right, 0..1
  bool plain = false;             ///< of the task as it stands
  std::vector<float> confidence;  ///< of plain ones: one a cell, 0..1
};

/// Not thread-safe.
class FittingNet {
 public:
  virtual ~FittingNet() = default;
  /// One supervision step on a batch of images, with the learning rate times `lr_scale`. Mean cross
  /// entropy of a label, in nats; NaN: the step overflowed and changed nothing.
  virtual double train(double lr_scale) = 0;
  /// What the averaged weights answer to a board (FitTask's numbering) in `images` images, the
  /// first of them plain; images whose tokens are no board are left out.
  virtual std::vector<Proposal> propose(int board, int images) = 0;
  /// Goes on with the same weights and another task of the same module.
  virtual Result<void> move_to(std::shared_ptr<const FitTask> task) = 0;
};

/// Makes a network for a task. Errors: unsupported_by_model.
using FittingNetFactory = std::function<Result<std::unique_ptr<FittingNet>>(
    std::shared_ptr<const FitTask> task, std::uint64_t seed)>;

/// Networks of this build, which train on the CPU, each on the thread that makes it; null in builds
/// without LibTorch.
FittingNetFactory fitting_nets();

/// Whether this build can fit networks.
inline bool can_fit() { return fitting_nets() != nullptr; }

}  // namespace trm
