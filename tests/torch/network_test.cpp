// Properties of the network: fused against eager, symbol equivariance, dense against gathered
// convolution, independence of rows, precision.
#include "tests/catch.h"
#include "tests/torch/torch_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

namespace {

struct Setup {
  Arch arch;
  std::shared_ptr<const GeometryIndex> index;
  Tensor tokens;
};

Setup grouped(bool per_symbol) {
  const TokenLayout layout = rectangle(4, 4, 4);
  const Geometry geometry = row_column_groups(4, 4);
  Setup s{small_arch(geometry, per_symbol), {}, {}};
  s.index = index_of(s.arch, layout, geometry);
  torch::manual_seed(7);
  s.tokens = torch::randint(1, 6, {3, 16}, torch::kInt64);
  return s;
}

Setup convolved() {
  const TokenLayout layout = rectangle(5, 6);
  const Geometry geometry = near_relations(layout);
  Setup s{small_arch(geometry), {}, {}};
  s.index = index_of(s.arch, layout, geometry);
  torch::manual_seed(8);
  s.tokens = torch::randint(1, 6, {3, 30}, torch::kInt64);
  return s;
}

// Logits after two steps, and the gradient of their sum of squares for every parameter.
std::pair<Tensor, std::vector<Tensor>> run(Network& network, const Setup& s, bool fused,
                                           const GeometryIndex* index = nullptr) {
  network.set_fused(fused);
  network.prepare();
  const Batch batch{s.tokens, torch::zeros({3}, torch::kInt64), index ? index : s.index.get(), {}};
  const RecursionDepth depth{s.arch.H_cycles, s.arch.L_cycles};
  StepOutput out = network.step(network.initial_carry(3, s.index->nodes), batch, depth);
  out = network.step(out.carry, batch, depth);
  for (auto& [name, p] : network.parameters()) p.mutable_grad() = Tensor();
  const Tensor legal = out.logits.masked_fill(out.logits < -1e3, 0.0);
  (legal.to(torch::kFloat32).square().mean() + out.q.square().sum()).backward();
  std::vector<Tensor> gradients;
  for (auto& [name, p] : network.parameters()) gradients.push_back(p.grad().clone());
  return {out.logits.detach(), gradients};
}

}  // namespace

TEST_CASE("Fused kernels equal the eager reference, forward and gradients", "[network]") {
  for (const Setup& s : {grouped(false), grouped(true), convolved()}) {
    Network network(s.arch, 3, torch::kCPU);
    const auto [fused, fused_gradients] = run(network, s, true);
    const auto [eager, eager_gradients] = run(network, s, false);
    CHECK(max_difference(fused, eager) < 2e-4);
    for (std::size_t i = 0; i < fused_gradients.size(); ++i) {
      INFO(network.parameters()[i].first);
      const double scale = std::max(1e-6, eager_gradients[i].abs().max().item<double>());
      CHECK(max_difference(fused_gradients[i], eager_gradients[i]) / scale < 1e-3);
    }
  }
}

TEST_CASE("Renaming the symbols renames the answer of a per-symbol net", "[network]") {
  const Setup s = grouped(true);
  Network network(s.arch, 3, torch::kCPU);
  torch::NoGradGuard no_grad;
  const Tensor rename = torch::tensor({0, 1, 4, 2, 5, 3}, torch::kInt64);  // token -> token
  const RecursionDepth depth{2, 2};
  const auto logits = [&](const Tensor& tokens) {
    const Batch batch{tokens, torch::zeros({3}, torch::kInt64), s.index.get(), {}};
    return network.step(network.initial_carry(3, s.index->nodes), batch, depth).logits;
  };
  const Tensor original = logits(s.tokens);
  const Tensor renamed = logits(rename.index({s.tokens}));
  // Logit of token t before is the logit of rename[t] afterwards.
  CHECK(max_difference(original, renamed.index_select(-1, rename)) < 2e-4);
  CHECK(max_difference(original, renamed) > 1e-2);
}

TEST_CASE("The dense convolution equals the gathered one", "[network]") {
  const Setup s = convolved();
  REQUIRE(s.index->dense3x3);
  GeometryIndex gathered = *s.index;
  gathered.dense3x3 = false;
  Network network(s.arch, 3, torch::kCPU);
  const auto [dense, dense_gradients] = run(network, s, true);
  const auto [gather, gather_gradients] = run(network, s, true, &gathered);
  CHECK(max_difference(dense, gather) < 2e-4);
  for (std::size_t i = 0; i < dense_gradients.size(); ++i) {
    const double scale = std::max(1e-6, gather_gradients[i].abs().max().item<double>());
    CHECK(max_difference(dense_gradients[i], gather_gradients[i]) / scale < 1e-3);
  }
}

TEST_CASE("A row's logits do not depend on the other rows of its batch", "[network]") {
  const Setup s = grouped(true);
  Network network(s.arch, 3, torch::kCPU);
  torch::NoGradGuard no_grad;
  const auto logits = [&](const Tensor& tokens) {
    const Batch batch{tokens, torch::zeros({3}, torch::kInt64), s.index.get(), {}};
    return network.step(network.initial_carry(3, s.index->nodes), batch, {2, 2}).logits;
  };
  Tensor others = s.tokens.clone();
  others.slice(0, 1).fill_(1);
  CHECK(torch::equal(logits(s.tokens)[0], logits(others)[0]));
}

TEST_CASE("One set of geometry weights answers boards of every size", "[network]") {
  const Geometry small = row_column_groups(4, 4);
  Network network(small_arch(small, true), 3, torch::kCPU);
  torch::NoGradGuard no_grad;
  for (const int n : {2, 3, 4}) {
    const auto index = index_of(network.arch(), rectangle(n, n, n), row_column_groups(n, n));
    const Batch batch{
        torch::ones({2, n * n}, torch::kInt64), torch::zeros({2}, torch::kInt64), index.get(), {}};
    const auto out = network.step(network.initial_carry(2, index->nodes), batch, {2, 2});
    CHECK(out.logits.sizes() == torch::IntArrayRef({2, n * n, 6}));
    CHECK(out.logits.isfinite().all().item<bool>());
    // Symbols that the board does not use can never be answered.
    if (n < 4) CHECK(out.logits.slice(-1, 2 + n).max().item<float>() < -1e3);
  }
}

TEST_CASE("bfloat16 stays near float32", "[network]") {
  torch::NoGradGuard no_grad;
  for (const Setup& s : {grouped(false), grouped(true), convolved()}) {
    Network network(s.arch, 3, torch::kCPU);
    // One cycle: deeper recursion amplifies rounding, which says nothing about the kernels.
    const auto logits = [&](torch::ScalarType dtype, bool fused) {
      network.set_fused(fused);
      network.set_dtype(dtype);
      network.prepare();
      const Batch batch{s.tokens, torch::zeros({3}, torch::kInt64), s.index.get(), {}};
      const auto out = network.step(network.initial_carry(3, s.index->nodes), batch, {1, 1});
      const Tensor wide = out.logits.to(torch::kFloat32);
      return wide.masked_fill(wide < -1e3, 0);
    };
    const Tensor exact = logits(torch::kFloat32, true);
    for (const bool fused : {true, false}) {
      const Tensor error = logits(torch::kBFloat16, fused) - exact;
      // 8 bits of mantissa over about 20 roundings in random directions: 2^-9 sqrt(20) = 0.01.
      CHECK((error.norm() / exact.norm()).item<double>() < 0.03);
      CHECK(error.norm().item<double>() > 0);
    }
  }
}

TEST_CASE("A relation that the board lacks is an error that names it", "[network]") {
  Arch arch = small_arch(row_column_groups(4, 4));
  arch.relations.push_back("diagonal");
  const auto made =
      GeometryIndex::make(arch, rectangle(4, 4), row_column_groups(4, 4), torch::kCPU);
  REQUIRE_FALSE(made.ok());
  CHECK(made.error().code == ErrorCode::unsupported_by_model);
  CHECK(made.error().message.find("diagonal") != std::string::npos);
}
