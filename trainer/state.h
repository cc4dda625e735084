// All that a training run carries from step to step, and its checkpoint.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/learn/learner.h"
#include "engine/weights/safetensors.h"
#include "trainer/config.h"
#include "trainer/data.h"

namespace trm {

/// Rows of one board size, fed by the sources of that size.
struct TrainLane {
  LearnLane lane;
  std::vector<std::size_t> sources;  ///< indices into RunState::sources
  torch::Tensor row_sources;         ///< [B] int64: the source of each row's example
};

/// The state of a run. A checkpoint holds all of it, so that a resumed run equals an unbroken one
/// (same machine, thread count and, for runs measured in steps or epochs, number for number). With
/// several processes each holds its own rows; weights and optimiser are the same in all.
struct RunState {
  TrainConfig config;
  const Puzzle* puzzle = nullptr;
  std::unique_ptr<Learner> learner;
  std::vector<ExampleSource> sources;
  std::vector<TrainLane> lanes;
  Collective* collective = nullptr;  ///< null: one process
  Rng rng;                           ///< of this process: picks sources, draws halting exploration
  double seconds = 0;                ///< training time, evaluation left out
  std::int64_t step = 0;
  torch::Tensor learned;  ///< [sources] float64: running share of examples met exactly; frontier
  double best = -1;  ///< best mean rate of solved boards over the evaluation sets; -1: none yet
  int stale = 0;     ///< evaluations since then

  int rank() const { return collective ? collective->rank() : 0; }
  int ranks() const { return collective ? collective->size() : 1; }

  /// A fresh run. `config` is complete; its batches are those of all processes together. Errors:
  /// invalid_config (a batch that the processes cannot share, epochs without an example), those of
  /// the data and of GeometryIndex::make.
  static Result<RunState> make(const TrainConfig& config, torch::Device device,
                               Collective* collective = nullptr);

  /// Share of the run that is done.
  double progress() const;
  /// Distinct examples of all sources together: an epoch.
  double examples() const;
  /// Examples drawn by all sources of this process.
  std::int64_t drawn() const;
};

/// Writes the checkpoint atomically; all processes call it, the first one writes. Error: io_error;
/// then the old one is untouched.
Result<void> save_checkpoint(const RunState& state, const std::string& path);

/// Bytes of a checkpoint's tensors, of all processes together.
std::uintmax_t checkpoint_bytes(const RunState& state);

/// Reads it into a fresh state of the same configuration. Errors: invalid_checkpoint (damaged, or
/// of another configuration, naming what differs), invalid_weights for a file that is no
/// safetensors.
Result<void> load_checkpoint(RunState& state, const std::string& path);

/// Starts a new run from a model file's weights: of the same network, which may recur to another
/// depth. Optimiser, streams and schedule begin anew. Errors, all with the field init: those of
/// open_model_file and load_network, invalid_config for another network.
Result<void> start_from(RunState& state, const std::string& model);

/// What a checkpoint would serve: its EMA weights, or the trained ones where it has none or where
/// `raw` asks for them.
struct CheckpointWeights {
  TrainConfig config;
  Safetensors file;
  TensorMap tensors;  ///< under the network's own names; views into `file`
};
/// Error: invalid_checkpoint, unknown_puzzle; invalid_weights for a file that is no safetensors.
Result<CheckpointWeights> checkpoint_weights(const std::string& path, bool raw = false);

/// The configuration stored in a checkpoint.
Result<TrainConfig> checkpoint_config(const std::string& path);

}  // namespace trm
