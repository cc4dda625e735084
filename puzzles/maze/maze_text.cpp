// Mazes as text.
//
// A form is an alphabet and a way to put rows one after another. Alphabets: the official characters
// "# SGo", or the numbers 0 free, 1 wall, 2 start, 3 goal, 4 path, unseparated or separated by
// spaces or commas. A text with a digit in it is numbers. Rows: joined by '/', one a line, or run
// together as a square (the official data set's form).
//
// A single line without '/' is always a square, so that 900 characters are a 30x30 maze and four
// never a matter of taste. A maze of one row therefore ends with '/': "S  G/". In the official
// characters spaces are cells: lines are never trimmed.
#include <algorithm>

#include "puzzles/maze/maze_internal.h"
#include "puzzles/text.h"

namespace trm::maze {
namespace {

enum class Alphabet { characters, digits, spaced, commas };
enum class Rows { slashes, lines, square };

constexpr const char* alphabet_prefix[] = {"", "digits-", "spaced-", "comma-"};
constexpr const char* rows_name[] = {"line", "rows", "square"};
constexpr std::string_view charset = " #SGo";  // in the order of the cell values
constexpr std::string_view csv_header = "source,question,answer,rating";

// The longest text with a meaning is a line of the data set with a maze of 64 x 64 and its answer;
// numbers with generous spacing stay below as well.
constexpr std::size_t longest_text = 1u << 16;

struct Form {
  Alphabet alphabet = Alphabet::characters;
  Rows rows = Rows::slashes;
};

std::string name_of(Form form) {
  return std::string(alphabet_prefix[static_cast<int>(form.alphabet)]) +
         rows_name[static_cast<int>(form.rows)];
}

/// All forms that can be written, the canonical one first.
std::vector<Form> all_forms() {
  std::vector<Form> forms;
  for (const auto alphabet :
       {Alphabet::characters, Alphabet::digits, Alphabet::spaced, Alphabet::commas}) {
    for (const auto rows : {Rows::slashes, Rows::lines, Rows::square}) {
      forms.push_back({alphabet, rows});
    }
  }
  return forms;
}

/// A stretch of the text that holds one row (or all of a square), and where it begins.
struct Piece {
  int line = 1;
  int column = 1;
  std::string_view text;
};

struct Layout {
  std::vector<Piece> pieces;
  Rows rows = Rows::square;
};

bool has_official_cell(std::string_view text) {
  return text.find_first_of("#SG") != std::string_view::npos;
}

/// The question or answer field of a data set line.
Result<Layout> csv_layout(const TextLine& line, bool answer) {
  const auto fields = split(line.text, ',');
  if (fields.size() != 4) {
    return line_error(line.number, "expected the four fields " + std::string(csv_header) +
                                       ", found " + std::to_string(fields.size()));
  }
  const std::string_view field = fields[answer ? 2 : 1];
  const int column = static_cast<int>(field.data() - line.text.data()) + 1;
  if (field.empty()) return text_error(line.number, column, "the field is empty");
  return Layout{{{line.number, column, field}}, Rows::square};
}

Layout slash_layout(const TextLine& line) {
  Layout layout{{}, Rows::slashes};
  int column = 1;
  for (const std::string_view row : split(line.text, '/')) {
    layout.pieces.push_back({line.number, column, row});
    column += static_cast<int>(row.size()) + 1;
  }
  // The '/' at the end marks a maze of one row; it opens no further row.
  if (layout.pieces.back().text.empty()) layout.pieces.pop_back();
  return layout;
}

Result<Layout> find_layout(std::string_view text, bool answer) {
  auto lines = split_lines(text);
  while (!lines.empty() && lines.back().text.empty()) lines.pop_back();
  const bool headed = !lines.empty() && lines.front().text == csv_header;
  if (headed) lines.erase(lines.begin());
  if (lines.empty()) return line_error(headed ? 2 : 1, "there is no maze");
  const std::string_view first = lines.front().text;
  // Numbers separated by commas hold no official character.
  const bool is_csv =
      headed || (has_official_cell(first) && first.find(',') != std::string_view::npos);
  if (is_csv) {
    if (lines.size() > 1) return line_error(lines[1].number, "expected one maze, found another");
    return csv_layout(lines.front(), answer);
  }
  if (lines.size() > 1) {
    Layout layout{{}, Rows::lines};
    for (const TextLine& line : lines) layout.pieces.push_back({line.number, 1, line.text});
    return layout;
  }
  if (first.find('/') != std::string_view::npos) return slash_layout(lines.front());
  return Layout{{{lines.front().number, 1, first}}, Rows::square};
}

Alphabet find_alphabet(const std::vector<Piece>& pieces) {
  const auto any = [&](std::string_view characters) {
    return std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
      return piece.text.find_first_of(characters) != std::string_view::npos;
    });
  };
  if (!any("0123456789")) return Alphabet::characters;
  if (any(",")) return Alphabet::commas;
  return any(" ") ? Alphabet::spaced : Alphabet::digits;
}

Error at(const Piece& piece, std::size_t offset, std::string_view message) {
  return text_error(piece.line, piece.column + static_cast<int>(offset), message);
}

Result<std::vector<Cell>> read_characters(const Piece& piece, bool answers) {
  std::vector<Cell> cells;
  cells.reserve(piece.text.size());
  for (std::size_t i = 0; i < piece.text.size(); ++i) {
    const std::size_t value = charset.find(piece.text[i]);
    if (value == std::string_view::npos) {
      return at(piece, i,
                printable(piece.text[i]) + " is no cell; expected '#' wall, ' ' free, 'S' start, " +
                    "'G' goal" + (answers ? ", 'o' path" : ""));
    }
    if (value == path && !answers) {
      return at(piece, i, "'o' marks a path, which only answers have");
    }
    cells.push_back(static_cast<Cell>(value));
  }
  return cells;
}

Result<Cell> read_number(const Piece& piece, std::size_t i, bool answers) {
  const char highest = answers ? '4' : '3';
  const char c = piece.text[i];
  if (c >= '0' && c <= highest) return static_cast<Cell>(c - '0');
  return at(piece, i,
            printable(c) + " is no cell; expected 0 free, 1 wall, 2 start, 3 goal" +
                (answers ? ", 4 path" : ""));
}

/// Numbers of one digit. With an alphabet of separators two neighbours need one between them.
Result<std::vector<Cell>> read_numbers(const Piece& piece, Alphabet alphabet, bool answers) {
  const std::string_view text = piece.text;
  const auto skip_spaces = [&](std::size_t i) {
    while (alphabet != Alphabet::digits && i < text.size() && text[i] == ' ') ++i;
    return i;
  };
  std::vector<Cell> cells;
  std::size_t i = skip_spaces(0);
  while (i < text.size()) {
    const auto cell = read_number(piece, i, answers);
    if (!cell) return cell.error();
    cells.push_back(*cell);
    const std::size_t after = i + 1;
    i = skip_spaces(after);
    if (i == text.size() || alphabet == Alphabet::digits) continue;
    if (alphabet == Alphabet::spaced && i == after) {
      return at(piece, i, "expected a space between two numbers of one digit");
    }
    if (alphabet == Alphabet::commas) {
      if (text[i] != ',') return at(piece, i, "expected a comma, found " + printable(text[i]));
      i = skip_spaces(i + 1);
      if (i == text.size()) return at(piece, i, "expected a number after the comma");
    }
  }
  return cells;
}

Result<std::vector<Cell>> read_cells(const Piece& piece, Alphabet alphabet, bool answers) {
  return alphabet == Alphabet::characters ? read_characters(piece, answers)
                                          : read_numbers(piece, alphabet, answers);
}

Error too_long(int line, const std::string& what) {
  return fail(ErrorCode::too_large,
              "line " + std::to_string(line) + ": " + what + "; a side may have at most " +
                  std::to_string(Puzzle::max_side) + " cells",
              "line " + std::to_string(line));
}

Result<Grid> square_grid(int line, std::vector<Cell> cells) {
  int side = 2;
  while (side <= Puzzle::max_side && side * side < static_cast<int>(cells.size())) ++side;
  if (side > Puzzle::max_side) return too_long(line, std::to_string(cells.size()) + " cells");
  if (side * side != static_cast<int>(cells.size())) {
    return line_error(line, "a single line of " + std::to_string(cells.size()) +
                                " cells is no square maze; join rows by '/', and end a maze of " +
                                "one row with '/'");
  }
  Grid grid(side, side);
  grid.cells = std::move(cells);
  return grid;
}

Result<Grid> rectangle(const Layout& layout, Alphabet alphabet, bool answers) {
  if (layout.pieces.size() > static_cast<std::size_t>(Puzzle::max_side)) {
    return too_long(layout.pieces.back().line, std::to_string(layout.pieces.size()) + " rows");
  }
  Grid grid;
  for (const Piece& piece : layout.pieces) {
    const auto cells = read_cells(piece, alphabet, answers);
    if (!cells) return cells.error();
    if (cells->empty()) return at(piece, 0, "the row is empty");
    if (cells->size() > static_cast<std::size_t>(Puzzle::max_side)) {
      return too_long(piece.line, "a row of " + std::to_string(cells->size()) + " cells");
    }
    if (grid.rows == 0) grid.cols = static_cast<int>(cells->size());
    if (static_cast<int>(cells->size()) != grid.cols) {
      return at(piece, 0,
                "row " + std::to_string(grid.rows + 1) + " has " + std::to_string(cells->size()) +
                    " cells, the rows above have " + std::to_string(grid.cols));
    }
    grid.cells.insert(grid.cells.end(), cells->begin(), cells->end());
    ++grid.rows;
  }
  return grid;
}

std::string write_row(const Grid& grid, int row, Alphabet alphabet) {
  const std::string separator = alphabet == Alphabet::spaced   ? " "
                                : alphabet == Alphabet::commas ? ","
                                                               : "";
  std::string text;
  for (int col = 0; col < grid.cols; ++col) {
    const Cell value = grid.at(row, col);
    if (col > 0) text += separator;
    if (value >= cell_values) {
      text += '?';  // an answer that is no answer: shown, never read back
    } else {
      text += alphabet == Alphabet::characters ? charset[value] : static_cast<char>('0' + value);
    }
  }
  return text;
}

/// What can be written in a form: 3x3 for squares, else 3x4.
std::string form_example(Form form) {
  Grid grid(3, form.rows == Rows::square ? 3 : 4);
  grid.at(0, 0) = start;
  grid.at(0, 1) = wall;
  grid.at(1, 1) = wall;
  grid.at(2, grid.cols - 1) = goal;
  return format_grid(grid, name_of(form));
}

std::string form_description(Form form) {
  constexpr const char* alphabets[] = {
      "'#' wall, ' ' free, 'S' start, 'G' goal", "digits 0 free, 1 wall, 2 start, 3 goal",
      "numbers separated by spaces: 0 free, 1 wall, 2 start, 3 goal",
      "numbers separated by commas: 0 free, 1 wall, 2 start, 3 goal"};
  constexpr const char* rows[] = {"rows joined by '/', one row alone ends with '/'",
                                  "one row a line", "all rows of a square in one line"};
  return std::string(alphabets[static_cast<int>(form.alphabet)]) + "; " +
         rows[static_cast<int>(form.rows)];
}

}  // namespace

std::vector<TextForm> text_forms() {
  std::vector<TextForm> forms;
  for (const Form form : all_forms()) {
    forms.push_back({name_of(form), form_description(form), form_example(form)});
  }
  forms.push_back({"csv", "a line of the Maze-Hard data set: source,question,answer,rating",
                   ",S#  #   G,S# o# ooG,5"});
  return forms;
}

Result<ParsedGrid> parse_grid(std::string_view text, bool answers) {
  if (text.size() > longest_text) {
    return fail(ErrorCode::too_large,
                "a maze of " + std::to_string(text.size()) + " characters; at most " +
                    std::to_string(longest_text) + " are read",
                "line 1");
  }
  const auto layout = find_layout(text, answers);
  if (!layout) return layout.error();
  const Alphabet alphabet = find_alphabet(layout->pieces);
  if (layout->rows != Rows::square) {
    auto grid = rectangle(*layout, alphabet, answers);
    if (!grid) return std::move(grid).error();
    return ParsedGrid{std::move(grid).value(), name_of({alphabet, layout->rows})};
  }
  const Piece& piece = layout->pieces.front();
  auto cells = read_cells(piece, alphabet, answers);
  if (!cells) return std::move(cells).error();
  auto grid = square_grid(piece.line, std::move(cells).value());
  if (!grid) return std::move(grid).error();
  return ParsedGrid{std::move(grid).value(), name_of({alphabet, layout->rows})};
}

std::string format_grid(const Grid& grid, std::string_view name) {
  Form form;
  for (const Form candidate : all_forms()) {
    if (name_of(candidate) == name) form = candidate;
  }
  // One row would be read as a square, and only squares can be run together.
  const bool no_square = form.rows == Rows::square && grid.rows != grid.cols;
  if (grid.rows == 1 || no_square) form.rows = Rows::slashes;
  const bool compact = form.rows == Rows::square;
  const char* const joint = form.rows == Rows::lines ? "\n" : "/";
  std::string text;
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0 && compact && form.alphabet == Alphabet::spaced) text += ' ';
    if (row > 0 && compact && form.alphabet == Alphabet::commas) text += ',';
    if (row > 0 && !compact) text += joint;
    text += write_row(grid, row, form.alphabet);
  }
  if (grid.rows == 1) text += '/';
  return text;
}

}  // namespace trm::maze
