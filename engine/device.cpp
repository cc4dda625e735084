#include "engine/device.h"

#include <charconv>

namespace trm {

std::string Device::name() const {
  if (kind == Kind::cpu) return "cpu";
  if (kind == Kind::automatic) return "auto";
  return "cuda:" + std::to_string(index);
}

Result<Device> parse_device(std::string_view text) {
  if (text == "cpu") return Device{Device::Kind::cpu, 0};
  if (text == "auto") return Device{Device::Kind::automatic, 0};
  if (text == "cuda") return Device{Device::Kind::cuda, 0};
  if (text.starts_with("cuda:")) {
    const std::string_view number = text.substr(5);
    int index = -1;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (error == std::errc() && end == number.data() + number.size() && index >= 0 && index < 64) {
      return Device{Device::Kind::cuda, index};
    }
  }
  return fail(
      ErrorCode::invalid_field,
      "the device \"" + std::string(text.substr(0, 40)) + "\" is none of cpu, cuda, cuda:N, auto",
      "device");
}

}  // namespace trm
