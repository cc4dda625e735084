// Whole runs on tiny nets: data, learning, resuming to the bit, signals, finished models.
#include "trainer/run.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "engine/model/tensor_io.h"
#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"
#include "trainer/state.h"

using namespace trm;
using trm::test::read_file;
using trm::test::TempDir;
namespace fs = std::filesystem;

namespace {

struct Silent final : RunListener {
  int evaluations = 0;
  std::vector<std::pair<std::string, Score>> last;
  void message(const std::string&) override {}
  void progress(const Progress&) override {}
  void evaluated(const Progress&, const Scores& s, const Scores&) override {
    ++evaluations;
    last = s;
  }
};

TrainConfig tiny(const std::string& puzzle, std::int64_t steps) {
  TrainConfig config;
  config.puzzle = puzzle;
  config.steps = steps;
  config.arch.hidden_size = 32;
  config.arch.swiglu_inner = 32;
  config.arch.H_cycles = 2;
  config.arch.L_cycles = 2;
  config.arch.pos_encodings = PosEncoding::none;
  config.arch.halt_max_steps = 4;
  config.learn.optimizer = OptimizerKind::adamw;
  config.learn.lr = 3e-3;
  config.learn.ema_decay = 0.95;
  config.warmup_steps = 10;
  return config;
}

TrainConfig tiny_sudoku(std::int64_t steps) {
  TrainConfig config = tiny("sudoku", steps);
  config.arch.per_symbol = true;
  DataSource data;
  data.name = "small";
  data.size = "4x4";
  data.pool = 64;
  data.batch = 8;
  config.data.push_back(data);
  EvalSet eval;
  eval.name = "small";
  eval.size = "4x4";
  eval.count = 32;
  config.evals.push_back(eval);
  REQUIRE(complete_config(config).ok());
  return config;
}

RunOptions options_in(const TempDir& dir, const std::string& name) {
  RunOptions options;
  options.out = dir / name;
  options.device = {Device::Kind::cpu, 0};
  options.threads = 1;
  options.command = "trm_trainer train test.toml";
  return options;
}

// Two checkpoints hold the same numbers (the seconds of training time differ by nature).
bool same_tensors(const std::string& a, const std::string& b) {
  const auto one = Safetensors::open(a), two = Safetensors::open(b);
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  return one->data().size() == two->data().size() &&
         std::equal(one->data().begin(), one->data().end(), two->data().begin());
}

}  // namespace

TEST_CASE("Examples depend on seed, source and number only, and their labels are right", "[data]") {
  const Puzzle& sudoku = **find_puzzle("sudoku");
  const TrainConfig config = tiny_sudoku(1);
  auto a = ExampleSource::open(sudoku, config.data[0], 7);
  auto b = ExampleSource::open(sudoku, config.data[0], 7);
  auto c = ExampleSource::open(sudoku, config.data[0], 8);
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  REQUIRE(c.ok());
  b->set_drawn(3);
  int different = 0;
  std::vector<Example> first;
  for (int i = 0; i < 20; ++i) {
    auto pair = a->next();
    REQUIRE(pair.ok());
    // The label keeps the givens and solves the board.
    const auto grid = sudoku.decode(a->prototype(), 0, pair->labels);
    REQUIRE(grid.ok());
    Draft draft;
    draft.grids.push_back({"board", Grid(4, 4)});
    for (std::size_t p = 0; p < 16; ++p) {
      draft.grids[0].grid.cells[p] = static_cast<Cell>(pair->tokens[p] - 1);
    }
    const auto question = sudoku.make(draft);
    REQUIRE(question.ok());
    CHECK(sudoku.check(*question, Answer(*grid)).status == Status::verified);
    const auto other = c->next();
    different += other->tokens != pair->tokens;
    first.push_back(std::move(*pair));
  }
  CHECK(different > 10);
  for (int i = 3; i < 20; ++i)
    CHECK(b->next()->tokens == first[static_cast<std::size_t>(i)].tokens);
}

TEST_CASE("A short run learns 4x4 Sudoku and writes a model that the solver serves", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  const auto result = run_training(tiny_sudoku(500), options_in(dir, "run"), listener, stop);
  if (!result) FAIL(result.error().message);
  REQUIRE(result->finished);
  REQUIRE(listener.last.size() == 1);
  CHECK(listener.last[0].second.solved_rate() > 0.5);

  const auto file = open_model_file(result->model);
  REQUIRE(file.ok());
  CHECK(file->info.puzzle == "sudoku");
  CHECK(file->info.sizes == std::vector<std::string>{"4x4"});
  CHECK(file->info.training.find("figures") != nullptr);
  CHECK(read_file(dir / "run/sudoku.md").find("trm_trainer train test.toml") != std::string::npos);
  CHECK(read_file(dir / "run/metrics.jsonl").find("\"eval\"") != std::string::npos);

  SolverOptions options;
  options.model_files = {result->model};
  options.device = {Device::Kind::cpu, 0};
  options.threads = 1;
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  int verified = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto question = (*solver)->generate("sudoku", {"4x4", "", {}}, 900 + i);
    REQUIRE(question.ok());
    SolveRequest request(*question);
    request.attempts = 4;
    const auto solution = (*solver)->solve(std::move(request));
    REQUIRE(solution.ok());
    verified += solution->verified();
    CHECK(solution->source == "model");
    CHECK(solution->verified() ==
          (question->puzzle().check(*question, solution->answer).status == Status::verified));
  }
  CHECK(verified >= 5);
}

TEST_CASE("A run starts from a model's weights, at another depth, and resumes without the model",
          "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  const auto first = run_training(tiny_sudoku(30), options_in(dir, "first"), listener, stop);
  if (!first) FAIL(first.error().message);
  TrainConfig config = tiny_sudoku(1);
  config.init = dir / "start.safetensors";
  fs::copy(first->model, config.init);
  config.arch.H_cycles = 1;
  config.learn.lr = 1e-9;
  const auto second = run_training(config, options_in(dir, "second"), listener, stop);
  if (!second) FAIL(second.error().message);
  const std::string card = read_file(fs::path(second->model).replace_extension(".md").string());
  CHECK(card.find("It began with the weights of `" + config.init + "`") != std::string::npos);
  const auto before = open_model_file(first->model), after = open_model_file(second->model);
  REQUIRE(after.ok());
  CHECK(after->info.arch.H_cycles == 1);
  for (const auto& [name, view] : before->weights.tensors()) {
    INFO(name);
    const auto other = after->weights.tensors().find(name);
    REQUIRE(other != after->weights.tensors().end());
    CHECK(torch::allclose(to_torch(view), to_torch(other->second), 1e-5, 1e-6));
  }
  // The rest of the run depends on its checkpoint alone.
  fs::remove(config.init);
  config.init = dir / "moved.safetensors";
  config.name = "renamed";
  config.steps = 2;
  const auto renamed = run_training(config, options_in(dir, "second"), listener, stop);
  if (!renamed) FAIL(renamed.error().message);
  CHECK(fs::path(renamed->model).filename() == "renamed.safetensors");
  CHECK(run_training(config, options_in(dir, "third"), listener, stop).error().field == "init");

  config.init = first->model;
  config.arch.hidden_size = 48;
  const auto other = run_training(config, options_in(dir, "other"), listener, stop);
  CHECK(other.error().code == ErrorCode::invalid_config);
  CHECK(other.error().field == "init");
  CHECK(other.error().message.find("hidden_size") != std::string::npos);
}

TEST_CASE("A resumed run equals an unbroken one to the bit", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  REQUIRE(run_training(tiny_sudoku(40), options_in(dir, "whole"), listener, stop).ok());
  // The same run, stopped after 17 steps by being that short, then prolonged. Its schedule must not
  // depend on the length: constant here.
  TrainConfig config = tiny_sudoku(17);
  config.schedule = LrSchedule::constant;
  TrainConfig longer = tiny_sudoku(40);
  longer.schedule = LrSchedule::constant;
  REQUIRE(run_training(longer, options_in(dir, "constant"), listener, stop).ok());
  REQUIRE(run_training(config, options_in(dir, "broken"), listener, stop).ok());
  CHECK_FALSE(
      same_tensors(dir / "broken/checkpoint.safetensors", dir / "constant/checkpoint.safetensors"));
  REQUIRE(run_training(longer, options_in(dir, "broken"), listener, stop).ok());
  CHECK(
      same_tensors(dir / "broken/checkpoint.safetensors", dir / "constant/checkpoint.safetensors"));
  // And the schedule matters, so the comparison above can fail.
  CHECK_FALSE(
      same_tensors(dir / "whole/checkpoint.safetensors", dir / "constant/checkpoint.safetensors"));
}

TEST_CASE("A run that follows the frontier resumes to the bit", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  const auto run = [&](std::int64_t steps, const std::string& name) {
    TrainConfig config = tiny_sudoku(steps);
    config.schedule = LrSchedule::constant;
    config.frontier = 0.1;
    config.data.push_back(config.data.front());
    config.data.back().name = "others";
    REQUIRE(run_training(config, options_in(dir, name), listener, stop).ok());
  };
  run(60, "whole");
  run(27, "broken");
  run(60, "broken");
  CHECK(same_tensors(dir / "broken/checkpoint.safetensors", dir / "whole/checkpoint.safetensors"));
}

TEST_CASE("The frontier draws less of what is never learned", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  // Examples drawn of 9x9 boards, which nothing learns in so short a time.
  const auto hopeless = [&](double frontier) {
    TrainConfig config = tiny_sudoku(500);
    config.frontier = frontier;
    config.data.push_back(config.data.front());
    config.data.back().name = "hopeless";
    config.data.back().size = "9x9";
    config.data.back().pool = 32;
    const RunOptions options = options_in(dir, "run" + std::to_string(frontier));
    REQUIRE(run_training(config, options, listener, stop).ok());
    auto state = RunState::make(config, torch::kCPU);
    REQUIRE(state.ok());
    REQUIRE(load_checkpoint(*state, options.out + "/checkpoint.safetensors").ok());
    const auto* learned = state->learned.const_data_ptr<double>();
    CHECK((frontier > 0 ? learned[0] > 0.5 : learned[0] == 0.5));
    CHECK((frontier > 0 ? learned[1] < 0.2 : learned[1] == 0.5));
    return static_cast<double>(state->sources[1].drawn());
  };
  const double fixed = hopeless(0);
  CHECK(fixed > 100);
  CHECK(hopeless(0.05) < 0.75 * fixed);
}

TEST_CASE("A checkpoint of another configuration, or a damaged one, is refused", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  REQUIRE(run_training(tiny_sudoku(3), options_in(dir, "run"), listener, stop).ok());
  TrainConfig other = tiny_sudoku(6);
  other.learn.lr = 1;
  const auto refused = run_training(other, options_in(dir, "run"), listener, stop);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::invalid_checkpoint);

  const std::string path = dir / "run/checkpoint.safetensors";
  const std::string bytes = read_file(path);
  std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  const auto damaged = run_training(tiny_sudoku(6), options_in(dir, "run"), listener, stop);
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().code == ErrorCode::invalid_weights);
}

TEST_CASE("Stopping saves, and the run can be exported", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{true};  // before the first step
  const auto result = run_training(tiny_sudoku(50), options_in(dir, "run"), listener, stop);
  REQUIRE(result.ok());
  CHECK_FALSE(result->finished);
  const auto exported = export_checkpoint(dir / "run/checkpoint.safetensors",
                                          dir / "out.safetensors", listener, 1, "command");
  if (!exported) FAIL(exported.error().message);
  CHECK(open_model_file(dir / "out.safetensors").ok());
}

TEST_CASE("Every registered module with generator and solver trains some steps", "[run]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    INFO(puzzle->name());
    const TempDir dir;
    TrainConfig config = tiny(puzzle->name(), 3);
    DataSource data;
    data.pool = 8;
    data.batch = 2;
    config.data.push_back(data);
    auto completed = complete_config(config);
    if (!completed) FAIL(completed.error().message);
    for (auto& eval : config.evals) eval.count = 2;
    Silent listener;
    const std::atomic<bool> stop{false};
    const auto result = run_training(config, options_in(dir, "run"), listener, stop);
    if (!result) FAIL(result.error().message);
    CHECK(result->finished);
    CHECK(open_model_file(result->model).ok());
  }
}

TEST_CASE("SIGTERM makes the real program save and leave with status 0", "[run][process]") {
  const TempDir dir;
  const std::string program = std::string(TRM_BIN_DIR) + "/trm_trainer", out = dir / "run";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string log = dir / "log";
    if (freopen(log.c_str(), "w", stdout) == nullptr) _exit(99);
    execl(program.c_str(), "trm_trainer", "train", "--puzzle", "sudoku", "--set",
          "arch.per_symbol=true", "--set", "arch.hidden_size=16", "--set", "arch.swiglu_inner=32",
          "--set", "arch.pos_encodings=none", "--minutes", "10", "--threads", "1", "--out",
          out.c_str(), static_cast<char*>(nullptr));
    _exit(98);
  }
  // Wait until it trains, then ask it to stop.
  for (int i = 0; i < 1200 && !fs::exists(out + "/metrics.jsonl"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(fs::exists(out + "/metrics.jsonl"));
  kill(child, SIGTERM);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  const auto config = checkpoint_config(out + "/checkpoint.safetensors");
  REQUIRE(config.ok());
  CHECK(config->puzzle == "sudoku");
  for (const auto& entry : fs::directory_iterator(out)) {
    INFO(entry.path().string());
    CHECK(entry.path().string().find(".tmp") == std::string::npos);  // no partial file
  }
}

TEST_CASE("Patience ends a run that gets no better, best and last stay", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  TrainConfig config = tiny_sudoku(1000);
  config.learn.lr = 0;
  config.learn.weight_decay = 0;
  config.eval_every_steps = 2;
  config.patience = 2;
  config.keep_checkpoints = 3;
  config.checkpoint_every_steps = 2;
  const auto result = run_training(config, options_in(dir, "run"), listener, stop);
  if (!result) FAIL(result.error().message);
  CHECK(result->finished);
  CHECK(listener.evaluations == 3 + 1);  // one is the best, two are no better; the finished model's
  CHECK(fs::exists(dir / "run/best.safetensors"));
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(dir / "run"))
    kept += entry.path().filename().string().starts_with("checkpoint");
  CHECK(kept == 3);
}

TEST_CASE("A loss that is no number ends the run: the last checkpoint and a dump stay", "[run]") {
  const TempDir dir;
  Silent listener;
  const std::atomic<bool> stop{false};
  TrainConfig config = tiny_sudoku(1000);
  config.learn.lr = 1e30;
  config.warmup_steps = 0;
  config.checkpoint_every_steps = 1;
  const auto result = run_training(config, options_in(dir, "run"), listener, stop);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::backend_failed);
  CHECK(result.error().message.find("no longer a number") != std::string::npos);
  CHECK(checkpoint_config(dir / "run/nan.safetensors").ok());
  CHECK(checkpoint_config(dir / "run/checkpoint.safetensors").ok());
}
