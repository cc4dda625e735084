#include "trainer/events.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <filesystem>

namespace trm {
namespace {

// Fields of the messages, as (number << 3 | wire type): 0 varint, 1 eight bytes, 2
// length-delimited, 5 four bytes.
enum : std::uint8_t {
  kEventWallTime = 1 << 3 | 1,
  kEventStep = 2 << 3 | 0,
  kEventFileVersion = 3 << 3 | 2,
  kEventSummary = 5 << 3 | 2,
  kSummaryValue = 1 << 3 | 2,
  kValueTag = 1 << 3 | 2,
  kValueSimple = 2 << 3 | 5,
  kValueTensor = 8 << 3 | 2,
  kValueMetadata = 9 << 3 | 2,
  kMetadataPlugin = 1 << 3 | 2,
  kPluginName = 1 << 3 | 2,
  kTensorType = 1 << 3 | 0,
  kTensorShape = 2 << 3 | 2,
  kTensorString = 8 << 3 | 2,
  kShapeDim = 2 << 3 | 2,
  kDimSize = 1 << 3 | 0
};
constexpr std::uint64_t kStringType = 7;  // DT_STRING

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

template <class T>
void put_little_endian(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i));
}

void put_bytes(std::string& out, std::uint8_t key, std::string_view bytes) {
  out += static_cast<char>(key);
  put_varint(out, bytes.size());
  out += bytes;
}

std::string event_head(double wall_time, std::int64_t step) {
  std::string event;
  event += static_cast<char>(kEventWallTime);
  put_little_endian(event, std::bit_cast<std::uint64_t>(wall_time));
  event += static_cast<char>(kEventStep);
  put_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

// A record's checksum is rotated and shifted, because it stands among the data it protects.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
    table[i] = crc;
  }
  return table;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = crc_table();
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  return crc ^ 0xffffffffu;
}

Result<EventWriter> EventWriter::create(const std::string& dir, double wall_time) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) return fail(ErrorCode::io_error, "cannot make the folder " + dir, "tensorboard");
  char host[256] = "host", name[400];
  gethostname(host, sizeof host - 1);
  std::snprintf(name, sizeof name, "/events.out.tfevents.%010lld.%s.%ld.trm",
                static_cast<long long>(wall_time), host, static_cast<long>(getpid()));
  std::FILE* file = std::fopen((dir + name).c_str(), "ab");
  if (file == nullptr) {
    return fail(ErrorCode::io_error,
                "cannot write " + dir + name + ": " + std::string(std::strerror(errno)),
                "tensorboard");
  }
  EventWriter writer(dir + name, file);
  std::string version = event_head(wall_time, 0);
  put_bytes(version, kEventFileVersion, "brain.Event:2");
  if (auto written = writer.record(version); !written) return written.error();
  if (auto flushed = writer.flush(); !flushed) return flushed.error();
  return writer;
}

Result<void> EventWriter::scalar(std::string_view tag, double value, std::int64_t step,
                                 double wall_time) {
  std::string entry, summary, event = event_head(wall_time, step);
  put_bytes(entry, kValueTag, tag);
  entry += static_cast<char>(kValueSimple);
  put_little_endian(entry, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  put_bytes(summary, kSummaryValue, entry);
  put_bytes(event, kEventSummary, summary);
  return record(event);
}

Result<void> EventWriter::text(std::string_view tag, std::string_view markdown, std::int64_t step,
                               double wall_time) {
  std::string dim, shape, tensor, plugin, metadata, entry, summary;
  dim += static_cast<char>(kDimSize);
  put_varint(dim, 1);
  put_bytes(shape, kShapeDim, dim);
  tensor += static_cast<char>(kTensorType);
  put_varint(tensor, kStringType);
  put_bytes(tensor, kTensorShape, shape);
  put_bytes(tensor, kTensorString, markdown);
  put_bytes(plugin, kPluginName, "text");
  put_bytes(metadata, kMetadataPlugin, plugin);
  put_bytes(entry, kValueTag, tag);
  put_bytes(entry, kValueTensor, tensor);
  put_bytes(entry, kValueMetadata, metadata);
  put_bytes(summary, kSummaryValue, entry);
  std::string event = event_head(wall_time, step);
  put_bytes(event, kEventSummary, summary);
  return record(event);
}

Result<void> EventWriter::record(const std::string& event) {
  std::string frame;
  put_little_endian(frame, static_cast<std::uint64_t>(event.size()));
  put_little_endian(frame, masked(crc32c(frame)));
  frame += event;
  put_little_endian(frame, masked(crc32c(event)));
  if (std::fwrite(frame.data(), 1, frame.size(), file_.get()) != frame.size())
    return fail(ErrorCode::io_error, "cannot write " + path_, "tensorboard");
  return {};
}

Result<void> EventWriter::flush() {
  if (std::fflush(file_.get()) != 0)
    return fail(ErrorCode::io_error, "cannot write " + path_, "tensorboard");
  return {};
}

}  // namespace trm
