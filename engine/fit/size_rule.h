// How large an answer is, as far as a task's demonstrations say it. Torch-free.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "puzzles/text.h"

namespace trm {

/// A rule for each side that all demonstrations follow. Immutable.
class SizeRule {
 public:
  /// The first rule that all pairs (input, output) follow: sides as the input's, a multiple of
  /// them, the input's sides exchanged, always the same, a part of the input's. Nothing: none.
  static std::optional<SizeRule> find(const std::vector<std::pair<BoardSize, BoardSize>>& pairs);

  /// Of the answer to an input; 0x0 where the rule does not apply to it.
  BoardSize of(const BoardSize& input) const;

  /// The answer is so many times as high and wide as the input; 1 and 1 where it is not a multiple.
  std::pair<int, int> factors() const;

 private:
  enum class Kind { same, constant, exchanged, times, part };
  struct Side {
    Kind kind = Kind::same;
    int number = 1;
  };
  static std::optional<Side> find_side(const std::vector<std::pair<BoardSize, BoardSize>>& pairs,
                                       int BoardSize::*side, int BoardSize::*other);
  static int apply(const Side& rule, int side, int other);

  Side rows_, cols_;
};

}  // namespace trm
