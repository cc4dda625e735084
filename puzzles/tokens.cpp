#include "puzzles/tokens.h"

#include <utility>

namespace trm {
namespace {

Relation offset_relation(const TokenLayout& layout, int dr, int dc) {
  Relation relation;
  relation.name = "near(" + std::to_string(dr) + "," + std::to_string(dc) + ")";
  relation.kind = RelationKind::offset;
  relation.dr = dr;
  relation.dc = dc;
  relation.neighbour.assign(static_cast<std::size_t>(layout.size()), -1);
  const auto is_pad = [&](int position) {
    return layout.positions[static_cast<std::size_t>(position)].role == Role::pad;
  };
  for (int row = 0; row < layout.rows; ++row) {
    for (int col = 0; col < layout.cols; ++col) {
      const int from = row * layout.cols + col;
      const int to_row = row + dr;
      const int to_col = col + dc;
      if (to_row < 0 || to_row >= layout.rows || to_col < 0 || to_col >= layout.cols) continue;
      const int to = to_row * layout.cols + to_col;
      // Neither end may be a pad, so that each offset stays the exact inverse of its opposite.
      if (is_pad(from) || is_pad(to)) continue;
      relation.neighbour[static_cast<std::size_t>(from)] = to;
    }
  }
  return relation;
}

}  // namespace

Geometry near_relations(const TokenLayout& layout) {
  Geometry geometry;
  geometry.reserve(8);
  for (int dr = -1; dr <= 1; ++dr) {
    for (int dc = -1; dc <= 1; ++dc) {
      if (dr != 0 || dc != 0) geometry.push_back(offset_relation(layout, dr, dc));
    }
  }
  return geometry;
}

void add_groups(Geometry& geometry, std::string name,
                const std::vector<std::vector<std::int32_t>>& sets) {
  Relation relation;
  relation.name = std::move(name);
  relation.kind = RelationKind::groups;
  relation.starts.reserve(sets.size() + 1);
  relation.starts.push_back(0);
  for (const auto& set : sets) {
    relation.members.insert(relation.members.end(), set.begin(), set.end());
    relation.starts.push_back(static_cast<std::int32_t>(relation.members.size()));
  }
  geometry.push_back(std::move(relation));
}

}  // namespace trm
