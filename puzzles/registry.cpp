#include "puzzles/registry.h"

namespace trm {

Result<const Puzzle*> find_puzzle(std::string_view name) {
  std::string known;
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (puzzle->name() == name) return puzzle;
    known += (known.empty() ? "" : ", ") + puzzle->name();
  }
  // The name may come over the network: a long one is not echoed.
  const std::string shown =
      name.size() > 40 ? std::string(name.substr(0, 40)) + "..." : std::string(name);
  return fail(ErrorCode::unknown_puzzle,
              "no puzzle is called '" + shown + "'; there are: " + (known.empty() ? "none" : known),
              "puzzle");
}

}  // namespace trm
