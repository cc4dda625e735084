// Which values a player may put into which cell of an answer: read off the module's token mask, so
// that no module has to say it twice.
#pragma once

#include <bitset>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm::ui {

/// Immutable, made once for a question.
class AnswerRules {
 public:
  explicit AnswerRules(const Question& question);

  /// Whether the cell (grid: the query) may hold the value. False outside the layout.
  bool allows(const CellRef& cell, Cell value) const;
  /// Whether the cell has one possible value only: it is given.
  bool fixed(const CellRef& cell) const;

 private:
  struct Query {
    int rows = 0, cols = 0;
    std::vector<std::bitset<256>> legal;
  };
  const std::bitset<256>* find(const CellRef& cell) const;
  std::vector<Query> queries_;
};

}  // namespace trm::ui
