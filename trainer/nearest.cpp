#include "trainer/nearest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

namespace trm {
namespace {

// Edit distance (Levenshtein), for "did you mean".
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// The last part of "section.key".
std::string_view key_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::string did_you_mean(std::string_view word, const std::set<std::string, std::less<>>& known) {
  const std::string* best = nullptr;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const auto& name : known) {
    const std::size_t d = std::min(distance(word, name), distance(key_of(word), key_of(name)) + 1);
    if (d < least) least = d, best = &name;
  }
  const std::size_t allowed = std::max<std::size_t>(2, key_of(word).size() / 2);
  return best != nullptr && least <= allowed ? "; did you mean " + *best + "?" : "";
}

}  // namespace trm
