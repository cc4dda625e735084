// Lines of a text file that may be compressed with gzip, as lists of puzzles are. Torch-free.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "puzzles/result.h"

namespace trm {

/// Reads a file line by line; .gz files are recognised by their content. Not thread-safe.
class LineReader {
 public:
  /// Error: not_found.
  static Result<LineReader> open(const std::string& path);

  /// Puts the next line, without its end, into `line`; false at the end of the file. Errors:
  /// io_error (damaged compression), too_large (a line over 1 MiB), naming the line.
  Result<bool> next(std::string& line);
  /// Number of the line that was read last, from 1.
  std::int64_t number() const { return number_; }

 private:
  struct Close {
    void operator()(void* file) const;
  };
  std::unique_ptr<void, Close> file_;
  std::string path_;
  std::int64_t number_ = 0;
};

/// The text as the bytes of a .gz file, without a date: the same text gives the same bytes with the
/// same version of zlib. Error: out_of_memory.
Result<std::string> gzip(std::string_view text);

}  // namespace trm
