// Boards as values: Grid, Question, Answer, Edit, Conflict.
//
// A Question is immutable and made by its module only (Puzzle::make), so whatever holds one holds a
// board whose structure is valid. What the player changes makes a new Question: undo is a list.
#pragma once

#include <cassert>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "puzzles/result.h"

namespace trm {

class Puzzle;

/// Value of one cell. The module says what a value means (palette()); 0 is its "empty" value.
using Cell = std::uint8_t;

/// A rectangle of cells, row by row.
struct Grid {
  int rows = 0;
  int cols = 0;
  std::vector<Cell> cells;  ///< rows * cols values

  Grid() = default;
  Grid(int rows_, int cols_, Cell value = 0)
      : rows(rows_),
        cols(cols_),
        cells(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(cols_), value) {}

  int size() const { return rows * cols; }
  bool contains(int row, int col) const { return row >= 0 && row < rows && col >= 0 && col < cols; }
  std::size_t index(int row, int col) const {
    assert(contains(row, col));
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) +
           static_cast<std::size_t>(col);
  }
  Cell at(int row, int col) const { return cells[index(row, col)]; }
  Cell& at(int row, int col) { return cells[index(row, col)]; }

  bool operator==(const Grid&) const = default;
};

/// A grid of a question under the name that the module gives it ("board", "row clues", ...).
struct NamedGrid {
  std::string name;
  Grid grid;
  bool operator==(const NamedGrid&) const = default;
};

/// Whole-number parameters of a question beside its grids, such as a box's height.
using Params = std::map<std::string, int, std::less<>>;

/// How a question was written, so that its answer can be written the same way. Presentation only:
/// it takes no part in the comparison of questions.
struct Notation {
  /// Containers that a board may come in over JSON.
  enum class Json {
    text,         ///< one string
    text_rows,    ///< an array of strings, one a row
    number_rows,  ///< an array of arrays of numbers
    object        ///< an object of the module's own (ARC tasks)
  };
  std::string form;        ///< name of the text form (PuzzleInfo::forms); empty: the canonical one
  Json json = Json::text;  ///< container it was read from
};

/// The parts of a question before the module has validated them.
struct Draft {
  std::vector<NamedGrid> grids;
  Params params;
  Notation notation;
};

/// An immutable, structurally valid puzzle. Its rules may be broken or the board unfinished while
/// somebody draws: Puzzle::problems() tells. Cheap to copy (shared), safe to read from any thread.
class Question {
 public:
  const Puzzle& puzzle() const { return *puzzle_; }
  const std::vector<NamedGrid>& grids() const { return parts_->grids; }
  const Grid& grid(std::size_t i = 0) const {
    assert(i < parts_->grids.size());
    return parts_->grids[i].grid;
  }
  const Params& params() const { return parts_->params; }
  /// Value of a parameter; `missing` if the question has none of that name.
  int param(std::string_view name, int missing = 0) const {
    const auto it = parts_->params.find(name);
    return it == parts_->params.end() ? missing : it->second;
  }
  const Notation& notation() const { return parts_->notation; }

  /// The parts, to be changed and given to Puzzle::make().
  Draft draft() const { return *parts_; }

  /// Same module, grids and parameters; the notation does not count.
  bool operator==(const Question& other) const {
    return puzzle_ == other.puzzle_ &&
           (parts_ == other.parts_ ||
            (parts_->grids == other.parts_->grids && parts_->params == other.parts_->params));
  }

 private:
  friend class Puzzle;  // Puzzle::make is the one constructor
  Question(const Puzzle& puzzle, Draft parts)
      : puzzle_(&puzzle), parts_(std::make_shared<const Draft>(std::move(parts))) {}

  const Puzzle* puzzle_;
  std::shared_ptr<const Draft> parts_;
};

/// What a solver says: for each query of the question its candidates, best first.
struct Answer {
  std::vector<std::vector<Grid>> queries;

  Answer() = default;
  /// The answer to a question with one query and one candidate.
  explicit Answer(Grid grid) { queries.push_back({std::move(grid)}); }

  /// The best candidate of a query; it must exist.
  const Grid& best(std::size_t query = 0) const {
    assert(query < queries.size() && !queries[query].empty());
    return queries[query].front();
  }
  bool operator==(const Answer&) const = default;
};

/// One change while drawing; Puzzle::apply makes the changed question.
struct SetCell {
  int grid = 0;
  int row = 0;
  int col = 0;
  Cell value = 0;
};
struct Resize {
  int grid = 0;
  int rows = 0;
  int cols = 0;
};
/// Adds a demonstration behind the others, where the module has them (PuzzleInfo::examples).
struct AddExample {};
/// Takes a demonstration away.
struct RemoveExample {
  int index = 0;  ///< from 0
};
using Edit = std::variant<SetCell, Resize, AddExample, RemoveExample>;

/// A cell of a question (grid >= 0: index into grids()) or of an answer (index of the query).
struct CellRef {
  int grid = 0;
  int row = 0;
  int col = 0;
  auto operator<=>(const CellRef&) const = default;
};

/// One place where a rule is broken, in words for a person.
struct Conflict {
  CellRef cell;
  std::string message;
  bool operator==(const Conflict&) const = default;
};

/// What check() found. `verified`: the rules were checked and hold. `plausible`: the module cannot
/// check rules, but has evidence. `unverified`: neither.
enum class Status { verified, plausible, unverified };

/// "verified", "plausible", "unverified".
constexpr std::string_view status_name(Status status) {
  constexpr std::string_view names[] = {"verified", "plausible", "unverified"};
  return names[static_cast<int>(status)];
}

struct Verdict {
  Status status = Status::unverified;
  std::vector<Conflict> conflicts;  ///< in the answer's grids; empty when verified
  std::string evidence;  ///< for plausible: what speaks for it; for unverified: what is known
};

}  // namespace trm
