#include "engine/fit/size_rule.h"

#include <algorithm>

namespace trm {

int SizeRule::apply(const Side& rule, int side, int other) {
  switch (rule.kind) {
    case Kind::same:
      return side;
    case Kind::constant:
      return rule.number;
    case Kind::exchanged:
      return other;
    case Kind::times:
      return side * rule.number;
    case Kind::part:
      return side % rule.number == 0 ? side / rule.number : 0;
  }
  return 0;
}

std::optional<SizeRule::Side> SizeRule::find_side(
    const std::vector<std::pair<BoardSize, BoardSize>>& pairs, int BoardSize::*side,
    int BoardSize::*other) {
  const int in = pairs.front().first.*side, out = pairs.front().second.*side;
  std::vector<Side> rules{{Kind::same, 1}};
  if (out % in == 0) rules.push_back({Kind::times, out / in});
  rules.insert(rules.end(), {{Kind::exchanged, 1}, {Kind::constant, out}});
  if (in % out == 0) rules.push_back({Kind::part, in / out});
  for (const Side& rule : rules) {
    const bool holds = std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
      return apply(rule, pair.first.*side, pair.first.*other) == pair.second.*side;
    });
    if (holds) return rule;
  }
  return std::nullopt;
}

std::optional<SizeRule> SizeRule::find(const std::vector<std::pair<BoardSize, BoardSize>>& pairs) {
  if (pairs.empty()) return std::nullopt;
  const auto rows = find_side(pairs, &BoardSize::rows, &BoardSize::cols);
  const auto cols = find_side(pairs, &BoardSize::cols, &BoardSize::rows);
  if (!rows || !cols) return std::nullopt;
  SizeRule rule;
  rule.rows_ = *rows;
  rule.cols_ = *cols;
  return rule;
}

BoardSize SizeRule::of(const BoardSize& input) const {
  const int rows = apply(rows_, input.rows, input.cols),
            cols = apply(cols_, input.cols, input.rows);
  if (rows < 1 || cols < 1) return {0, 0};
  return {rows, cols};
}

std::pair<int, int> SizeRule::factors() const {
  const auto multiple = [](const Side& side) {
    return side.kind == Kind::same || side.kind == Kind::times;
  };
  if (!multiple(rows_) || !multiple(cols_)) return {1, 1};
  return {rows_.number, cols_.number};  // 1 where it is the same
}

}  // namespace trm
