// The losses of deep supervision (paper, section 2.4 and 4.6; official models/losses.py).
#pragma once

#include <torch/torch.h>

#include "engine/weights/arch.h"

namespace trm {

/// Sum over rows of the mean over a row's counted labels of the cross entropy, float64 inside for
/// stablemax. logits [B, L, V], labels [B, L] int64 with -100 for positions that do not count.
/// Returns a float32 or float64 scalar. A row without counted labels adds 0. `weights` [B]
/// multiplies the rows; undefined: all 1.
torch::Tensor token_loss(const torch::Tensor& logits, const torch::Tensor& labels, LossKind kind,
                         const torch::Tensor& weights = {});

/// Sum over rows of the binary cross entropy of the halt logit [B] against `right` [B] bool.
torch::Tensor halt_loss(const torch::Tensor& q_halt, const torch::Tensor& right,
                        const torch::Tensor& weights = {});

/// The weights [B] of rows that have done `steps` [B] supervision steps: decay^steps, scaled so
/// that the mean over steps 0 .. most - 1 is 1.
torch::Tensor supervision_weights(const torch::Tensor& steps, double decay, int most);

/// What a batch of logits got right.
struct Accuracy {
  torch::Tensor right;  ///< [B] bool: every counted label of the row
  torch::Tensor share;  ///< [B] float32: share of the counted labels
};
Accuracy accuracy(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace trm
