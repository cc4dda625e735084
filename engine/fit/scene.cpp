#include "engine/fit/scene.h"

#include <algorithm>

namespace trm {
namespace {

// Where the positions of a whole layout stand in a scene; -1: nowhere.
using Places = std::vector<std::int32_t>;

std::int32_t place(const Places& places, std::int32_t position) {
  return position < 0 ? -1 : places[static_cast<std::size_t>(position)];
}

void append_neighbours(Relation& to, const Relation& from, const Places& places) {
  for (std::size_t p = 0; p < places.size(); ++p) {
    if (places[p] >= 0) to.neighbour.push_back(place(places, from.neighbour[p]));
  }
}

void append_edges(Relation& to, const Relation& from, const Places& places) {
  for (std::size_t e = 0; e < from.from.size(); ++e) {
    const std::int32_t a = place(places, from.from[e]), b = place(places, from.to[e]);
    if (a < 0 || b < 0) continue;
    to.from.push_back(a), to.to.push_back(b), to.type.push_back(from.type[e]);
  }
}

void append_sets(Relation& to, const Relation& from, const Places& places) {
  if (to.starts.empty()) to.starts.push_back(0);
  for (std::size_t set = 0; set + 1 < from.starts.size(); ++set) {
    for (std::int32_t m = from.starts[set]; m < from.starts[set + 1]; ++m) {
      const std::int32_t p = place(places, from.members[static_cast<std::size_t>(m)]);
      if (p >= 0) to.members.push_back(p);
    }
    const auto end = static_cast<std::int32_t>(to.members.size());
    if (end > to.starts.back()) to.starts.push_back(end);
  }
}

Relation named_like(const Relation& relation) {
  Relation empty;
  empty.name = relation.name;
  empty.kind = relation.kind;
  empty.dr = relation.dr, empty.dc = relation.dc;
  return empty;
}

}  // namespace

void append_board(FitTask::Scene& scene, const TokenLayout& whole, const Geometry& geometry,
                  BoardSize frame) {
  TokenLayout& layout = scene.layout;
  layout.rows = 1;
  layout.symbols = whole.symbols;
  Places places(static_cast<std::size_t>(whole.size()), -1);
  for (int row = 0; row < frame.rows; ++row) {
    for (int col = 0; col < frame.cols; ++col) {
      const auto p = static_cast<std::size_t>(row * whole.cols + col);
      places[p] = static_cast<std::int32_t>(layout.positions.size());
      layout.positions.push_back(whole.positions[p]);
    }
  }
  layout.cols = static_cast<int>(layout.positions.size());
  if (scene.geometry.empty()) {
    for (const Relation& relation : geometry) scene.geometry.push_back(named_like(relation));
  }
  for (std::size_t r = 0; r < geometry.size(); ++r) {
    Relation& to = scene.geometry[r];
    switch (to.kind) {
      case RelationKind::offset:
        append_neighbours(to, geometry[r], places);
        break;
      case RelationKind::edges:
        append_edges(to, geometry[r], places);
        break;
      case RelationKind::groups:
      case RelationKind::line:
        append_sets(to, geometry[r], places);
        break;
    }
  }
}

}  // namespace trm
