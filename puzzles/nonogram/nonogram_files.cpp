// Nonograms in the formats of other programs: .non files and games of Pattern.
//
// .non (Steve Simpson): lines of a keyword with its value, and two sections of clues, one a line,
// numbers separated by commas. https://github.com/mikix/nonogram-db/blob/master/FORMAT.md
// Pattern: a game ID of https://www.chiark.greenend.org.uk/~sgtatham/puzzles/doc/pattern.html,
// columns before rows, numbers separated by dots.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool begins_with_letter(std::string_view text) {
  return !text.empty() && ((text.front() >= 'a' && text.front() <= 'z') ||
                           (text.front() >= 'A' && text.front() <= 'Z'));
}

/// A number of lines that a .non file states, and where.
struct StatedSide {
  int count = 0;  ///< 0: not stated
  int line = 1;
};

/// What a .non file says about the puzzle.
struct NonFile {
  StatedSide width, height;
  std::optional<std::vector<PlacedClue>> rows, columns;
};

Result<int> side_of(std::string_view text, const TextLine& line, std::string_view name) {
  int side = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), side);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size() || side < 1 ||
      side > largest_side) {
    return line_error(line.number, std::string(name) + ": expected a number from 1 to " +
                                       std::to_string(largest_side));
  }
  return side;
}

// Reads the clues of a section from lines[at] on and moves `at` to the line behind them. A blank
// line among the clues is a clue of 0 if the file has stated how many there are; else, and around
// the clues, it only keeps sections apart.
Result<std::vector<PlacedClue>> section(const std::vector<TextLine>& lines, std::size_t& at,
                                        int count) {
  std::vector<PlacedClue> clues;
  for (; at < lines.size(); ++at) {
    const std::string_view text = trimmed(lines[at].text);
    if (begins_with_letter(text)) break;
    if (text.empty() && (clues.empty() || static_cast<int>(clues.size()) >= count)) continue;
    const int column = text.empty() ? 1 : static_cast<int>(text.data() - lines[at].text.data()) + 1;
    auto clue = parse_clue(text, lines[at].number, column);
    if (!clue) return clue.error();
    if (clues.size() == largest_side) {
      return line_error(lines[at].number,
                        "more than " + std::to_string(largest_side) + " lines of clues");
    }
    clues.push_back(std::move(*clue));
  }
  return clues;
}

// Keywords whose value does not change the puzzle.
bool is_about_the_file(std::string_view word) {
  constexpr std::array words{"catalogue", "catalog", "title", "by",    "copyright",
                             "license",   "licence", "goal",  "saved", "source"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

Result<void> read_keyword(const std::vector<TextLine>& lines, std::size_t& at, NonFile& file) {
  const TextLine& line = lines[at];
  const std::string_view text = trimmed(line.text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end), value = trimmed(text.substr(end));
  ++at;
  if (word == "width" || word == "height") {
    const auto side = side_of(value, line, word);
    if (!side) return side.error();
    (word == "width" ? file.width : file.height) = {*side, line.number};
    return {};
  }
  if (word == "rows" || word == "columns") {
    auto& section_of = word == "rows" ? file.rows : file.columns;
    if (section_of) return line_error(line.number, std::string(word) + " for the second time");
    auto clues = section(lines, at, (word == "rows" ? file.height : file.width).count);
    if (!clues) return clues.error();
    section_of = std::move(*clues);
    return {};
  }
  if (word == "color" || word == "colour") {
    return line_error(line.number, "coloured nonograms are not supported");
  }
  if (is_about_the_file(word)) return {};
  return line_error(line.number,
                    "unknown keyword; expected width, height, rows, columns, title, by, goal, ...");
}

/// A section that the file must have, with as many clues as it has stated.
Result<void> check_section(const std::optional<std::vector<PlacedClue>>& clues,
                           const StatedSide& side, std::string_view name, int last_line) {
  if (!clues) return line_error(last_line, "the file ends without " + std::string(name));
  if (side.count == 0 || clues->size() == static_cast<std::size_t>(side.count)) return {};
  return line_error(side.line, "there are to be " + std::to_string(side.count) + " " +
                                   std::string(name) + ", but there are " +
                                   std::to_string(clues->size()) +
                                   " clues (an empty line of the picture is a 0)");
}

}  // namespace

Result<Parsed> parse_non(const std::vector<TextLine>& lines) {
  NonFile file;
  for (std::size_t at = 0; at < lines.size();) {
    const std::string_view text = trimmed(lines[at].text);
    if (text.empty()) {
      ++at;
      continue;
    }
    if (!begins_with_letter(text)) {
      return text_error(lines[at].number, 1,
                        "expected a nonogram: clues such as 1 1/3|2/1/2, a picture of # and ., or "
                        "a .non file with rows and columns");
    }
    if (auto read = read_keyword(lines, at, file); !read) return std::move(read).error();
  }
  const int last = lines.back().number;
  auto rows = check_section(file.rows, file.height, "rows", last);
  if (!rows) return std::move(rows).error();
  auto columns = check_section(file.columns, file.width, "columns", last);
  if (!columns) return std::move(columns).error();
  return assemble(*file.rows, *file.columns, non_form);
}

std::string format_non(const Clues& clues) {
  std::string text = "width " + std::to_string(clues.columns.size()) + "\nheight " +
                     std::to_string(clues.rows.size());
  for (const bool rows : {true, false}) {
    text += rows ? "\n\nrows" : "\n\ncolumns";
    for (const Clue& clue : rows ? clues.rows : clues.columns) {
      std::string numbers = clue_text(clue);
      std::replace(numbers.begin(), numbers.end(), ' ', ',');
      text += "\n" + numbers;
    }
  }
  return text;
}

bool is_pattern(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view size = text.substr(0, colon);
  return size.find('x') != std::string_view::npos &&
         size.find_first_not_of("0123456789x") == std::string_view::npos;
}

Result<Parsed> parse_pattern(const TextLine& line) {
  const std::size_t colon = line.text.find(':');
  const auto size = parse_size(line.text.substr(0, colon));
  if (!size) return text_error(line.number, 1, size.error().message);
  const auto width = static_cast<std::size_t>(size->rows);  // the width stands first
  const auto height = static_cast<std::size_t>(size->cols);
  const auto parts = split(line.text.substr(colon + 1), '/');
  if (parts.size() != width + height) {
    return line_error(line.number, std::to_string(parts.size()) + " clues; expected " +
                                       std::to_string(width) + " of columns and " +
                                       std::to_string(height) + " of rows");
  }
  std::vector<PlacedClue> rows, columns;
  int column = static_cast<int>(colon) + 2;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string numbers(parts[i]);
    std::replace(numbers.begin(), numbers.end(), '.', ',');
    auto clue = parse_clue(numbers, line.number, column);
    if (!clue) return clue.error();
    (i < width ? columns : rows).push_back(std::move(*clue));
    column += static_cast<int>(parts[i].size()) + 1;
  }
  return assemble(rows, columns, pattern_form);
}

std::string format_pattern(const Clues& clues) {
  std::string text =
      std::to_string(clues.columns.size()) + "x" + std::to_string(clues.rows.size()) + ":";
  bool first = true;
  for (const auto* lines : {&clues.columns, &clues.rows}) {
    for (const Clue& clue : *lines) {
      if (!first) text += '/';
      first = false;
      std::string numbers = clue.empty() ? "" : clue_text(clue);
      std::replace(numbers.begin(), numbers.end(), ' ', '.');
      text += numbers;
    }
  }
  return text;
}

}  // namespace trm::nonogram
