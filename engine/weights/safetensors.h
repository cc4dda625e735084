// Reading and writing safetensors files (https://github.com/huggingface/safetensors, format
// section): 8 bytes little-endian header length, a JSON header, then the tensors' bytes, which tile
// the rest of the file without holes. No code in such a file is ever executed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/result.h"

namespace trm {

/// Element types of the format.
enum class DType { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

/// Bytes of one element.
std::size_t dtype_size(DType dtype);
/// The format's name: "F32", "BF16", "I32", ...
std::string_view dtype_name(DType dtype);

/// A tensor inside a file or a caller's buffer: dense, row-major, little-endian.
struct TensorView {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< product(shape) * dtype_size(dtype) bytes
};

using TensorMap = std::map<std::string, TensorView, std::less<>>;
using MetadataMap = std::map<std::string, std::string, std::less<>>;

/// An open file: header parsed and checked, data memory-mapped (or owned). Immutable; thread-safe.
class Safetensors {
 public:
  /// Opens and checks a file. Errors: not_found, io_error, invalid_weights (truncated, header over
  /// 16 MiB, more than 20,000 tensors, unknown dtype, offsets that overlap, leave holes or disagree
  /// with the shape, sizes that overflow).
  static Result<Safetensors> open(const std::string& path);
  /// The same for bytes in memory, which are copied. Never crashes, whatever the bytes are
  /// (fuzzed).
  static Result<Safetensors> parse(std::span<const std::byte> bytes);

  const MetadataMap& metadata() const;
  const TensorMap& tensors() const;         ///< views stay valid while this object or a copy lives
  std::span<const std::byte> data() const;  ///< the whole data section

 private:
  struct State;
  explicit Safetensors(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// The bytes of a file with these tensors in name order (header padded with spaces to 8 bytes).
std::vector<std::byte> serialize_safetensors(const TensorMap& tensors, const MetadataMap& metadata);

/// Writes atomically (AtomicFile). Error: io_error; then `path` is as it was.
Result<void> write_safetensors(const std::string& path, const TensorMap& tensors,
                               const MetadataMap& metadata);

}  // namespace trm
