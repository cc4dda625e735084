// What a run writes for people: TensorBoard events that the package reads, plots by the command.
#include <cstdlib>
#include <filesystem>

#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"

using namespace trm::test;

TEST_CASE("The tensorboard package reads a real run's events", "[events][process]") {
  const char* python = std::getenv("TRM_TEST_PYTHON");
  if (python == nullptr) {
    WARN("TRM_TEST_PYTHON is not set: not compared with tensorboard");
    return;
  }
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(20, "eval_every_steps = 10\n"));
  const auto [status, log] = run_trainer(
      {"train", dir / "run.toml", "--threads", "1", "--out", dir / "run", "--tensorboard"},
      dir / "log");
  INFO(log);
  REQUIRE(status == 0);
  write_file(dir / "read.py",
             "import sys\n"
             "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
             "events = EventAccumulator(sys.argv[1])\n"
             "events.Reload()\n"
             "for tag in sorted(events.Tags()['scalars']):\n"
             "    for e in events.Scalars(tag):\n"
             "        print(tag, e.step, '%.6g' % e.value)\n"
             "print('text', b'hidden_size = 16' in\n"
             "      events.Tensors('config')[0].tensor_proto.string_val[0])\n");
  const std::string command = std::string(python) + " '" + (dir / "read.py") + "' '" +
                              (dir / "run/tensorboard") + "' > '" + (dir / "out") + "' 2>&1";
  const int read = std::system(command.c_str());
  const std::string out = read_file(dir / "out");
  INFO(out);
  REQUIRE(read == 0);
  for (const char* line :
       {"eval/small/solved 10 ", "eval/small/exact_raw 20 ", "eval_raw/small/solved 10 ",
        "train/lm_loss 1 ", "train/lm_loss 20 ", "train/lr 20 ", "text True"}) {
    INFO(line);
    CHECK(out.find(line) != std::string::npos);
  }
}

TEST_CASE("plot draws a real run, SVG and PNG by the file's ending", "[plot][process]") {
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(20, "eval_every_steps = 10\n"));
  REQUIRE(
      run_trainer({"train", dir / "run.toml", "--threads", "1", "--out", dir / "run"}, dir / "log")
          .first == 0);
  const auto svg = run_trainer(
      {"plot", dir / "run", dir / "run", "--x", "steps", "-o", dir / "a.svg"}, dir / "log");
  INFO(svg.second);
  REQUIRE(svg.first == 0);
  CHECK(read_file(dir / "a.svg").find("supervision steps") != std::string::npos);
  CHECK(read_file(dir / "a.svg").find(">run, small<") != std::string::npos);
  const auto png = run_trainer({"plot", dir / "run", "-o", dir / "a.png"}, dir / "log");
  INFO(png.second);
  REQUIRE(png.first == 0);
  CHECK(read_file(dir / "a.png").starts_with("\x89PNG\r\n\x1a\n"));
  const auto none = run_trainer({"plot", dir / "nothing"}, dir / "log");
  CHECK(none.first == 1);
  CHECK(none.second.find("expected a run's folder") != std::string::npos);
}
