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
  std::int64_t examples = 0;  ///< drawn so far, by all processes
  double loss = 0;            ///< mean of lm_loss per row since the last report
  double exact = 0;           ///< share of finished rows that were right, since the last report
  double halt_accuracy = 0;   ///< of the finished rows, whether the halt head was right about them
  double steps_per_second = 0;
  double examples_per_second = 0;  ///< finished examples
  double grad_norm = 0;
  double lr = 0;
  std::int64_t skipped = 0;  ///< outlier steps since the last report
};

/// Scores by evaluation set.
using Scores = std::vector<std::pair<std::string, Score>>;

/// Where a run shows itself. All calls come from the training thread.
class RunListener {
 public:
  virtual ~RunListener() = default;
  virtual void message(const std::string& text) = 0;
  virtual void progress(const Progress& progress) = 0;
  /// `raw`: the weights without EMA; empty where they are not evaluated.
  virtual void evaluated(const Progress& at, const Scores& scores, const Scores& raw) = 0;
};

struct RunOptions {
  std::string out;     ///< folder of the run; made if missing
  bool resume = true;  ///< continue from out/checkpoint.safetensors if it is there
  Device device;
  int threads = 0;
  bool tensorboard = false;          ///< event files in out/tensorboard
  std::string command;               ///< how to run it again, for the card
  Collective* collective = nullptr;  ///< several processes: only the first writes files
};

/// The result of a finished or interrupted run.
struct RunResult {
  bool finished = false;  ///< false: stopped by request, the checkpoint continues it
  std::string model;      ///< path of the model file, if finished
};

/// Trains until the run's end or until `stop` is set; then saves. Writes into options.out:
/// checkpoint.safetensors (atomically), older ones as checkpoint-STEP.safetensors, the one with the
/// best evaluation as best.safetensors, config.toml, metrics.jsonl, boards-SET.svg,
/// NAME.safetensors and NAME.md; nan.safetensors when the loss is no number any more. Errors:
/// invalid_config, invalid_checkpoint, io_error, backend_failed, and those of the data.
Result<RunResult> run_training(const TrainConfig& config, const RunOptions& options,
                               RunListener& listener, const std::atomic<bool>& stop);

/// The EMA weights of a checkpoint as a model file with card, evaluated on the config's sets.
Result<RunResult> export_checkpoint(const std::string& checkpoint, const std::string& model,
                                    RunListener& listener, int threads, const std::string& command);

/// Calls `work` and turns what LibTorch throws into backend_failed.
template <class T, class F>
Result<T> guarded(F&& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    return fail(ErrorCode::backend_failed, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return fail(ErrorCode::backend_failed, error.what());
  }
}

}  // namespace trm
