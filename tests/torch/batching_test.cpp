// What a slot shows depends on its input alone: not on its neighbours, its place in the batch,
// other slots or failed steps; and between padded batch sizes only within rounding.
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/backends/carry_noise.h"
#include "tests/torch/backend_util.h"

using namespace trm;
using namespace trm::testing;
using torch::Tensor;

namespace {

constexpr int kSteps = 4;
constexpr int kSlots = 32;

/// Outputs of `slot` after each of four steps together with `others`, in that order of rows.
std::vector<SlotOutput> answers(Backend& backend, int slot, const std::vector<int>& rows) {
  std::vector<SlotOutput> shown;
  for (int step = 0; step < kSteps; ++step) {
    const auto stepped = backend.step(rows);
    if (!stepped) FAIL(stepped.error().message);
    shown.push_back(backend.read(slot));
  }
  return shown;
}

void load(Backend& backend, int slot, const SlotInput& input) {
  const auto loaded = backend.load(slot, input);
  if (!loaded) FAIL(loaded.error().message);
}

// The target in several slots and places among changing neighbours, against the target alone.
void check_independence(const NetCase& c, const ModelFile& model, const std::string& precision,
                        int batch) {
  auto backend = cpu_backend(model, kSlots, batch, precision);
  SlotInput target = board_of(c, 1);
  target.noise = 0.1f;
  target.start_noise = 0.2f;
  load(*backend, 0, target);
  const auto alone = answers(*backend, 0, {0});
  CHECK_FALSE(same(alone[0], alone[1]));
  std::uint64_t seed = 100;
  for (const int place : {0, 1, batch / 2, batch - 1}) {
    if (place >= batch) continue;
    for (const bool full : {true, false}) {  // or only as many rows as reach the place
      const int slot = (place * 7 + 3) % kSlots;
      std::vector<int> rows;
      for (int s = 0; static_cast<int>(rows.size()) < (full ? batch : place + 1); ++s) {
        if (static_cast<int>(rows.size()) == place) rows.push_back(slot);
        if (s != slot && static_cast<int>(rows.size()) < (full ? batch : place + 1)) {
          rows.push_back(s);
        }
      }
      for (const int s : rows) load(*backend, s, s == slot ? target : board_of(c, ++seed));
      const auto found = answers(*backend, slot, rows);
      INFO(c.name << " " << precision << " batch " << batch << " place " << place);
      for (std::size_t step = 0; step < kSteps; ++step) {
        INFO("step " << step);
        CHECK(found[step].tokens == alone[step].tokens);
        CHECK(found[step].confidence == alone[step].confidence);
        CHECK(found[step].q_halt == alone[step].q_halt);
      }
    }
  }
}

// Logits of every row after four steps of a batch of copies of the same boards.
Tensor logits_after_steps(Network& network, const NetCase& c, const GeometryIndex* geometry,
                          const Tensor& tokens) {
  const std::int64_t rows = tokens.size(0);
  const Batch batch{tokens, torch::zeros({rows}, torch::kInt64), geometry, {}};
  Carry carry = network.initial_carry(rows, geometry ? geometry->nodes : tokens.size(1));
  StepOutput out;
  for (int step = 0; step < kSteps; ++step) {
    out = network.step(carry, batch, {c.arch.H_cycles, c.arch.L_cycles});
    carry = out.carry;
  }
  return out.logits;
}

// Fails the n-th allocation from now on, and counts what is alive.
class TestAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t n) override {
    if (countdown > 0 && --countdown == 0) {
      if (bad_alloc) throw std::bad_alloc();
      TORCH_CHECK(false, "DefaultCPUAllocator: not enough memory: you tried to allocate ", n);
    }
    alive += static_cast<std::int64_t>(n);
    peak = std::max(peak, alive.load());
    // The size lies in front of the data.
    auto* block = static_cast<char*>(std::aligned_alloc(kFront, (n / kFront + 2) * kFront));
    if (block == nullptr) throw std::bad_alloc();
    std::memcpy(block, &n, sizeof n);
    return {block + kFront, block + kFront, &release, torch::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t n) const override {
    default_copy_data(to, from, n);
  }

  static inline std::atomic<std::int64_t> alive = 0;
  std::int64_t peak = 0;
  int countdown = 0;
  bool bad_alloc = false;

 private:
  static constexpr std::size_t kFront = 64;
  static void release(void* data) {
    if (data == nullptr) return;
    auto* block = static_cast<char*>(data) - kFront;
    std::size_t n = 0;
    std::memcpy(&n, block, sizeof n);
    alive -= static_cast<std::int64_t>(n);
    std::free(block);
  }
};

// Torch's allocator for the life of this object.
class WithAllocator {
 public:
  WithAllocator() { c10::SetCPUAllocator(&instance(), 1); }
  ~WithAllocator() { c10::SetCPUAllocator(c10::GetDefaultCPUAllocator(), 1); }
  TestAllocator* operator->() { return &instance(); }

 private:
  // Tensors may outlive the object.
  static TestAllocator& instance() {
    static TestAllocator allocator;
    return allocator;
  }
};

}  // namespace

TEST_CASE("Answers do not depend on neighbours and slots, to the bit", "[backend][batch]") {
  for (const NetCase& c : net_cases()) {
    const ModelFile model = model_of(random_network(c.arch));
    for (const char* precision : {"float32", "bfloat16"}) {
      for (const int batch : {1, 2, 4, 8, 16, 32}) {
        check_independence(c, model, precision, batch);
      }
    }
  }
}

TEST_CASE("Batches are padded to the next power of two", "[backend][batch]") {
  const NetCase c = net_cases().front();
  const ModelFile model = model_of(random_network(c.arch));
  auto by_itself = cpu_backend(model, kSlots, 0);
  for (const auto& [rows, computed] : {std::pair(1, 1), {3, 4}, {5, 8}, {8, 8}}) {
    auto fixed = cpu_backend(model, kSlots, computed);
    std::vector<int> slots;
    for (int s = 0; s < rows; ++s) {
      load(*by_itself, s, board_of(c, 50 + static_cast<std::uint64_t>(s)));
      load(*fixed, s, board_of(c, 50 + static_cast<std::uint64_t>(s)));
      slots.push_back(s);
    }
    CHECK(same(answers(*by_itself, rows - 1, slots), answers(*fixed, rows - 1, slots)));
  }
  // More rows than the batch size: several batches.
  auto small = cpu_backend(model, kSlots, 2);
  for (int s = 0; s < 5; ++s) load(*small, s, board_of(c, 7));
  const auto last = answers(*small, 4, {0, 1, 2, 3, 4});
  CHECK(same(small->read(0), last.back()));
  BackendOptions negative;
  negative.batch = -1;
  CHECK(make_torch_backend(model, negative).error().field == "batch");
}

TEST_CASE("Logits of all batch sizes agree", "[network][batch]") {
  torch::NoGradGuard no_grad;
  for (const NetCase& c : net_cases()) {
    Network network = random_network(c.arch);
    const auto geometry = c.arch.mixer == Mixer::geometry ? index_of(c.arch, c.layout, c.geometry)
                                                          : std::shared_ptr<const GeometryIndex>();
    const Tensor tokens = torch::randint(1, 6, {32, 36}, torch::kInt64);
    const Tensor all = logits_after_steps(network, c, geometry.get(), tokens);
    for (const std::int64_t rows : {1, 2, 4, 8, 16}) {
      INFO(c.name << " " << rows);
      const Tensor some = logits_after_steps(network, c, geometry.get(), tokens.slice(0, 0, rows));
      CHECK(max_difference(some, all.slice(0, 0, rows)) < 1e-4);
    }
  }
}

TEST_CASE("Noise is added to the start state and to z as documented", "[backend][noise]") {
  torch::NoGradGuard no_grad;
  const NetCase c = net_cases()[1];  // attention, with a prefix
  Network network = random_network(c.arch);
  auto backend = cpu_backend(model_of(network), 1, 1);
  SlotInput input = board_of(c, 9);
  input.noise = 0.3f;
  input.start_noise = 0.5f;
  load(*backend, 0, input);
  const auto shown = answers(*backend, 0, {0});

  const Batch batch{torch::tensor(input.tokens, torch::kInt64).unsqueeze(0),
                    torch::tensor({input.identifier}, torch::kInt64),
                    nullptr,
                    {}};
  Carry carry = network.initial_carry(1, 36);
  const auto count = static_cast<std::size_t>(carry.y.numel());
  std::vector<float> noise(2 * count);
  carry_noise(noise, 9, 0, 0.5f);
  carry.y = carry.y + torch::from_blob(noise.data(), carry.y.sizes());
  carry.z = carry.z + torch::from_blob(noise.data() + count, carry.z.sizes());
  for (std::size_t step = 0; step < kSteps; ++step) {
    if (step > 0) {
      carry_noise({noise.data(), count}, 9, step, 0.3f);
      carry.z = carry.z + torch::from_blob(noise.data(), carry.z.sizes());
    }
    const StepOutput out = network.step(carry, batch, {c.arch.H_cycles, c.arch.L_cycles});
    carry = out.carry;
    CHECK(shown[step].q_halt == Approx(torch::sigmoid(out.q[0][0]).item<float>()).epsilon(1e-5));
  }
  // Without noise the same board answers otherwise; with the same seed alike.
  load(*backend, 0, board_of(c, 9));
  CHECK(answers(*backend, 0, {0})[0].q_halt != shown[0].q_halt);
  load(*backend, 0, input);
  CHECK(same(answers(*backend, 0, {0}), shown));
}

TEST_CASE("Memory that runs out leaves every slot as it was", "[backend][memory]") {
  const auto cases = net_cases();
  const NetCase& c = cases[2];
  auto backend = cpu_backend(model_of(random_network(c.arch)), 4, 2);
  const auto start = [&] {
    for (int s = 0; s < 4; ++s) load(*backend, s, board_of(c, 30 + static_cast<std::uint64_t>(s)));
    REQUIRE(backend->step(std::vector<int>{0, 1, 2, 3}).ok());
  };
  start();
  const std::vector<int> slots{0, 1, 2};  // two batches: the second one fails, too
  std::vector<SlotOutput> wanted;
  REQUIRE(backend->step(slots).ok());
  for (const int s : slots) wanted.push_back(backend->read(s));

  start();
  const SlotOutput before = backend->read(0);
  WithAllocator allocator;
  int failures = 0;
  for (int n = 1;; n += n < 40 ? 1 : 17) {
    allocator->countdown = n;
    allocator->bad_alloc = n % 2 == 0;
    const auto stepped = backend->step(slots);
    const bool all_went = allocator->countdown > 0;
    allocator->countdown = 0;
    if (all_went) {
      REQUIRE(stepped.ok());
      break;
    }
    REQUIRE_FALSE(stepped.ok());
    REQUIRE(stepped.error().code == ErrorCode::out_of_memory);
    REQUIRE(same(backend->read(0), before));
    ++failures;
  }
  CHECK(failures > 40);
  for (std::size_t s = 0; s < slots.size(); ++s) CHECK(same(backend->read(slots[s]), wanted[s]));

  // A load that fails leaves the board that was there.
  const SlotOutput kept = backend->read(3);
  allocator->countdown = 1;
  CHECK(backend->load(3, board_of(c, 77)).error().code == ErrorCode::out_of_memory);
  allocator->countdown = 0;
  CHECK(same(backend->read(3), kept));
  CHECK(backend->step(std::vector<int>{3}).ok());
}

TEST_CASE("The estimate of a step's memory is one from above", "[network][memory]") {
  torch::NoGradGuard no_grad;
  const int threads = at::get_num_threads();
  for (const NetCase& c : net_cases()) {
    Network network = random_network(c.arch);
    const auto geometry = c.arch.mixer == Mixer::geometry ? index_of(c.arch, c.layout, c.geometry)
                                                          : std::shared_ptr<const GeometryIndex>();
    const std::int64_t nodes = geometry ? geometry->nodes : 36;
    for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
      network.set_dtype(dtype);
      network.prepare();
      for (const auto& [rows, used_threads] : {std::pair(1, 1), {16, 1}, {1, 2}, {16, 2}}) {
        at::set_num_threads(used_threads);
        const Tensor tokens = torch::randint(1, 6, {rows, 36}, torch::kInt64);
        logits_after_steps(network, c, geometry.get(), tokens);  // whatever is made once
        WithAllocator allocator;
        const std::int64_t before = TestAllocator::alive;
        allocator->peak = before;
        logits_after_steps(network, c, geometry.get(), tokens);
        const double used = static_cast<double>(allocator->peak - before);
        const double estimate = static_cast<double>(network.step_bytes(rows, 36, nodes));
        INFO(c.name << " " << torch::toString(dtype) << " rows " << rows << " threads "
                    << used_threads << ": " << used << " of " << estimate);
        CHECK(used <= estimate);
        CHECK(estimate <= 4 * used + used_threads * (64 << 10));
      }
    }
  }
  at::set_num_threads(threads);
}

TEST_CASE("Weights that are no numbers are refused by name", "[backend]") {
  torch::NoGradGuard no_grad;
  const NetCase c = net_cases().front();
  for (const double value : {std::nan(""), HUGE_VAL}) {
    Network network = random_network(c.arch);
    network.parameter("inner.lm_head.weight")[1][2] = value;
    const auto refused = make_torch_backend(model_of(network), {});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::invalid_weights);
    CHECK(refused.error().message.find("inner.lm_head.weight") != std::string::npos);
  }
}
