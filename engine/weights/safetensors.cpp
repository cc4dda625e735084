#include "engine/weights/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "engine/weights/atomic_file.h"
#include "engine/weights/file_map.h"
#include "puzzles/json.h"

namespace trm {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::uint64_t kHeaderBytes = 16u << 20;
constexpr std::size_t kTensors = 20'000;
constexpr std::size_t kDimensions = 16;

struct TypeRow {
  DType type;
  std::string_view name;
  std::size_t size;
};
constexpr TypeRow kTypes[] = {
    {DType::boolean, "BOOL", 1}, {DType::u8, "U8", 1},     {DType::i8, "I8", 1},
    {DType::u16, "U16", 2},      {DType::i16, "I16", 2},   {DType::u32, "U32", 4},
    {DType::i32, "I32", 4},      {DType::u64, "U64", 8},   {DType::i64, "I64", 8},
    {DType::f16, "F16", 2},      {DType::bf16, "BF16", 2}, {DType::f32, "F32", 4},
    {DType::f64, "F64", 8}};

const TypeRow& row_of(DType type) { return kTypes[static_cast<std::size_t>(type)]; }

Error bad(const std::string& message, const std::string& field = {}) {
  return fail(ErrorCode::invalid_weights, message, field);
}

/// Where a tensor lies in the data section, and the tensor.
struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string name;
};

// One entry of the header: {"dtype", "shape", "data_offsets"}.
Result<TensorView> read_entry(const std::string& name, const Json& entry,
                              std::span<const std::byte> data, Span& span) {
  const std::string where = "tensor \"" + name.substr(0, 120) + "\": ";
  const Json *dtype = entry.find("dtype"), *shape = entry.find("shape"),
             *offsets = entry.find("data_offsets");
  if (!dtype || !dtype->is_string() || !shape || !shape->is_array() || !offsets ||
      !offsets->is_array() || offsets->as_array().size() != 2 || entry.as_object().size() != 3) {
    return bad(where + "expected dtype, shape and two data_offsets", name);
  }
  const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeRow& row) {
    return row.name == dtype->as_string();
  });
  if (type == std::end(kTypes)) {
    return bad(where + "unknown dtype " + dtype->as_string().substr(0, 20), name);
  }
  TensorView view;
  view.dtype = type->type;
  std::uint64_t bytes = type->size;
  if (shape->as_array().size() > kDimensions) return bad(where + "too many dimensions", name);
  for (const Json& n : shape->as_array()) {
    if (!n.is_int() || n.as_int() < 0) return bad(where + "a dimension is no whole number", name);
    view.shape.push_back(n.as_int());
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(n.as_int()), &bytes)) {
      return bad(where + "its size overflows", name);
    }
  }
  for (const Json& n : offsets->as_array()) {
    if (!n.is_int() || n.as_int() < 0) return bad(where + "an offset is no whole number", name);
  }
  span = {static_cast<std::uint64_t>(offsets->as_array()[0].as_int()),
          static_cast<std::uint64_t>(offsets->as_array()[1].as_int()), name};
  if (span.begin > span.end || span.end > data.size()) {
    return bad(where + "its offsets lie outside the file (truncated?)", name);
  }
  if (span.end - span.begin != bytes)
    return bad(where + "its offsets disagree with its shape", name);
  view.bytes = data.subspan(span.begin, bytes);
  return view;
}

// The tensors must tile the data section: no overlaps, no holes, nothing behind.
std::optional<Error> check_tiling(std::vector<Span> spans, std::uint64_t size) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Span& span : spans) {
    if (span.begin != at) {
      return bad("tensor \"" + span.name + "\" " +
                     (span.begin < at ? "overlaps another" : "leaves a hole"),
                 span.name);
    }
    at = span.end;
  }
  if (at != size) return bad("the data section is longer than its tensors");
  return std::nullopt;
}

Result<MetadataMap> read_metadata(const Json& json) {
  if (!json.is_object()) return bad("__metadata__ is no object", "__metadata__");
  MetadataMap metadata;
  for (const auto& [key, value] : json.as_object()) {
    if (!value.is_string())
      return bad("__metadata__ \"" + key.substr(0, 60) + "\" is no string", key);
    metadata.emplace(key, value.as_string());
  }
  return metadata;
}

}  // namespace

std::size_t dtype_size(DType dtype) { return row_of(dtype).size; }
std::string_view dtype_name(DType dtype) { return row_of(dtype).name; }

/// The bytes, owned or mapped, and what the header says of them.
struct Safetensors::State {
  std::vector<std::byte> owned;
  FileMap mapped;
  MetadataMap metadata;
  TensorMap tensors;
  std::span<const std::byte> data;

  Result<void> read(std::span<const std::byte> bytes) {
    std::uint64_t header = 0;
    if (bytes.size() < sizeof header) return bad("the file is too short to be safetensors");
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header > kHeaderBytes || header > bytes.size() - sizeof header) {
      return bad("the file is no safetensors: its header would have " + std::to_string(header) +
                 " bytes");
    }
    data = bytes.subspan(sizeof header + header);
    JsonLimits limits;
    limits.bytes = kHeaderBytes;
    limits.depth = 4;
    const auto json = parse_json({reinterpret_cast<const char*>(bytes.data()) + sizeof header,
                                  static_cast<std::size_t>(header)},
                                 limits);
    if (!json) return bad("the header is no JSON: " + json.error().message);
    if (!json->is_object()) return bad("the header is no JSON object");
    if (json->as_object().size() > kTensors + 1) return bad("more than 20000 tensors");
    std::vector<Span> spans;
    for (const auto& [name, entry] : json->as_object()) {
      if (name == "__metadata__") {
        auto read = read_metadata(entry);
        if (!read) return read.error();
        metadata = std::move(*read);
        continue;
      }
      auto view = read_entry(name, entry, data, spans.emplace_back());
      if (!view) return view.error();
      tensors.emplace(name, std::move(*view));
    }
    if (auto error = check_tiling(std::move(spans), data.size())) return *error;
    return {};
  }
};

Result<Safetensors> Safetensors::open(const std::string& path) {
  auto file = FileMap::open(path);
  if (!file) return file.error();
  auto state = std::make_shared<State>();
  state->mapped = std::move(*file);
  const auto read = state->read(state->mapped.bytes());
  if (!read) return fail(read.error().code, path + ": " + read.error().message, read.error().field);
  return Safetensors(std::move(state));
}

Result<Safetensors> Safetensors::parse(std::span<const std::byte> bytes) {
  auto state = std::make_shared<State>();
  state->owned.assign(bytes.begin(), bytes.end());
  if (auto read = state->read(state->owned); !read) return read.error();
  return Safetensors(std::move(state));
}

const MetadataMap& Safetensors::metadata() const { return state_->metadata; }
const TensorMap& Safetensors::tensors() const { return state_->tensors; }
std::span<const std::byte> Safetensors::data() const { return state_->data; }

std::vector<std::byte> serialize_safetensors(const TensorMap& tensors,
                                             const MetadataMap& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) {
    Json strings = Json::object();
    for (const auto& [key, value] : metadata) strings.set(key, value);
    header.set("__metadata__", std::move(strings));
  }
  std::size_t at = 0;
  for (const auto& [name, view] : tensors) {
    Json shape = Json::array(), offsets = Json::array();
    for (const std::int64_t n : view.shape) shape.push(n);
    offsets.push(at).push(at + view.bytes.size());
    at += view.bytes.size();
    Json entry = Json::object();
    entry.set("dtype", row_of(view.dtype).name).set("shape", std::move(shape));
    entry.set("data_offsets", std::move(offsets));
    header.set(name, std::move(entry));
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data starts at a multiple of eight
  const std::uint64_t length = text.size();
  std::vector<std::byte> bytes(sizeof length + text.size() + at);
  std::memcpy(bytes.data(), &length, sizeof length);
  std::memcpy(bytes.data() + sizeof length, text.data(), text.size());
  std::size_t to = sizeof length + text.size();
  for (const auto& [name, view] : tensors) {
    if (!view.bytes.empty()) std::memcpy(bytes.data() + to, view.bytes.data(), view.bytes.size());
    to += view.bytes.size();
  }
  return bytes;
}

Result<void> write_safetensors(const std::string& path, const TensorMap& tensors,
                               const MetadataMap& metadata) {
  return write_file_atomic(path, serialize_safetensors(tensors, metadata));
}

}  // namespace trm
