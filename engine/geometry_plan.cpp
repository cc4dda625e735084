#include "engine/geometry_plan.h"

#include <algorithm>

namespace trm {
namespace {

GeometryPlan::Groups make_groups(std::vector<std::int32_t> starts,
                                 std::vector<std::int32_t> members, std::int64_t nodes) {
  std::vector<bool> seen(static_cast<std::size_t>(nodes), false);
  bool disjoint = true;
  for (const std::int32_t node : members) {
    if (seen[static_cast<std::size_t>(node)]) disjoint = false;
    seen[static_cast<std::size_t>(node)] = true;
  }
  return {std::move(starts), std::move(members), disjoint};
}

// The relation among the nodes of each symbol: set i becomes one set for each symbol.
GeometryPlan::Groups lift_groups(const Relation& relation, std::int64_t nodes,
                                 std::int32_t symbols) {
  std::vector<std::int32_t> starts{0}, members;
  for (std::size_t s = 0; s + 1 < relation.starts.size(); ++s) {
    for (std::int32_t v = 0; v < symbols; ++v) {
      for (std::int32_t m = relation.starts[s]; m < relation.starts[s + 1]; ++m) {
        members.push_back(relation.members[static_cast<std::size_t>(m)] * symbols + v);
      }
      starts.push_back(static_cast<std::int32_t>(members.size()));
    }
  }
  return make_groups(std::move(starts), std::move(members), nodes);
}

// All symbols of one position: a cell's candidates.
GeometryPlan::Groups position_groups(std::int64_t length, std::int32_t symbols) {
  std::vector<std::int32_t> starts{0}, members;
  for (std::int32_t node = 0; node < static_cast<std::int32_t>(length) * symbols; ++node) {
    members.push_back(node);
    if ((node + 1) % symbols == 0) starts.push_back(node + 1);
  }
  return make_groups(std::move(starts), std::move(members), length * symbols);
}

// The offsets in weight order are the eight neighbours, and every pair of cells that lies so is
// related: then a dense convolution with zero padding computes the same sum.
bool is_dense3x3(const GeometryPlan& plan, const std::vector<const Relation*>& relations) {
  if (plan.offsets.size() != 8) return false;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const auto [dr, dc] = plan.offsets[i];
    if (std::abs(dr) > 1 || std::abs(dc) > 1 || (dr == 0 && dc == 0)) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (plan.offsets[j] == plan.offsets[i]) return false;
    }
    for (std::int64_t p = 0; p < plan.length; ++p) {
      const std::int64_t r = p / plan.cols + dr, c = p % plan.cols + dc;
      const bool inside = r >= 0 && r < plan.rows && c >= 0 && c < plan.cols;
      const std::int64_t expected = inside ? r * plan.cols + c : -1;
      if (relations[i]->neighbour[static_cast<std::size_t>(p)] != expected) return false;
    }
  }
  return true;
}

std::vector<std::int32_t> neighbour_table(const std::vector<const Relation*>& relations) {
  std::vector<std::int32_t> table;
  for (const Relation* relation : relations) {
    for (const std::int32_t p : relation->neighbour) table.push_back(std::max(p, -1));
  }
  return table;
}

}  // namespace

Result<GeometryPlan> GeometryPlan::make(const Arch& arch, const TokenLayout& layout,
                                        const Geometry& geometry) {
  GeometryPlan plan;
  plan.rows = layout.rows;
  plan.cols = layout.cols;
  plan.length = layout.size();
  const int symbols = arch.per_symbol ? layout.symbols : 1;
  if (symbols < 1 || (arch.per_symbol && arch.first_symbol + symbols > arch.vocab_size)) {
    return fail(ErrorCode::unsupported_by_model,
                "the model reads " + std::to_string(arch.vocab_size - arch.first_symbol) +
                    " interchangeable symbols, this board has " + std::to_string(layout.symbols),
                "symbols");
  }
  plan.symbols = arch.per_symbol ? symbols : 0;
  plan.nodes = plan.length * symbols;
  std::vector<const Relation*> offsets;
  for (const std::string& name : arch.relations) {
    const auto it = std::find_if(geometry.begin(), geometry.end(),
                                 [&](const Relation& r) { return r.name == name; });
    if (it == geometry.end()) {
      return fail(ErrorCode::unsupported_by_model,
                  "the model mixes along the relation \"" + name + "\", which this board lacks",
                  "relations");
    }
    if (it->kind == RelationKind::groups) {
      plan.groups.push_back(lift_groups(*it, plan.nodes, symbols));
    } else if (it->kind == RelationKind::offset && !arch.per_symbol) {
      offsets.push_back(&*it);
      plan.offsets.emplace_back(it->dr, it->dc);
    } else {
      return fail(ErrorCode::unsupported_by_model,
                  "the model cannot mix along the relation \"" + name +
                      "\": its mixers know groups and, unless per symbol, offset relations",
                  "relations");
    }
  }
  if (arch.per_symbol) plan.groups.push_back(position_groups(plan.length, symbols));
  if (!offsets.empty()) {
    plan.neighbours = neighbour_table(offsets);
    plan.dense3x3 = is_dense3x3(plan, offsets);
  }
  for (const Position& p : layout.positions) {
    plan.present.insert(plan.present.end(), static_cast<std::size_t>(symbols),
                        p.role == Role::pad ? 0.f : 1.f);
  }
  return plan;
}

}  // namespace trm
