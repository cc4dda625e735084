// Losses and optimisers against hand-computed numbers, and the learner as a whole.
#include <cmath>

#include "engine/learn/loss.h"
#include "engine/learn/optimizer.h"
#include "tests/catch.h"
#include "tests/torch/torch_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

TEST_CASE("token_loss is the mean over a row's counted labels, summed over rows", "[learn]") {
  // stablemax: s(1) = 2, s(0) = 1, s(-1) = 1/2; p = 4/7, 2/7, 1/7.
  const Tensor logits = torch::tensor(
      {{{1.0f, 0.0f, -1.0f}, {1.0f, 0.0f, -1.0f}}, {{1.0f, 0.0f, -1.0f}, {1.0f, 0.0f, -1.0f}}});
  const Tensor labels = torch::tensor({{0, 1}, {2, -100}}, torch::kInt64);
  const double expected = (-std::log(4.0 / 7) - std::log(2.0 / 7)) / 2 - std::log(1.0 / 7);
  CHECK(token_loss(logits, labels, LossKind::stablemax).item<double>() == Approx(expected));
  const double z = std::exp(1.0) + 1 + std::exp(-1.0);
  const double soft = (-(1 - std::log(z)) - (0 - std::log(z))) / 2 - (-1 - std::log(z));
  CHECK(token_loss(logits, labels, LossKind::softmax).item<double>() == Approx(soft));
}

TEST_CASE("accuracy counts labels that count", "[learn]") {
  const Tensor logits = torch::tensor({{{1.0f, 0.0f}, {0.0f, 1.0f}}, {{1.0f, 0.0f}, {1.0f, 0.0f}}});
  const Tensor labels = torch::tensor({{0, -100}, {0, 1}}, torch::kInt64);
  const Accuracy found = accuracy(logits, labels);
  CHECK(found.right[0].item<bool>());
  CHECK_FALSE(found.right[1].item<bool>());
  CHECK(found.share[1].item<float>() == Approx(0.5));
}

TEST_CASE("The first AdamATan2 step is lr * pi/4 / (1 - b1) scaled by the ratio of moments",
          "[learn]") {
  Tensor p = torch::tensor({1.0, -2.0}, torch::kFloat64);
  const Tensor g = torch::tensor({0.5, -3.0}, torch::kFloat64);
  Tensor m = torch::zeros_like(p), v = torch::zeros_like(p);
  adam_atan2_update(p, g, m, v, 1, 0.01, 0.9, 0.95, 0.1);
  // m = 0.1 g, sqrt(v) / sqrt(1 - b2) = |g|: atan2(0.1 g, |g|) = sign(g) atan(0.1).
  const double move = 0.01 / 0.1 * std::atan(0.1);
  CHECK(p[0].item<double>() == Approx(1.0 * (1 - 0.001) - move));
  CHECK(p[1].item<double>() == Approx(-2.0 * (1 - 0.001) + move));
}

TEST_CASE("The first AdamW step moves by lr against the sign", "[learn]") {
  Tensor p = torch::tensor({1.0, -2.0}, torch::kFloat64);
  Tensor m = torch::zeros_like(p), v = torch::zeros_like(p);
  adamw_update(p, torch::tensor({0.5, -3.0}, torch::kFloat64), m, v, 1, 0.01, 0.9, 0.95, 1e-12, 0);
  CHECK(p[0].item<double>() == Approx(0.99));
  CHECK(p[1].item<double>() == Approx(-1.99));
}

TEST_CASE("sign-SGD sums gradients of equal identifiers first", "[learn]") {
  Tensor table = torch::ones({3, 2});
  const Tensor ids = torch::tensor({2, 0, 2}, torch::kInt64);
  const Tensor grads = torch::tensor({{1.0f, -1.0f}, {5.0f, 0.0f}, {-3.0f, -1.0f}});
  sign_sgd_rows(table, ids, grads, 0.1, 0.5);
  const double kept = 1 - 0.1 * 0.5;
  CHECK(table[0][0].item<float>() == Approx(kept - 0.1));
  CHECK(table[0][1].item<float>() == Approx(kept));
  CHECK(table[1][0].item<float>() == 1.0f);
  CHECK(table[2][0].item<float>() == Approx(kept + 0.1));
  CHECK(table[2][1].item<float>() == Approx(kept + 0.1));
}

namespace {

// A toy task: complete a 3x3 Latin square from its first row and column.
Example latin_example(std::int64_t shift) {
  Example e;
  for (int r = 0; r < 3; ++r) {
    for (int c = 0; c < 3; ++c) {
      const Token symbol = 2 + static_cast<Token>((r + c + shift) % 3);
      e.tokens.push_back(r == 0 || c == 0 ? symbol : 1);
      e.labels.push_back(symbol);
    }
  }
  return e;
}

struct Toy {
  Arch arch;
  std::shared_ptr<const GeometryIndex> index;
  LearnOptions options;
  Toy() {
    const Geometry geometry = row_column_groups(3, 3);
    arch = small_arch(geometry);
    arch.vocab_size = 5;
    arch.halt_max_steps = 4;
    index = index_of(arch, rectangle(3, 3), geometry);
    options.lr = 3e-3;
    options.ema_decay = 0.9;
    options.optimizer = OptimizerKind::adamw;
  }
};

}  // namespace

TEST_CASE("The learner learns a toy task, and its EMA weights know it too", "[learn]") {
  Toy toy;
  Learner learner(toy.arch, toy.options, 1, torch::kCPU);
  Lane lane = Lane::make(learner.network(), 6, 9, toy.index);
  Rng rng(5);
  StepMetrics last;
  std::int64_t exact = 0, halted = 0;
  for (int step = 0; step < 400; ++step) {
    last = learner.step(
        lane, {2, 2}, 1.0, [](std::int64_t row) { return latin_example(row); }, rng);
    REQUIRE(last.finite);
    if (step >= 340) exact += last.exact, halted += last.halted;
  }
  CHECK(halted > 0);
  CHECK(exact == halted);
  learner.with_ema([&](Network& network) {
    const Batch batch{lane.tokens, lane.identifiers, toy.index.get(), {}};
    Carry carry = network.initial_carry(6, 9);
    for (int step = 0; step < 3; ++step) carry = network.step(carry, batch, {2, 2}).carry;
    const auto out = network.step(carry, batch, {2, 2});
    CHECK(torch::equal(out.logits.argmax(-1), lane.labels));
  });
}

TEST_CASE("Saved and loaded state continues with the same numbers", "[learn]") {
  Toy toy;
  const auto next = [](std::int64_t row) { return latin_example(row); };
  Learner one(toy.arch, toy.options, 1, torch::kCPU);
  Lane lane = Lane::make(one.network(), 4, 9, toy.index);
  Rng rng(5);
  for (int i = 0; i < 5; ++i) one.step(lane, {2, 2}, 1.0, next, rng);

  StateTensors saved;
  for (const auto& [name, t] : one.state()) saved.emplace_back(name, t.clone());
  Learner two(toy.arch, toy.options, 99, torch::kCPU);
  REQUIRE(two.load_state(saved, one.step_count()).ok());
  Lane lane2 = lane;
  Rng rng2 = rng;
  for (int i = 0; i < 5; ++i) {
    const auto a = one.step(lane, {2, 2}, 1.0, next, rng);
    const auto b = two.step(lane2, {2, 2}, 1.0, next, rng2);
    CHECK(a.loss == b.loss);
  }
  for (std::size_t i = 0; i < saved.size(); ++i) {
    CHECK(torch::equal(one.state()[i].second, two.state()[i].second));
  }

  saved.pop_back();
  const auto missing = two.load_state(saved, 0);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::invalid_checkpoint);
}

TEST_CASE("A loss that is no number updates nothing", "[learn]") {
  Toy toy;
  Learner learner(toy.arch, toy.options, 1, torch::kCPU);
  Lane lane = Lane::make(learner.network(), 2, 9, toy.index);
  Rng rng(5);
  const auto next = [](std::int64_t row) { return latin_example(row); };
  learner.step(lane, {2, 2}, 1.0, next, rng);
  lane.carry.y.fill_(std::numeric_limits<float>::quiet_NaN());
  lane.halted.zero_();
  const Tensor before = learner.network().parameter("inner.lm_head.weight").detach().clone();
  const auto metrics = learner.step(lane, {2, 2}, 1.0, next, rng);
  CHECK_FALSE(metrics.finite);
  CHECK(torch::equal(before, learner.network().parameter("inner.lm_head.weight").detach()));
  CHECK(learner.step_count() == 1);
}
