// Training's H cycles without torch against the ones on LibTorch: results and all gradients.
#include "engine/model/native_cycles.h"

#include "tests/catch.h"
#include "tests/torch/torch_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

namespace {

struct Case {
  std::string name;
  Arch arch;
  TokenLayout layout;
  Geometry geometry;
  std::int64_t boards;
};

Case make_case(const std::string& name, int rows, int cols, bool pools, bool near, bool per_symbol,
               std::int64_t boards) {
  Geometry geometry;
  if (pools) geometry = row_column_groups(rows, cols);
  if (near) {
    for (Relation& relation : near_relations(rectangle(rows, cols))) {
      geometry.push_back(std::move(relation));
    }
  }
  Case c{name, small_arch(geometry, per_symbol), rectangle(rows, cols, 4), geometry, boards};
  c.arch.hidden_size = 64;
  c.arch.swiglu_inner = 100;  // chunks with padding
  c.arch.H_cycles = 2;
  c.arch.L_cycles = 3;
  return c;
}

std::vector<Case> cases() {
  return {make_case("pools", 9, 11, true, false, false, 3),
          make_case("per symbol", 9, 9, true, false, true, 2),
          make_case("small boards share a chunk", 4, 4, true, false, true, 21),
          make_case("neighbours", 19, 18, false, true, false, 3),
          make_case("pools and neighbours", 7, 10, true, true, false, 5)};
}

/// Outputs of two steps and the gradients of the second.
struct Found {
  Tensor logits, q, y, z;
  std::vector<std::pair<std::string, Tensor>> gradients;
};

Found learn(const Case& c, torch::ScalarType dtype, bool native) {
  torch::manual_seed(7);
  Network network(c.arch, 5, torch::kCPU);
  {
    torch::NoGradGuard no_grad;
    network.parameter("inner.q_head.weight").normal_(0, 0.3);
  }
  network.set_dtype(dtype);
  network.set_fused(native);
  network.set_native(native);
  network.prepare();
  const auto geometry = index_of(c.arch, c.layout, c.geometry);
  const Tensor tokens = torch::randint(0, c.arch.vocab_size, {c.boards, geometry->length});
  const Tensor target = torch::randn({c.boards, geometry->length, c.arch.vocab_size});
  Batch batch{tokens, torch::zeros({c.boards}, torch::kInt64), geometry.get(), {}};
  const RecursionDepth depth{c.arch.H_cycles, c.arch.L_cycles};
  const StepOutput first =
      network.step(network.initial_carry(c.boards, geometry->nodes), batch, depth);
  const StepOutput second = network.step(first.carry, batch, depth);
  const Tensor logits = second.logits.to(torch::kFloat32).clamp_min(-100);
  (logits * target).mean().add(second.q.sum(), 0.1).backward();
  Found found{logits.detach(), second.q.detach(), second.carry.y, second.carry.z, {}};
  for (const auto& [name, p] : network.parameters()) {
    if (p.grad().defined()) found.gradients.emplace_back(name, p.grad().to(torch::kFloat32));
  }
  return found;
}

double relative(const Tensor& a, const Tensor& b) {
  const Tensor wide = b.to(torch::kFloat64);
  return ((a.to(torch::kFloat64) - wide).norm() / (wide.norm() + 1e-12)).item<double>();
}

}  // namespace

TEST_CASE("Cycles without torch have torch's results and gradients in float32", "[native]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const Found reference = learn(c, torch::kFloat32, false);
    const Found found = learn(c, torch::kFloat32, true);
    CHECK(relative(found.logits, reference.logits) < 1e-4);
    CHECK(relative(found.q, reference.q) < 1e-4);
    CHECK(relative(found.y, reference.y) < 1e-4);
    CHECK(relative(found.z, reference.z) < 1e-4);
    REQUIRE(found.gradients.size() == reference.gradients.size());
    for (std::size_t i = 0; i < found.gradients.size(); ++i) {
      const auto& [name, gradient] = found.gradients[i];
      INFO(name);
      CHECK(name == reference.gradients[i].first);
      CHECK(reference.gradients[i].second.norm().item<double>() > 0);
      CHECK(relative(gradient, reference.gradients[i].second) < 1e-4);
    }
  }
}

TEST_CASE("In bfloat16 they are no farther from float32 than torch's", "[native]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const Found exact = learn(c, torch::kFloat32, false);
    const Found theirs = learn(c, torch::kBFloat16, false);
    const Found ours = learn(c, torch::kBFloat16, true);
    CHECK(relative(ours.y, exact.y) < 1.5 * relative(theirs.y, exact.y));
    for (std::size_t i = 0; i < exact.gradients.size(); ++i) {
      const auto& [name, gradient] = exact.gradients[i];
      INFO(name);
      CHECK(relative(ours.gradients[i].second, gradient) <
            1.5 * relative(theirs.gradients[i].second, gradient) + 1e-6);
    }
  }
}

TEST_CASE("Their gradients are the same each time, and few units apart for other teams",
          "[native]") {
  const Case c = make_case("per symbol", 6, 6, true, false, true, 7);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Found alone = learn(c, torch::kBFloat16, true), again = learn(c, torch::kBFloat16, true);
  at::set_num_threads(3);
  const Found team = learn(c, torch::kBFloat16, true);
  at::set_num_threads(threads);
  CHECK(torch::equal(alone.y, team.y));
  for (std::size_t i = 0; i < alone.gradients.size(); ++i) {
    INFO(alone.gradients[i].first);
    CHECK(torch::equal(alone.gradients[i].second, again.gradients[i].second));
    CHECK(relative(team.gradients[i].second, alone.gradients[i].second) < 1e-3);
  }
}
