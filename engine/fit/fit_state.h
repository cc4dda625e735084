// How far a fit is. Torch-free.
#pragma once

#include <cstdint>

namespace trm {

/// How far a fit is.
struct FitState {
  double seconds = 0;           ///< since it began
  std::int64_t steps = 0;       ///< supervision steps of training
  double loss = 0;              ///< running mean cross entropy of a label, nats
  int demonstrations = 0;       ///< of the task
  int reproduced = 0;           ///< of them by the present weights, at the last look
  bool held_out = false;        ///< one demonstration is, or was, held out
  bool held_out_right = false;  ///< and was answered by weights that had not learned from it
  bool learning_all = false;    ///< the second part has begun
};

}  // namespace trm
