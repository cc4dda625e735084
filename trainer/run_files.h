// The files in a run's folder: metrics, older checkpoints, pictures, TensorBoard events.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trainer/events.h"
#include "trainer/run.h"

namespace trm {

/// Whether a folder's disk has room for so many bytes. Error: io_error saying how many are missing.
Result<void> check_room(const std::string& folder, std::uintmax_t bytes);

/// Writes beside the checkpoint. Only the first of several processes makes one. Not thread-safe.
class RunFiles {
 public:
  /// Makes the folder, locks it for this process, clears what a killed run left half-written, and
  /// writes config.toml. Errors: io_error; busy where another process holds the lock.
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
  struct Unlock {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit RunFiles(std::string out) : out_(std::move(out)) {}
  Result<void> lock();
  void clear_leftovers() const;
  Result<void> line(const Json& json);

  std::string out_;
  std::unique_ptr<std::FILE, Unlock> lock_;  // the kernel lets go of it however the process ends
  std::optional<EventWriter> events_;
};

}  // namespace trm
