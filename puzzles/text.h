// Helpers for modules that read text: lines, sizes, and errors that name their place.
//
// All functions are pure and thread-safe. Lines, columns, and rows in messages count from 1;
// columns count bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "puzzles/result.h"

namespace trm {

/// One line of a text, without its line end.
struct TextLine {
  int number = 0;  ///< from 1
  std::string_view text;
};

/// Splits at "\n" and "\r\n"; a line end at the very end opens no further line. A '\r' anywhere
/// else stays in its line. The views point into `text`.
std::vector<TextLine> split_lines(std::string_view text);

/// The parts of `text` between occurrences of `separator`: always one more than there are of them.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Rows and columns of a board.
struct BoardSize {
  int rows = 0;
  int cols = 0;
  bool operator==(const BoardSize&) const = default;
};

/// Reads "9x9" (rows x columns). Errors name the field "size": invalid_field if the text is no
/// size, too_large if a side is beyond Puzzle::max_side.
Result<BoardSize> parse_size(std::string_view text);

/// "9x12".
std::string size_text(int rows, int cols);

/// "line 3, column 5".
std::string text_place(int line, int column);

/// "row 3, column 5" for a cell given from 0.
std::string cell_place(int row, int col);

/// invalid_text at a place: "line 3, column 5: MESSAGE", and the place as the field.
Error text_error(int line, int column, std::string_view message);

/// invalid_text about a whole line: "line 3: MESSAGE".
Error line_error(int line, std::string_view message);

/// A character as it can stand in a message: "'x'", or "byte 0x1f" if it is no printable ASCII.
std::string printable(char c);

}  // namespace trm
