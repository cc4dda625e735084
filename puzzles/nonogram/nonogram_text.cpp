// Nonograms as text: clue lists and pictures, and what all forms share. Boards with margins are in
// nonogram_margins.cpp, files of other programs in nonogram_files.cpp.
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

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

Result<Cell> cell_of(char c, int line, int column) {
  if (c == '#') return filled;
  if (c == '.') return empty_cell;
  if (c == '_') return open;
  return text_error(line, column, printable(c) + " is none of # (filled), . (empty), _ (open)");
}

/// More rows or columns than any board has.
Error too_long(std::string_view what, std::size_t count, int line) {
  const std::string place = "line " + std::to_string(line);
  return fail(ErrorCode::too_large,
              place + ": " + std::to_string(count) + " " + std::string(what) +
                  "; a nonogram has at most " + std::to_string(largest_side),
              place);
}

/// Rows joined by '/' in one line, or one a line.
std::vector<PlacedRow> placed_rows(const std::vector<TextLine>& lines) {
  std::vector<PlacedRow> rows;
  for (const TextLine& line : lines) {
    int column = 1;
    for (const std::string_view row : split(line.text, '/')) {
      rows.push_back({line.number, column, row});
      column += static_cast<int>(row.size()) + 1;
    }
  }
  return rows;
}

/// Splits into lines, without blank ones before and behind the others. Error: too_large.
Result<std::vector<TextLine>> lines_of(std::string_view text, std::string_view field) {
  if (text.size() > longest_text) {
    return fail(ErrorCode::too_large,
                std::to_string(text.size()) + " bytes; a nonogram has at most " +
                    std::to_string(longest_text),
                std::string(field));
  }
  std::vector<TextLine> lines = split_lines(text);
  while (!lines.empty() && is_blank(lines.back().text)) lines.pop_back();
  const auto first = std::find_if(lines.begin(), lines.end(),
                                  [](const TextLine& line) { return !is_blank(line.text); });
  lines.erase(lines.begin(), first);
  if (lines.empty()) return text_error(1, 1, "the text is empty");
  return lines;
}

bool has_ruler(const std::vector<TextLine>& lines) {
  return std::any_of(lines.begin(), lines.end(),
                     [](const TextLine& line) { return is_ruler(line.text); });
}

// --- The one-line form ---------------------------------------------------------------------------

Result<std::vector<PlacedClue>> clue_list(std::string_view text, int line, int column) {
  std::vector<PlacedClue> clues;
  for (const std::string_view part : split(text, '/')) {
    if (is_blank(part)) {
      return text_error(line, column, "expected the numbers of a clue; 0 for an empty line");
    }
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
  const auto rows = clue_list(parts[0], line.number, 1);
  if (!rows) return rows.error();
  const int second = static_cast<int>(parts[0].size()) + 2;
  const auto columns = clue_list(parts[1], line.number, second);
  if (!columns) return columns.error();
  auto parsed = assemble(*rows, *columns, line_form);
  if (!parsed || parts.size() == 2) return parsed;
  const int third = second + static_cast<int>(parts[1].size()) + 1;
  std::vector<PlacedRow> cells = placed_rows({{line.number, parts[2]}});
  for (PlacedRow& row : cells) row.column += third - 1;
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

// --- Pictures ------------------------------------------------------------------------------------

// One line alone is a row of a picture or a picture of one row: that one ends with '/', so that a
// file with a row a line is one picture and not a list of them.
Result<Parsed> parse_picture(std::vector<TextLine> lines) {
  std::string_view& last = lines.back().text;
  if (lines.size() == 1 && last.find('/') == std::string_view::npos) {
    return text_error(lines.front().number, static_cast<int>(last.size()) + 1,
                      "a picture of one row ends with /");
  }
  if (!last.empty() && last.back() == '/') last.remove_suffix(1);
  const std::vector<PlacedRow> rows = placed_rows(lines);
  const auto board = board_of(rows);
  if (!board) return board.error();
  for (const PlacedRow& row : rows) {
    const std::size_t unknown = row.text.find('_');
    if (unknown == std::string_view::npos) continue;
    return text_error(row.line, row.column + static_cast<int>(unknown),
                      "a picture has only # and .; the clues of _ are unknown");
  }
  return Parsed{clues_of_picture(*board), Grid(board->rows, board->cols, open),
                std::string(picture_form)};
}

std::string joined(const std::vector<Clue>& clues) {
  std::string text;
  for (const Clue& clue : clues) {
    if (!text.empty()) text += '/';
    text += clue_text(clue);
  }
  return text;
}

}  // namespace

// --- What all forms share ------------------------------------------------------------------------

char symbol(Cell value) {
  if (!is_board_value(value)) return '?';
  return value == filled ? '#' : value == empty_cell ? '.' : '_';
}

bool has_givens(const Grid& board) {
  return std::any_of(board.cells.begin(), board.cells.end(),
                     [](Cell value) { return value != open; });
}

std::string clue_text(const Clue& clue) {
  std::string text;
  for (const int run : clue) text += (text.empty() ? "" : " ") + std::to_string(run);
  return text.empty() ? "0" : text;
}

Result<PlacedClue> parse_clue(std::string_view text, int line, int column) {
  PlacedClue placed{{}, line, column};
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
    if (zero || (run == 0 && !placed.clue.empty())) {
      return text_error(line, place, "a clue of 0 has no other numbers");
    }
    if (placed.clue.empty()) placed.column = place;
    if (run == 0) zero = true;
    if (run > 0) placed.clue.push_back(run);
    if (placed.clue.size() > static_cast<std::size_t>(most_runs(largest_side))) {
      return text_error(line, place,
                        "a line has at most " + std::to_string(most_runs(largest_side)) + " runs");
    }
    at += static_cast<std::size_t>(stop - begin);
  }
  return placed;
}

std::string too_many_runs(const Clue& clue, std::size_t cells) {
  if (clue.size() <= static_cast<std::size_t>(most_runs(static_cast<int>(cells)))) return "";
  return std::to_string(clue.size()) + " runs in " + std::to_string(cells) + " cells";
}

Result<Parsed> assemble(const std::vector<PlacedClue>& rows, const std::vector<PlacedClue>& columns,
                        std::string_view form) {
  Parsed parsed;
  parsed.form = form;
  for (const bool across : {true, false}) {
    const std::vector<PlacedClue>& lines = across ? rows : columns;
    const std::size_t cells = (across ? columns : rows).size();
    if (lines.empty()) return line_error(1, "a nonogram has at least one row and one column");
    if (lines.size() > largest_side) {
      return too_long(across ? "rows" : "columns", lines.size(), lines[largest_side].line);
    }
    for (const PlacedClue& placed : lines) {
      const std::string problem = too_many_runs(placed.clue, cells);
      if (!problem.empty()) return text_error(placed.line, placed.column, problem);
      (across ? parsed.clues.rows : parsed.clues.columns).push_back(placed.clue);
    }
  }
  parsed.board = Grid(static_cast<int>(rows.size()), static_cast<int>(columns.size()), open);
  return parsed;
}

Result<Grid> board_of(const std::vector<PlacedRow>& rows) {
  if (rows.size() > largest_side) return too_long("rows", rows.size(), rows[largest_side].line);
  Grid board;
  for (const PlacedRow& row : rows) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < row.text.size(); ++i) {
      if (row.spaced && row.text[i] == ' ') continue;
      const auto cell = cell_of(row.text[i], row.line, row.column + static_cast<int>(i));
      if (!cell) return cell.error();
      board.cells.push_back(*cell);
      ++count;
    }
    if (count == 0) return text_error(row.line, row.column, "a row without cells");
    if (count > largest_side) return too_long("columns", count, row.line);
    if (board.rows > 0 && static_cast<int>(count) != board.cols) {
      return text_error(row.line, row.column,
                        "a row of " + std::to_string(count) + " cells below rows of " +
                            std::to_string(board.cols));
    }
    board.cols = static_cast<int>(count);
    ++board.rows;
  }
  return board;
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
  auto lines = lines_of(text, "board");
  if (!lines) return lines.error();
  const TextLine first = lines->front();
  if (has_ruler(*lines)) return parse_margins(std::move(*lines));
  if (lines->size() == 1 && is_pattern(first.text)) return parse_pattern(first);
  if (is_board_text(first.text)) return parse_picture(std::move(*lines));
  if (lines->size() == 1) return parse_line(first);
  return parse_non(*lines);
}

Result<Grid> parse_board(std::string_view text) {
  auto lines = lines_of(text, "answer");
  if (!lines) return lines.error();
  if (!has_ruler(*lines)) return board_of(placed_rows(*lines));
  auto parsed = parse_margins(std::move(*lines));
  return parsed ? Result<Grid>(std::move(parsed->board)) : Result<Grid>(parsed.error());
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
  const std::string text = joined(clues.rows) + "|" + joined(clues.columns);
  return has_givens(board) ? text + "|" + format_rows(board, '/') : text;
}

std::string format_as(std::string_view form, const Clues& clues, const Grid& board) {
  if (form == margins_form) return format_margins(clues, board);
  // Cells that are given have no place in the forms of other programs.
  if (form == non_form && !has_givens(board)) return format_non(clues);
  if (form == pattern_form && !has_givens(board)) return format_pattern(clues);
  return format_line(clues, board);
}

}  // namespace trm::nonogram
