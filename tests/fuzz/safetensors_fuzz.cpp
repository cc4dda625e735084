// The door for weights files: bytes of any kind are read or refused, never trusted.
//
// Input: a file. One that begins with '{' is an architecture as bare JSON, and also a file's
// header: its length is put in front and the data follow behind a byte 0, so that mutations reach
// deeper.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "engine/weights/arch.h"
#include "engine/weights/model_file.h"
#include "engine/weights/safetensors.h"
#include "puzzles/json.h"
#include "tests/fuzz/fuzz.h"

namespace trm {
namespace {

/// Elements of a tensor by its shape; the reader has refused products that overflow.
std::size_t elements(const TensorView& view) {
  std::size_t product = 1;
  for (const std::int64_t side : view.shape) {
    FUZZ_CHECK(side >= 0, std::to_string(side));
    product *= static_cast<std::size_t>(side);
  }
  return product;
}

/// Views lie inside the data section and tile it; touching the bytes lets ASan see the mapping.
void check_tensors(const Safetensors& file) {
  const auto data = file.data();
  std::size_t total = 0;
  unsigned touched = 0;
  for (const auto& [name, view] : file.tensors()) {
    FUZZ_CHECK(view.bytes.size() == elements(view) * dtype_size(view.dtype), name);
    FUZZ_CHECK(!dtype_name(view.dtype).empty(), name);
    if (!view.bytes.empty()) {
      FUZZ_CHECK(view.bytes.data() >= data.data(), name);
      FUZZ_CHECK(view.bytes.data() + view.bytes.size() <= data.data() + data.size(), name);
    }
    for (const std::byte byte : view.bytes) touched += static_cast<unsigned>(byte);
    total += view.bytes.size();
  }
  FUZZ_CHECK(total == data.size(), std::to_string(touched));
}

void check_equal(const Safetensors& a, const Safetensors& b) {
  FUZZ_CHECK(a.metadata() == b.metadata(), "metadata changes");
  FUZZ_CHECK(a.tensors().size() == b.tensors().size(), "tensors get lost");
  for (const auto& [name, view] : a.tensors()) {
    const auto other = b.tensors().find(name);
    FUZZ_CHECK(other != b.tensors().end(), name);
    FUZZ_CHECK(other->second.dtype == view.dtype, name);
    FUZZ_CHECK(other->second.shape == view.shape, name);
    FUZZ_CHECK(std::ranges::equal(other->second.bytes, view.bytes), name);
  }
}

void check_arch(const Json& json) {
  (void)arch_from_official(json);
  const auto arch = arch_from_json(json);
  if (!arch) return;
  const Json written = arch_to_json(*arch);
  const auto again = arch_from_json(written);
  FUZZ_CHECK(again.ok(), written.dump());
  FUZZ_CHECK(*again == *arch, written.dump());
  if (!validate(*arch)) return;
  FUZZ_CHECK(arch->prefix_len() >= 0, written.dump());
  FUZZ_CHECK(arch->inner_width(arch->hidden_size) > 0, written.dump());
}

void check_model(const Safetensors& file) {
  const auto info = read_model_info(file);
  const auto arch = file.metadata().find("trm.arch");
  if (arch != file.metadata().end()) {
    if (const auto json = parse_json(arch->second)) check_arch(*json);
  }
  if (!info) return;
  FUZZ_CHECK(validate(info->arch).ok(), "an architecture out of range is let through");
  FUZZ_CHECK(info->tokens.size() == static_cast<std::size_t>(info->arch.vocab_size), info->puzzle);
  FUZZ_CHECK(info->parameters >= 0, info->puzzle);
  TokenSpec spec;
  spec.names = info->tokens;
  FUZZ_CHECK(check_tokens(*info, spec).ok(), info->puzzle);
}

void check_file(std::span<const std::byte> bytes) {
  const auto file = Safetensors::parse(bytes);
  if (!file) {
    FUZZ_CHECK(file.error().code == ErrorCode::invalid_weights, file.error().message);
    FUZZ_CHECK(!file.error().message.empty(), "an error without words");
    return;
  }
  check_tensors(*file);
  check_model(*file);
  const auto written = serialize_safetensors(file->tensors(), file->metadata());
  const auto again = Safetensors::parse(written);
  FUZZ_CHECK(again.ok(), again ? "" : again.error().message);
  check_tensors(*again);
  check_equal(*file, *again);
  FUZZ_CHECK(serialize_safetensors(again->tensors(), again->metadata()) == written,
             "the same content is written differently");
}

/// The file that `text` describes: its header up to a byte 0, then its data.
std::string with_length(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\0'));
  const auto data = text.substr(std::min(text.size(), header.size() + 1));
  std::string file;
  for (int byte = 0; byte < 8; ++byte)
    file += static_cast<char>(header.size() >> (8 * byte) & 0xff);
  return file.append(header).append(data);
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  if (size > 0 && data[0] == '{') {
    const auto text = fuzz::as_text(data, size);
    if (const auto json = parse_json(text)) check_arch(*json);
    const std::string framed = with_length(text);
    check_file(std::as_bytes(std::span(framed)));
  }
  check_file(std::as_bytes(std::span(data, size)));
  return 0;
}
