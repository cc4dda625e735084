// A key that isomorphic boards share, for modules whose symmetries are too many to try one by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trm {

/// An undirected graph with coloured vertices: 0 .. size - 1. Modules write a board as such a graph
/// in which exactly their symmetries are isomorphisms.
struct ColouredGraph {
  std::vector<std::uint32_t> colour;                   ///< one a vertex
  std::vector<std::vector<std::uint32_t>> neighbours;  ///< parallel; both ends name each other

  explicit ColouredGraph(std::size_t vertices) : colour(vertices), neighbours(vertices) {}
  void connect(std::size_t a, std::size_t b) {
    neighbours[a].push_back(static_cast<std::uint32_t>(b));
    neighbours[b].push_back(static_cast<std::uint32_t>(a));
  }
};

/// 32 hexadecimal digits, equal for isomorphic graphs. Others get the same key only where two
/// 128-bit hashes collide, or where the graph is so regular that more than `leaves` labellings
/// would have to be compared; such keys begin with '~'. Method: colour refinement and
/// individualisation (McKay & Piperno 2014, "Practical graph isomorphism, II") without pruning by
/// automorphisms.
std::string canonical_key(const ColouredGraph& graph, int leaves = 512);

}  // namespace trm
