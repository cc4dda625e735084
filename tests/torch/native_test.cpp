// The network without a numeric library against the one on LibTorch: same weights, same boards.
#include <torch/torch.h>

#include "engine/model/native_batch.h"
#include "tests/catch.h"
#include "tests/torch/torch_util.h"

namespace trm {
namespace {

using kernels::Bf16;
using torch::Tensor;

/// An architecture and boards for it.
struct Case {
  std::string name;
  Arch arch;
  TokenLayout layout;
  Geometry geometry;
};

Arch official(Mixer mixer, PosEncoding encoding, int puzzle_emb_ndim) {
  Arch arch;
  arch.mixer = mixer;
  arch.vocab_size = 11;
  arch.seq_len = 37;
  arch.hidden_size = 48;
  arch.num_heads = 4;
  arch.swiglu_inner = 200;
  arch.H_cycles = 2;
  arch.L_cycles = 3;
  arch.pos_encodings = encoding;
  arch.puzzle_emb_ndim = puzzle_emb_ndim;
  arch.num_puzzle_identifiers = puzzle_emb_ndim > 0 ? 3 : 0;
  return arch;
}

Geometry grid_geometry(int rows, int cols, bool pools, bool near) {
  Geometry geometry;
  if (pools) geometry = testing::row_column_groups(rows, cols);
  if (near) {
    for (Relation& relation : near_relations(testing::rectangle(rows, cols))) {
      geometry.push_back(std::move(relation));
    }
  }
  return geometry;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const TokenLayout line = testing::rectangle(1, 37);
  all.push_back({"attention, rope", official(Mixer::attention, PosEncoding::rope, 0), line, {}});
  all.push_back(
      {"attention, learned", official(Mixer::attention, PosEncoding::learned, 70), line, {}});
  all.push_back({"attention, none", official(Mixer::attention, PosEncoding::none, 48), line, {}});
  all.push_back({"mlp_t", official(Mixer::mlp_t, PosEncoding::none, 96), line, {}});
  for (const auto& [pools, near, symbols] :
       {std::tuple(true, false, false), std::tuple(true, false, true),
        std::tuple(false, true, false), std::tuple(true, true, false)}) {
    const Geometry geometry = grid_geometry(9, 11, pools, near);
    Case c{"geometry", testing::small_arch(geometry, symbols), testing::rectangle(9, 11, 4),
           geometry};
    c.arch.hidden_size = 40;
    c.name += std::string(pools ? ", pools" : "") + (near ? ", near" : "") +
              (symbols ? ", per symbol" : "");
    all.push_back(std::move(c));
  }
  return all;
}

/// A network with random weights everywhere, also where a fresh one has zeros.
Network random_network(const Arch& arch, torch::ScalarType dtype, std::uint64_t seed = 5) {
  torch::NoGradGuard no_grad;
  Network network(arch, seed, torch::kCPU);
  torch::manual_seed(static_cast<std::int64_t>(seed));
  network.parameter("inner.q_head.weight").normal_(0, 0.3);
  if (arch.puzzle_emb_ndim > 0) network.buffer("inner.puzzle_emb.weights").normal_();
  network.set_fused(false);
  network.set_dtype(dtype);
  network.prepare();
  return network;
}

struct Boards {
  Tensor tokens, identifiers;
};

Boards random_boards(const Case& c, std::int64_t count) {
  torch::manual_seed(11);
  const std::int64_t most =
      c.arch.per_symbol ? c.arch.first_symbol + c.layout.symbols : c.arch.vocab_size;
  return {torch::randint(1, most, {count, c.layout.size()}, torch::kInt64),
          torch::randint(0, std::max(1, c.arch.num_puzzle_identifiers), {count}, torch::kInt64)};
}

struct Outputs {
  Tensor logits, q;  // [B, L, V], [B, 2] float32
};

/// `steps` supervision steps on LibTorch.
Outputs run_torch(const Case& c, Network& network, const Boards& boards, int steps) {
  torch::NoGradGuard no_grad;
  std::shared_ptr<const GeometryIndex> index;
  if (c.arch.mixer == Mixer::geometry) index = testing::index_of(c.arch, c.layout, c.geometry);
  Carry carry =
      network.initial_carry(boards.tokens.size(0), index ? index->nodes : c.layout.size());
  StepOutput out;
  for (int s = 0; s < steps; ++s) {
    out = network.step(carry, {boards.tokens, boards.identifiers, index.get(), {}},
                       {c.arch.H_cycles, c.arch.L_cycles});
    carry = out.carry;
  }
  return {out.logits.to(torch::kFloat32), out.q.to(torch::kFloat32)};
}

/// The same without it, `together` boards at a time.
template <class T>
Outputs run_native(const Case& c, const Network& network, const Boards& boards, int steps,
                   std::int64_t together, int threads) {
  auto made = NativeBatch<T>::make(network, c.layout, c.geometry, boards.tokens, boards.identifiers,
                                   threads);
  if (!made) FAIL(made.error().message);
  StepOutput out;
  for (int s = 0; s < steps; ++s) out = (*made)->step(together);
  return {out.logits, out.q};
}

double rms_difference(const Tensor& a, const Tensor& b) {
  return (a - b).to(torch::kFloat64).square().mean().sqrt().item<double>();
}

// The recursion amplifies roundings, by how much depends on the weights: LibTorch's own distance
// from float64 says what may be expected.
TEST_CASE("The native network is as near to float64 as LibTorch's float32", "[native]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    Network exact = random_network(c.arch, torch::kFloat64);
    Network network = random_network(c.arch, torch::kFloat32);
    const Boards boards = random_boards(c, 5);
    for (const int steps : {1, 3}) {
      const Outputs truth = run_torch(c, exact, boards, steps);
      const Outputs torch = run_torch(c, network, boards, steps);
      const Outputs found = run_native<float>(c, network, boards, steps, 5, 2);
      CHECK(rms_difference(found.logits, truth.logits) <
            4 * rms_difference(torch.logits, truth.logits) + 1e-6);
      CHECK(rms_difference(found.q, truth.q) < 4 * rms_difference(torch.q, truth.q) + 1e-5);
      if (steps == 1) CHECK(testing::max_difference(found.logits, truth.logits) < 1e-4);
    }
  }
}

TEST_CASE("The native network in bfloat16 is as near to float32 as LibTorch's", "[native]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    double found = 0, expected = 0;  // over several networks: one may be lucky
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      Network exact = random_network(c.arch, torch::kFloat32, seed);
      Network reference = random_network(c.arch, torch::kBFloat16, seed);
      const Boards boards = random_boards(c, 4);
      const Outputs truth = run_torch(c, exact, boards, 1);
      expected += rms_difference(run_torch(c, reference, boards, 1).logits, truth.logits);
      found += rms_difference(run_native<Bf16>(c, exact, boards, 1, 4, 2).logits, truth.logits);
    }
    CHECK(found < 1.2 * expected);
  }
}

TEST_CASE("A board's result depends on neither neighbours nor threads, to the bit", "[native]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    Network network = random_network(c.arch, torch::kFloat32);
    const Boards boards = random_boards(c, 7);
    const auto same = [&](auto type) {
      using T = decltype(type);
      const Outputs alone = run_native<T>(c, network, boards, 2, 1, 1);
      for (const auto& [together, threads] :
           {std::pair(7, 1), std::pair(1, 2), std::pair(2, 2), std::pair(3, 2), std::pair(7, 3)}) {
        INFO(together << " boards, " << threads << " threads");
        const Outputs other = run_native<T>(c, network, boards, 2, together, threads);
        CHECK(torch::equal(alone.logits, other.logits));
        CHECK(torch::equal(alone.q, other.q));
      }
    };
    same(float{});
    same(Bf16{});
  }
}

}  // namespace
}  // namespace trm
