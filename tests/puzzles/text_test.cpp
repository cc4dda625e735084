#include "puzzles/text.h"

#include "tests/catch.h"

using namespace trm;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  int number = 0;
  for (const TextLine& line : split_lines(text)) {
    REQUIRE(line.number == ++number);
    lines.emplace_back(line.text);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("split_lines takes both line ends and keeps everything else", "[text]") {
  CHECK(lines_of("") == Lines{});
  CHECK(lines_of("a") == Lines{"a"});
  CHECK(lines_of("a\n") == Lines{"a"});
  CHECK(lines_of("a\r\n") == Lines{"a"});
  CHECK(lines_of("a\n\n") == Lines{"a", ""});
  CHECK(lines_of("\na") == Lines{"", "a"});
  CHECK(lines_of(" a \r\n b") == Lines{" a ", " b"});
  CHECK(lines_of("a\rb\n") == Lines{"a\rb"});
  CHECK(lines_of("a\r") == Lines{"a\r"});
}

TEST_CASE("split always gives one part more than separators", "[text]") {
  using Parts = std::vector<std::string_view>;
  CHECK(split("", ',') == Parts{""});
  CHECK(split("a", ',') == Parts{"a"});
  CHECK(split(",a,,b,", ',') == Parts{"", "a", "", "b", ""});
}

TEST_CASE("parse_size", "[text]") {
  CHECK(parse_size("9x9").value() == BoardSize{9, 9});
  CHECK(parse_size("1x64").value() == BoardSize{1, 64});
  for (const char* text : {"", "9", "x", "9x", "x9", "9x9x9", "9 x 9", "+9x9", "-9x9", "9X9", "axb",
                           "0x4", "4x0", "9x9 ", "3.5x2"}) {
    INFO(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size.ok());
    CHECK(size.error().code == ErrorCode::invalid_field);
    CHECK(size.error().field == "size");
  }
  for (const char* text : {"65x1", "1x65", "99999999999999999999x1"}) {
    INFO(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size.ok());
    CHECK(size.error().code == ErrorCode::too_large);
  }
  CHECK(parse_size(std::string(10'000, 'y')).error().message.size() < 100);
}

TEST_CASE("errors name their place", "[text]") {
  const Error at_character = text_error(3, 5, "what is this");
  CHECK(at_character.code == ErrorCode::invalid_text);
  CHECK(at_character.field == "line 3, column 5");
  CHECK(at_character.message == "line 3, column 5: what is this");
  CHECK(line_error(2, "too short").message == "line 2: too short");
  CHECK(cell_place(0, 4) == "row 1, column 5");
  CHECK(size_text(3, 12) == "3x12");
  CHECK(printable('a') == "'a'");
  CHECK(printable('\x1f') == "byte 0x1f");
  CHECK(printable('\xc3') == "byte 0xc3");
}
