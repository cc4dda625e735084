#include "engine/model/geometry_index.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/pool_index.h"

namespace trm {
namespace {

using torch::Tensor;

GeometryIndex::Groups make_groups(std::vector<std::int32_t> starts,
                                  std::vector<std::int32_t> members, std::int64_t nodes,
                                  torch::Device device) {
  std::vector<std::int64_t> member(members.begin(), members.end()), set;
  std::vector<float> scale;
  std::vector<bool> seen(static_cast<std::size_t>(nodes), false);
  bool disjoint = true;
  for (std::size_t s = 0; s + 1 < starts.size(); ++s) {
    const std::int32_t count = starts[s + 1] - starts[s];
    scale.push_back(1.0f / std::sqrt(static_cast<float>(std::max(count, 1))));
    for (std::int32_t m = starts[s]; m < starts[s + 1]; ++m) {
      const auto node = static_cast<std::size_t>(members[static_cast<std::size_t>(m)]);
      if (seen[node]) disjoint = false;
      seen[node] = true;
      set.push_back(static_cast<std::int64_t>(s));
    }
  }
  GeometryIndex::Groups groups{std::move(starts), std::move(members), disjoint, {}, {}, {}};
  groups.member = torch::tensor(member, torch::kInt64).to(device);
  groups.set = torch::tensor(set, torch::kInt64).to(device);
  groups.scale = torch::tensor(scale, torch::kFloat32).to(device);
  return groups;
}

// The relation among the nodes of each symbol: set i becomes one set for each symbol.
GeometryIndex::Groups lift_groups(const Relation& relation, std::int64_t nodes,
                                  std::int32_t symbols, torch::Device device) {
  std::vector<std::int32_t> starts{0}, members;
  for (std::size_t s = 0; s + 1 < relation.starts.size(); ++s) {
    for (std::int32_t v = 0; v < symbols; ++v) {
      for (std::int32_t m = relation.starts[s]; m < relation.starts[s + 1]; ++m) {
        members.push_back(relation.members[static_cast<std::size_t>(m)] * symbols + v);
      }
      starts.push_back(static_cast<std::int32_t>(members.size()));
    }
  }
  return make_groups(std::move(starts), std::move(members), nodes, device);
}

// All symbols of one position: a cell's candidates.
GeometryIndex::Groups position_groups(std::int64_t length, std::int32_t symbols,
                                      torch::Device device) {
  std::vector<std::int32_t> starts{0}, members;
  for (std::int32_t node = 0; node < static_cast<std::int32_t>(length) * symbols; ++node) {
    members.push_back(node);
    if ((node + 1) % symbols == 0) starts.push_back(node + 1);
  }
  return make_groups(std::move(starts), std::move(members), length * symbols, device);
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

GeometryIndex::DeviceGroups device_groups(const GeometryIndex& index, torch::Device device) {
  if (device.is_cpu() || index.groups.empty()) return {};
  const auto tables = kernels::make_pool_tables(index.group_sets(), index.nodes);
  const auto copy = [&](const std::vector<std::int32_t>& values) {
    return torch::tensor(values, torch::kInt32).to(device);
  };
  return {copy(tables.set_starts), copy(tables.members), copy(tables.node_starts),
          copy(tables.node_sets)};
}

}  // namespace

std::vector<kernels::GroupSets> GeometryIndex::group_sets() const {
  std::vector<kernels::GroupSets> sets;
  for (const Groups& g : groups) {
    sets.push_back({g.starts.data(), g.members.data(),
                    static_cast<std::int64_t>(g.starts.size()) - 1, g.disjoint});
  }
  return sets;
}

Result<GeometryIndex> GeometryIndex::make(const Arch& arch, const TokenLayout& layout,
                                          const Geometry& geometry, torch::Device device) {
  GeometryIndex index;
  index.rows = layout.rows;
  index.cols = layout.cols;
  index.length = layout.size();
  const int symbols = arch.per_symbol ? layout.symbols : 1;
  if (symbols < 1 || (arch.per_symbol && arch.first_symbol + symbols > arch.vocab_size)) {
    return fail(ErrorCode::unsupported_by_model,
                "the model reads " + std::to_string(arch.vocab_size - arch.first_symbol) +
                    " interchangeable symbols, this board has " + std::to_string(layout.symbols),
                "symbols");
  }
  index.symbols = arch.per_symbol ? symbols : 0;
  index.nodes = index.length * symbols;
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
      index.groups.push_back(lift_groups(*it, index.nodes, symbols, device));
    } else if (it->kind == RelationKind::offset && !arch.per_symbol) {
      offsets.push_back(&*it);
      index.offsets.emplace_back(it->dr, it->dc);
    } else {
      return fail(ErrorCode::unsupported_by_model,
                  "the model cannot mix along the relation \"" + name +
                      "\": its mixers know groups and, unless per symbol, offset relations",
                  "relations");
    }
  }
  if (arch.per_symbol) index.groups.push_back(position_groups(index.length, symbols, device));
  if (!offsets.empty()) {
    index.neighbours = neighbour_table(offsets, index.length).to(device);
    const Tensor own = torch::arange(index.length, index.neighbours.options()).unsqueeze(0);
    index.taps = torch::cat({own, index.neighbours}, 0).t().reshape(-1);
    index.dense3x3 = is_dense3x3(index, offsets);
  }
  std::vector<float> present;
  for (const Position& p : layout.positions) {
    present.insert(present.end(), static_cast<std::size_t>(symbols),
                   p.role == Role::pad ? 0.f : 1.f);
  }
  index.present = torch::tensor(present).to(device);
  if (arch.per_symbol) index.symbol_ids = torch::arange(symbols, torch::kInt64).to(device);
  index.on_device = device_groups(index, device);
  return index;
}

}  // namespace trm
