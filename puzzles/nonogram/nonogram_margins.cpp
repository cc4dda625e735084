// Nonograms as people draw them in text: the board with its clues in the margins.
//
//      |   1
//      | 2 1 3
//  ----+------
//  2 1 | _ _ _
//    3 | # # #
//
// Every column has the same width, which the line of dashes tells; the numbers of a column's clue
// stand below one another.
#include <algorithm>

#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

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

// Splits at the ruler; the lines have no spaces at their ends.
Result<MarginsText> split_at_ruler(const std::vector<TextLine>& lines) {
  MarginsText found;
  bool below = false;
  for (const TextLine& line : lines) {
    if (is_ruler(line.text)) {
      if (below) return line_error(line.number, "a second line of -");
      below = true;
      found.bar = line.text.find('+');
      found.width = line.text.size() - found.bar - 1;
    } else if (!line.text.empty()) {
      (below ? found.body : found.head).push_back(line);
    }
  }
  if (found.body.empty()) return line_error(lines.back().number, "no rows below the line of -");
  return found;
}

Result<MarginsText> margins_of(const std::vector<TextLine>& lines) {
  auto found = split_at_ruler(lines);
  if (!found) return found;
  const TextLine& first = found->body.front();
  const std::size_t columns = symbols_in(from(first.text, found->bar + 1));
  if (columns == 0 || found->width == 0 || found->width % columns != 0) {
    return line_error(first.number,
                      "expected as many cells behind the | as the line of - has room "
                      "for columns");
  }
  found->width /= columns;
  for (const auto* part : {&found->head, &found->body}) {
    for (const TextLine& line : *part) {
      if (line.text.size() <= found->bar || line.text[found->bar] != '|') {
        return text_error(line.number, static_cast<int>(found->bar) + 1,
                          "expected a | below the others");
      }
    }
  }
  return found;
}

/// The clues above the columns: what stands in a column's width, from the top down.
Result<std::vector<PlacedClue>> head_clues(const MarginsText& text, std::size_t columns) {
  std::vector<PlacedClue> clues(columns);
  std::vector<bool> zero(columns, false);
  for (const TextLine& line : text.head) {
    const std::string_view cells = from(line.text, text.bar + 1);
    if (cells.size() > columns * text.width) {
      return text_error(line.number, static_cast<int>(text.bar + 1 + columns * text.width) + 1,
                        "a clue right of the last column");
    }
    for (std::size_t column = 0; column < columns; ++column) {
      const std::string_view field = from(cells, column * text.width).substr(0, text.width);
      if (symbols_in(field) == 0) continue;
      const auto part =
          parse_clue(field, line.number, static_cast<int>(text.bar + 2 + column * text.width));
      if (!part) return part.error();
      PlacedClue& whole = clues[column];
      if (zero[column] || (part->clue.empty() && !whole.clue.empty())) {
        return text_error(part->line, part->column, "a clue of 0 has no other numbers");
      }
      zero[column] = part->clue.empty();
      whole.line = part->line;
      whole.column = part->column;
      whole.clue.insert(whole.clue.end(), part->clue.begin(), part->clue.end());
    }
  }
  return clues;
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

bool is_ruler(std::string_view text) {
  return text.find("-+-") != std::string_view::npos &&
         text.find_first_not_of("-+ ") == std::string_view::npos;
}

Result<Parsed> parse_margins(std::vector<TextLine> lines) {
  for (TextLine& line : lines) {
    line.text = line.text.substr(0, line.text.find_last_not_of(' ') + 1);
  }
  const auto text = margins_of(lines);
  if (!text) return text.error();
  std::vector<PlacedClue> row_clues;
  std::vector<PlacedRow> rows;
  for (const TextLine& line : text->body) {
    auto clue = parse_clue(line.text.substr(0, text->bar), line.number, 1);
    if (!clue) return clue.error();
    row_clues.push_back(std::move(*clue));
    rows.push_back(
        {line.number, static_cast<int>(text->bar) + 2, from(line.text, text->bar + 1), true});
  }
  auto board = board_of(rows);
  if (!board) return board.error();
  const auto column_clues = head_clues(*text, static_cast<std::size_t>(board->cols));
  if (!column_clues) return column_clues.error();
  auto parsed = assemble(row_clues, *column_clues, margins_form);
  if (parsed) parsed->board = std::move(*board);
  return parsed;
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

}  // namespace trm::nonogram
