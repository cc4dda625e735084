// The finished model: weights with metadata, and a card that says where they come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/model/network.h"
#include "puzzles/json.h"
#include "trainer/config.h"
#include "trainer/evaluate.h"

namespace trm {

/// What happened in the run.
struct RunFacts {
  double minutes = 0;
  std::int64_t steps = 0;
  std::int64_t updates = 0;
  int threads = 0;
  std::string command;  ///< how to run it again
};

/// Writes MODEL.safetensors with its metadata and MODEL.md beside it. Error: io_error.
Result<void> write_model(const std::string& path, const TrainConfig& config, const Network& network,
                         const std::vector<std::pair<std::string, Score>>& scores,
                         const RunFacts& facts);

}  // namespace trm
