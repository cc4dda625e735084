// trm_trainer as a child process: what a terminal user would run, with its progress.
#pragma once

#include <cstdint>
#include <deque>
#include <ios>
#include <optional>
#include <string>
#include <vector>

#include "puzzles/result.h"
#include "ui/jobs/child_process.h"

namespace trm::ui {

/// What to train.
struct TrainingOptions {
  std::string puzzle;
  std::string config;  ///< a .toml file; empty: trm_trainer's defaults for the puzzle
  std::string data;    ///< a file of boards ("add to data set"); empty: generated boards
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
  /// Runs the commands below, one after another, with the program beside this one (or
  /// $TRM_TRAINER). With data it writes OUT/train.toml first: the configuration with the drawn
  /// boards as one more source. A folder with a checkpoint goes on where it stopped. Errors:
  /// invalid_field, unknown_puzzle, not_found (the program, the configuration, the data),
  /// invalid_data (no line of the data is a board), too_large, io_error.
  static Result<Training> start(const TrainingOptions& options);
  /// The command lines that start() runs, for people: with data, first `data build`, unless the
  /// folder's checkpoint goes on with the data set that it has.
  static std::vector<std::vector<std::string>> commands(const std::string& program,
                                                        const TrainingOptions& options);

  /// Takes in output, metrics and the end; true: something changed.
  bool poll();
  bool running() const { return child_.has_value(); }
  void stop();                                                       ///< SIGINT: saves and ends
  bool stopping() const { return stopping_ && running(); }           ///< asked to, not yet ended
  const std::deque<std::string>& output() const { return output_; }  ///< last 200 lines
  const std::optional<TrainingProgress>& progress() const { return progress_; }
  const std::vector<TrainingProgress>& curve() const { return curve_; }
  /// The finished model file; empty while there is none.
  const std::string& model() const { return model_; }
  /// In words, once it has ended: "finished", "stopped; ...", "failed: ...".
  const std::string& outcome() const { return outcome_; }

 private:
  explicit Training(TrainingOptions options) : options_(std::move(options)) {}
  Result<void> launch();  // the next of the commands
  bool take_output();
  void take_line(std::string line);
  bool take_metrics();
  void command_ended(int status);
  std::string why_failed(int status) const;

  TrainingOptions options_;
  std::vector<std::vector<std::string>> commands_;
  std::size_t next_ = 0;
  std::optional<ChildProcess> child_;
  bool stopping_ = false;
  std::string partial_;  // line under way
  std::deque<std::string> output_;
  std::optional<TrainingProgress> progress_;
  std::vector<TrainingProgress> curve_;
  std::streamoff metrics_read_ = 0;
  std::string model_, outcome_;
};

}  // namespace trm::ui
