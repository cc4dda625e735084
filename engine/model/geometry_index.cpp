#include "engine/model/geometry_index.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/pool_index.h"

namespace trm {
namespace {

using torch::Tensor;

GeometryIndex::Groups make_groups(const GeometryPlan::Groups& plan, torch::Device device) {
  std::vector<std::int64_t> member(plan.members.begin(), plan.members.end()), set;
  std::vector<float> scale;
  for (std::size_t s = 0; s + 1 < plan.starts.size(); ++s) {
    const std::int32_t count = plan.starts[s + 1] - plan.starts[s];
    scale.push_back(1.0f / std::sqrt(static_cast<float>(std::max(count, 1))));
    set.insert(set.end(), static_cast<std::size_t>(count), static_cast<std::int64_t>(s));
  }
  GeometryIndex::Groups groups{plan, {}, {}, {}};
  groups.member = torch::tensor(member, torch::kInt64).to(device);
  groups.set = torch::tensor(set, torch::kInt64).to(device);
  groups.scale = torch::tensor(scale, torch::kFloat32).to(device);
  return groups;
}

Tensor neighbour_table(const GeometryPlan& plan) {
  std::vector<std::int64_t> table;
  for (const std::int32_t p : plan.neighbours) table.push_back(p < 0 ? plan.length : p);
  return torch::tensor(table, torch::kInt64)
      .view({static_cast<std::int64_t>(plan.offsets.size()), plan.length});
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
    sets.push_back({g.starts.data(), g.members.data(), g.count(), g.disjoint});
  }
  return sets;
}

Result<GeometryIndex> GeometryIndex::make(const Arch& arch, const TokenLayout& layout,
                                          const Geometry& geometry, torch::Device device) {
  auto plan = GeometryPlan::make(arch, layout, geometry);
  if (!plan) return plan.error();
  GeometryIndex index;
  static_cast<GeometryFrame&>(index) = *plan;
  for (const auto& groups : plan->groups) index.groups.push_back(make_groups(groups, device));
  if (!index.offsets.empty()) {
    index.neighbours = neighbour_table(*plan).to(device);
    const Tensor own = torch::arange(index.length, index.neighbours.options()).unsqueeze(0);
    index.taps = torch::cat({own, index.neighbours}, 0).t().reshape(-1);
  }
  index.present = torch::tensor(plan->present).to(device);
  if (arch.per_symbol) index.symbol_ids = torch::arange(index.symbols, torch::kInt64).to(device);
  index.on_device = device_groups(index, device);
  index.shape = native::Shape::make(std::move(*plan));
  return index;
}

}  // namespace trm
