// Configurations: reading, refusing, changing, printing; schedules.
#include "trainer/config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "trainer/presets.h"

using namespace trm;
using trm::test::TempDir;

namespace {

Error error_of(const std::string& toml) {
  auto config = parse_config(toml);
  if (config) {
    if (auto completed = complete_config(*config); !completed) return completed.error();
    FAIL("accepted: " << toml);
  }
  return config.error();
}

}  // namespace

TEST_CASE("What a configuration says is read, and printed so that it reads back", "[config]") {
  auto config = parse_config(
      "puzzle = \"sudoku\"\nminutes = 2\n[arch]\nper_symbol = true\nhidden_size = 48\n"
      "[train]\nlr = 0.002\noptimizer = \"adamw\"\nbf16 = true\n"
      "[[data]]\nname = \"a\"\nsize = \"4x4\"\noptions = { clues = 5 }\n"
      "[[stage]]\nuntil = 0.5\nH_cycles = 1\nweights = { \"a\" = 2.5 }\n[[stage]]\nuntil = 1.0\n");
  REQUIRE(config.ok());
  CHECK(config->arch.hidden_size == 48);
  CHECK(config->learn.lr == 0.002);
  CHECK(config->learn.optimizer == OptimizerKind::adamw);
  CHECK(config->data.at(0).options.at("clues") == 5);
  CHECK(config->stages.at(0).weights.at("a") == 2.5);
  REQUIRE(complete_config(*config).ok());
  CHECK(config->name == "sudoku");
  CHECK(config->arch.relations == std::vector<std::string>{"row", "column", "box"});
  CHECK(config->arch.first_symbol == 2);
  CHECK(config->evals.size() == 1);

  auto again = parse_config(config_to_toml(*config));
  REQUIRE(again.ok());
  REQUIRE(complete_config(*again).ok());
  CHECK(config_to_toml(*again) == config_to_toml(*config));
  CHECK(again->arch == config->arch);
  CHECK(again->data == config->data);
  CHECK(again->stages == config->stages);
}

TEST_CASE("Wrong keys and values are refused by name and line", "[config]") {
  CHECK(error_of("puzzel = \"sudoku\"").field == "puzzel");
  CHECK(error_of("puzzle = \"sudoku\"\n[train]\nlearning_rate = 1").field == "train.learning_rate");
  CHECK(error_of("puzzle = \"sudoku\"\n[train]\nlr = \"fast\"").message.find("line 3") == 0);
  CHECK(error_of("puzzle = \"sudoku\"\n[train]\nlr = -1").field == "train.lr");
  CHECK(error_of("puzzle = \"sudoku\"\n[train]\noptimizer = \"sgd\"").message.find("adamw") !=
        std::string::npos);
  CHECK(error_of("puzzle = \"sudoku\"\n[[data]]\nsiez = \"4x4\"").field == "data[0].siez");
  CHECK(error_of("puzzle = \"sudoku\"\ndata = 3").code == ErrorCode::invalid_config);
  const auto message = [](const char* toml) { return error_of(toml).message; };
  CHECK(message("[train]\nwarmup_step = 3").find("did you mean train.warmup_steps?") !=
        std::string::npos);
  CHECK(message("[arch]\nlr = 3").find("did you mean train.lr?") != std::string::npos);
  CHECK(message("[[data]]\nbacth = 3").find("did you mean batch?") != std::string::npos);
  CHECK(message("zebra = 3").find("did you mean") == std::string::npos);
  CHECK(error_of("puzzle = ").code == ErrorCode::invalid_config);
  CHECK(error_of("puzzle = \"chess\"").code == ErrorCode::unknown_puzzle);
  CHECK(error_of("puzzle = \"sudoku\"\n[[stage]]\nuntil = 0.5").field == "stage.until");
  CHECK(error_of("puzzle = \"sudoku\"\n[[stage]]\nuntil = 1.0\nweights = { \"b\" = 1 }").field ==
        "stage.weights");
  CHECK(error_of("puzzle = \"sudoku\"\n[arch]\nhidden_size = 0").field == "arch.hidden_size");
  CHECK(error_of("puzzle = \"sudoku\"\n[[data]]\nname = \"a\"\nreveal = 65").field == "data.a");
  CHECK(message("puzzle = \"maze\"\n[[data]]\nreveal = 1").find("guess") != std::string::npos);
}

TEST_CASE("A file whose first board is full may give cells of the others away", "[config]") {
  const TempDir dir;
  const std::string file = dir / "boards.txt";
  std::ofstream(file)
      << "534678912672195348198342567859761423426853791713924856961537284287419635345286179\n"
         "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79\n";
  const std::string data = "[[data]]\nreveal = 1\nfile = '" + file + "'\n";
  auto config = parse_config("puzzle = \"sudoku\"\n" + data);
  if (!config) FAIL(config.error().message);
  const auto completed = complete_config(*config);
  if (!completed) FAIL(completed.error().message);
}

TEST_CASE("The option --set changes one scalar and nothing on error", "[config]") {
  TrainConfig config;
  CHECK(set_config(config, "train.lr=0.5").ok());
  CHECK(config.learn.lr == 0.5);
  CHECK(set_config(config, "train.schedule=cosine").ok());
  CHECK(config.schedule == LrSchedule::cosine);
  CHECK(set_config(config, "puzzle=maze").ok());
  CHECK(config.puzzle == "maze");
  CHECK_FALSE(set_config(config, "train.lr").ok());
  CHECK_FALSE(set_config(config, "train.lrr=1").ok());
  CHECK_FALSE(set_config(config, "train.lr=fast").ok());
  CHECK(config.learn.lr == 0.5);
}

TEST_CASE("The shipped configurations are complete", "[config]") {
  int seen = 0, official = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TRM_SOURCE_DIR) + "/assets/configs")) {
    INFO(entry.path().string());
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    auto config = parse_config(text.str());
    if (!config) FAIL(config.error().message);
    ++seen;
    // Official recipes need their data sets: their networks are fixed without them.
    const bool stored = std::any_of(config->data.begin(), config->data.end(),
                                    [](const DataSource& d) { return !d.dataset.empty(); });
    if (stored) {
      ++official;
      CHECK(config->arch.seq_len > 0);
      CHECK(config->arch.vocab_size > 0);
      CHECK(validate(config->arch).ok() == (config->arch.num_puzzle_identifiers > 0));
      CHECK_FALSE(complete_config(*config).ok());
      continue;
    }
    const auto completed = complete_config(*config);
    if (!completed) FAIL(completed.error().message);
  }
  CHECK(official == 5);
  CHECK(seen >= 7);
  const auto presets = list_presets();
  REQUIRE(presets.ok());
  CHECK(static_cast<int>(presets->size()) == seen);
  for (const Preset& preset : *presets) {
    CHECK_FALSE(preset.summary.empty());
    CHECK(find_preset(preset.name).ok());
  }
  const auto typo = find_preset("maze-hrad");
  REQUIRE_FALSE(typo.ok());
  CHECK(typo.error().message.find("did you mean maze-hard?") != std::string::npos);
}

TEST_CASE("Every module that can be trained has complete defaults", "[config]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    TrainConfig config;
    config.puzzle = puzzle->name();
    const auto completed = complete_config(config);
    if (!completed) FAIL(completed.error().message);
    CHECK(config.arch.vocab_size == puzzle->tokens().vocab);
  }
}

TEST_CASE("The learning rate warms up, holds, and falls to its floor", "[config]") {
  TrainConfig config;
  config.warmup_steps = 10;
  config.decay_from = 0.5;
  config.lr_min_ratio = 0.1;
  CHECK(lr_scale(config, 0.0, 0) == Approx(0.1));
  CHECK(lr_scale(config, 0.1, 50) == 1.0);
  CHECK(lr_scale(config, 0.75, 500) == Approx(0.55));
  CHECK(lr_scale(config, 1.0, 900) == Approx(0.1));
  config.schedule = LrSchedule::cosine;
  CHECK(lr_scale(config, 0.75, 500) == Approx(0.55));
  CHECK(lr_scale(config, 0.6, 500) > 0.9);
  config.schedule = LrSchedule::constant;
  CHECK(lr_scale(config, 1.0, 900) == 1.0);
}
