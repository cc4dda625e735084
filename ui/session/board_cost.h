// What a saved history may take beside the length of its text: shared by the writer, which leaves
// out what is more, and the reader, which refuses it.
#pragma once

#include <cstddef>

#include "ui/session/history.h"

namespace trm::ui {

inline constexpr std::size_t kMostElements = 8'000'000;  // of the JSON text
inline constexpr std::size_t kMostMemory = 256u << 20;   // bytes of all moments

/// Bytes that a moment keeps; `shared`: its question is that of the moment before.
std::size_t memory_of(const BoardState& state, bool shared);

}  // namespace trm::ui
