// Reading a run's metrics.jsonl back. Torch-free.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "puzzles/result.h"

namespace trm {

/// When something was measured.
struct MetricTime {
  double step = 0, minutes = 0, examples = 0;
};

/// One report of the training loop.
struct TrainPoint {
  MetricTime at;
  double loss = 0;   ///< lm_loss a row
  double exact = 0;  ///< 0..1, of the rows that finished
  double examples_per_second = 0;
};

/// One evaluation of one set.
struct EvalPoint {
  MetricTime at;
  double solved = 0, exact_raw = 0;  ///< 0..1
};

/// What a run wrote down.
struct RunMetrics {
  std::string name;
  std::vector<TrainPoint> train;
  std::map<std::string, std::vector<EvalPoint>> evals;  ///< by set
};

/// Reads FOLDER/metrics.jsonl, or a file of that kind. A torn last line is passed over. A resumed
/// run repeats the steps since its checkpoint: what it wrote later counts. Errors: not_found;
/// too_large (over 256 MiB); invalid_data naming the line that is no JSON object.
Result<RunMetrics> read_metrics(const std::string& path);

/// Running mean with the weight `smooth` on what was before, 0 <= smooth < 1, corrected for its
/// beginning.
std::vector<double> smoothed(const std::vector<double>& values, double smooth);

}  // namespace trm
