// The fused operations against their eager references, gradients included.
#include "engine/model/fused.h"

#include "tests/catch.h"
#include "tests/torch/torch_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

namespace {

struct AttentionCase {
  std::int64_t rows, length, heads, width;
  bool turned;
};

std::pair<Tensor, Tensor> output_and_gradient(const Tensor& qkv, const Tensor& cos,
                                              const Tensor& sin, const Tensor& grad, bool fused) {
  Tensor leaf = qkv.detach().clone().requires_grad_(true);
  const Tensor out = attention(leaf, cos, sin, fused);
  out.backward(grad);
  return {out.detach(), leaf.grad()};
}

}  // namespace

TEST_CASE("Fused attention equals the eager reference, forward and gradient", "[fused]") {
  torch::manual_seed(3);
  // The last one is so long that its heads are computed one after the other.
  for (const AttentionCase& c :
       {AttentionCase{3, 17, 2, 8, true}, AttentionCase{2, 16, 3, 6, false},
        AttentionCase{1, 2100, 2, 4, true}}) {
    INFO(c.length << " positions, turned: " << c.turned);
    const Tensor qkv = torch::randn({c.rows, c.length, 3 * c.heads, c.width});
    const Tensor grad = torch::randn({c.rows, c.length, c.heads, c.width});
    Tensor cos, sin;
    if (c.turned) {
      const Tensor half = torch::rand({c.length, c.width / 2}) * 6;
      const Tensor angles = torch::cat({half, half}, -1);
      cos = angles.cos(), sin = angles.sin();
    }
    const auto [out, gradient] = output_and_gradient(qkv, cos, sin, grad, true);
    const auto [reference, expected] = output_and_gradient(qkv, cos, sin, grad, false);
    CHECK(max_difference(out, reference) < 1e-5);
    CHECK(max_difference(gradient, expected) < 1e-5 * expected.abs().max().item<double>());
    {
      torch::NoGradGuard no_grad;
      CHECK(max_difference(attention(qkv, cos, sin, true), reference) < 1e-5);
    }
    // bfloat16: as far from float32 as torch's own, or nearly.
    const Tensor low = qkv.to(torch::kBFloat16), low_grad = grad.to(torch::kBFloat16);
    const auto error = [&](bool fused) {
      const Tensor found =
          output_and_gradient(low, cos, sin, low_grad, fused).second.to(torch::kFloat32);
      return (found - expected).norm().item<double>();
    };
    CHECK(error(true) < 2 * error(false));
    CHECK(error(true) > 0);
  }
}
