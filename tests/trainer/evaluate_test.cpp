// Scores: every board counts, each figure means what its name says, and `eval` says all of them.
#include "trainer/evaluate.h"

#include <filesystem>

#include "engine/model/tensor_io.h"
#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/build_util.h"
#include "tests/trainer/trainer_process.h"
#include "trainer/state.h"

using namespace trm;
using namespace trm::test;

namespace {

const Puzzle& sudoku() { return **find_puzzle("sudoku"); }

HeldOut boards(int count, int max_steps) {
  EvalSet spec;
  spec.name = "small";
  spec.size = "4x4";
  spec.count = count;
  spec.max_steps = max_steps;
  auto made = HeldOut::make(sudoku(), spec);
  if (!made) FAIL(made.error().message);
  return std::move(*made);
}

// A network after some steps: some boards right, some not.
RunState trained(int steps) {
  auto config = parse_config(tiny_toml(steps));
  REQUIRE(config.ok());
  REQUIRE(complete_config(*config).ok());
  auto state = RunState::make(*config, torch::kCPU);
  if (!state) FAIL(state.error().message);
  set_threads(1);
  for (int i = 0; i < steps; ++i) {
    const auto next = [&](std::int64_t) { return state->sources[0].next().value(); };
    state->learner->step(state->lanes[0].lane, {2, 2}, 1, next, state->rng);
  }
  return std::move(*state);
}

Score scored(RunState& state, const HeldOut& held_out, int batch) {
  Result<Score> score = Score();
  torch::NoGradGuard no_grad;
  state.learner->network().prepare();
  score = evaluate(state.learner->network(), sudoku(), held_out, batch);
  if (!score) FAIL(score.error().message);
  return std::move(*score);
}

}  // namespace

TEST_CASE("Every board counts, whatever the batch", "[evaluate]") {
  RunState state = trained(60);
  const HeldOut held_out = boards(37, 5);
  const Score whole = scored(state, held_out, 64), parts = scored(state, held_out, 8);
  for (const Score* score : {&whole, &parts}) {
    CHECK(score->boards == 37);
    CHECK(score->solved_at.size() == 37);
    CHECK(score->answers.size() == 37);
    CHECK(score->cells == 37 * 16);
    REQUIRE(score->by_step.size() == 5);
  }
  CHECK(whole.solved == parts.solved);
  CHECK(whole.exact_raw == parts.exact_raw);
  CHECK(whole.cells_right == parts.cells_right);
}

TEST_CASE("Figures agree with what the rules say about the answers", "[evaluate]") {
  RunState state = trained(150);
  const HeldOut held_out = boards(60, 6);
  const Score score = scored(state, held_out, 16);
  std::int64_t valid = 0, exact = 0, solved = 0, steps = 0;
  for (std::size_t i = 0; i < held_out.boards.size(); ++i) {
    const auto& [question, target, guesses] = held_out.boards[i];
    REQUIRE(score.answers[i].queries.size() == 1);
    valid += sudoku().check(question, score.answers[i]).status == Status::verified;
    exact += score.answers[i] == target;
    solved += score.solved_at[i] > 0;
    steps += score.solved_at[i];
  }
  CHECK(score.valid == valid);
  CHECK(score.exact == exact);
  CHECK(score.solved == solved);
  CHECK(score.steps == steps);
  CHECK(valid > 0);  // else the test says nothing
  CHECK(valid < 60);
  // Best of all steps is at least the last; without the givens' help nothing gets better.
  CHECK(score.solved >= score.valid);
  CHECK(score.exact_raw <= score.exact);
  std::int64_t before = 0;
  for (const StepScore& at : score.by_step) {
    CHECK(at.solved >= before);
    CHECK(at.valid <= at.solved);
    before = at.solved;
  }
  CHECK(score.by_step.back().valid == score.valid);
  std::int64_t in_buckets = 0, solved_in_buckets = 0;
  for (const BucketScore& bucket : score.buckets) {
    in_buckets += bucket.boards;
    solved_in_buckets += bucket.solved;
  }
  CHECK(in_buckets == score.boards);
  CHECK(solved_in_buckets == score.solved);
}

TEST_CASE("An untrained halt head says no everywhere: it is right where boards are wrong",
          "[evaluate]") {
  RunState state = trained(0);
  const HeldOut held_out = boards(20, 2);
  const Score score = scored(state, held_out, 8);
  CHECK(score.halt_right == score.boards - score.exact_raw);
}

TEST_CASE("Boards that do not fit the network are refused", "[evaluate]") {
  auto config = parse_config(tiny_toml(1));
  config->arch.per_symbol = false;
  config->arch.mixer = Mixer::mlp_t;
  REQUIRE(complete_config(*config).ok());
  Network network(config->arch, 1, torch::kCPU);
  EvalSet spec;
  spec.size = "6x6";
  spec.count = 1;
  const auto held_out = HeldOut::make(sudoku(), spec);
  REQUIRE(held_out.ok());
  const auto score = evaluate(network, sudoku(), *held_out, 4);
  REQUIRE_FALSE(score.ok());
  CHECK(score.error().code == ErrorCode::invalid_data);
  CHECK(score.error().message.find("16 positions, this one has 36") != std::string::npos);
}

TEST_CASE("The picture shows missed boards first, three panels each", "[evaluate]") {
  RunState state = trained(60);
  const HeldOut held_out = boards(12, 3);
  const Score score = scored(state, held_out, 16);
  REQUIRE(score.solved < 12);
  const std::string svg = boards_picture(sudoku(), held_out, score, 3);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.find("not solved") != std::string::npos);
  std::size_t truths = 0;
  for (auto at = svg.find(">truth<"); at != std::string::npos; at = svg.find(">truth<", at + 1))
    ++truths;
  CHECK(truths == 3);
}

TEST_CASE("eval names every figure, as a table and as JSON", "[evaluate][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(100));
  // So slow an average that after 100 steps it is almost the untrained network.
  REQUIRE(run_trainer({"train", dir / "run.toml", "--threads", "1", "--out", dir / "run", "--set",
                       "train.ema_decay=0.999"},
                      dir / "log")
              .first == 0);
  const std::string model = dir / "run/tiny.safetensors";
  const auto table = run_trainer({"eval", model, "--count", "33", "--max-steps", "4", "--by-step",
                                  "--picture", dir / "boards.svg"},
                                 dir / "log");
  INFO(table.second);
  REQUIRE(table.first == 0);
  for (const char* line : {"33 boards", "solved at some step (best of all)",
                           "valid after the last step", "exact after the last step", "exact_raw",
                           "halt head right", "cells right", "mean steps", "0 guesses", "  4 "}) {
    INFO(line);
    CHECK(table.second.find(line) != std::string::npos);
  }
  CHECK(std::filesystem::exists(dir / "boards.svg"));
  const auto text =
      run_trainer({"eval", model, "--count", "33", "--max-steps", "4", "--json"}, dir / "log");
  const auto json = parse_json(text.second);
  if (!json) FAIL(text.second);
  for (const char* key :
       {"boards", "solved", "solved_rate", "solved_low", "solved_high", "valid_rate", "exact_rate",
        "exact_raw_rate", "exact_raw_low", "exact_raw_high", "cell_rate", "halt_rate", "mean_steps",
        "by_step", "buckets", "set"}) {
    INFO(key);
    CHECK(json->find(key) != nullptr);
  }
  CHECK(json->find("boards")->as_int() == 33);
  CHECK(json->find("by_step")->as_array().size() == 4);
  // The last checkpoint has the same EMA weights as the model.
  const auto again = run_trainer(
      {"eval", dir / "run/checkpoint.safetensors", "--count", "33", "--max-steps", "4", "--json"},
      dir / "log");
  const auto same = parse_json(again.second);
  if (!same) FAIL(again.second);
  for (const char* key : {"solved", "exact", "exact_raw"})
    CHECK(same->find(key)->as_int() == json->find(key)->as_int());
  const auto raw = run_trainer({"eval", dir / "run/checkpoint.safetensors", "--count", "33",
                                "--max-steps", "4", "--json", "--raw"},
                               dir / "log");
  const auto other = parse_json(raw.second);
  if (!other) FAIL(raw.second);
  CHECK(other->find("solved")->as_int() > json->find("solved")->as_int());
  const auto refused = run_trainer({"eval", model, "--size", "9by9"}, dir / "log");
  CHECK(refused.first == 1);
}

TEST_CASE("eval and a run score tasks by the votes of their images",
          "[evaluate][pass-at][process]") {
  const TempDir dir;
  write_file(dir / "one.json", R"({"train":[{"input":[[0,1,2]],"output":[[1,2]]}],)"
                               R"("test":[{"input":[[3,4]],"output":[[5]]}]})");
  BuildRequest request;
  request.eval_files = {dir / "one.json"};
  request.augment = 3;
  request.out = dir / "data";
  built(**find_puzzle("arc"), request);
  std::string toml = tiny_toml(2);
  toml.replace(toml.find("sudoku"), 6, "arc");
  toml = toml.substr(0, toml.find("[[data]]")) + "[[data]]\nname = \"train\"\nsize = \"30x30\"\n" +
         "dataset = \"" + request.out + "/train\"\naugment = false\nbatch = 2\n" +
         "[[eval]]\nname = \"test\"\ndataset = \"" + request.out +
         "/test\"\ncount = 0\nmax_steps = 2\n";
  write_file(dir / "run.toml", toml);
  const auto run =
      run_trainer({"train", dir / "run.toml", "--threads", "1", "--out", dir / "run"}, dir / "log");
  INFO(run.second);
  REQUIRE(run.first == 0);
  CHECK(read_file(dir / "run/metrics.jsonl").find("\"tasks\":1,\"votes\":4,\"pass@1\":0") !=
        std::string::npos);
  CHECK(read_file(dir / "run/tiny.md")
            .find("\ntest, votes of images for the tests of 1 tasks: pass@1 0.0 %, pass@2 0.0 %") !=
        std::string::npos);
  const std::vector<std::string> command{"eval",        dir / "run/tiny.safetensors",
                                         "--dataset",   request.out + "/test",
                                         "--max-steps", "2",
                                         "--threads",   "1"};
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return run_trainer(more, dir / "log");
  };
  const auto table = eval({});
  INFO(table.second);
  CHECK(table.first == 0);
  for (const char* line : {"4 for the tests of 1 tasks\n", "pass@1 ", "pass@2 ", "pass@100 "})
    CHECK(table.second.find(line) != std::string::npos);
  CHECK(eval({"--count", "3"}).second.find("3 for the tests of 1 tasks (a part of the split)") !=
        std::string::npos);
  const auto json = parse_json(eval({"--json"}).second);
  REQUIRE(json.ok());
  CHECK(json->find("votes")->as_int() == 4);
  for (const char* key : {"pass@1", "pass@2", "pass@5", "pass@10", "pass@100"})
    CHECK(json->find(key)->is_number());
  write_file(request.out + "/identifiers.json", "[");
  const auto refused = eval({});
  CHECK(refused.first == 1);
  CHECK(refused.second.find("identifiers.json: not JSON") != std::string::npos);
}

TEST_CASE("overfit learns a few examples by heart, and says so when it cannot",
          "[evaluate][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(100));
  const auto learned =
      run_trainer({"overfit", dir / "run.toml", "--examples", "3", "--threads", "1"}, dir / "log");
  INFO(learned.second);
  CHECK(learned.first == 0);
  CHECK(learned.second.find("all 3 examples are right") != std::string::npos);
  const auto not_learned = run_trainer({"overfit", dir / "run.toml", "--examples", "3", "--threads",
                                        "1", "--most-steps", "50", "--set", "train.lr=0.0"},
                                       dir / "log");
  CHECK(not_learned.first == 1);
}

TEST_CASE("A dry run and a profile say what a run needs and write nothing", "[evaluate][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(100));
  const auto dry =
      run_trainer({"train", dir / "run.toml", "--dry-run", "--threads", "1", "--out", dir / "run"},
                  dir / "log");
  INFO(dry.second);
  CHECK(dry.first == 0);
  for (const char* part : {"parameters", "memory:", "100 steps", "nothing was written"})
    CHECK(dry.second.find(part) != std::string::npos);
  const auto profile =
      run_trainer({"train", dir / "run.toml", "--profile", "--threads", "1", "--out", dir / "run"},
                  dir / "log");
  INFO(profile.second);
  CHECK(profile.first == 0);
  for (const char* part : {"FLOP/s", "% of the step", "aten::"})
    CHECK(profile.second.find(part) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "run"));
}
