// The trainer as a child process, with a shell script in its place.
#include "ui/jobs/training.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/temp_dir.h"
#include "tests/ui/jobs/bench.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::TempDir;
using Words = std::vector<std::string>;

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A trainer that does what its script says; $out is the folder of the run, $what "train" or
/// "data". Every call is a line of calls.txt beside it.
class FakeTrainer {
 public:
  explicit FakeTrainer(const std::string& script) {
    write(dir / "trainer",
          "#!/bin/sh\nhere=$(dirname \"$0\")\necho \"$*\" >> \"$here/calls.txt\"\necho $$ > "
          "\"$here/pid\"\nwhat=$1\nwhile [ $# -gt 0 ]; do\n  if [ \"$1\" = --out ]; then "
          "out=$2; fi\n  shift\ndone\n" +
              script);
    fs::permissions(dir / "trainer", fs::perms::owner_all);
    setenv("TRM_TRAINER", (dir / "trainer").c_str(), 1);
  }
  ~FakeTrainer() { unsetenv("TRM_TRAINER"); }

  TrainingOptions options() const {
    TrainingOptions options;
    options.puzzle = "sudoku";
    options.minutes = 2;
    options.out = dir / "run";
    return options;
  }
  std::string calls() const { return content(dir / "calls.txt"); }
  pid_t pid() const { return static_cast<pid_t>(std::atoi(content(dir / "pid").c_str())); }

  TempDir dir;
};

Training started(const TrainingOptions& options) {
  auto training = Training::start(options);
  if (!training) FAIL(training.error().message);
  return std::move(*training);
}

ErrorCode refused(const TrainingOptions& options) {
  const auto training = Training::start(options);
  REQUIRE_FALSE(training.ok());
  CHECK_FALSE(training.error().message.empty());
  return training.error().code;
}

template <class Condition>
bool soon(Condition&& condition) {
  for (int i = 0; i < 2500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return false;
}

void finish(Training& training) {
  REQUIRE(soon([&] { return training.poll(), !training.running(); }));
}

constexpr const char* kLearn = R"sh(
[ "$what" = data ] && { mkdir -p "$out"; echo "train: 2 puzzles, 2 examples"; exit 0; }
printf '{"step":1,"minutes":0.5,"lm_loss":2.5,"exact":0}\n' > "$out/metrics.jsonl"
printf '{"step":9,"minutes":1,"eval":{"data0":{"solved":3}}}\n' >> "$out/metrics.jsonl"
printf '{"step":20,"minutes":1.5,"lm_loss":0.75,"exact":0.25}\n' >> "$out/metrics.jsonl"
echo "[####] 75%"
echo weights > "$out/sudoku.safetensors"
echo "model: $out/sudoku.safetensors"
)sh";

TEST_CASE("The commands are those that a terminal user would type", "[jobs]") {
  const TempDir dir;
  TrainingOptions options;
  options.puzzle = "maze";
  options.minutes = 2.5;
  options.threads = 2;
  options.out = dir / "run";
  using Lines = std::vector<Words>;
  CHECK(Training::commands("T", options) == Lines{{"T", "train", "--puzzle", "maze", "--minutes",
                                                   "2.5", "--threads", "2", "--out", dir / "run"}});
  options.config = "maze.toml";
  CHECK(Training::commands("T", options).front() ==
        Words{"T", "train", "maze.toml", "--set", "steps=0", "--set", "epochs=0", "--minutes",
              "2.5", "--threads", "2", "--out", dir / "run"});
  options.data = dir / "drawn.txt";
  write(options.data, "S  /   /  G\tSoo/  o/  G\nS   /   G\nS   /   G\t\n");
  const Lines both = Training::commands("T", options);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == Words{"T", "data", "build", "maze", "--from", dir / "drawn.txt", "--out",
                         dir / "run/data", "--size", "2x4"});
  CHECK(both[1][2] == dir / "run/train.toml");
  // A folder without checkpoint begins anew, beside what lies there; one with goes on.
  fs::create_directories(dir / "run/data");
  CHECK(Training::commands("T", options)[0][7] == dir / "run/data-2");
  write(dir / "run/checkpoint.safetensors", "");
  CHECK(Training::commands("T", options) == Lines{both[1]});
}

TEST_CASE("A run's output, progress and model are taken in", "[jobs]") {
  const FakeTrainer fake(kLearn);
  Training training = started(fake.options());
  CHECK(training.running());
  CHECK(training.outcome().empty());
  finish(training);
  CHECK(training.outcome() == "finished");
  CHECK(training.model() == fake.dir / "run/sudoku.safetensors");
  REQUIRE(training.progress().has_value());
  CHECK(training.progress()->share == Approx(0.75));
  CHECK(training.progress()->minutes_left == Approx(0.5));
  CHECK(training.progress()->loss == Approx(0.75));
  CHECK(training.progress()->exact == Approx(0.25));
  CHECK(training.progress()->step == 20);
  CHECK(training.curve().size() == 2);
  REQUIRE(training.output().size() == 2);
  CHECK(training.output().front() == "[####] 75%");
  CHECK_FALSE(training.poll());
  CHECK(fake.calls() ==
        "train --puzzle sudoku --minutes 2 --threads 1 --out " + (fake.dir / "run") + "\n");
}

TEST_CASE("A metrics line that is half written waits for its end; others are passed over",
          "[jobs]") {
  const FakeTrainer fake("sleep 30 & wait\n");
  TrainingOptions options = fake.options();
  fs::create_directories(options.out);
  const std::string metrics = options.out + "/metrics.jsonl";
  write(metrics,
        "no json\n[1]\n{\"minutes\":\"x\",\"lm_loss\":1}\n{\"minutes\":1,\"lm_loss\":null}\n");
  Training training = started(options);
  training.poll();
  CHECK_FALSE(training.progress());
  std::ofstream out(metrics, std::ios::app);
  out << "{\"step\":3,\"minutes\":0.5," << std::flush;
  training.poll();
  CHECK_FALSE(training.progress());
  out << "\"lm_loss\":1.5}\n{\"step\":" << std::flush;
  CHECK(training.poll());
  REQUIRE(training.progress().has_value());
  CHECK(training.progress()->step == 3);
  CHECK_FALSE(training.poll());
  out << "4,\"minutes\":9,\"lm_loss\":1}\n" << std::flush;
  CHECK(training.poll());
  CHECK(training.progress()->step == 4);
  CHECK(training.progress()->share == 1);
  CHECK(training.progress()->minutes_left == 0);
  CHECK(training.curve().size() == 2);
  write(metrics, "");  // another run's
  training.poll();
  CHECK(training.curve().empty());
}

TEST_CASE("Stopping lets the trainer save, and sends one signal only", "[jobs]") {
  const FakeTrainer fake(
      "trap 'echo INT >> \"$out/signals\"' INT\nmkdir -p \"$out\"\necho ready\n"
      "while [ ! -e \"$out/signals\" ]; do sleep 0.01; done\nsleep 0.1\n"
      "echo saved > \"$out/checkpoint.safetensors\"\necho 'stopped; saved'\n");
  Training training = started(fake.options());
  REQUIRE(soon([&] { return training.poll(), !training.output().empty(); }));
  CHECK_FALSE(training.stopping());
  training.stop();
  training.stop();
  CHECK(training.stopping());
  CHECK(training.running());
  finish(training);
  CHECK_FALSE(training.stopping());
  CHECK(training.outcome().starts_with("stopped; "));
  CHECK(training.model().empty());
  CHECK(content(fake.dir / "run/signals") == "INT\n");
}

TEST_CASE("A failure is told in the trainer's words", "[jobs]") {
  const auto outcome = [](const std::string& script) {
    const FakeTrainer fake(script);
    Training training = started(fake.options());
    finish(training);
    CHECK(training.model().empty());
    return training.outcome();
  };
  CHECK(outcome("echo one\necho 'trm_trainer: no such key (arch.x) [invalid_config]' >&2\n"
                "echo more\nexit 1\n") == "failed: no such key (arch.x) [invalid_config]");
  CHECK(outcome("printf 'no line end'\nexit 3\n") == "failed: no line end");
  CHECK(outcome("exit 3\n") == "failed: exit status 3");
  CHECK(outcome("kill -9 $$\n").starts_with("failed: it was ended by signal 9"));
  CHECK(outcome("echo 'model: /nowhere/a.safetensors'\n").starts_with("stopped"));
}

TEST_CASE("Only the last lines are kept, and one without end is cut", "[jobs]") {
  const FakeTrainer fake(
      "i=0\nwhile [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done\n"
      "head -c 100000 /dev/zero | tr '\\0' x\n");
  Training training = started(fake.options());
  finish(training);
  REQUIRE(training.output().size() == 200);
  CHECK(training.output()[198] == "line 499");
  CHECK(training.output()[199].size() <= 1000);
}

TEST_CASE("With data the data set is built first, and trained on with others", "[jobs]") {
  const FakeTrainer fake(kLearn);
  TrainingOptions options = fake.options();
  options.data = fake.dir / "drawn.txt";
  write(options.data, "1....41..1.34...\t1234341221434321\n");
  Training training = started(options);
  finish(training);
  CHECK(training.outcome() == "finished");
  CHECK(training.output().front() == "train: 2 puzzles, 2 examples");
  const std::string run = fake.dir / "run";
  CHECK(fake.calls() == "data build sudoku --from " + options.data + " --out " + run +
                            "/data --size 4x4\ntrain " + run +
                            "/train.toml --set steps=0 --set epochs=0 --minutes 2 --threads 1 "
                            "--out " +
                            run + "\n");
  CHECK(content(run + "/train.toml") ==
        "puzzle = \"sudoku\"\n\n[[data]]\nname = \"generated\"\nsize = \"4x4\"\n\n[[data]]\n"
        "name = \"drawn\"\ndataset = \"" +
            run + "/data/train\"\n");
}

TEST_CASE("Drawn boards join every stage of a configuration", "[jobs]") {
  const FakeTrainer fake(kLearn);
  TrainingOptions options = fake.options();
  options.data = fake.dir / "drawn.txt";
  options.config = fake.dir / "my.toml";
  write(options.data, "1....41..1.34...\n");
  write(options.config,
        "puzzle = \"sudoku\"\n[[data]]\nname = \"easy\"\n[[stage]]\nuntil = 0.5\n"
        "weights = { \"easy\" = 1 }\n[[stage]]\nweights = {}\n");
  Training training = started(options);
  finish(training);
  CHECK(content(fake.dir / "run/train.toml") ==
        "puzzle = \"sudoku\"\n[[data]]\nname = \"easy\"\n[[stage]]\nuntil = 0.5\n"
        "weights = { \"drawn\" = 1, \"easy\" = 1 }\n[[stage]]\nweights = {}\n\n[[data]]\n"
        "name = \"drawn\"\ndataset = \"" +
            (fake.dir / "run/data/train") + "\"\n");
}

TEST_CASE("A data set that cannot be built ends the run", "[jobs]") {
  const FakeTrainer fake("echo 'trm_trainer: line 2: no [invalid_data]'\nexit 1\n");
  TrainingOptions options = fake.options();
  options.data = fake.dir / "drawn.txt";
  write(options.data, "1....41..1.34...\n");
  Training training = started(options);
  finish(training);
  CHECK(training.outcome() == "failed: line 2: no [invalid_data]");
  CHECK(fake.calls().find("train ") == std::string::npos);
}

TEST_CASE("What cannot start says why", "[jobs]") {
  const FakeTrainer fake(kLearn);
  const auto with = [&](auto change) {
    TrainingOptions options = fake.options();
    change(options);
    return refused(options);
  };
  CHECK(with([](auto& o) { o.puzzle.clear(); }) == ErrorCode::invalid_field);
  CHECK(with([](auto& o) { o.out.clear(); }) == ErrorCode::invalid_field);
  CHECK(with([](auto& o) { o.minutes = 0; }) == ErrorCode::invalid_field);
  CHECK(with([](auto& o) { o.threads = -1; }) == ErrorCode::invalid_field);
  CHECK(with([](auto& o) { o.out = "/dev/null/run"; }) == ErrorCode::io_error);
  CHECK(with([](auto& o) { o.data = "/nowhere.txt"; }) == ErrorCode::not_found);
  write(fake.dir / "words.txt", "no board\n");
  CHECK(with([&](auto& o) { o.data = fake.dir / "words.txt"; }) == ErrorCode::invalid_data);
  write(fake.dir / "good.txt", "1....41..1.34...\n");
  CHECK(with([&](auto& o) {
          o.data = fake.dir / "good.txt";
          o.puzzle = "nosuch";
        }) == ErrorCode::unknown_puzzle);
  CHECK(with([&](auto& o) {
          o.data = fake.dir / "good.txt";
          o.config = "/nowhere.toml";
        }) == ErrorCode::not_found);
  setenv("TRM_TRAINER", "/nowhere/trm_trainer", 1);
  CHECK(refused(fake.options()) == ErrorCode::not_found);
  write(fake.dir / "broken", "");
  fs::permissions(fake.dir / "broken", fs::perms::owner_all);
  setenv("TRM_TRAINER", (fake.dir / "broken").c_str(), 1);
  CHECK(refused(fake.options()) == ErrorCode::io_error);
}

TEST_CASE("The destructor interrupts and does not wait; the trainer saves although nobody reads",
          "[jobs]") {
  const FakeTrainer fake(
      "trap 'interrupted=1' INT\nmkdir -p \"$out\"\necho ready\n"
      "while [ -z \"$interrupted\" ]; do sleep 0.01; done\nsleep 0.2\n"
      "echo to nobody; echo again\necho saved > \"$out/checkpoint.safetensors\"\n");
  std::chrono::steady_clock::time_point begun;
  {
    Training training = started(fake.options());
    REQUIRE(soon([&] { return training.poll(), !training.output().empty(); }));
    Training moved = std::move(training);
    CHECK(moved.running());
    begun = std::chrono::steady_clock::now();
  }
  CHECK(std::chrono::steady_clock::now() - begun < 150ms);
  CHECK(soon([&] { return content(fake.dir / "run/checkpoint.safetensors") == "saved\n"; }));
  // Ended children do not pile up: the next start reaps them.
  const pid_t old = fake.pid();
  REQUIRE(old > 0);
  CHECK(soon([&] {
    Training next = started(fake.options());
    next.stop();
    return kill(old, 0) != 0;
  }));
}

}  // namespace
}  // namespace trm::ui
