// What undo brings back: the question, what a player filled in, and pencil marks. A value.
#pragma once

#include <cstdint>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm::ui {

/// Pencil marks of one query: for each cell of its grid the noted values, bit v for value v (values
/// 0 to 63).
using MarkSet = std::vector<std::uint64_t>;

/// One state of the board. Cheap to copy where the question is shared; compared by content.
struct BoardState {
  Question question;
  Answer entries;              ///< start_answer() with what was filled in: one candidate a query
  std::vector<MarkSet> marks;  ///< one a query; empty: no marks

  bool operator==(const BoardState&) const = default;
};

/// A question as nobody has touched it: entries are its start_answer().
inline BoardState fresh_state(Question question) {
  Answer entries = question.puzzle().start_answer(question);
  return {std::move(question), std::move(entries), {}};
}

}  // namespace trm::ui
