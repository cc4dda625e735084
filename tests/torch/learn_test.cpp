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
  LearnLane lane = LearnLane::make(learner.network(), 6, 9, toy.index);
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
  LearnLane lane = LearnLane::make(one.network(), 4, 9, toy.index);
  Rng rng(5);
  for (int i = 0; i < 5; ++i) one.step(lane, {2, 2}, 1.0, next, rng);

  StateTensors saved;
  for (const auto& [name, t] : one.state()) saved.emplace_back(name, t.clone());
  Learner two(toy.arch, toy.options, 99, torch::kCPU);
  REQUIRE(two.load_state(saved, one.step_count()).ok());
  LearnLane lane2 = lane;
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
  LearnLane lane = LearnLane::make(learner.network(), 2, 9, toy.index);
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

TEST_CASE("orthogonalised matrices have singular values near 1 and the factors of the original",
          "[learn]") {
  torch::manual_seed(4);
  for (const auto& shape : {std::vector<std::int64_t>{24, 60}, {60, 24}, {32, 32}}) {
    const Tensor g = torch::randn(shape, torch::kFloat64);
    const Tensor o = orthogonalised(g);
    const Tensor singular = std::get<1>(torch::linalg_svd(o));
    CHECK(singular.max().item<double>() < 1.25);
    // The least singular values of a square matrix may start too near 0 for five steps.
    if (shape[0] != shape[1]) CHECK(singular.min().item<double>() > 0.65);
    // U S V^T and its image share U and V: g^T o is symmetric.
    const Tensor both = g.t().matmul(o);
    CHECK((both - both.t()).abs().max().item<double>() < 1e-6 * both.abs().max().item<double>());
  }
}

TEST_CASE("The first Muon step is the orthogonalised gradient, its entries as large as AdamW's",
          "[learn]") {
  torch::manual_seed(4);
  const Tensor start = torch::randn({16, 48}, torch::kFloat64), g = torch::randn_like(start);
  Tensor p = start.clone(), momentum = torch::zeros_like(p);
  muon_update(p, g, momentum, 0.01, 0.95, 0.1);
  // Nesterov: g + mu (m - g) with m = 0.05 g is a multiple of g, which orthogonalising forgets.
  const Tensor expected =
      start * (1 - 0.01 * 0.1) - 0.01 * 0.2 * std::sqrt(48.0) * orthogonalised(g);
  CHECK((p - expected).abs().max().item<double>() < 1e-9);
  const double rms = (p - start * (1 - 0.001)).square().mean().sqrt().item<double>();
  CHECK(rms / 0.01 > 0.1);
  CHECK(rms / 0.01 < 0.3);
}

TEST_CASE("Weights of supervision steps fall by the decay and have the mean 1", "[learn]") {
  const Tensor all = torch::arange(4, torch::kInt64);
  const Tensor w = supervision_weights(all, 0.5, 4);
  CHECK(w.mean().item<float>() == Approx(1));
  CHECK((w[1] / w[0]).item<float>() == Approx(0.5));
  CHECK((w[3] / w[2]).item<float>() == Approx(0.5));
  // They multiply the rows' losses.
  const Tensor logits = torch::randn({2, 3, 4});
  const Tensor labels = torch::tensor({{0, 1, 2}, {3, -100, 0}}, torch::kInt64);
  const auto row = [&](int i) {
    return token_loss(logits.slice(0, i, i + 1), labels.slice(0, i, i + 1), LossKind::softmax)
        .item<double>();
  };
  CHECK(token_loss(logits, labels, LossKind::softmax, torch::tensor({2.0f, 0.5f})).item<double>() ==
        Approx(2 * row(0) + 0.5 * row(1)));
}

TEST_CASE("Every optimiser learns the toy task", "[learn]") {
  const std::pair<OptimizerKind, double> kinds[] = {
      {OptimizerKind::adam_atan2, 3e-3}, {OptimizerKind::adamw, 3e-3}, {OptimizerKind::muon, 1e-2}};
  for (const auto& [kind, lr] : kinds) {
    INFO(static_cast<int>(kind));
    Toy toy;
    toy.options.optimizer = kind;
    toy.options.lr = lr;
    Learner learner(toy.arch, toy.options, 1, torch::kCPU);
    LearnLane lane = LearnLane::make(learner.network(), 6, 9, toy.index);
    Rng rng(5);
    std::int64_t exact = 0, halted = 0;
    for (int step = 0; step < 300; ++step) {
      const auto m = learner.step(
          lane, {2, 2}, 1.0, [](std::int64_t row) { return latin_example(row); }, rng);
      if (step >= 260) exact += m.exact, halted += m.halted;
    }
    CHECK(halted > 0);
    CHECK(exact > 0.9 * static_cast<double>(halted));
  }
}

TEST_CASE("An outlier step is skipped: weights stay, rows go on", "[learn]") {
  Toy toy;
  toy.options.skip_loss = 3;
  toy.options.lr = 0;  // the loss stays where it is
  toy.options.weight_decay = 0;
  Learner learner(toy.arch, toy.options, 1, torch::kCPU);
  LearnLane lane = LearnLane::make(learner.network(), 4, 9, toy.index);
  Rng rng(5);
  const auto next = [](std::int64_t row) { return latin_example(row); };
  double loss = 0;
  for (int i = 0; i < 110; ++i) {
    const auto m = learner.step(lane, {2, 2}, 1.0, next, rng);
    CHECK_FALSE(m.skipped);
    loss = m.loss;
  }
  const auto steps = learner.step_count();
  {
    torch::NoGradGuard no_grad;
    learner.network().parameter("inner.lm_head.weight").mul_(-1e6);
  }
  const Tensor before = learner.network().parameter("inner.lm_head.weight").detach().clone();
  const auto m = learner.step(lane, {2, 2}, 1.0, next, rng);
  CHECK(m.loss > 3 * loss);
  CHECK(m.skipped);
  CHECK(learner.step_count() == steps);
  CHECK(torch::equal(before, learner.network().parameter("inner.lm_head.weight").detach()));
}

TEST_CASE("Clipping scales the gradient to the norm that is asked for", "[learn]") {
  // AdamW forgets the scale of the first gradient; its second moments show it.
  const auto second_moments = [](double clip) {
    Toy toy;
    toy.options.clip_norm = clip;
    Learner learner(toy.arch, toy.options, 1, torch::kCPU);
    LearnLane lane = LearnLane::make(learner.network(), 4, 9, toy.index);
    Rng rng(5);
    const auto m = learner.step(
        lane, {2, 2}, 1.0, [](std::int64_t row) { return latin_example(row); }, rng);
    double sum = 0;
    for (const auto& [name, t] : learner.state()) {
      if (name.starts_with("v.")) sum += t.sum().item<double>();
    }
    return std::pair(m.grad_norm, sum / (1 - toy.options.beta2));
  };
  const auto [norm, free] = second_moments(0);
  CHECK(free == Approx(norm * norm).epsilon(1e-4));
  const auto [same, clipped] = second_moments(norm / 4);
  CHECK(same == Approx(norm));
  CHECK(clipped == Approx(norm * norm / 16).epsilon(1e-4));
}
