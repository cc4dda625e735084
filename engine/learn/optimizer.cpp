#include "engine/learn/optimizer.h"

#include <algorithm>
#include <cmath>

namespace trm {
namespace {

void update_moments(const torch::Tensor& grad, torch::Tensor& m, torch::Tensor& v, double beta1,
                    double beta2) {
  m.lerp_(grad, 1 - beta1);
  v.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
}

}  // namespace

void adam_atan2_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& m,
                       torch::Tensor& v, std::int64_t t, double lr, double beta1, double beta2,
                       double weight_decay) {
  p.mul_(1 - lr * weight_decay);
  update_moments(grad, m, v, beta1, beta2);
  const double correction1 = 1 - std::pow(beta1, static_cast<double>(t));
  const double correction2 = 1 - std::pow(beta2, static_cast<double>(t));
  p.sub_(torch::atan2(m, v.sqrt().div_(std::sqrt(correction2))), lr / correction1);
}

void adamw_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& m, torch::Tensor& v,
                  std::int64_t t, double lr, double beta1, double beta2, double eps,
                  double weight_decay) {
  p.mul_(1 - lr * weight_decay);
  update_moments(grad, m, v, beta1, beta2);
  const double correction1 = 1 - std::pow(beta1, static_cast<double>(t));
  const double correction2 = 1 - std::pow(beta2, static_cast<double>(t));
  p.addcdiv_(m, v.sqrt().div_(std::sqrt(correction2)).add_(eps), -lr / correction1);
}

torch::Tensor orthogonalised(const torch::Tensor& g) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  const bool tall = g.size(0) > g.size(1);
  torch::Tensor x = tall ? g.t() : g;  // the smaller side squared
  x = x / (x.norm() + 1e-7);
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor gram = x.matmul(x.t());
    x = a * x + (b * gram + c * gram.matmul(gram)).matmul(x);
  }
  return tall ? x.t() : x;
}

void muon_update(torch::Tensor& p, const torch::Tensor& grad, torch::Tensor& momentum, double lr,
                 double mu, double weight_decay) {
  momentum.lerp_(grad, 1 - mu);
  const torch::Tensor nesterov = grad.lerp(momentum, mu).flatten(1);
  const double scale =
      0.2 * std::sqrt(static_cast<double>(std::max(nesterov.size(0), nesterov.size(1))));
  p.mul_(1 - lr * weight_decay);
  p.sub_(orthogonalised(nesterov).view_as(p), lr * scale);
}

void sign_sgd_rows(torch::Tensor& table, const torch::Tensor& identifiers,
                   const torch::Tensor& row_grads, double lr, double weight_decay) {
  const auto [ids, inverse, counts] = at::_unique2(identifiers, true, true, false);
  torch::Tensor grads = torch::zeros({ids.size(0), table.size(1)}, table.options());
  grads.index_add_(0, inverse, row_grads);
  torch::Tensor rows = table.index_select(0, ids);
  rows.mul_(1 - lr * weight_decay).sub_(grads.sign_(), lr);
  table.index_copy_(0, ids, rows);
}

}  // namespace trm
