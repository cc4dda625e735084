// One training run: lanes, loop, checkpoints, metrics, the finished model.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/device.h"
#include "engine/learn/learner.h"
#include "trainer/config.h"
#include "trainer/data.h"
#include "trainer/evaluate.h"

namespace trm {

/// What a run reports to whoever shows it.
struct Progress {
  std::int64_t step = 0;
  double progress = 0;  ///< 0..1 of the whole run
  double minutes = 0;   ///< training time so far
  double minutes_left = 0;
  double loss = 0;   ///< mean of lm_loss per row since the last report
  double exact = 0;  ///< share of finished rows that were right, since the last report
  double steps_per_second = 0;
  double examples_per_second = 0;  ///< finished examples
  double grad_norm = 0;
  double lr = 0;
};

/// Where a run shows itself. All calls come from the training thread.
class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void message(const std::string& text) = 0;
  virtual void progress(const Progress& progress) = 0;
  virtual void evaluated(const Progress& at, const std::vector<std::pair<std::string, Score>>&) = 0;
};

struct RunOptions {
  std::string out;     ///< folder of the run; made if missing
  bool resume = true;  ///< continue from out/checkpoint.safetensors if it is there
  Device device;
  int threads = 0;
  std::string command;  ///< how to run it again, for the card
};

/// The result of a finished or interrupted run.
struct RunResult {
  bool finished = false;  ///< false: stopped by request, the checkpoint continues it
  std::string model;      ///< path of the model file, if finished
};

/// Trains until the run's end or until `stop` is set; then saves. Writes into options.out:
/// checkpoint.safetensors (atomically), config.toml, metrics.jsonl, NAME.safetensors and NAME.md.
/// Errors: invalid_config, invalid_checkpoint, io_error, backend_failed, and those of the data.
Result<RunResult> run_training(const TrainConfig& config, const RunOptions& options,
                               RunListener& listener, const std::atomic<bool>& stop);

/// The EMA weights of a checkpoint as a model file with card, evaluated on the config's sets.
Result<RunResult> export_checkpoint(const std::string& checkpoint, const std::string& model,
                                    RunListener& listener, int threads, const std::string& command);

}  // namespace trm
