// Files that are there whole or not at all.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "puzzles/result.h"

namespace trm {

/// A file written through a temporary one beside it: commit() syncs it, gives it its name and syncs
/// the folder. Without a commit, and when any call failed, `path` stays as it was and the temporary
/// file goes with the object. commit() comes last. Movable; not thread-safe.
class AtomicFile {
 public:
  /// Error: io_error.
  static Result<AtomicFile> create(const std::string& path);

  /// Appends; buffered. Error: io_error.
  Result<void> write(std::span<const std::byte> bytes);
  /// Overwrites the beginning, for a header that is known at the end. What follows it must have
  /// been written; nothing may be appended afterwards. Error: io_error.
  Result<void> write_front(std::span<const std::byte> bytes);
  /// Error: io_error.
  Result<void> commit();

  const std::string& path() const { return path_; }

 private:
  /// Closes and removes the temporary file.
  struct Discard {
    std::string temporary;
    void operator()(std::FILE* file) const;
  };
  AtomicFile(std::string path, std::string temporary, std::FILE* file)
      : path_(std::move(path)), file_(file, Discard{std::move(temporary)}) {}

  std::string path_;
  std::unique_ptr<std::FILE, Discard> file_;
};

/// Writes all bytes as an AtomicFile. Error: io_error; then `path` is as it was.
Result<void> write_file_atomic(const std::string& path, std::span<const std::byte> bytes);
Result<void> write_file_atomic(const std::string& path, std::string_view text);

}  // namespace trm
