// The promise of the checkpoints, on the real program: kill -9 at any moment, and the same command
// ends at the same bits; signals, pauses, two runs in one folder.
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "engine/weights/safetensors.h"
#include "puzzles/rng.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"

using namespace trm;
using namespace trm::test;
namespace fs = std::filesystem;

namespace {

// Names the version of a file: a replaced file has another inode or time.
std::pair<ino_t, long> version_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {0, 0};
  return {info.st_ino, info.st_mtim.tv_nsec};
}

// Waits until a file was replaced `times` times; false if the process ended before or 60 s passed.
bool wait_for_versions(TrainerProcess& process, const std::string& path, int times) {
  auto seen = version_of(path);
  const auto start = std::chrono::steady_clock::now();
  while (times > 0) {
    if (!process.running() || std::chrono::steady_clock::now() - start > std::chrono::seconds(60))
      return false;
    const auto now = version_of(path);
    if (now != seen) seen = now, --times;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  return true;
}

std::string data_of(const std::string& path) {
  const auto file = Safetensors::open(path);
  if (!file) FAIL(file.error().message);
  return {reinterpret_cast<const char*>(file->data().data()), file->data().size()};
}

std::vector<std::string> train(const TempDir& dir, const std::string& out) {
  return {"train", dir / "run.toml", "--threads", "1", "--out", dir / out};
}

}  // namespace

TEST_CASE("kill -9 at thirty random moments changes no bit of the result", "[kill][process]") {
  constexpr int kKills = 30;
  const TempDir dir;
  // A checkpoint every second step: the random moments meet loading, steps and half-written files.
  write_file(dir / "run.toml", tiny_toml(600,
                                         "checkpoint_every_steps = 2\nkeep_checkpoints = 3\n"
                                         "eval_every_steps = 150\nhalt_exploration = 0.5\n"));
  const auto [status, log] = run_trainer(train(dir, "whole"), dir / "whole.log");
  INFO(log);
  REQUIRE(status == 0);
  const std::string checkpoint = dir / "broken/checkpoint.safetensors";
  Rng rng(20261125);
  int in_training = 0;
  for (int i = 0; i < kKills; ++i) {
    TrainerProcess process(train(dir, "broken"), dir / "broken.log");
    const int replaced = rng.between(0, 4);
    const bool there = wait_for_versions(process, checkpoint, replaced);
    std::this_thread::sleep_for(std::chrono::microseconds(rng.between(0, 30'000)));
    REQUIRE(process.running());  // else there are too few steps for so many kills
    process.stop(SIGKILL);
    in_training += there && replaced > 0;
  }
  CHECK(in_training > kKills / 2);
  const auto [end, text] = run_trainer(train(dir, "broken"), dir / "broken.log");
  INFO(text);
  REQUIRE(end == 0);
  CHECK(data_of(checkpoint) == data_of(dir / "whole/checkpoint.safetensors"));
  CHECK(data_of(dir / "broken/tiny.safetensors") == data_of(dir / "whole/tiny.safetensors"));
  CHECK(data_of(dir / "broken/best.safetensors") == data_of(dir / "whole/best.safetensors"));
  std::set<std::string> names, expected;
  for (const auto& entry : fs::directory_iterator(dir / "broken"))
    names.insert(entry.path().filename().string());
  for (const auto& entry : fs::directory_iterator(dir / "whole"))
    expected.insert(entry.path().filename().string());
  CHECK(names == expected);  // no half-written file is left, and as many checkpoints are kept
}

TEST_CASE("A paused run goes on as if nothing had been", "[kill][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(60, "checkpoint_every_steps = 5\n"));
  REQUIRE(run_trainer(train(dir, "whole"), dir / "whole.log").first == 0);
  TrainerProcess process(train(dir, "paused"), dir / "paused.log");
  REQUIRE(wait_for_versions(process, dir / "paused/checkpoint.safetensors", 2));
  process.signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  process.signal(SIGCONT);
  CHECK(process.wait() == 0);
  CHECK(data_of(dir / "paused/checkpoint.safetensors") ==
        data_of(dir / "whole/checkpoint.safetensors"));
}

TEST_CASE("SIGINT saves and ends; a second one ends at once", "[kill][process]") {
  const TempDir dir;
  // Evaluation of a great many boards after the first step: it cannot end soon by itself.
  write_file(dir / "run.toml", tiny_toml(100'000, "checkpoint_every_steps = 3\n"));
  const std::string checkpoint = dir / "run/checkpoint.safetensors";
  {
    TrainerProcess process(train(dir, "run"), dir / "log");
    REQUIRE(wait_for_versions(process, checkpoint, 2));
    CHECK(process.stop(SIGINT) == 0);
    CHECK(read_file(dir / "log").find("stopped; saved in") != std::string::npos);
  }
  write_file(dir / "slow.toml", tiny_toml(100'000, "eval_every_steps = 1\n") +
                                    "[[eval]]\nname = \"many\"\nsize = \"4x4\"\ncount = 20\n"
                                    "max_steps = 1000000\n");
  TrainerProcess process({"train", dir / "slow.toml", "--threads", "1", "--out", dir / "slow"},
                         dir / "slow.log");
  for (int i = 0; i < 600 && !fs::exists(dir / "slow/metrics.jsonl"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(fs::exists(dir / "slow/metrics.jsonl"));
  process.signal(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  REQUIRE(process.running());  // busy with the evaluation
  CHECK(process.stop(SIGINT) == 130);
}

TEST_CASE("Two runs do not share a folder", "[kill][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(100'000, "checkpoint_every_steps = 3\n"));
  TrainerProcess first(train(dir, "run"), dir / "first.log");
  REQUIRE(wait_for_versions(first, dir / "run/checkpoint.safetensors", 1));
  const auto [status, log] = run_trainer(train(dir, "run"), dir / "second.log");
  INFO(log);
  CHECK(status == 1);
  CHECK(log.find("another run") != std::string::npos);
  REQUIRE(first.running());
  CHECK(first.stop(SIGTERM) == 0);
}
