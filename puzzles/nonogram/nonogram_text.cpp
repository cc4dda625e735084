// Nonograms as text: the one-line form, the form with margins, pictures; files are in
// nonogram_files.cpp.
//
// Clues are numbers between spaces or commas, "0" for a line without filled cells. In boards '#' is
// filled, '.' empty, '_' open.
#include <algorithm>
#include <charconv>

#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

// The longest text with a meaning: a 30x30 board with its margins is below 4 KiB; .non files have
// titles and a picture as well.
constexpr std::size_t longest_text = 1u << 16;

bool is_board_text(std::string_view text) {
  return !text.empty() && text.find_first_not_of("#._/") == std::string_view::npos;
}

Result<Cell> cell_of(char c, int line, int column) {
  if (c == '#') return filled;
  if (c == '.') return empty_cell;
  if (c == '_') return open;
  return text_error(line, column, printable(c) + " is none of # (filled), . (empty), _ (open)");
}

Error too_long(std::string_view what, std::size_t count) {
  return fail(ErrorCode::too_large,
              std::to_string(count) + " " + std::string(what) + "; a nonogram has at most " +
                  std::to_string(largest_side),
              std::string(what));
}

/// A row of a board at a place of the text.
struct Row {
  int line = 1;
  int column = 1;
  std::string_view text;
};

Result<Grid> board_of(const std::vector<Row>& rows) {
  if (rows.size() > largest_side) return too_long("rows", rows.size());
  Grid board;
  for (const Row& row : rows) {
    if (row.text.empty()) return text_error(row.line, row.column, "a row without cells");
    if (row.text.size() > largest_side) return too_long("columns", row.text.size());
    if (board.rows > 0 && static_cast<int>(row.text.size()) != board.cols) {
      return text_error(row.line, row.column,
                        "a row of " + std::to_string(row.text.size()) + " cells below rows of " +
                            std::to_string(board.cols));
    }
    for (std::size_t i = 0; i < row.text.size(); ++i) {
      const auto cell = cell_of(row.text[i], row.line, row.column + static_cast<int>(i));
      if (!cell) return cell.error();
      board.cells.push_back(*cell);
    }
    board.cols = static_cast<int>(row.text.size());
    ++board.rows;
  }
  return board;
}

/// Rows joined by '/' in one line, or one a line.
Result<Grid> parse_rows(const std::vector<TextLine>& lines) {
  std::vector<Row> rows;
  for (const TextLine& line : lines) {
    int column = 1;
    for (const std::string_view row : split(line.text, '/')) {
      rows.push_back({line.number, column, row});
      column += static_cast<int>(row.size()) + 1;
    }
  }
  if (rows.empty()) return text_error(1, 1, "the text has no rows");
  return board_of(rows);
}

// --- The form with margins -----------------------------------------------------------------------
//
//      |   1
//      | 2 1 3
//  ----+------
//  2 1 | _ _ _
//    3 | # # #
//
// Every column has the same width; the digits of a column's clue stand below one another.

bool is_ruler(std::string_view text) {
  return text.find('+') != std::string_view::npos &&
         text.find_first_not_of("-+ ") == std::string_view::npos;
}

struct MarginsText {
  std::vector<TextLine> head, body;
  std::size_t bar = 0;    // where the margin of the rows ends
  std::size_t width = 0;  // of a column
};

std::string_view from(std::string_view text, std::size_t start) {
  return start < text.size() ? text.substr(start) : std::string_view();
}

std::size_t symbols_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c != ' '; }));
}

Result<MarginsText> margins_of(const std::vector<TextLine>& lines) {
  MarginsText found;
  for (const TextLine& line : lines) {
    if (is_ruler(line.text)) {
      found.bar = line.text.find('+');
      found.width = line.text.size() - found.bar - 1;
      continue;
    }
    if (line.text.find_first_not_of(' ') == std::string_view::npos) continue;
    (found.width == 0 ? found.head : found.body).push_back(line);
  }
  if (found.body.empty()) return text_error(lines.back().number, 1, "no rows below the line of -");
  const std::size_t columns = symbols_in(from(found.body.front().text, found.bar + 1));
  if (columns > largest_side) return too_long("columns", columns);
  if (columns == 0 || found.width % columns != 0) {
    return line_error(found.body.front().number,
                      "expected as many cells behind the | as there are columns");
  }
  found.width /= columns;
  for (const auto* part : {&found.head, &found.body}) {
    for (const TextLine& line : *part) {
      if (line.text.size() <= found.bar || line.text[found.bar] != '|') {
        return text_error(line.number, static_cast<int>(found.bar) + 1,
                          "expected a | below the others");
      }
    }
  }
  return found;
}

Result<std::vector<Clue>> head_clues(const MarginsText& text, std::size_t columns) {
  std::vector<Clue> clues(columns);
  for (const TextLine& line : text.head) {
    const std::string_view cells = from(line.text, text.bar + 1);
    if (cells.size() > columns * text.width) {
      return text_error(line.number, static_cast<int>(text.bar + 1 + columns * text.width) + 1,
                        "a clue right of the last column");
    }
    for (std::size_t column = 0; column < columns; ++column) {
      const std::string_view field = from(cells, column * text.width).substr(0, text.width);
      const auto clue =
          parse_clue(field, line.number, static_cast<int>(text.bar + 2 + column * text.width));
      if (!clue) return clue.error();
      clues[column].insert(clues[column].end(), clue->begin(), clue->end());
    }
  }
  return clues;
}

Result<Parsed> parse_margins(const std::vector<TextLine>& lines) {
  const auto text = margins_of(lines);
  if (!text) return text.error();
  Parsed parsed;
  std::vector<std::string> cells;
  cells.reserve(text->body.size());
  std::vector<Row> rows;
  for (const TextLine& line : text->body) {
    auto clue = parse_clue(line.text.substr(0, text->bar), line.number, 1);
    if (!clue) return clue.error();
    parsed.clues.rows.push_back(std::move(*clue));
    std::string row(from(line.text, text->bar + 1));
    std::erase(row, ' ');
    cells.push_back(std::move(row));
    rows.push_back({line.number, static_cast<int>(text->bar) + 2, cells.back()});
  }
  auto board = board_of(rows);
  if (!board) return board.error();
  auto columns = head_clues(*text, static_cast<std::size_t>(board->cols));
  if (!columns) return columns.error();
  parsed.clues.columns = std::move(*columns);
  parsed.board = std::move(*board);
  parsed.form = margins_form;
  return parsed;
}

// --- The one-line form ---------------------------------------------------------------------------

Result<std::vector<Clue>> clue_list(std::string_view text, int line, int column) {
  std::vector<Clue> clues;
  for (const std::string_view part : split(text, '/')) {
    auto clue = parse_clue(part, line, column);
    if (!clue) return clue.error();
    clues.push_back(std::move(*clue));
    column += static_cast<int>(part.size()) + 1;
  }
  return clues;
}

Result<Parsed> parse_line(const TextLine& line) {
  const auto parts = split(line.text, '|');
  if (parts.size() != 2 && parts.size() != 3) {
    return line_error(line.number,
                      "expected the rows' clues, |, the columns' clues, perhaps | and a board");
  }
  Clues clues;
  auto rows = clue_list(parts[0], line.number, 1);
  if (!rows) return rows.error();
  const int second = static_cast<int>(parts[0].size()) + 2;
  auto columns = clue_list(parts[1], line.number, second);
  if (!columns) return columns.error();
  clues.rows = std::move(*rows);
  clues.columns = std::move(*columns);
  auto parsed = open_board(std::move(clues), line_form);
  if (!parsed || parts.size() == 2) return parsed;
  const int third = second + static_cast<int>(parts[1].size()) + 1;
  std::vector<Row> cells;
  int column = third;
  for (const std::string_view row : split(parts[2], '/')) {
    cells.push_back({line.number, column, row});
    column += static_cast<int>(row.size()) + 1;
  }
  auto board = board_of(cells);
  if (!board) return board.error();
  if (board->rows != parsed->board.rows || board->cols != parsed->board.cols) {
    return text_error(line.number, third,
                      "a board of " + size_text(board->rows, board->cols) + " below clues for " +
                          size_text(parsed->board.rows, parsed->board.cols));
  }
  parsed->board = std::move(*board);
  return parsed;
}

// One line alone is a row of a picture or a picture of one row: that one ends with '/', so that a
// file with a row a line is one picture and not a list of them.
Result<Parsed> parse_picture(std::vector<TextLine> lines) {
  std::string_view& last = lines.back().text;
  const bool closed = !last.empty() && last.back() == '/';
  if (lines.size() == 1 && last.find('/') == std::string_view::npos) {
    return text_error(lines.front().number, static_cast<int>(last.size()) + 1,
                      "a picture of one row ends with /");
  }
  if (closed) last.remove_suffix(1);
  auto board = parse_rows(lines);
  if (!board) return board.error();
  for (int cell = 0; cell < board->size(); ++cell) {
    if (board->cells[static_cast<std::size_t>(cell)] != open) continue;
    const std::string place = cell_place(cell / board->cols, cell % board->cols);
    return fail(ErrorCode::invalid_text,
                place + ": a picture has only # and .; clues of _ are unknown", place);
  }
  return open_board(clues_of_picture(*board), picture_form);
}

std::string joined(const std::vector<Clue>& clues) {
  std::string text;
  for (const Clue& clue : clues) {
    if (!text.empty()) text += '/';
    text += clue_text(clue);
  }
  return text;
}

std::string padded(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::size_t widest_number(const std::vector<Clue>& clues) {
  std::size_t width = 1;
  for (const Clue& clue : clues) {
    for (const int run : clue) width = std::max(width, std::to_string(run).size());
  }
  return width;
}

}  // namespace

char symbol(Cell value) {
  return value == filled ? '#' : value == empty_cell ? '.' : value == open ? '_' : '\0';
}

std::string clue_text(const Clue& clue) {
  std::string text;
  for (const int run : clue) text += (text.empty() ? "" : " ") + std::to_string(run);
  return text.empty() ? "0" : text;
}

Result<Clue> parse_clue(std::string_view text, int line, int column) {
  Clue clue;
  bool zero = false;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == ',') {
      ++at;
      continue;
    }
    const int place = column + static_cast<int>(at);
    int run = 0;
    const char* const begin = text.data() + at;
    const auto [stop, error] = std::from_chars(begin, text.data() + text.size(), run);
    if (stop == begin || run < 0) {
      return text_error(line, place, printable(text[at]) + " in a clue; expected numbers");
    }
    if (error != std::errc() || run > largest_side) {
      return text_error(line, place,
                        "a run has at most " + std::to_string(largest_side) + " cells");
    }
    if (zero || (run == 0 && !clue.empty())) {
      return text_error(line, place, "a clue of 0 has no other numbers");
    }
    if (run == 0) zero = true;
    if (run > 0) clue.push_back(run);
    if (clue.size() > static_cast<std::size_t>(most_runs(largest_side))) {
      return text_error(line, place,
                        "a line has at most " + std::to_string(most_runs(largest_side)) + " runs");
    }
    at += static_cast<std::size_t>(stop - begin);
  }
  return clue;
}

Result<Parsed> open_board(Clues clues, std::string_view form) {
  if (clues.rows.size() > largest_side) return too_long("rows", clues.rows.size());
  if (clues.columns.size() > largest_side) return too_long("columns", clues.columns.size());
  const auto fits = [](const std::vector<Clue>& lines, std::size_t cells,
                       std::string_view name) -> Result<void> {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].size() <= static_cast<std::size_t>(most_runs(static_cast<int>(cells)))) continue;
      const std::string place = std::string(name) + " " + std::to_string(i + 1);
      return fail(ErrorCode::invalid_text,
                  place + ": " + std::to_string(lines[i].size()) + " runs in " +
                      std::to_string(cells) + " cells",
                  place);
    }
    return {};
  };
  if (auto rows = fits(clues.rows, clues.columns.size(), "row"); !rows)
    return std::move(rows).error();
  if (auto columns = fits(clues.columns, clues.rows.size(), "column"); !columns)
    return std::move(columns).error();
  Grid board(static_cast<int>(clues.rows.size()), static_cast<int>(clues.columns.size()), open);
  return Parsed{std::move(clues), std::move(board), std::string(form)};
}

std::vector<TextForm> text_forms() {
  return {{std::string(line_form),
           "clues of the rows joined by /, |, clues of the columns; perhaps | and a board of # . _",
           "1 1/3/2|3/2/2"},
          {std::string(margins_form), "the board with its clues in the margins",
           "    | 3 2 2\n----+------\n1 1 | # _ _\n  3 | _ _ _\n  2 | _ _ _"},
          {std::string(non_form), "the .non format: width, height, rows, columns, a clue a line",
           "width 3\nheight 3\nrows\n1,1\n3\n2\ncolumns\n3\n2\n2"},
          {std::string(pattern_form),
           "a game of Pattern (Simon Tatham's Portable Puzzle Collection): WxH:, columns, rows",
           "3x3:3/2/2/1.1/3/2"},
          {std::string(picture_form),
           "a picture of # and ., whose clues are the puzzle; one row alone ends with /",
           "#.#\n###\n##."}};
}

Result<Parsed> parse_text(std::string_view text) {
  if (text.size() > longest_text) {
    return fail(ErrorCode::too_large,
                std::to_string(text.size()) + " bytes; a nonogram has at most " +
                    std::to_string(longest_text),
                "board");
  }
  std::vector<TextLine> lines = split_lines(text);
  while (!lines.empty() && lines.back().text.empty()) lines.pop_back();
  if (lines.empty()) return text_error(1, 1, "the text is empty");
  const bool margins =
      std::any_of(lines.begin(), lines.end(), [](const TextLine& l) { return is_ruler(l.text); });
  if (margins) return parse_margins(lines);
  if (lines.size() == 1 && is_pattern(lines.front().text)) return parse_pattern(lines.front());
  if (is_board_text(lines.front().text)) return parse_picture(std::move(lines));
  if (lines.size() == 1) return parse_line(lines.front());
  return parse_non(lines);
}

Result<Grid> parse_board(std::string_view text) {
  if (text.size() > longest_text) {
    return fail(ErrorCode::too_large, "the answer is longer than any board", "answer");
  }
  std::vector<TextLine> lines = split_lines(text);
  while (!lines.empty() && lines.back().text.empty()) lines.pop_back();
  if (std::any_of(lines.begin(), lines.end(), [](const TextLine& l) { return is_ruler(l.text); })) {
    auto parsed = parse_margins(lines);
    return parsed ? Result<Grid>(std::move(parsed->board)) : Result<Grid>(parsed.error());
  }
  return parse_rows(lines);
}

std::string format_rows(const Grid& board, char separator) {
  std::string text;
  for (int row = 0; row < board.rows; ++row) {
    if (row > 0) text += separator;
    for (int col = 0; col < board.cols; ++col) text += symbol(board.at(row, col));
  }
  return text;
}

std::string format_line(const Clues& clues, const Grid& board) {
  std::string text = joined(clues.rows) + "|" + joined(clues.columns);
  const bool given =
      std::any_of(board.cells.begin(), board.cells.end(), [](Cell value) { return value != open; });
  return given ? text + "|" + format_rows(board, '/') : text;
}

std::string format_margins(const Clues& clues, const Grid& board) {
  std::size_t margin = 1, depth = 1;
  for (const Clue& clue : clues.rows) margin = std::max(margin, clue_text(clue).size());
  for (const Clue& clue : clues.columns) depth = std::max(depth, clue.size());
  const std::size_t width = widest_number(clues.columns) + 1;
  std::string text;
  for (std::size_t level = 0; level < depth; ++level) {
    text += std::string(margin, ' ') + " |";
    for (const Clue& clue : clues.columns) {
      // Right above the board stands the last number, or 0.
      const std::size_t above = depth - level;
      std::string number = above == 1 && clue.empty() ? "0" : "";
      if (above <= clue.size()) number = std::to_string(clue[clue.size() - above]);
      text += padded(number, width);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  text += std::string(margin + 1, '-') + "+" + std::string(width * clues.columns.size(), '-');
  for (int row = 0; row < board.rows; ++row) {
    text += "\n" + padded(clue_text(clues.rows[static_cast<std::size_t>(row)]), margin) + " |";
    for (int col = 0; col < board.cols; ++col) {
      text += padded(std::string(1, symbol(board.at(row, col))), width);
    }
  }
  return text;
}

std::string format_as(std::string_view form, const Clues& clues, const Grid& board) {
  const bool given =
      std::any_of(board.cells.begin(), board.cells.end(), [](Cell value) { return value != open; });
  if (form == margins_form) return format_margins(clues, board);
  if (form == non_form && !given) return format_non(clues);
  if (form == pattern_form && !given) return format_pattern(clues);
  return format_line(clues, board);
}

}  // namespace trm::nonogram
