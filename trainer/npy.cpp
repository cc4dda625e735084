#include "trainer/npy.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace trm {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kDimensions = 32;    // NumPy's own limit
constexpr std::size_t kHeaderBytes = 128;  // of the files that we write: room for any length

struct TypeRow {
  DType type;
  std::string_view name;
};
constexpr TypeRow kTypes[] = {{DType::boolean, "|b1"}, {DType::u8, "|u1"},  {DType::i8, "|i1"},
                              {DType::u16, "<u2"},     {DType::i16, "<i2"}, {DType::u32, "<u4"},
                              {DType::i32, "<i4"},     {DType::i64, "<i8"}};

Error bad(const std::string& message) {
  return fail(ErrorCode::invalid_data, "no usable .npy: " + message, "data");
}

/// Reader of the header's text, a Python dictionary such as
/// {'descr': '<i4', 'fortran_order': False, 'shape': (1000, 81), }
class Dictionary {
 public:
  explicit Dictionary(std::string_view text) : text_(text) {}

  Result<NpyHeader> read() {
    if (!take('{')) return bad("its header is no dictionary");
    while (!take('}')) {
      const auto key = string();
      if (!key || !take(':')) return bad("its header is damaged");
      if (auto error = entry(*key)) return *error;
      if (!take(',') && peek() != '}') return bad("its header is damaged");
    }
    if (peek() != '\0') return bad("something follows the dictionary in its header");
    if (!type_ || !order_ || !shape_) return bad("its header lacks descr, fortran_order or shape");
    return NpyHeader{*type_, std::move(*shape_), 0};
  }

 private:
  std::optional<Error> entry(std::string_view key) {
    if (key == "descr" && !type_) return descr();
    if (key == "fortran_order" && !order_) {
      order_ = true;
      if (word("False")) return std::nullopt;
      return bad("it is in Fortran order; write it with numpy.ascontiguousarray");
    }
    if (key == "shape" && !shape_) return shape();
    return bad("its header has the unknown or repeated entry " + std::string(key.substr(0, 40)));
  }

  std::optional<Error> descr() {
    const auto name = string();
    if (!name) return bad("its elements are records; expected whole numbers");
    for (const TypeRow& row : kTypes) {
      if (row.name.substr(1) == name->substr(std::min<std::size_t>(1, name->size())) &&
          (dtype_size(row.type) == 1 || name->front() == '<')) {
        type_ = row.type;
        return std::nullopt;
      }
    }
    return bad("its elements are '" + std::string(name->substr(0, 40)) +
               "'; expected little-endian whole numbers such as '<i4' or '|u1'");
  }

  std::optional<Error> shape() {
    std::vector<std::int64_t> sides;
    if (!take('(')) return bad("its shape is no tuple");
    while (!take(')')) {
      std::int64_t side = 0;
      bool any = false;
      for (; peek() >= '0' && peek() <= '9'; ++at_, any = true) {
        if (__builtin_mul_overflow(side, 10, &side) ||
            __builtin_add_overflow(side, text_[at_] - '0', &side)) {
          return bad("its shape overflows");
        }
      }
      if (!any || sides.size() == kDimensions) return bad("its shape is damaged");
      sides.push_back(side);
      if (!take(',') && peek() != ')') return bad("its shape is damaged");
    }
    shape_ = std::move(sides);
    return std::nullopt;
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view wanted) {
    peek();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  std::optional<std::string_view> string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return std::nullopt;
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const auto content = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return content;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<DType> type_;
  bool order_ = false;
  std::optional<std::vector<std::int64_t>> shape_;
};

// Bytes of the elements; nothing when a product on the way overflows what elements() counts in.
std::optional<std::uint64_t> data_bytes(const NpyHeader& header) {
  auto bytes = static_cast<std::int64_t>(dtype_size(header.type));
  for (const std::int64_t side : header.shape) {
    if (__builtin_mul_overflow(bytes, side, &bytes)) return {};
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string header_text(DType type, std::int64_t rows, const std::vector<std::int64_t>& row) {
  std::string shape = std::to_string(rows) + ",";
  for (const std::int64_t side : row) shape += " " + std::to_string(side) + ",";
  if (!row.empty()) shape.pop_back();
  std::string text(kMagic);
  text += '\1';
  text += '\0';
  constexpr std::size_t length = kHeaderBytes - 10;
  text += static_cast<char>(length & 0xff);
  text += static_cast<char>(length >> 8);
  text += "{'descr': '" + std::string(npy_type_name(type)) +
          "', 'fortran_order': False, 'shape': (" + shape + "), }";
  text.resize(kHeaderBytes - 1, ' ');
  return text + '\n';
}

/// Calls f with a null pointer to the type in memory of the elements; kTypes has no others.
template <class F>
auto with_type(DType type, F&& f) {
  switch (type) {
    case DType::i8:
      return f(static_cast<std::int8_t*>(nullptr));
    case DType::u16:
      return f(static_cast<std::uint16_t*>(nullptr));
    case DType::i16:
      return f(static_cast<std::int16_t*>(nullptr));
    case DType::u32:
      return f(static_cast<std::uint32_t*>(nullptr));
    case DType::i32:
      return f(static_cast<std::int32_t*>(nullptr));
    case DType::i64:
      return f(static_cast<std::int64_t*>(nullptr));
    default:
      return f(static_cast<std::uint8_t*>(nullptr));  // u8, boolean
  }
}

// False: the type cannot hold the number.
bool store(DType type, std::byte* to, std::int32_t value) {
  if (type == DType::boolean && (value < 0 || value > 1)) return false;
  return with_type(type, [&]<class T>(T*) {
    if (!std::in_range<T>(value)) return false;
    const T narrow = static_cast<T>(value);
    std::memcpy(to, &narrow, sizeof narrow);
    return true;
  });
}

}  // namespace

std::string_view npy_type_name(DType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type) return row.name;
  }
  return {};
}

std::int64_t NpyHeader::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t side : shape) product *= side;
  return product;
}

Result<NpyHeader> parse_npy(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kMagic) || text.size() < 10) return bad("it does not begin as one");
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
  };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) return bad("version " + std::to_string(version) + " is unknown");
  const std::size_t start = version == 1 ? 10 : 12;
  if (text.size() < start) return bad("it is truncated in its header");
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > text.size() - start) return bad("it is truncated in its header");
  auto header = Dictionary(text.substr(start, length)).read();
  if (!header) return header.error();
  header->data = start + length;
  const std::size_t found = text.size() - header->data;
  const auto expected = data_bytes(*header);
  if (!expected) return bad("its shape overflows");
  if (*expected != found) {
    return bad("its shape needs " + std::to_string(*expected) + " bytes of data, the file has " +
               std::to_string(found) + (found < *expected ? ": it is truncated" : ""));
  }
  return header;
}

Result<NpyArray> NpyArray::open(const std::string& path) {
  auto file = FileMap::open(path);
  if (!file) return file.error();
  auto header = parse_npy(file->bytes());
  if (!header) return fail(header.error().code, path + ": " + header.error().message, path);
  NpyArray array;
  array.file_ = std::move(*file);
  array.header_ = std::move(*header);
  return array;
}

std::int64_t NpyArray::at(std::int64_t i) const {
  const std::byte* from =
      file_.bytes().data() + header_.data + static_cast<std::size_t>(i) * dtype_size(header_.type);
  return with_type(header_.type, [&]<class T>(T*) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return static_cast<std::int64_t>(value);
  });
}

std::pair<std::int64_t, std::int64_t> NpyArray::range() const {
  const std::byte* from = file_.bytes().data() + header_.data;
  const auto count = static_cast<std::size_t>(elements());
  if (count == 0) return {0, -1};
  return with_type(header_.type, [&]<class T>(T*) {
    T low{}, high{};
    std::memcpy(&low, from, sizeof low);
    high = low;
    for (std::size_t i = 0; i < count; ++i) {
      T value;
      std::memcpy(&value, from + i * sizeof value, sizeof value);
      low = std::min(low, value);
      high = std::max(high, value);
    }
    return std::pair(static_cast<std::int64_t>(low), static_cast<std::int64_t>(high));
  });
}

NpyWriter::NpyWriter(AtomicFile file, DType type, std::vector<std::int64_t> row)
    : file_(std::move(file)), type_(type), row_(std::move(row)) {
  for (const std::int64_t side : row_) width_ *= static_cast<std::size_t>(side);
}

Result<NpyWriter> NpyWriter::create(const std::string& path, DType type,
                                    std::vector<std::int64_t> row) {
  if (npy_type_name(type).empty()) {
    return fail(ErrorCode::unsupported,
                "no .npy of " + std::string(dtype_name(type)) + " is written here", path);
  }
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  // Room for the header: the number of rows is known at the end.
  const std::vector<std::byte> room(kHeaderBytes);
  if (auto written = file->write(room); !written) return written.error();
  return NpyWriter(std::move(*file), type, std::move(row));
}

Result<void> NpyWriter::append(std::span<const std::int32_t> row) {
  if (row.size() != width_) {
    return fail(ErrorCode::invalid_data,
                file_.path() + ": a row of " + std::to_string(row.size()) + " numbers, expected " +
                    std::to_string(width_),
                file_.path());
  }
  const std::size_t size = dtype_size(type_);
  buffer_.resize(row.size() * size);
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!store(type_, buffer_.data() + i * size, row[i])) {
      return fail(ErrorCode::invalid_data,
                  file_.path() + ": " + std::to_string(row[i]) + " does not fit '" +
                      std::string(npy_type_name(type_)) + "'",
                  file_.path());
    }
  }
  if (auto written = file_.write(buffer_); !written) return written;
  ++rows_;
  return {};
}

Result<void> NpyWriter::close() {
  const std::string header = header_text(type_, rows_, row_);
  if (auto written = file_.write_front(std::as_bytes(std::span(header))); !written) return written;
  return file_.commit();
}

}  // namespace trm
