// One supervision step by each way in which this build can compute it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/models.h"

namespace trm::bench {

/// What a step is measured with.
struct StepSetting {
  std::string precision = "float32";
  int batch = 1;
  int threads = 0;
};

/// A batch of equal boards, stepped again and again.
class Stepper {
 public:
  virtual ~Stepper() = default;
  virtual Result<void> step() = 0;
};

/// The backends of this build that run a model file, and "eager": the same network in torch's own
/// operations, in the order of the official code, without reading the answer.
std::vector<std::string> stepper_names();

/// Errors: invalid_field (no such name), those of the backend's factory and of Backend::load.
Result<std::unique_ptr<Stepper>> make_stepper(const std::string& name, const BenchModel& model,
                                              const ModelBoard& board, const StepSetting& setting);

}  // namespace trm::bench
