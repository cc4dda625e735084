#include "engine/model/geometry_index.h"

#include <algorithm>
#include <cmath>

namespace trm {
namespace {

using torch::Tensor;

GeometryIndex::Groups make_groups(const Relation& relation, std::int64_t length,
                                  torch::Device device) {
  GeometryIndex::Groups groups{relation.starts, relation.members, true, {}};
  std::vector<float> pool(static_cast<std::size_t>(length * length), 0.0f);
  std::vector<bool> seen(static_cast<std::size_t>(length), false);
  for (std::size_t s = 0; s + 1 < relation.starts.size(); ++s) {
    const auto begin = relation.members.begin() + relation.starts[s];
    const auto end = relation.members.begin() + relation.starts[s + 1];
    const float scale = 1.0f / std::sqrt(static_cast<float>(std::max<std::ptrdiff_t>(end - begin, 1)));
    for (auto p = begin; p != end; ++p) {
      if (seen[static_cast<std::size_t>(*p)]) groups.disjoint = false;
      seen[static_cast<std::size_t>(*p)] = true;
      for (auto q = begin; q != end; ++q) {
        pool[static_cast<std::size_t>(*p * length + *q)] += scale;
      }
    }
  }
  groups.pool = torch::tensor(pool).view({length, length}).to(device);
  return groups;
}

// The offsets in weight order are the eight neighbours, and every pair of cells that lies so is
// related: then a dense convolution with zero padding computes the same sum.
bool is_dense3x3(const GeometryIndex& index, const std::vector<const Relation*>& relations) {
  if (index.offsets.size() != 8) return false;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    const auto [dr, dc] = index.offsets[i];
    if (std::abs(dr) > 1 || std::abs(dc) > 1 || (dr == 0 && dc == 0)) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (index.offsets[j] == index.offsets[i]) return false;
    }
    for (std::int64_t p = 0; p < index.length; ++p) {
      const std::int64_t r = p / index.cols + dr, c = p % index.cols + dc;
      const bool inside = r >= 0 && r < index.rows && c >= 0 && c < index.cols;
      const std::int64_t expected = inside ? r * index.cols + c : -1;
      if (relations[i]->neighbour[static_cast<std::size_t>(p)] != expected) return false;
    }
  }
  return true;
}

Tensor neighbour_table(const std::vector<const Relation*>& relations, std::int64_t length) {
  std::vector<std::int64_t> table;
  table.reserve(relations.size() * static_cast<std::size_t>(length));
  for (const Relation* relation : relations) {
    for (const std::int32_t p : relation->neighbour) table.push_back(p < 0 ? length : p);
  }
  return torch::tensor(table, torch::kInt64)
      .view({static_cast<std::int64_t>(relations.size()), length});
}

}  // namespace

Result<GeometryIndex> GeometryIndex::make(const Arch& arch, const TokenLayout& layout,
                                          const Geometry& geometry, torch::Device device) {
  GeometryIndex index;
  index.rows = layout.rows;
  index.cols = layout.cols;
  index.length = layout.size();
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
      index.groups.push_back(make_groups(*it, index.length, device));
    } else if (it->kind == RelationKind::offset) {
      offsets.push_back(&*it);
      index.offsets.emplace_back(it->dr, it->dc);
    } else {
      return fail(ErrorCode::unsupported_by_model,
                  "geometry mixers know groups and offset relations, \"" + name + "\" is neither",
                  "relations");
    }
  }
  if (!offsets.empty()) {
    index.neighbours = neighbour_table(offsets, index.length).to(device);
    index.dense3x3 = is_dense3x3(index, offsets);
  }
  std::vector<float> present;
  for (const Position& p : layout.positions) present.push_back(p.role == Role::pad ? 0.0f : 1.0f);
  index.present = torch::tensor(present).to(device);
  return index;
}

}  // namespace trm
