// TensorBoard event files: the checksum against its published value, the bytes against the format,
// and the whole against the package `tensorboard` where it is installed.
#include "trainer/events.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/trainer_process.h"

using namespace trm;
using namespace trm::test;
namespace fs = std::filesystem;

TEST_CASE("CRC-32C is that of RFC 3720", "[events]") {
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);
  CHECK(crc32c("") == 0);
}

TEST_CASE("Event files have one frame a record, and their name says what they are", "[events]") {
  const TempDir dir;
  auto writer = EventWriter::create(dir / "tb", 1.5e9);
  REQUIRE(writer.ok());
  REQUIRE(writer->scalar("a", 0.25, 7, 1.5e9).ok());
  REQUIRE(writer->flush().ok());
  CHECK(fs::path(writer->path()).filename().string().starts_with("events.out.tfevents."));
  const std::string bytes = read_file(writer->path());
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    REQUIRE(bytes.size() - at >= 12);
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data() + at, 8);
    REQUIRE(bytes.size() - at >= 16 + size);
    records.push_back(bytes.substr(at + 12, size));
    at += 16 + size;
  }
  REQUIRE(records.size() == 2);
  CHECK(records[0].ends_with("brain.Event:2"));
  CHECK(records[1].ends_with(std::string("\x15\x00\x00\x80\x3e", 5)));  // field 2, float 0.25
}

TEST_CASE("The tensorboard package reads a real run's events", "[events][process]") {
  const char* python = std::getenv("TRM_TEST_PYTHON");
  if (python == nullptr) {
    WARN("TRM_TEST_PYTHON is not set: not compared with tensorboard");
    return;
  }
  const TempDir dir;
  write_file(dir / "run.toml", tiny_toml(20, "eval_every_steps = 10\n"));
  const auto [status, log] = run_trainer({"train", dir / "run.toml", "--threads", "1", "--out",
                                          dir / "run", "--tensorboard"},
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
  for (const char* line : {"eval/small/solved 10 ", "eval/small/exact_raw 20 ",
                           "eval_raw/small/solved 10 ", "train/lm_loss 1 ", "train/lm_loss 20 ",
                           "train/lr 20 ", "text True"}) {
    INFO(line);
    CHECK(out.find(line) != std::string::npos);
  }
}
