// NumPy's .npy files of whole numbers (format versions 1 to 3,
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), as data sets use them.
// Torch-free; no pickled object is ever read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/weights/atomic_file.h"
#include "engine/weights/file_map.h"
#include "engine/weights/safetensors.h"
#include "puzzles/result.h"

namespace trm {

/// NumPy's description of an element type, "<i4"; empty for those that hold no tokens or indices
/// (u64, floating point).
std::string_view npy_type_name(DType type);

/// What a file says of its array.
struct NpyHeader {
  DType type = DType::i32;
  std::vector<std::int64_t> shape;  ///< row-major; empty: one number
  std::size_t data = 0;             ///< offset of the first element
  std::int64_t elements() const;
};

/// Reads and checks a whole file's header: the data must be exactly as long as the shape says.
/// Error: invalid_data saying what was found (no .npy, floating-point or object elements, Fortran
/// order, truncated). Never crashes, whatever the bytes are (fuzzed).
Result<NpyHeader> parse_npy(std::span<const std::byte> file);

/// An array in a file, memory-mapped: opening costs nothing, rows are read where they are needed.
/// Immutable; thread-safe; cheap to copy.
class NpyArray {
 public:
  /// Errors: those of FileMap::open and parse_npy, with the path.
  static Result<NpyArray> open(const std::string& path);

  const std::vector<std::int64_t>& shape() const { return header_.shape; }
  DType type() const { return header_.type; }
  std::int64_t elements() const { return header_.elements(); }
  /// Element i of the flattened array, 0 <= i < elements().
  std::int64_t at(std::int64_t i) const;
  /// The least and the largest element, in one pass over the file; {0, -1} without elements.
  std::pair<std::int64_t, std::int64_t> range() const;

 private:
  FileMap file_;
  NpyHeader header_;
};

/// Writes an array row by row, its length unknown until the end. The file appears under its name
/// when close() has succeeded (AtomicFile); close() comes last. Not thread-safe.
class NpyWriter {
 public:
  /// `row` is the shape of one row: {} for a vector, {L} for a matrix. Errors: io_error;
  /// unsupported for a type without npy_type_name.
  static Result<NpyWriter> create(const std::string& path, DType type,
                                  std::vector<std::int64_t> row);

  /// One row. Errors: invalid_data (wrong length, a number that the type cannot hold); io_error.
  Result<void> append(std::span<const std::int32_t> row);
  Result<void> append(std::int32_t value) { return append(std::span(&value, 1)); }
  /// Writes the header, syncs, renames. Error: io_error.
  Result<void> close();

  std::int64_t rows() const { return rows_; }

 private:
  NpyWriter(AtomicFile file, DType type, std::vector<std::int64_t> row);

  AtomicFile file_;
  DType type_;
  std::vector<std::int64_t> row_;
  std::size_t width_ = 1;
  std::int64_t rows_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace trm
