// How far a fit is. Torch-free.
#pragma once

#include <cstdint>

namespace trm {

/// How far a fit is.
struct FitState {
  double seconds = 0;         ///< since it began
  std::int64_t steps = 0;     ///< supervision steps of training
  double loss = 0;            ///< running mean cross entropy of a label, nats
  int demonstrations = 0;     ///< of the task
  int reproduced = 0;         ///< of them by the present weights, at the last look
  int held_out = 0;           ///< of them answered so far by weights that had not learned from them
  bool learning_all = false;  ///< the second part of a round has begun
};

}  // namespace trm
