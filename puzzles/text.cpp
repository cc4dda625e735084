#include "puzzles/text.h"

#include <charconv>
#include <cstdint>

#include "puzzles/puzzle.h"

namespace trm {
namespace {

/// One side of a size: digits only, so that "+9" and " 9" are refused.
Result<int> parse_side(std::string_view text, std::string_view whole) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool too_long = error == std::errc::result_out_of_range;
  if (text.empty() || text.front() == '-' || stop != end || (error != std::errc() && !too_long)) {
    const std::string shown(whole.size() > 20 ? std::string_view("a longer text") : whole);
    return fail(ErrorCode::invalid_field, "size '" + shown + "' is not ROWSxCOLUMNS, such as 9x9",
                "size");
  }
  if (too_long || value > Puzzle::max_side) {
    return fail(ErrorCode::too_large,
                "a side may have at most " + std::to_string(Puzzle::max_side) + " cells", "size");
  }
  if (value < 1) return fail(ErrorCode::invalid_field, "a side must have at least 1 cell", "size");
  return value;
}

}  // namespace

std::vector<TextLine> split_lines(std::string_view text) {
  std::vector<TextLine> lines;
  int number = 1;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    // Only the '\r' of a "\r\n" belongs to the line end.
    if (end != std::string_view::npos && !line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    lines.push_back({number++, line});
  }
  return lines;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text = text.substr(end + 1);
  }
}

Result<BoardSize> parse_size(std::string_view text) {
  const std::size_t cross = text.find('x');
  const bool found = cross != std::string_view::npos;
  const auto rows = parse_side(text.substr(0, cross), text);
  if (!rows) return rows.error();
  const auto cols = parse_side(found ? text.substr(cross + 1) : std::string_view(), text);
  if (!cols) return cols.error();
  return BoardSize{*rows, *cols};
}

std::string size_text(int rows, int cols) {
  return std::to_string(rows) + "x" + std::to_string(cols);
}

std::string text_place(int line, int column) {
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string cell_place(int row, int col) {
  // Also of a place outside every board.
  return "row " + std::to_string(std::int64_t{row} + 1) + ", column " +
         std::to_string(std::int64_t{col} + 1);
}

Error text_error(int line, int column, std::string_view message) {
  std::string place = text_place(line, column);
  return fail(ErrorCode::invalid_text, place + ": " + std::string(message), place);
}

Error line_error(int line, std::string_view message) {
  std::string place = "line " + std::to_string(line);
  return fail(ErrorCode::invalid_text, place + ": " + std::string(message), place);
}

std::string printable(char c) {
  if (c >= 0x20 && c < 0x7f) return std::string("'") + c + "'";
  constexpr char hex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("byte 0x") + hex[byte >> 4] + hex[byte & 15];
}

}  // namespace trm
