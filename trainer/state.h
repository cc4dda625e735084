// All that a training run carries from step to step, and its checkpoint.
#pragma once

#include <string>
#include <vector>

#include "engine/learn/learner.h"
#include "trainer/config.h"
#include "trainer/data.h"

namespace trm {

/// Rows of one board size, fed by the sources of that size.
struct TrainLane {
  Lane lane;
  std::vector<std::size_t> sources;  ///< indices into RunState::sources
};

/// The state of a run. A checkpoint holds all of it, so that a resumed run equals an unbroken one
/// (same machine, thread count and, for runs measured in steps, number for number).
struct RunState {
  TrainConfig config;
  const Puzzle* puzzle = nullptr;
  std::unique_ptr<Learner> learner;
  std::vector<ExampleSource> sources;
  std::vector<TrainLane> lanes;
  Rng rng;             ///< picks lanes and sources, draws halting exploration
  double seconds = 0;  ///< training time, evaluation left out
  std::int64_t step = 0;

  /// A fresh run. `config` is complete. Errors: those of the data and of GeometryIndex::make.
  static Result<RunState> make(const TrainConfig& config, torch::Device device);

  /// Share of the run that is done.
  double progress() const;
};

/// Writes the checkpoint atomically. Error: io_error; then the old one is untouched.
Result<void> save_checkpoint(const RunState& state, const std::string& path);

/// Reads it into a fresh state of the same configuration. Errors: invalid_checkpoint (damaged, or
/// of another configuration, naming what differs), invalid_weights for a file that is no
/// safetensors.
Result<void> load_checkpoint(RunState& state, const std::string& path);

/// The configuration stored in a checkpoint.
Result<TrainConfig> checkpoint_config(const std::string& path);

}  // namespace trm
