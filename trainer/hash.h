// FNV-1a hashes that are the same on every machine: they pick random streams and find duplicates.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "puzzles/tokens.h"

namespace trm {

inline constexpr std::uint64_t hash_seed = 0xcbf29ce484222325ULL;

/// The hash of bytes that follow those of `before`.
inline std::uint64_t hash_text(std::string_view text, std::uint64_t before = hash_seed) {
  std::uint64_t h = before;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

/// The same for the eight bytes of a word.
inline std::uint64_t hash_word(std::uint64_t word, std::uint64_t before) {
  std::uint64_t h = before;
  for (int shift = 0; shift < 64; shift += 8) h = (h ^ (word >> shift & 0xff)) * 0x100000001b3ULL;
  return h;
}

inline std::uint64_t hash_tokens(const std::vector<Token>& tokens,
                                 std::uint64_t before = hash_seed) {
  std::uint64_t h = before;
  for (const Token token : tokens) h = (h ^ static_cast<std::uint32_t>(token)) * 0x100000001b3ULL;
  return h;
}

}  // namespace trm
