#include "puzzles/canonical.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace trm {
namespace {

using Colours = std::vector<std::uint32_t>;
using Certificate = std::vector<std::uint32_t>;

// The finaliser of splitmix64: spreads a number over all bits.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Colours by rank of (old colour, what the neighbours show); returns the number of colours. Names
// depend on the colours only, not on the order of the vertices.
std::size_t refine_once(const ColouredGraph& graph, Colours& colours) {
  const std::size_t n = colours.size();
  std::vector<std::pair<std::uint32_t, std::uint64_t>> shown(n);
  for (std::size_t v = 0; v < n; ++v) {
    std::uint64_t sum = 0;  // a sum, so that the neighbours' order does not matter
    for (const auto w : graph.neighbours[v]) sum += mix(colours[w] + 1);
    shown[v] = {colours[v], sum};
  }
  auto sorted = shown;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (std::size_t v = 0; v < n; ++v) {
    colours[v] = static_cast<std::uint32_t>(
        std::lower_bound(sorted.begin(), sorted.end(), shown[v]) - sorted.begin());
  }
  return sorted.size();
}

std::size_t refine(const ColouredGraph& graph, Colours& colours) {
  std::size_t before = 0, now = refine_once(graph, colours);
  while (now != before) {
    before = now;
    now = refine_once(graph, colours);
  }
  return now;
}

// The graph under a colouring: for discrete ones the graph itself, relabelled.
Certificate certificate(const ColouredGraph& graph, const Colours& colours) {
  std::vector<std::size_t> order(colours.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return colours[a] < colours[b]; });
  std::vector<Certificate> rows;
  for (const std::size_t v : order) {
    Certificate row;
    for (const auto w : graph.neighbours[v]) row.push_back(colours[w]);
    std::sort(row.begin(), row.end());
    row.insert(row.begin(), {colours[v], graph.colour[v], static_cast<std::uint32_t>(row.size())});
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end());  // equal colours stand in any order before
  Certificate all;
  for (const auto& row : rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}

/// Walks the tree of individualised vertices and keeps the smallest leaf.
struct Search {
  const ColouredGraph& graph;
  int leaves;
  std::optional<Certificate> best{};

  // False: too many leaves.
  bool walk(Colours colours) {
    const std::size_t count = refine(graph, colours);
    if (count == colours.size()) {
      if (leaves-- == 0) return false;
      Certificate leaf = certificate(graph, colours);
      if (!best || leaf < *best) best = std::move(leaf);
      return true;
    }
    const std::uint32_t target = smallest_class(colours, count);
    for (std::size_t v = 0; v < colours.size(); ++v) {
      if (colours[v] != target) continue;
      Colours split = colours;
      for (auto& c : split) c = 2 * c + 1;
      --split[v];  // in front of the rest of its class
      if (!walk(std::move(split))) return false;
    }
    return true;
  }

  static std::uint32_t smallest_class(const Colours& colours, std::size_t count) {
    std::vector<std::size_t> sizes(count, 0);
    for (const auto c : colours) ++sizes[c];
    std::uint32_t best_class = 0;
    for (std::uint32_t c = 0; c < count; ++c) {
      if (sizes[c] > 1 && (sizes[best_class] < 2 || sizes[c] < sizes[best_class])) best_class = c;
    }
    return best_class;
  }
};

std::string hex_hash(const Certificate& numbers) {
  std::array<std::uint64_t, 2> hash{1, 2};
  for (const auto number : numbers) {
    for (auto& h : hash) h = mix(h ^ number) + h * 31;
  }
  std::string text;
  for (const auto h : hash) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(h >> shift) & 15];
  }
  return text;
}

}  // namespace

std::string canonical_key(const ColouredGraph& graph, int leaves) {
  Search search{graph, leaves};
  if (search.walk(graph.colour)) return hex_hash(search.best.value_or(Certificate{}));
  // The number of leaves is the same for isomorphic graphs, and so is what refinement alone sees.
  Colours colours = graph.colour;
  refine(graph, colours);
  return "~" + hex_hash(certificate(graph, colours));
}

}  // namespace trm
