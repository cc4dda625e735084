// Parameter initialisation as in the official code.
#pragma once

#include <torch/torch.h>

namespace trm {

/// Truncated normal on [-2, 2] standard deviations whose standard deviation is `std` after
/// truncation (the correction that JAX and the official `trunc_normal_init_` apply). float32 on the
/// CPU, so that a seed gives the same weights for every device.
torch::Tensor truncated_normal(torch::IntArrayRef shape, double std, torch::Generator& generator);

}  // namespace trm
