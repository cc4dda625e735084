// What cannot be trained on is refused before any training, by the real program, with a message
// that names the culprit.
#include <filesystem>

#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"
#include "trainer/run_files.h"

using namespace trm;
using namespace trm::test;
namespace fs = std::filesystem;

namespace {

// The data set DIR/set with 4x4 boards.
void build_set(const TempDir& dir) {
  const auto [status, log] = run_trainer({"data", "build", "sudoku", "--size", "4x4", "--count",
                                          "20", "--test-count", "4", "--out", dir / "set"},
                                         dir / "log");
  INFO(log);
  REQUIRE(status == 0);
}

std::string stored_toml(const TempDir& dir, const std::string& arch = "") {
  return "puzzle = \"sudoku\"\nname = \"stored\"\nsteps = 3\n[arch]\nhidden_size = 16\n"
         "swiglu_inner = 32\npos_encodings = \"none\"\nH_cycles = 1\nL_cycles = 1\n" +
         arch + "[[data]]\nname = \"set\"\nbatch = 2\ndataset = \"" + (dir / "set/train") + "\"\n";
}

// The program refuses to train: status 1, the message, no step.
void check_refused(const TempDir& dir, const std::string& toml, const std::string& message,
                   const std::vector<std::string>& more = {}) {
  write_file(dir / "run.toml", toml);
  std::vector<std::string> command{"train",     dir / "run.toml", "--out",
                                   dir / "run", "--device",       "cpu"};
  command.insert(command.end(), more.begin(), more.end());
  const auto [status, log] = run_trainer(command, dir / "log");
  INFO(log);
  CHECK(status == 1);
  CHECK(log.find(message) != std::string::npos);
  CHECK(log.find("trm_trainer: ") != std::string::npos);
  CHECK_FALSE(fs::exists(dir / "run/metrics.jsonl"));
}

void patch(const std::string& path, std::size_t at, const std::string& bytes) {
  std::string text = read_file(path);
  REQUIRE(at + bytes.size() <= text.size());
  text.replace(at, bytes.size(), bytes);
  write_file(path, text);
}

}  // namespace

TEST_CASE("Typos in a configuration name the nearest key and the line", "[bad][process]") {
  const TempDir dir;
  check_refused(dir, "puzzle = \"sudoku\"\n[train]\nlearning_rat = 1\n", "line 3: unknown key");
  check_refused(dir, tiny_toml(3, "warmup_step = 3\n"), "did you mean train.warmup_steps?");
  check_refused(dir, tiny_toml(3), "did you mean", {"--set", "train.wieght_decay=1"});
}

TEST_CASE("Data sets that do not fit the model are refused", "[bad][process]") {
  const TempDir dir;
  build_set(dir);
  write_file(dir / "run.toml", stored_toml(dir));
  const auto [status, log] = run_trainer(
      {"train", dir / "run.toml", "--out", dir / "good", "--device", "cpu"}, dir / "log");
  INFO(log);
  REQUIRE(status == 0);  // as it is it trains
  check_refused(dir, stored_toml(dir, "mixer = \"mlp_t\"\nseq_len = 81\n"), "arch.seq_len");
  check_refused(dir, stored_toml(dir, "mixer = \"mlp_t\"\nvocab_size = 4\n"), "vocabulary of 6");
  check_refused(
      dir, "puzzle = \"maze\"\nsteps = 2\n[[data]]\ndataset = \"" + (dir / "set/train") + "\"\n",
      "sudoku");
  check_refused(dir, tiny_toml(3) + "[[data]]\nname = \"x\"\ndataset = \"" + (dir / "no") + "\"\n",
                "dataset.json");
}

TEST_CASE("Damaged arrays are refused by their file's name", "[bad][process]") {
  const TempDir dir;
  build_set(dir);
  const std::string labels = dir / "set/train/all__labels.npy", whole = read_file(labels);
  write_file(labels, whole.substr(0, whole.size() - 5));
  check_refused(dir, stored_toml(dir), "all__labels.npy");
  const auto type = whole.find("|u1");
  REQUIRE(type != std::string::npos);
  write_file(labels, whole);
  patch(labels, type, "<f8");
  check_refused(dir, stored_toml(dir), "all__labels.npy");
  write_file(labels, whole);
  patch(labels, whole.size() - 1, "\x63");  // token 99
  check_refused(dir, stored_toml(dir, "mixer = \"geometry\"\n"), "99",
                {"--set", "epochs=3", "--set", "steps=0"});
  write_file(labels, whole);
}

TEST_CASE("Runs without a step are refused", "[bad][process]") {
  const TempDir dir;
  check_refused(dir, tiny_toml(0), "not one step", {"--epochs", "0.001", "--set", "steps=0"});
  check_refused(dir, tiny_toml(0), "minutes, steps or epochs", {"--set", "minutes=0.0"});
}

TEST_CASE("Foreign checkpoints are refused", "[bad][process]") {
  const TempDir dir;
  fs::create_directories(dir / "run");
  write_file(dir / "run/checkpoint.safetensors", "no checkpoint at all");
  check_refused(dir, tiny_toml(3), "invalid_weights");
  fs::copy_file(std::string(TRM_SOURCE_DIR) + "/assets/models/sudoku.safetensors",
                dir / "run/checkpoint.safetensors", fs::copy_options::overwrite_existing);
  check_refused(dir, tiny_toml(3), "trm.checkpoint");
}

TEST_CASE("A disk without room is noticed before the first step, and a full one loses nothing",
          "[bad][process]") {
  const TempDir dir;
  CHECK(check_room(dir / "", 1).ok());
  const auto full = check_room(dir / "", std::uintmax_t{1} << 62);
  REQUIRE_FALSE(full.ok());
  CHECK(full.error().code == ErrorCode::io_error);
  CHECK(full.error().message.find("MiB") != std::string::npos);

  // The kernel refuses to let files grow beyond 20 kB: as a disk that is full.
  write_file(dir / "run.toml", tiny_toml(3));
  const std::string limited = "ulimit -f 20; exec \"$0\" train \"$1\" --out \"$2\"";
  const std::string command = "bash -c '" + limited + "' '" + std::string(TRM_BIN_DIR) +
                              "/trm_trainer' '" + (dir / "run.toml") + "' '" + (dir / "run") +
                              "' > '" + (dir / "log") + "' 2>&1";
  const int status = std::system(command.c_str());
  const std::string log = read_file(dir / "log");
  INFO(log);
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(log.find("checkpoint.safetensors") != std::string::npos);
  CHECK(log.find("io_error") != std::string::npos);
  CHECK_FALSE(fs::exists(dir / "run/metrics.jsonl"));
  CHECK_FALSE(fs::exists(dir / "run/checkpoint.safetensors"));
  for (const auto& entry : fs::directory_iterator(dir / "run")) {
    INFO(entry.path().string());
    CHECK(entry.path().string().find(".tmp") == std::string::npos);
  }
}
