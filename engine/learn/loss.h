// The losses of deep supervision (paper, section 2.4 and 4.6; official models/losses.py).
#pragma once

#include <torch/torch.h>

#include "engine/weights/arch.h"

namespace trm {

/// Sum over rows of the mean over a row's counted labels of the cross entropy, float64 inside for
/// stablemax. logits [B, L, V], labels [B, L] int64 with -100 for positions that do not count.
/// Returns a float32 or float64 scalar. A row without counted labels adds 0.
torch::Tensor token_loss(const torch::Tensor& logits, const torch::Tensor& labels, LossKind kind);

/// Sum over rows of the binary cross entropy of the halt logit [B] against `right` [B] bool.
torch::Tensor halt_loss(const torch::Tensor& q_halt, const torch::Tensor& right);

/// What a batch of logits got right.
struct Accuracy {
  torch::Tensor right;  ///< [B] bool: every counted label of the row
  torch::Tensor share;  ///< [B] float32: share of the counted labels
};
Accuracy accuracy(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace trm
