// The doors for data sets: .npy headers and dataset.json of any bytes are read or refused.
//
// Input: a .npy file, or dataset.json where it begins with '{"', or the dictionary of a .npy header
// (up to a byte 0, then the data), so that mutations reach deeper.
#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/fuzz.h"
#include "trainer/dataset.h"

namespace trm {
namespace {

void check_info(std::string_view text) {
  const auto info = parse_dataset_info(text);
  if (!info) {
    FUZZ_CHECK(info.error().code == ErrorCode::invalid_data, info.error().message);
    return;
  }
  FUZZ_CHECK(info->seq_len >= 1 && info->vocab_size >= 2, text);
  const std::string written = dataset_info_to_json(*info).dump();
  const auto again = parse_dataset_info(written);
  FUZZ_CHECK(again.ok(), written);
  FUZZ_CHECK(dataset_info_to_json(*again).dump() == written, written);
}

void check_npy(std::string_view file) {
  const auto header = parse_npy(std::as_bytes(std::span(file.data(), file.size())));
  if (!header) {
    FUZZ_CHECK(header.error().code == ErrorCode::invalid_data, header.error().message);
    FUZZ_CHECK(!header.error().message.empty(), "an error without words");
    return;
  }
  FUZZ_CHECK(header->data <= file.size(), "the data begin outside the file");
  for (const std::int64_t side : header->shape) FUZZ_CHECK(side >= 0, "a negative side");
  const auto bytes = static_cast<std::size_t>(header->elements()) * dtype_size(header->type);
  FUZZ_CHECK(header->data + bytes == file.size(), "the elements do not fill the file");
}

std::string with_preamble(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\0'));
  const auto length = static_cast<std::uint32_t>(header.size());
  std::string file("\x93NUMPY\2\0", 8);
  for (int shift = 0; shift < 32; shift += 8) file += static_cast<char>(length >> shift & 0xff);
  file += header;
  return file.append(text.substr(std::min(text.size(), header.size() + 1)));
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = trm::fuzz::as_text(data, size);
  trm::check_npy(text);
  if (text.starts_with("{\"")) trm::check_info(text);
  if (text.starts_with('{')) trm::check_npy(trm::with_preamble(text));
  return 0;
}
