#include "engine/learn/loss.h"

#include <cmath>

#include "puzzles/puzzle.h"

namespace trm {
namespace {

using torch::Tensor;

// log of stablemax (Prieto et al. 2025, "Grokking at the edge of numerical stability"):
// s(x) = x + 1 for x >= 0, 1 / (1 - x) below, normalised to sum 1.
Tensor log_stablemax(const Tensor& x) {
  const Tensor s = torch::where(x < 0, 1.0 / (1.0 - x + 1e-30), x + 1.0);
  return torch::log(s / s.sum(-1, true));
}

}  // namespace

Tensor token_loss(const Tensor& logits, const Tensor& labels, LossKind kind,
                  const Tensor& weights) {
  const Tensor counted = labels != Puzzle::ignore_label;
  const Tensor index = torch::where(counted, labels, torch::zeros_like(labels)).unsqueeze(-1);
  const Tensor log_p =
      kind == LossKind::stablemax
          ? log_stablemax(logits.to(torch::kFloat64))
          : torch::log_softmax(logits.to(at::promote_types(logits.scalar_type(), torch::kFloat32)),
                               -1);
  const Tensor picked = -log_p.gather(-1, index).squeeze(-1);
  const Tensor per_token = torch::where(counted, picked, torch::zeros_like(picked));
  const Tensor divisor = counted.sum(-1, true).clamp_min(1);
  const Tensor shares = per_token / divisor;
  return weights.defined() ? (shares.sum(-1) * weights).sum() : shares.sum();
}

Tensor halt_loss(const Tensor& q_halt, const Tensor& right, const Tensor& weights) {
  return torch::binary_cross_entropy_with_logits(q_halt, right.to(q_halt.scalar_type()), weights,
                                                 {}, at::Reduction::Sum);
}

Tensor supervision_weights(const Tensor& steps, double decay, int most) {
  double sum = 0;
  for (int s = 0; s < most; ++s) sum += std::pow(decay, s);
  return torch::pow(decay, steps.to(torch::kFloat32)) * (most / sum);
}

Accuracy accuracy(const Tensor& logits, const Tensor& labels) {
  torch::NoGradGuard no_grad;
  const Tensor counted = labels != Puzzle::ignore_label;
  const Tensor hit = (logits.argmax(-1) == labels) & counted;
  const Tensor hits = hit.sum(-1), total = counted.sum(-1);
  return {hits == total, hits.to(torch::kFloat32) / total.clamp_min(1).to(torch::kFloat32)};
}

}  // namespace trm
