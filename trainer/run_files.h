// The files in a run's folder: metrics, older checkpoints, pictures, TensorBoard events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trainer/events.h"
#include "trainer/run.h"

namespace trm {

/// Writes beside the checkpoint. Only the first of several processes makes one. Not thread-safe.
class RunFiles {
 public:
  /// Makes the folder and writes config.toml. Error: io_error.
  static Result<RunFiles> open(const RunOptions& options, const TrainConfig& config);

  std::string checkpoint() const { return out_ + "/checkpoint.safetensors"; }
  std::string path(const std::string& name) const { return out_ + "/" + name; }

  /// One line of metrics.jsonl, and events. Errors: io_error (a full disk).
  Result<void> metrics(const Progress& progress);
  Result<void> scores(const Progress& at, const Scores& scores, const Scores& raw);

  /// Keeps the checkpoint that is about to be replaced, saved at `step`, as
  /// checkpoint-STEP.safetensors, and removes the oldest ones beyond `keep` in all. Error:
  /// io_error.
  Result<void> keep_older(std::int64_t step, int keep);
  /// The checkpoint also as best.safetensors (a link: no copy). Error: io_error.
  Result<void> mark_best();

 private:
  explicit RunFiles(std::string out) : out_(std::move(out)) {}
  Result<void> line(const Json& json);

  std::string out_;
  std::optional<EventWriter> events_;
};

}  // namespace trm
