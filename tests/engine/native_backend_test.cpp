// The network without a numeric library as a backend, and its team of threads: torch-free, so that
// the sanitizers see them.
#include <atomic>
#include <thread>

#include "engine/native/thread_team.h"
#include "engine/native/weights.h"
#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/engine/untrained.h"

namespace trm {
namespace {

using testing::board;
using testing::Model;
using testing::options_of;
using testing::same;
using testing::untrained;
using testing::written;

/// Modules that generate boards of one query whose relations the mixers read.
std::vector<const Puzzle*> mixable() {
  std::vector<const Puzzle*> found;
  for (const Puzzle* puzzle : registered_puzzles()) {
    const bool one = puzzle->info().generates && puzzle->queries(board(*puzzle, 1)) == 1;
    if (one && testing::is_mixable(*puzzle)) found.push_back(puzzle);
  }
  REQUIRE(found.size() >= 2);
  return found;
}

TEST_CASE("A slot's answer is the same to the bit for any neighbours, slot and threads",
          "[native]") {
  const test::TempDir folder;
  for (const Puzzle* puzzle : mixable()) {
    for (const char* precision : {"float32", "bfloat16"}) {
      INFO(puzzle->name() << ", " << precision);
      const ModelFile file = written(untrained(*puzzle), folder / "model.safetensors");
      SlotInput input = slot_input(board(*puzzle, 1), 0);
      const Question question = board(*puzzle, 1);
      input.question = &question;
      input.seed = 9;
      input.noise = 0.1f;
      input.start_noise = 0.2f;
      auto alone = make_native_backend(file, options_of(precision, 1, 1));
      if (!alone) FAIL(alone.error().message);
      REQUIRE((*alone)->load(0, input).ok());
      const int first[] = {0};
      for (int step = 0; step < 2; ++step) REQUIRE((*alone)->step(first).ok());
      for (const int rows : {2, 3, 5}) {
        auto crowd = make_native_backend(file, options_of(precision, 2, rows));
        REQUIRE(crowd.ok());
        std::vector<int> slots;
        for (int s = 0; s < rows; ++s) {
          const Question other = board(*puzzle, static_cast<std::uint64_t>(s) + 2);
          slots.push_back(s);
          REQUIRE((*crowd)->load(s, s == rows - 1 ? input : slot_input(other, 0)).ok());
        }
        for (int step = 0; step < 2; ++step) REQUIRE((*crowd)->step(slots).ok());
        CHECK(same((*crowd)->read(rows - 1), (*alone)->read(0)));
      }
    }
  }
}

TEST_CASE("Noise changes an attempt, its seed decides how", "[native]") {
  const test::TempDir folder;
  const Puzzle& puzzle = *mixable().front();
  const ModelFile file = written(untrained(puzzle), folder / "model.safetensors");
  auto backend = make_native_backend(file, options_of("float32", 1, 4));
  REQUIRE(backend.ok());
  const Question question = board(puzzle, 1);
  const auto load = [&](int slot, float noise, float start, std::uint64_t seed) {
    SlotInput input = slot_input(question, 0);
    input.noise = noise;
    input.start_noise = start;
    input.seed = seed;
    REQUIRE((*backend)->load(slot, input).ok());
  };
  load(0, 0, 0, 1);
  load(1, 0.5f, 0, 1);
  load(2, 0, 0.5f, 1);
  load(3, 0, 0.5f, 2);
  const int slots[] = {0, 1, 2, 3};
  REQUIRE((*backend)->step(slots).ok());
  CHECK(same((*backend)->read(0), (*backend)->read(1)));  // noise begins after the first step
  CHECK_FALSE(same((*backend)->read(0), (*backend)->read(2)));
  CHECK_FALSE(same((*backend)->read(2), (*backend)->read(3)));
  REQUIRE((*backend)->step(slots).ok());
  CHECK_FALSE(same((*backend)->read(0), (*backend)->read(1)));
}

TEST_CASE("The native backend refuses what it cannot use by name", "[native]") {
  const test::TempDir folder;
  const Puzzle& puzzle = *mixable().front();
  Model model = untrained(puzzle);
  const auto refusal = [&](auto&& change) {
    Model changed = model;
    change(changed);
    const auto made = native::make_weights<float>(changed.arch, changed.tensors());
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().code == ErrorCode::invalid_weights);
    return made.error().field;
  };
  CHECK(refusal([](Model& m) {
          m.values["inner.L_init"][3] = std::numeric_limits<float>::quiet_NaN();
        }) == "inner.L_init");
  CHECK(refusal([](Model& m) { m.values.erase("inner.H_init"); }) == "inner.H_init");
  CHECK(refusal([](Model& m) { m.shapes["inner.q_head.bias"] = {1, 2}; }) == "inner.q_head.bias");
  CHECK(refusal([](Model& m) {
          m.values["inner.more"] = {1};
          m.shapes["inner.more"] = {1};
        }) == "inner.more");
  // A small file that claims a large network is refused before memory is taken.
  CHECK(refusal([](Model& m) { m.arch.hidden_size = 8192; }).starts_with("inner."));
  const ModelFile file = written(model, folder / "model.safetensors");
  const auto bad = make_native_backend(file, options_of("float8", 1, 1));
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().field == "precision");
  BackendOptions cuda = options_of("float32", 1, 1);
  cuda.device = {Device::Kind::cuda, 0};
  const auto elsewhere = make_native_backend(file, cuda);
  REQUIRE_FALSE(elsewhere.ok());
  CHECK(elsewhere.error().code == ErrorCode::unsupported);
  auto backend = make_native_backend(file, options_of("float32", 1, 1));
  REQUIRE(backend.ok());
  CHECK((*backend)->step_bytes(board(puzzle, 1), 8) > (*backend)->step_bytes(board(puzzle, 1), 1));
}

TEST_CASE("A solver runs models on the native backend from many threads", "[native]") {
  const test::TempDir folder;
  const Puzzle& puzzle = *mixable().front();
  (void)written(untrained(puzzle), folder / "model.safetensors");
  SolverOptions options;
  options.backend = "native";
  options.model_files = {folder / "model.safetensors"};
  options.slots = 3;
  options.threads = 2;
  const auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 4; ++i) {
        SolveRequest request(board(puzzle, i + 1));
        request.max_steps = 2;
        request.attempts = 1 + t % 2;
        request.rules_ms = 0;
        const auto solution = (*solver)->solve(std::move(request));
        if (solution.ok() && solution->source == "model") ++answered;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(answered == 16);
}

TEST_CASE("A team runs its work on every member and meets between phases", "[native]") {
  for (const int size : {1, 2, 3}) {
    native::ThreadTeam team(size);
    REQUIRE(team.size() == size);
    std::vector<int> phase(static_cast<std::size_t>(size), 0);
    std::atomic<int> late{0};
    for (int round = 0; round < 20; ++round) {
      team.run([&](const native::Crew& crew) {
        for (int i = 0; i < 20; ++i) {
          ++phase[static_cast<std::size_t>(crew.index)];
          crew.meet();
          for (const int other : phase)
            late += other != phase[static_cast<std::size_t>(crew.index)];
          crew.meet();
        }
      });
    }
    CHECK(late == 0);
    CHECK(phase.back() == 400);
  }
}

TEST_CASE("Parts of a crew cover all items once", "[native]") {
  for (const std::int64_t count : {0, 1, 63, 64, 65, 1000}) {
    std::int64_t next = 0;
    for (int i = 0; i < 3; ++i) {
      const auto [from, to] = native::Crew{i, 3, nullptr}.part(count, 64);
      CHECK(from == next);
      CHECK((to == count || to % 64 == 0));
      next = to;
    }
    CHECK(next == count);
  }
}

}  // namespace
}  // namespace trm
