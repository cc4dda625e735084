// The GPU against the CPU: kernels, network, captured steps, backend, program. Written without a
// GPU at hand: compiled and linked, not run on one yet.
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "engine/kernels/row_ops.h"
#include "engine/model/cuda_graph_step.h"
#include "engine/model/fused.h"
#include "puzzles/json.h"
#include "tests/torch/backend_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

namespace {

const torch::Device kGpu(torch::kCUDA, 0);

// One rounding of the type beyond float32's, relative to values of size 1 to 10.
double tolerance(torch::ScalarType dtype) { return dtype == torch::kBFloat16 ? 0.07 : 1e-4; }

struct Placed {
  Network network;
  std::shared_ptr<const GeometryIndex> geometry;
  Tensor tokens;

  Placed(const NetCase& c, torch::Device device, torch::ScalarType dtype, std::int64_t rows)
      : network(random_network(c.arch, device)) {
    network.set_dtype(dtype);
    network.prepare();
    if (c.arch.mixer == Mixer::geometry) {
      auto made = GeometryIndex::make(c.arch, c.layout, c.geometry, device);
      if (!made) FAIL(made.error().message);
      geometry = std::make_shared<const GeometryIndex>(std::move(*made));
    }
    torch::manual_seed(11);
    tokens =
        torch::randint(1, c.arch.vocab_size, {rows, c.layout.size()}, torch::kInt64).to(device);
  }

  Batch batch() const {
    return {tokens, torch::zeros({tokens.size(0)}, tokens.options()), geometry.get(), {}};
  }
  Carry start() const {
    return network.initial_carry(tokens.size(0), geometry ? geometry->nodes : tokens.size(1));
  }
};

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  REQUIRE(pipe);
  std::string text;
  std::array<char, 4096> part{};
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe.get())) {
    text.append(part.data(), n);
  }
  return text;
}

std::unique_ptr<Backend> gpu_backend(const ModelFile& model, int batch, const char* precision) {
  BackendOptions options;
  options.device = {Device::Kind::cuda, 0};
  options.slots = 8;
  options.batch = batch;
  options.precision = precision;
  auto backend = make_torch_backend(model, options);
  if (!backend) FAIL(backend.error().message);
  return std::move(*backend);
}

}  // namespace

TEST_CASE("GPU: norm, SwiGLU and pooling equal the CPU's kernels", "[gpu]") {
  torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  const auto cases = net_cases();
  const NetCase& grouped = cases[2];
  Arch symbols = cases[3].arch;
  for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
    for (const std::int64_t width : {1, 31, 32, 64, 100, 1024}) {
      INFO(torch::toString(dtype) << " width " << width);
      const Tensor x = torch::randn({3, 7, width}).to(dtype), r = torch::randn_like(x);
      const auto compare = [&](const Tensor& on_gpu, const Tensor& wanted) {
        CHECK(on_gpu.is_cuda());
        CHECK(on_gpu.scalar_type() == dtype);
        CHECK(max_difference(on_gpu.cpu(), wanted) < tolerance(dtype));
      };
      compare(add_rms_norm(x.to(kGpu), r.to(kGpu), 1e-5, true), add_rms_norm(x, r, 1e-5, true));
      compare(add_rms_norm(x.to(kGpu), {}, 1e-5, true), add_rms_norm(x, {}, 1e-5, true));
      const Tensor both = torch::cat({x, r}, -1);
      compare(swiglu(both.to(kGpu), true), swiglu(both, true));
      for (const Arch& arch : {grouped.arch, symbols}) {
        const auto here = index_of(arch, grouped.layout, grouped.geometry);
        auto there = GeometryIndex::make(arch, grouped.layout, grouped.geometry, kGpu);
        REQUIRE(there.ok());
        CHECK(there->on_device.members.is_cuda());
        const Tensor u = torch::randn({2, here->nodes, width}).to(dtype);
        const Tensor pooled = pool_concat(u.to(kGpu), *there, true);
        compare(pooled, pool_concat(u, *here, true));
        CHECK(torch::equal(pooled, pool_concat(u.to(kGpu), *there, true)));  // no atomic additions
      }
    }
  }
}

TEST_CASE("GPU: the network's step equals the CPU's in float32", "[gpu]") {
  torch::NoGradGuard no_grad;
  for (const NetCase& c : net_cases()) {
    INFO(c.name);
    // The backend does the same: TF32 would round inputs of convolutions to 10 bits.
    at::globalContext().setAllowTF32CuDNN(false);
    Placed here(c, torch::kCPU, torch::kFloat32, 5), there(c, kGpu, torch::kFloat32, 5);
    const RecursionDepth depth{c.arch.H_cycles, c.arch.L_cycles};
    const StepOutput wanted = here.network.step(here.start(), here.batch(), depth);
    const StepOutput found = there.network.step(there.start(), there.batch(), depth);
    CHECK(max_difference(found.logits.cpu(), wanted.logits) < 1e-3);
    CHECK(max_difference(found.q.cpu(), wanted.q) < 1e-3);
    CHECK(max_difference(found.carry.z.cpu(), wanted.carry.z) < 1e-3);
  }
}

TEST_CASE("GPU: captured steps equal eager ones", "[gpu]") {
  torch::NoGradGuard no_grad;
  for (const NetCase& c : net_cases()) {
    for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
      const RecursionDepth depth{c.arch.H_cycles, c.arch.L_cycles};
      for (const std::int64_t rows : {1, 2, 8}) {
        INFO(c.name << " " << torch::toString(dtype) << " rows " << rows);
        Placed net(c, kGpu, dtype, rows);
        GraphedSteps graphs;
        Carry eager = net.start(), captured = net.start();
        for (int step = 0; step < 4; ++step) {
          const StepOutput wanted = net.network.step(eager, net.batch(), depth);
          const StepOutput found =
              graphs.step(net.network, captured, net.batch(), depth, net.geometry);
          CHECK(max_difference(found.logits, wanted.logits) < tolerance(dtype));
          CHECK(max_difference(found.q, wanted.q) < tolerance(dtype));
          eager = wanted.carry, captured = found.carry;
        }
        CHECK(graphs.captured() == 1);
        CHECK(graphs.refused() == 0);
      }
    }
  }
}

TEST_CASE("GPU: the cache of graphs is bounded and keeps what it needs", "[gpu]") {
  torch::NoGradGuard no_grad;
  const NetCase c = net_cases()[2];
  Placed net(c, kGpu, torch::kFloat32, 4);
  const RecursionDepth depth{c.arch.H_cycles, c.arch.L_cycles};
  GraphedSteps graphs(2);
  const auto logits = [&](std::int64_t rows) {
    const Carry carry = net.network.initial_carry(rows, net.geometry->nodes);
    const Batch batch{net.tokens.slice(0, 0, rows),
                      torch::zeros({rows}, net.tokens.options()),
                      net.geometry.get(),
                      {}};
    return graphs.step(net.network, carry, batch, depth, net.geometry).logits.cpu();
  };
  const Tensor first = logits(1);
  for (const std::int64_t rows : {2, 3, 4}) {
    logits(rows);
    CHECK(graphs.captured() <= 2);
  }
  CHECK(torch::equal(logits(1), first));  // captured anew
}

TEST_CASE("GPU: the backend answers like the CPU's, whatever the neighbours", "[gpu]") {
  for (const NetCase& c : net_cases()) {
    const ModelFile model = model_of(random_network(c.arch));
    for (const char* precision : {"float32", "bfloat16"}) {
      INFO(c.name << " " << precision);
      auto there = gpu_backend(model, 8, precision);
      auto here = cpu_backend(model, 8, 8, precision);
      CHECK(there->info().device == "cuda:0");
      SlotInput target = board_of(c, 1);
      target.noise = target.start_noise = 0.1f;
      const auto answer = [&](Backend& backend, int slot, const std::vector<int>& rows) {
        for (const int s : rows) {
          const auto seed = 100 + static_cast<std::uint64_t>(s);
          REQUIRE(backend.load(s, s == slot ? target : board_of(c, seed)).ok());
        }
        REQUIRE(backend.step(rows).ok());
        REQUIRE(backend.step(rows).ok());
        return backend.read(slot);
      };
      const SlotOutput alone = answer(*there, 0, {0});
      CHECK(same(answer(*there, 5, {1, 2, 5, 3}), alone));
      CHECK(same(answer(*there, 7, {0, 1, 2, 3, 4, 5, 6, 7}), alone));
      const SlotOutput wanted = answer(*here, 0, {0});
      double difference = 0;
      for (std::size_t p = 0; p < wanted.confidence.size(); ++p) {
        difference += std::abs(alone.confidence[p] - wanted.confidence[p]);
      }
      const bool wide = std::string(precision) == "float32";
      CHECK(difference / static_cast<double>(wanted.confidence.size()) < (wide ? 1e-3 : 0.1));
      CHECK(alone.q_halt == Approx(wanted.q_halt).margin(wide ? 1e-3 : 0.1));
    }
  }
}

TEST_CASE("GPU: trm solve --device cuda answers like --device cpu", "[gpu]") {
  const std::string trm = TRM_BIN_DIR "/trm ";
  const auto solved = [&](const std::string& device) {
    return output_of(trm + "generate maze --count 3 --seed 1 | " + trm +
                     "solve --puzzle maze --json --device " + device + " -");
  };
  const auto statuses = [](const std::string& text) {
    std::vector<std::string> found;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t to = std::min(text.find('\n', from), text.size());
      auto json = parse_json(text.substr(from, to - from));
      REQUIRE(json.ok());
      const Json* status = json->find("status");
      REQUIRE(status != nullptr);
      found.push_back(status->as_string());
      from = to + 1;
    }
    return found;
  };
  const auto wanted = statuses(solved("cpu"));
  REQUIRE(wanted.size() == 3);
  CHECK(statuses(solved("cuda")) == wanted);
}
