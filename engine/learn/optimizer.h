// Optimisers, written out so that their state is plain tensors in a checkpoint.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace trm {

/// AdamATan2 (Everett et al. 2024; the order of the official package's kernel), for step t = 1, 2,
/// ..: p *= 1 - lr wd; m, v running means; p -= lr / (1 - b1^t) * atan2(m, sqrt(v) / sqrt(1 -
/// b2^t)). Scale-free: there is no epsilon.
void adam_atan2_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& m,
                       torch::Tensor& v, std::int64_t t, double lr, double beta1, double beta2,
                       double weight_decay);

/// AdamW (Loshchilov & Hutter 2019) with decoupled weight decay.
void adamw_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& m, torch::Tensor& v,
                  std::int64_t t, double lr, double beta1, double beta2, double eps,
                  double weight_decay);

/// The nearest semi-orthogonal matrix of g [rows, cols], nearly: five Newton-Schulz steps with the
/// quintic coefficients of Jordan et al. 2024 ("Muon"); singular values end between 0.7 and 1.2.
torch::Tensor orthogonalised(const torch::Tensor& g);

/// Muon (Jordan et al. 2024) for a matrix, or a kernel [out, in, ...] taken as [out, in * ...]: the
/// orthogonalised Nesterov momentum, times 0.2 sqrt(max(rows, cols)), so that its entries are as
/// large as AdamW's and share its learning rate (Liu et al. 2025, arXiv 2502.16982). Decoupled
/// weight decay.
void muon_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& momentum, double lr,
                 double mu, double weight_decay);

/// Sign-SGD with decoupled weight decay on the rows of an embedding table that a batch used:
/// gradients of equal identifiers are summed first. table [N, E], identifiers [B], row_grads [B,
/// E].
void sign_sgd_rows(torch::Tensor& table, const torch::Tensor& identifiers,
                   const torch::Tensor& row_grads, double lr, double weight_decay);

}  // namespace trm
