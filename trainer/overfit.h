// The first check of a new module, network or setting: can it learn a few examples by heart?
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/device.h"
#include "puzzles/result.h"
#include "trainer/config.h"

namespace trm {

struct OverfitRequest {
  int examples = 4;
  std::int64_t steps = 2000;
  Device device;
};

struct OverfitResult {
  bool learned = false;  ///< every row that finished over the last examples was right
  std::int64_t steps = 0;
  double exact = 0;  ///< share of right rows in the last report
};

/// Trains on the first `examples` examples of the first source, without symmetries and at a
/// constant learning rate, until a whole report of 50 steps has only right rows, or the steps are
/// over. `report(step, loss, exact)` after every 50 steps. Errors: those of RunState::make;
/// unsupported (the device), backend_failed.
Result<OverfitResult> overfit(
    TrainConfig config, const OverfitRequest& request, const std::atomic<bool>& stop,
    const std::function<void(std::int64_t step, double loss, double exact)>& report);

}  // namespace trm
