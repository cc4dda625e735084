// A file's bytes, memory-mapped for reading: weights and data sets larger than memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "puzzles/result.h"

namespace trm {

/// A regular file mapped read-only; copies share the mapping. Immutable; thread-safe. A file that
/// another program shortens while it is mapped ends the process at the next access (SIGBUS), so
/// files are replaced by renaming (write_file_atomic), never rewritten in place.
class FileMap {
 public:
  /// Errors: not_found; io_error (no regular file, or the system refuses).
  static Result<FileMap> open(const std::string& path);

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  std::shared_ptr<const std::byte> data_;  // null for an empty file
  std::size_t size_ = 0;
};

}  // namespace trm
