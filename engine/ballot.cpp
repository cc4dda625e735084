#include "engine/ballot.h"

#include <algorithm>
#include <cmath>

namespace trm {

void Ballot::add(const Grid& grid, double halt) {
  ++votes_;
  auto same = std::find_if(candidates_.begin(), candidates_.end(),
                           [&](const Candidate& c) { return c.grid == grid; });
  if (same == candidates_.end()) same = candidates_.insert(same, {grid, 0, 0});
  ++same->votes;
  if (std::isfinite(halt)) same->halt += halt;  // a head that has diverged says nothing
}

std::vector<Ballot::Candidate> Ballot::ranked() const {
  auto ranked = candidates_;
  std::stable_sort(ranked.begin(), ranked.end(), [](const Candidate& a, const Candidate& b) {
    if (a.votes != b.votes) return a.votes > b.votes;
    return a.mean_halt() > b.mean_halt();
  });
  return ranked;
}

std::vector<Grid> Ballot::best(std::size_t most) const {
  std::vector<Grid> grids;
  for (Candidate& candidate : ranked()) {
    if (grids.size() == most) break;
    grids.push_back(std::move(candidate.grid));
  }
  return grids;
}

}  // namespace trm
