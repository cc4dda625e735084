// Boards under the symmetries of their puzzle, by kind: what a model should not care about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/board_set.h"

namespace trm::bench {

/// Every board of a list under a symmetry of one kind.
struct Images {
  std::string kind;                               ///< as the module describes it, "transposed"
  std::vector<std::optional<BoardEntry>> boards;  ///< parallel to the list; nothing: none was drawn
};

/// Images by the kinds of symmetry that the module describes; where it describes each draw in words
/// of its own, by four draws. Labels are computed anew, since which of several right answers is the
/// label may depend on orientation. What is drawn follows from the seed and a board's index. Empty
/// for modules without symmetries.
std::vector<Images> make_images(const std::vector<BoardEntry>& entries, std::uint64_t seed);

}  // namespace trm::bench
