// POST /draw: a board as a picture and as values, after edits. With it a page is an editor for
// every module, and the server keeps nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "puzzles/json.h"
#include "puzzles/puzzle.h"

namespace trm::http {

/// {"puzzle", "board", and any of "edits", "answer", "confidence", "width", "height"}.
struct DrawBody {
  Question question;  ///< after the edits
  std::optional<Answer> answer;
  std::vector<float> confidence;  ///< one a cell of the first query's grid; empty: not given
  int width = 600;                ///< of the picture, kMinSide..kMaxSide
  int height = 600;
  static constexpr int kMinSide = 16;
  static constexpr int kMaxSide = 2000;
  static constexpr std::size_t kMaxEdits = 4096;
};

/// An edit is {"grid"?, "row", "col", "value"} or {"grid"?, "rows", "cols"}; they are applied in
/// their order. Errors: as read_solve_body; those of an edit name it ("edits[3]").
Result<DrawBody> read_draw_body(std::string_view body);

/// {"puzzle", "board", "line", "readable", "width", "height", "svg", "grids":[{"name", "x", "y",
/// "width", "height", "rows", "cols", "values"}], "palette":[{"value", "name", "label", "key",
/// "fill", "ink"}], "problems":[{"grid"?, "row", "col", "message"}], "verdict"?}: where each grid
/// lies in the picture and what it shows, the answer over the question; colours are "#rrggbbaa".
/// "grid" is there where the question has several. Conflicts of the answer, or without one problems
/// of the question, are marked.
Json drawing_to_json(const DrawBody& body);

}  // namespace trm::http
