#include "engine/kernels/pool_index.h"

namespace trm::kernels {
namespace {

// Appends to the tables which sets [first, ...) hold each node, by counting.
void add_nodes(PoolTables& tables, const GroupSets& relation, std::int64_t length,
               std::int32_t first) {
  std::vector<std::int32_t> next(static_cast<std::size_t>(length) + 1, 0);
  for (std::int32_t m = 0; m < relation.starts[relation.count]; ++m) {
    ++next[static_cast<std::size_t>(relation.members[m]) + 1];
  }
  const auto base = static_cast<std::int32_t>(tables.node_sets.size());
  next[0] = base;
  for (std::size_t p = 1; p < next.size(); ++p) {
    next[p] += next[p - 1];
    tables.node_starts.push_back(next[p]);
  }
  tables.node_sets.resize(static_cast<std::size_t>(next.back()));
  for (std::int64_t s = 0; s < relation.count; ++s) {
    for (std::int32_t m = relation.starts[s]; m < relation.starts[s + 1]; ++m) {
      auto& at = next[static_cast<std::size_t>(relation.members[m])];
      tables.node_sets[static_cast<std::size_t>(at++)] = first + static_cast<std::int32_t>(s);
    }
  }
}

}  // namespace

PoolIndex PoolTables::index() const {
  return {set_starts.data(), members.data(), node_starts.data(),
          node_sets.data(),  sets(),         relations};
}

PoolTables make_pool_tables(std::span<const GroupSets> relations, std::int64_t length) {
  PoolTables tables;
  tables.set_starts.push_back(0);
  tables.node_starts.push_back(0);
  for (const GroupSets& relation : relations) {
    const auto first = static_cast<std::int32_t>(tables.sets());
    const auto base = static_cast<std::int32_t>(tables.members.size());
    for (std::int64_t s = 0; s < relation.count; ++s) {
      tables.set_starts.push_back(base + relation.starts[s + 1]);
    }
    tables.members.insert(tables.members.end(), relation.members,
                          relation.members + relation.starts[relation.count]);
    add_nodes(tables, relation, length, first);
    ++tables.relations;
  }
  return tables;
}

}  // namespace trm::kernels
