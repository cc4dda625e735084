// The tokenizer's numbers as data: vocabulary, layout, legal tokens, relations between positions.
//
// Model code reads these and never a puzzle's name. A layout is a rectangle of rows * cols token
// positions, flattened row by row; L = rows * cols is the paper's sequence length.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trm {

/// Token id. Ids are prefix-stable within a module: larger boards only add ids at the end.
using Token = std::int32_t;

/// The vocabulary of a module; holds no board size.
struct TokenSpec {
  int vocab = 0;                   ///< number of ids, 0 .. vocab - 1
  std::vector<std::string> names;  ///< one for each id, for people
  Token pad = 0;                   ///< fills positions that are no cell
  Token blank = 0;                 ///< an empty cell
  /// Ids from here on are interchangeable symbols (digits, colours): renaming them gives an
  /// equivalent puzzle. 0: none. TokenLayout::symbols says how many a board uses.
  Token first_symbol = 0;
  bool operator==(const TokenSpec&) const = default;
};

/// What a token position stands for.
enum class Role : std::uint8_t { pad, cell, clue, end };

/// One token position.
struct Position {
  Role role = Role::pad;
  bool answer = false;    ///< counted by loss, confidence and "whole board right"
  std::int16_t row = -1;  ///< cell of the answer's grid (role cell), else -1
  std::int16_t col = -1;
  bool operator==(const Position&) const = default;
};

/// Where the tokens of one query lie.
struct TokenLayout {
  int rows = 0;
  int cols = 0;
  std::vector<Position> positions;  ///< rows * cols, row by row
  int symbols =
      0;  ///< interchangeable symbols in use: ids first_symbol .. first_symbol + symbols - 1

  int size() const { return rows * cols; }
  bool operator==(const TokenLayout&) const = default;
};

/// The tokens that are legal at each position: a given cell allows its own token only, so that an
/// answer read under the mask never contradicts the question.
struct TokenMask {
  int vocab = 0;
  std::vector<std::uint8_t>
      legal;  ///< positions * vocab, 1 = legal; each position has at least one

  TokenMask() = default;
  TokenMask(int positions, int vocab_, bool value)
      : vocab(vocab_),
        legal(static_cast<std::size_t>(positions) * static_cast<std::size_t>(vocab_), value) {}

  std::uint8_t& at(int position, Token token) {
    return legal[static_cast<std::size_t>(position) * static_cast<std::size_t>(vocab) +
                 static_cast<std::size_t>(token)];
  }
  bool at(int position, Token token) const {
    return legal[static_cast<std::size_t>(position) * static_cast<std::size_t>(vocab) +
                 static_cast<std::size_t>(token)] != 0;
  }
  /// Makes `token` the only legal one at `position`.
  void only(int position, Token token) {
    for (Token t = 0; t < vocab; ++t) at(position, t) = t == token;
  }
};

/// Kinds of relation between token positions that model code knows.
enum class RelationKind {
  groups,  ///< sets of positions (rows, boxes); disjoint or overlapping
  edges,   ///< directed pairs with a type
  offset,  ///< for each position the one at (row + dr, col + dc), or none
  line     ///< ordered sequences of positions
};

/// A named relation as index arrays over token positions. Which arrays are used depends on kind;
/// the others are empty.
struct Relation {
  std::string name;
  RelationKind kind = RelationKind::groups;

  /// groups, line: set i is members[starts[i]] .. members[starts[i + 1] - 1].
  std::vector<std::int32_t> starts;
  std::vector<std::int32_t> members;

  /// edges: parallel arrays.
  std::vector<std::int32_t> from;
  std::vector<std::int32_t> to;
  std::vector<std::int32_t> type;

  /// offset: neighbour[p] is a position or -1; dr and dc say which.
  int dr = 0;
  int dc = 0;
  std::vector<std::int32_t> neighbour;

  bool operator==(const Relation&) const = default;
};

/// The relations of one layout; names are distinct.
using Geometry = std::vector<Relation>;

/// The eight-neighbourhood of a layout as offset relations named "near(dr,dc)", in the order of
/// (dr, dc) from (-1,-1) to (1,1) without (0,0). Pads are no neighbours.
Geometry near_relations(const TokenLayout& layout);

/// Appends a groups relation made of the given sets.
void add_groups(Geometry& geometry, std::string name,
                const std::vector<std::vector<std::int32_t>>& sets);

}  // namespace trm
