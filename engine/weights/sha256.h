// SHA-256 (FIPS 180-4), for weights files.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace trm {

/// Lower-case hexadecimal digest, 64 characters. Thread-safe.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace trm
