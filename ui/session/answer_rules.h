// Which values a player may put into which cell of an answer: read off the module's token mask, so
// that no module has to say it twice.
#pragma once

#include <bitset>
#include <vector>

#include "puzzles/puzzle.h"
#include "ui/session/board_state.h"

namespace trm::ui {

/// Immutable, made once for a question.
class AnswerRules {
 public:
  explicit AnswerRules(const Question& question);

  /// Whether the cell (grid: the query) may hold the value; the one that erasing leaves it may
  /// always. False outside the layout.
  bool allows(const CellRef& cell, Cell value) const;
  /// Whether the cell has one possible value only: it is given.
  bool fixed(const CellRef& cell) const;

  /// Where a player begins: one candidate a query.
  const Answer& start() const { return start_; }
  /// The value that erasing leaves in a cell; 0 where start() has no such cell.
  Cell erased(const CellRef& cell) const;

  /// Whether a query's grid may have that size: any up to the layout's where the model may end an
  /// answer earlier, else that of start(). Errors: invalid_field, too_large, unsupported.
  Result<void> check_size(int query, int rows, int cols) const;
  /// Whether these can be a player's entries: one candidate a query, sizes and values as above.
  /// Errors: invalid_field, too_large, unsupported.
  Result<void> check(const Answer& entries) const;

 private:
  struct Query {
    int rows = 0, cols = 0;  // of the layout's cells
    bool ends = false;       // answers may be smaller
    std::vector<std::bitset<256>> legal;
  };
  static Query read_query(const Question& question, int query, const std::bitset<256>& values);
  const std::bitset<256>* find(const CellRef& cell) const;

  Answer start_;
  std::vector<Query> queries_;
};

/// The state after its question became another one: what was filled in and noted stays where the
/// new question lets it and its answers have the same size; other cells begin anew.
BoardState with_question(const BoardState& from, Question question);

/// Whether marks have a shape for these entries (none, or one number a cell) and are values that
/// the rules allow in open cells. Error: invalid_field.
Result<void> check_marks(const AnswerRules& rules, const Answer& entries,
                         const std::vector<MarkSet>& marks);

/// Marks none of which is set become no marks, so that equal states compare equal.
void drop_empty_marks(std::vector<MarkSet>& marks);

/// Values that marks can note: 0 to 63.
inline constexpr int kMarkValues = 64;

}  // namespace trm::ui
