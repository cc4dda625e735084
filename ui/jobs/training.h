// trm_trainer as a child process: what a terminal user would run, with its progress.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <ios>
#include <optional>
#include <string>
#include <vector>

#include "puzzles/result.h"

namespace trm::ui {

/// What to train.
struct TrainingOptions {
  std::string puzzle;
  std::string config;  ///< a .toml file; empty: trm_trainer's defaults for the puzzle
  std::string data;    ///< a text file of boards ("add to data set"); empty: generated boards
  double minutes = 10;
  int threads = 1;  ///< so that the editor stays quick
  std::string out;  ///< folder of the run
};

/// The newest line of metrics.jsonl.
struct TrainingProgress {
  double share = 0;  ///< 0..1
  double minutes_left = 0;
  double loss = 0, exact = 0;
  std::int64_t step = 0;
};

/// The child process of one run. Not thread-safe; nothing blocks. The destructor asks a running
/// child to save and stop (SIGINT) and does not wait: its checkpoint continues it.
class Training {
 public:
  /// The program beside this one (or in $TRM_TRAINER). Errors: not_found, io_error.
  static Result<Training> start(const TrainingOptions& options);
  /// The command lines that start() runs, for people: with data, first `data build`.
  static std::vector<std::vector<std::string>> commands(const std::string& program,
                                                        const TrainingOptions& options);

  /// Takes in output, metrics and the end; true: something changed.
  bool poll();
  bool running() const { return child_ > 0; }
  void stop();                                                       ///< SIGINT: saves and ends
  const std::deque<std::string>& output() const { return output_; }  ///< last 200 lines
  const std::optional<TrainingProgress>& progress() const { return progress_; }
  const std::vector<TrainingProgress>& curve() const { return curve_; }
  /// The finished model file; empty while there is none.
  const std::string& model() const { return model_; }
  /// In words, once it has ended: "finished", "stopped; ...", "failed: ...".
  const std::string& outcome() const { return outcome_; }

  Training(Training&&) noexcept;
  Training& operator=(Training&&) noexcept;
  ~Training();

 private:
  Training() = default;
  Result<void> launch();  // the next of the commands
  std::vector<std::vector<std::string>> commands_;
  std::size_t next_ = 0;
  TrainingOptions options_;
  pid_t child_ = -1;
  int pipe_ = -1;
  std::string partial_;  // line under way
  std::deque<std::string> output_;
  std::optional<TrainingProgress> progress_;
  std::vector<TrainingProgress> curve_;
  std::streamoff metrics_read_ = 0;
  std::string model_, outcome_;
};

}  // namespace trm::ui
