// TensorBoard event files: the checksum against its published value, the bytes against the format.
#include <cstring>
#include <filesystem>
#include <vector>

#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/files.h"
#include "trainer/events.h"

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
