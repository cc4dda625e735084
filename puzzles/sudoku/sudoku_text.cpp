// Every form in which people write Sudokus.
#include <algorithm>
#include <cmath>

#include "puzzles/sudoku/sudoku_internal.h"
#include "puzzles/text.h"

namespace trm::sudoku {
namespace {

constexpr std::string_view kDigits = ".123456789ABCDEFG";

// Value of a character: 0 for a blank, 1..16, -1 for anything else.
int value_of(char c) {
  if (c == '.' || c == '0' || c == '*' || c == '_') return 0;
  if (c >= '1' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'G') return c - 'A' + 10;
  if (c >= 'a' && c <= 'g') return c - 'a' + 10;
  return -1;
}

bool is_separator(char c) { return c == ' ' || c == '|' || c == '\t'; }

// A line that only draws: dashes, plus signs, equals, bars.
bool is_rule(std::string_view line) {
  return line.find_first_of("-=+") != std::string_view::npos &&
         line.find_first_not_of("-=+| \t") == std::string_view::npos;
}

// "3x2:" in front: the box shape; empty view when there is none.
struct Prefix {
  std::string_view text;
  BoardSize box;
};
Result<Prefix> read_prefix(std::string_view line, int number) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return Prefix{};
  const auto box = parse_size(line.substr(0, colon));
  if (!box) return text_error(number, 1, "expected a box shape such as 3x2 before the colon");
  return Prefix{line.substr(0, colon + 1), *box};
}

Result<const Shape*> pick_shape(int side, const Prefix& prefix, int line) {
  const Shape* shape = prefix.text.empty() ? standard_shape(side)
                                           : find_shape(side, prefix.box.rows, prefix.box.cols);
  if (shape == nullptr && prefix.text.empty()) {
    return line_error(line, std::to_string(side) + " cells a side: expected 4, 6, 9 or 16");
  }
  if (shape == nullptr) {
    return text_error(line, 1,
                      "no board of side " + std::to_string(side) + " has boxes of " +
                          size_text(prefix.box.rows, prefix.box.cols));
  }
  return shape;
}

Result<Cell> read_cell(char c, int side, int line, int column) {
  const int value = value_of(c);
  if (value < 0) return text_error(line, column, printable(c) + " is no cell");
  if (value > side) {
    return text_error(line, column,
                      std::string("the digit ") + c + " is too large for a board of side " +
                          std::to_string(side));
  }
  return static_cast<Cell>(value);
}

// All cells in one run of characters, from `offset` of the line on.
Result<ParsedBoard> parse_run(std::string_view run, const Prefix& prefix, int line, int offset) {
  const int side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(run.size()))));
  if (static_cast<std::size_t>(side) * static_cast<std::size_t>(side) != run.size()) {
    return line_error(line, std::to_string(run.size()) +
                                " characters: expected 16, 36, 81 or 256 for a whole board");
  }
  const auto shape = pick_shape(side, prefix, line);
  if (!shape) return shape.error();
  ParsedBoard board{Grid(side, side), *shape, "line"};
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto cell = read_cell(run[i], side, line, offset + static_cast<int>(i) + 1);
    if (!cell) return cell.error();
    board.grid.cells[i] = *cell;
  }
  return board;
}

// A data set's line: "source,question,answer,rating" or "puzzle,guesses". The board is the first
// field, or the second where the first names the source.
Result<ParsedBoard> parse_csv(const TextLine& line) {
  const auto fields = split(line.text, ',');
  const auto is_board = [](std::string_view field) {
    return field.size() >= 16 &&
           std::all_of(field.begin(), field.end(), [](char c) { return value_of(c) >= 0; });
  };
  int offset = 0;
  for (std::size_t i = 0; i < fields.size() && i < 2; ++i) {
    if (is_board(fields[i])) return parse_run(fields[i], {}, line.number, offset);
    offset += static_cast<int>(fields[i].size()) + 1;
  }
  return line_error(line.number, "neither of the first two fields is a board");
}

Result<ParsedBoard> parse_single_line(const TextLine& line) {
  if (line.text.find(',') != std::string_view::npos) return parse_csv(line);
  const auto prefix = read_prefix(line.text, line.number);
  if (!prefix) return prefix.error();
  return parse_run(line.text.substr(prefix->text.size()), *prefix, line.number,
                   static_cast<int>(prefix->text.size()));
}

// Lines of a drawn board: separators and rules are left out, every other line is a row.
Result<ParsedBoard> parse_rows(std::vector<TextLine> lines) {
  Prefix prefix;
  if (!lines.empty() && lines.front().text.ends_with(':')) {
    const auto read = read_prefix(lines.front().text, lines.front().number);
    if (!read) return read.error();
    prefix = *read;
    lines.erase(lines.begin());
  }
  const int side = static_cast<int>(std::min<std::size_t>(lines.size(), 1000));
  const auto shape = pick_shape(side, prefix, lines.empty() ? 1 : lines.front().number);
  if (!shape) return shape.error();
  ParsedBoard board{Grid(side, side), *shape, "grid"};
  for (int row = 0; row < side; ++row) {
    const TextLine& line = lines[static_cast<std::size_t>(row)];
    int col = 0;
    for (std::size_t i = 0; i < line.text.size(); ++i) {
      if (is_separator(line.text[i])) continue;
      const auto cell = read_cell(line.text[i], side, line.number, static_cast<int>(i) + 1);
      if (!cell) return cell.error();
      if (col == side) {
        return text_error(line.number, static_cast<int>(i) + 1,
                          "more than " + std::to_string(side) + " cells in a row");
      }
      board.grid.at(row, col++) = *cell;
    }
    if (col < side) {
      return line_error(line.number,
                        std::to_string(col) + " cells, expected " + std::to_string(side));
    }
  }
  return board;
}

}  // namespace

std::vector<TextForm> text_forms() {
  const std::string line =
      "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
  std::string grid =
      "5 3 . | . 7 . | . . .\n6 . . | 1 9 5 | . . .\n. 9 8 | . . . | . 6 .\n"
      "------+-------+------\n8 . . | . 6 . | . . 3\n4 . . | 8 . 3 | . . 1\n"
      "7 . . | . 2 . | . . 6\n------+-------+------\n. 6 . | . . . | 2 8 .\n"
      ". . . | 4 1 9 | . . 5\n. . . | . 8 . | . 7 9\n";
  std::string sdk = "#Aexample\n#Dthe [Puzzle] line may be left out\n[Puzzle]\n";
  for (std::size_t row = 0; row < 9; ++row) sdk += line.substr(9 * row, 9) + "\n";
  return {
      {"line",
       "16, 36, 81 or 256 characters row by row; blanks . 0 * _, digits 1-9 and A-G; 6x6 boards "
       "with boxes of 3 rows and 2 columns begin with 3x2:",
       line},
      {"grid", "one line a row; spaces, bars and lines of dashes are ignored", grid},
      {"sdk", "SadMan Sudoku files: lines that begin with # and the line [Puzzle] are ignored",
       sdk},
      {"csv", "a data set's line, source,question,answer,rating or puzzle,guesses",
       "example," + line + ",,0"}};
}

Result<ParsedBoard> parse_board(std::string_view text) {
  std::vector<TextLine> lines;
  for (const TextLine& line : split_lines(text)) {
    const bool ignored = line.text.starts_with('#') || line.text == "[Puzzle]" ||
                         line.text == "[State]" || line.text.empty() || is_rule(line.text) ||
                         line.text.starts_with("source,question,");
    // A file's second section holds the player's state: the puzzle is complete before it.
    if (line.text == "[State]" && !lines.empty()) break;
    if (!ignored) lines.push_back(line);
  }
  if (lines.empty()) return fail(ErrorCode::invalid_text, "no board in the text", "board");
  return lines.size() == 1 ? parse_single_line(lines.front()) : parse_rows(std::move(lines));
}

std::string format_line(const Grid& grid, const Shape& shape) {
  std::string text;
  const Shape* standard = standard_shape(shape.side);
  if (standard != &shape) text = size_text(shape.box_rows, shape.box_cols) + ":";
  for (const Cell value : grid.cells) text += value < kDigits.size() ? kDigits[value] : '?';
  return text;
}

std::string format_grid(const Grid& grid, const Shape& shape) {
  std::string text;
  if (standard_shape(shape.side) != &shape)
    text = size_text(shape.box_rows, shape.box_cols) + ":\n";
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0 && row % shape.box_rows == 0) {
      for (int col = 0; col < grid.cols; ++col) {
        if (col > 0 && col % shape.box_cols == 0) text += "+-";
        text += col + 1 == grid.cols ? "-" : "--";
      }
      text += '\n';
    }
    for (int col = 0; col < grid.cols; ++col) {
      if (col > 0) text += col % shape.box_cols == 0 ? " | " : " ";
      const Cell value = grid.at(row, col);
      text += value < kDigits.size() ? kDigits[value] : '?';
    }
    text += '\n';
  }
  return text;
}

}  // namespace trm::sudoku
