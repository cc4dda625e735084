// The TRM behind the backend contract: batching, slots, files, refusals.
#include "engine/backends/backend.h"

#include "engine/model/network.h"
#include "engine/model/tensor_io.h"
#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

Question board(const Puzzle& puzzle, const std::string& size, std::uint64_t seed) {
  Rng rng(seed);
  auto question = puzzle.generate(rng, {size, "", {}});
  if (!question) FAIL(question.error().message);
  return *question;
}

// An untrained model for a module, written to a file and read back.
ModelFile untrained(const Puzzle& puzzle) {
  Arch arch;
  arch.mixer = Mixer::geometry;
  arch.pos_encodings = PosEncoding::none;
  arch.hidden_size = 16;
  arch.swiglu_inner = 32;
  arch.H_cycles = 2;
  arch.L_cycles = 2;
  arch.vocab_size = puzzle.tokens().vocab;
  for (const Relation& relation : puzzle.geometry(board(puzzle, "", 1), 0)) {
    arch.relations.push_back(relation.name);
  }
  const Network network(arch, 3, torch::kCPU);
  ModelInfo info;
  info.name = "untrained";
  info.puzzle = puzzle.name();
  info.arch = arch;
  info.tokens = puzzle.tokens().names;
  info.sizes = {puzzle.info().sizes.front()};
  const test::TempDir folder;
  const std::string path = folder / "untrained.safetensors";
  const auto written =
      write_model_file(path, info, tensor_map(network.parameters(), network.buffers()));
  if (!written) FAIL(written.error().message);
  auto file = open_model_file(path);
  if (!file) FAIL(file.error().message);
  return std::move(file).value();
}

BackendOptions cpu_options() {
  BackendOptions options;
  options.device = {Device::Kind::cpu, 0};
  options.threads = 1;
  return options;
}

TEST_CASE("Boards of all sizes run side by side and answer as they do alone", "[backend]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates) continue;
    if (puzzle->geometry(board(*puzzle, "", 1), 0).front().kind == RelationKind::edges) continue;
    INFO(puzzle->name());
    const ModelFile file = untrained(*puzzle);
    auto backend = make_torch_backend(file, cpu_options());
    if (!backend) FAIL(backend.error().message);
    std::vector<Question> questions;
    for (int i = 0; i < 6; ++i) {
      const auto& sizes = puzzle->info().sizes;
      questions.push_back(board(
          *puzzle, sizes[static_cast<std::size_t>(i) % std::min<std::size_t>(2, sizes.size())],
          static_cast<std::uint64_t>(i)));
    }
    const auto answers = [&](const std::vector<std::vector<int>>& batches) {
      for (std::size_t i = 0; i < questions.size(); ++i) {
        REQUIRE((*backend)->supports(questions[i]).ok());
        REQUIRE((*backend)->load(static_cast<int>(i), slot_input(questions[i], 0)).ok());
      }
      for (int step = 0; step < 2; ++step) {
        for (const auto& slots : batches) REQUIRE((*backend)->step(slots).ok());
      }
      std::vector<SlotOutput> all;
      for (int i = 0; i < 6; ++i) all.push_back((*backend)->read(i));
      return all;
    };
    const auto together = answers({{0, 1, 2, 3, 4, 5}});
    const auto apart = answers({{5}, {3}, {1}, {0}, {2}, {4}});
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const TokenMask mask = puzzle->mask(questions[i], 0);
      REQUIRE(together[i].tokens.size() == apart[i].tokens.size());
      CHECK(together[i].q_halt == Approx(apart[i].q_halt).margin(1e-3));
      for (std::size_t p = 0; p < together[i].tokens.size(); ++p) {
        CHECK(mask.at(static_cast<int>(p), together[i].tokens[p]));
        CHECK(together[i].confidence[p] == Approx(apart[i].confidence[p]).margin(1e-3));
      }
    }
  }
}

TEST_CASE("A model says which relations a foreign board lacks", "[backend]") {
  const Puzzle& first = *registered_puzzles()[0];
  const Puzzle& second = *registered_puzzles()[1];
  auto backend = make_torch_backend(untrained(first), cpu_options());
  REQUIRE(backend.ok());
  const auto refused = (*backend)->supports(board(second, "", 1));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported_by_model);
}

TEST_CASE("A device that is not there is refused by name", "[backend]") {
  if (torch::cuda::is_available()) return;
  BackendOptions options = cpu_options();
  options.device = {Device::Kind::cuda, 0};
  const auto refused = make_torch_backend(untrained(*registered_puzzles()[0]), options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported);
}

TEST_CASE("bfloat16 answers like float32 on the same board", "[backend]") {
  const Puzzle& puzzle = *registered_puzzles()[0];
  const ModelFile file = untrained(puzzle);
  const Question question = board(puzzle, "", 3);
  std::vector<SlotOutput> outputs;
  for (const char* precision : {"float32", "bfloat16"}) {
    BackendOptions options = cpu_options();
    options.precision = precision;
    auto backend = make_torch_backend(file, options);
    REQUIRE(backend.ok());
    const int slots[] = {0};
    REQUIRE((*backend)->load(0, slot_input(question, 0)).ok());
    REQUIRE((*backend)->step(slots).ok());
    outputs.push_back((*backend)->read(0));
  }
  double difference = 0;
  for (std::size_t p = 0; p < outputs[0].confidence.size(); ++p) {
    difference += std::abs(outputs[0].confidence[p] - outputs[1].confidence[p]);
  }
  CHECK(difference / static_cast<double>(outputs[0].confidence.size()) < 0.1);
  BackendOptions options = cpu_options();
  options.precision = "float8";
  CHECK_FALSE(make_torch_backend(file, options).ok());
}

}  // namespace
}  // namespace trm
