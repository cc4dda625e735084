// The backend contract (engine/backends/backend.h) for every backend of this build and every
// registered module.
#include <functional>
#include <set>

#include "engine/kernels/gemm.h"
#include "puzzles/registry.h"
#include "tests/engine/untrained.h"

namespace trm {
namespace {

using testing::board;
using testing::options_of;
using testing::same;

constexpr int kSlots = 4;

/// A backend for one module, made anew at each call; empty where the backend has none for it.
using Make = std::function<std::unique_ptr<Backend>()>;

std::unique_ptr<Backend> made(Result<std::unique_ptr<Backend>> backend) {
  if (!backend) FAIL(backend.error().message);
  return std::move(*backend);
}

Make maker(const std::string& name, const char* precision, const Puzzle& puzzle,
           const test::TempDir& folder) {
  const BackendOptions options = options_of(precision, 2, kSlots);
  if (name == "random") return [=] { return made(make_random_backend(options)); };
  if (name == "exact") return [=] { return made(make_exact_backend(options)); };
  const auto file = std::make_shared<ModelFile>(
      testing::written(testing::untrained(puzzle), folder / "model.safetensors"));
  const auto make = name == "native" ? &make_native_backend : &make_torch_backend;
  REQUIRE((name == "native" || name == "torch"));
  return [=] { return made(make(*file, options)); };
}

/// Calls `test(make, question)` for each backend, precision and module that it serves.
void for_each(const std::function<void(const Make&, const Question&)>& test) {
  const test::TempDir folder;
  for (const std::string& name : backend_names()) {
    std::size_t tested = 0;
    std::set<std::string> precisions{"float32"};
    if (runs_models(name)) precisions.insert("bfloat16");
    for (const std::string& precision : precisions) {
      for (const Puzzle* puzzle : registered_puzzles()) {
        INFO(name << ", " << precision << ", " << puzzle->name());
        const Question question = board(*puzzle, 1);
        const Make make = maker(name, precision.c_str(), *puzzle, folder);
        const auto supported = make()->supports(question);
        if (name == "exact" && !puzzle->info().solves) {
          REQUIRE_FALSE(supported.ok());
          CHECK(supported.error().code == ErrorCode::unsupported_by_model);
          continue;
        }
        REQUIRE(supported.ok());
        test(make, question);
        ++tested;
      }
    }
    INFO(name);
    CHECK(tested >= (runs_models(name) ? 2 * registered_puzzles().size() : 2));
  }
}

SlotInput input_of(const Question& question, std::uint64_t seed) {
  SlotInput input = slot_input(question, 0);
  input.seed = seed;
  return input;
}

void load(Backend& backend, int slot, const SlotInput& input) {
  const auto loaded = backend.load(slot, input);
  if (!loaded) FAIL(loaded.error().message);
}

void step(Backend& backend, std::vector<int> slots) {
  const auto stepped = backend.step(slots);
  if (!stepped) FAIL(stepped.error().message);
}

TEST_CASE("Every backend answers with legal tokens and probabilities", "[backend][contract]") {
  for_each([](const Make& make, const Question& question) {
    const auto backend = make();
    const SlotInput input = input_of(question, 3);
    load(*backend, 1, input);
    for (int i = 0; i < 2; ++i) {
      step(*backend, {1});
      const SlotOutput& out = backend->read(1);
      REQUIRE(static_cast<int>(out.tokens.size()) == input.layout.size());
      REQUIRE(out.confidence.size() == out.tokens.size());
      int illegal = 0, improbable = 0;
      for (int p = 0; p < input.layout.size(); ++p) {
        const auto at = static_cast<std::size_t>(p);
        illegal += input.mask.at(p, out.tokens[at]) ? 0 : 1;
        improbable += out.confidence[at] >= 0 && out.confidence[at] <= 1 ? 0 : 1;
      }
      CHECK(illegal == 0);
      CHECK(improbable == 0);
      CHECK((out.q_halt >= 0 && out.q_halt <= 1));
    }
  });
}

TEST_CASE("In every backend a slot depends on its input and steps alone", "[backend][contract]") {
  for_each([](const Make& make, const Question& question) {
    const SlotInput input = input_of(question, 7);
    const auto alone = make();
    load(*alone, 0, input);
    step(*alone, {0});
    step(*alone, {0});

    // Padded batches of one size: the same rows are stepped each time, whoever is in them.
    const auto after_two = [&](const std::vector<int>& others, int slot) {
      const auto backend = make();
      for (const int s : others) load(*backend, s, input_of(question, 100u + s));
      if (!others.empty()) step(*backend, others);  // they are ahead
      load(*backend, slot, input);
      std::vector<int> all = others;
      all.push_back(slot);
      step(*backend, all);
      step(*backend, all);
      return backend->read(slot);
    };
    CHECK(same(after_two({}, 3), alone->read(0)));
    const SlotOutput crowded = after_two({0, 1, 2}, 3);
    CHECK(same(after_two({3, 2, 1}, 0), crowded));

    // A slot that is loaded again starts afresh; one that is not stepped stays as it is.
    const SlotOutput before = alone->read(0);
    load(*alone, 1, input);
    step(*alone, {1});
    CHECK(same(alone->read(0), before));
    load(*alone, 0, input);
    step(*alone, {0});
    CHECK(same(alone->read(0), alone->read(1)));
  });
}

TEST_CASE("Every backend has a name, a device and its slots", "[backend][contract]") {
  for_each([](const Make& make, const Question& question) {
    const auto backend = make();
    const auto names = backend_names();
    CHECK(std::count(names.begin(), names.end(), backend->info().name) == 1);
    CHECK(backend->info().device == "cpu");
    CHECK(backend->info().slots == kSlots);
    if (runs_models(backend->info().name)) {
      CHECK(backend->step_bytes(question, 1) > 0);
      CHECK(backend->step_bytes(question, 4) > backend->step_bytes(question, 1));
    } else {
      CHECK(backend->step_bytes(question, 4) == 0);
    }
  });
}

TEST_CASE("auto stands for a backend and a precision that this machine has", "[backend]") {
  const Device cpu{Device::Kind::cpu, 0}, cuda{Device::Kind::cuda, 0};
  CHECK(resolve_backend("auto", cpu) == "native");
  CHECK(resolve_backend("auto", cuda) == "torch");
  CHECK(resolve_backend("exact", cuda) == "exact");
  CHECK(resolve_precision("auto", "torch", cuda) == "bfloat16");
  CHECK(resolve_precision("float32", "torch", cuda) == "float32");
  const std::string here = kernels::multiplies_bf16() ? "bfloat16" : "float32";
  for (const Device& device : {cpu, Device{}}) {
    CHECK(resolve_precision("auto", "native", device) == here);
    CHECK(resolve_precision("auto", "exact", device) == "float32");
  }
  CHECK(resolve_precision("auto", "torch", cpu) == here);
  for (const std::string& name : backend_names()) {
    const auto choices = backend_choices();
    CHECK(std::count(choices.begin(), choices.end(), name) == 1);
  }
}

}  // namespace
}  // namespace trm
