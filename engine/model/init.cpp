#include "engine/model/init.h"

#include <cmath>

namespace trm {

torch::Tensor truncated_normal(torch::IntArrayRef shape, double std, torch::Generator& generator) {
  if (std == 0) return torch::zeros(shape);
  const double sqrt2 = std::sqrt(2.0);
  const double lower = -2.0, upper = 2.0;
  const double a = std::erf(lower / sqrt2), b = std::erf(upper / sqrt2);
  const double mass = (b - a) / 2;
  const double c = 1.0 / std::sqrt(2.0 * M_PI);
  const double pdf_upper = c * std::exp(-0.5 * lower * lower);
  const double pdf_lower = c * std::exp(-0.5 * upper * upper);
  const double variance = 1.0 - (upper * pdf_upper - lower * pdf_lower) / mass -
                          std::pow((pdf_upper - pdf_lower) / mass, 2);
  const double corrected = std / std::sqrt(variance);
  // Inverse transform: uniform between the two error-function values, then erfinv.
  torch::Tensor t = torch::empty(shape, torch::kFloat32);
  t.uniform_(a, b, generator);
  t.erfinv_().mul_(sqrt2 * corrected);
  return t.clamp_(lower * corrected, upper * corrected);
}

}  // namespace trm
