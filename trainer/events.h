// TensorBoard event files, written without TensorFlow or protobuf. Formats: TFRecord framing
// (tensorflow/core/lib/io/record_writer.h) of Event messages (tensorboard/compat/proto/event.proto,
// summary.proto). Torch-free.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "puzzles/result.h"

namespace trm {

/// One event file, appended to. A killed process leaves at most one torn record, which TensorBoard
/// passes over. Movable; not thread-safe.
class EventWriter {
 public:
  /// Makes the folder and a file in it that is named by time, host and process. `wall_time`:
  /// seconds since 1970. Error: io_error.
  static Result<EventWriter> create(const std::string& dir, double wall_time);

  /// One point of a curve. Error: io_error.
  Result<void> scalar(std::string_view tag, double value, std::int64_t step, double wall_time);
  /// A Markdown text for the text panel. Error: io_error.
  Result<void> text(std::string_view tag, std::string_view markdown, std::int64_t step,
                    double wall_time);
  /// Error: io_error.
  Result<void> flush();

  const std::string& path() const { return path_; }

 private:
  EventWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  Result<void> record(const std::string& event);

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), as TFRecord frames use it.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace trm
