// Boards for the tests of the mid-end.
#pragma once

#include <string>
#include <string_view>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "ui/session/editor.h"

namespace trm::ui::test {

inline Question board(std::string_view puzzle, std::string_view text) {
  const auto found = find_puzzle(puzzle);
  REQUIRE(found.ok());
  auto question = (*found)->parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

inline Editor editor(std::string_view puzzle, std::string_view text, Layer layer) {
  Editor made(board(puzzle, text));
  made.set_layer(layer);
  return made;
}

/// The question as its canonical line.
inline std::string line(const Editor& editor) {
  return editor.puzzle().format_line(editor.question());
}

/// The entries of a query, row by row, as digits; rows joined by '/'.
inline std::string entries(const Editor& editor, std::size_t query = 0) {
  const Grid& grid = editor.now().entries.best(query);
  std::string text;
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0) text += '/';
    for (int col = 0; col < grid.cols; ++col) text += std::to_string(int{grid.at(row, col)});
  }
  return text;
}

inline std::size_t moments(const Editor& editor) { return editor.history().moments().size(); }

/// A maze of 3 x 5 free cells but for its ends.
inline constexpr const char* kOpenMaze = "S    /     /    G";
/// Two demonstrations, two tests.
inline constexpr const char* kTask = "10/03>01/30|023>320|123/456>?|7>?";

}  // namespace trm::ui::test
