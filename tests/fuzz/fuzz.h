// What the fuzz targets share: the check macro and the targets' one entry point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// The signature that libFuzzer and standalone_main.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace trm::fuzz {

[[noreturn]] inline void broken(const char* file, int line, const char* property,
                                std::string_view detail) {
  std::fprintf(stderr, "%s:%d: broken property: %s\n%.*s\n", file, line, property,
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);
}

}  // namespace trm::fuzz

/// Aborts unless `property` holds, in every build type; `detail` is text that helps to see why.
#define FUZZ_CHECK(property, detail)                                             \
  do {                                                                           \
    if (!(property)) ::trm::fuzz::broken(__FILE__, __LINE__, #property, detail); \
  } while (false)
