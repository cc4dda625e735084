// Mazes as text and as JSON.
#include <string>

#include "puzzles/maze/maze_test_util.h"

using namespace trm;
using namespace trm::maze_test;

namespace {

/// "CODE FIELD" of a refused text.
std::string refusal(std::string_view text) {
  const auto question = maze().parse(text);
  if (question.ok()) return "accepted";
  CHECK_FALSE(question.error().message.empty());
  return std::string(error_name(question.error().code)) + " " + question.error().field;
}

Json rows_json(const std::vector<std::vector<int>>& rows) {
  Json board = Json::array();
  for (const auto& row : rows) {
    Json cells = Json::array();
    for (const int value : row) cells.push(value);
    board.push(std::move(cells));
  }
  return board;
}

}  // namespace

// --- Text ----------------------------------------------------------------------------------------

TEST_CASE("every listed form parses and comes back as itself", "[maze][text]") {
  for (const TextForm& form : maze().info().forms) {
    INFO(form.name);
    const Question question = parsed(form.example);
    CHECK(maze().problems(question).empty());
    if (form.name != "csv") {
      CHECK(question.notation().form == form.name);
      CHECK(maze().format(question) == form.example);
    }
    CHECK(parsed(maze().format(question)) == question);
    const Answer answer = maze().target(question, Answer());
    CHECK(answered(question, maze().format_answer(question, answer)) == answer);
  }
}

TEST_CASE("one maze in many notations", "[maze][text]") {
  const Question expected = parsed("S# /   /#G#");
  CHECK(expected.grid().rows == 3);
  CHECK(expected.grid().cells == std::vector<Cell>{2, 1, 0, 0, 0, 0, 1, 3, 1});
  for (const char* text :
       {"S# \n   \n#G#", "S# \r\n   \r\n#G#\r\n", "S#    #G#", "S#    #G#\n", "S# /   /#G#/",
        "210/000/131", "210\n000\n131\n", "210000131", "2 1 0/0 0 0/1 3 1", "2 1 0\n0 0 0\n1 3 1",
        "2,1,0/0,0,0/1,3,1", "2, 1, 0\n0, 0, 0\n1, 3, 1", "2 1 0 0 0 0 1 3 1",
        "source,question,answer,rating\n,S#    #G#,So  o #G#,4\n", "mine,S#    #G#,,"}) {
    INFO(text);
    CHECK(parsed(text) == expected);
  }
}

TEST_CASE("an answer is written like its question", "[maze][text]") {
  const auto solved = [](std::string_view text) {
    const Question question = parsed(text);
    const Answer answer = maze().target(question, Answer());
    const std::string written = maze().format_answer(question, answer);
    CHECK(answered(question, written) == answer);
    return written;
  };
  CHECK(solved("S# /   /#G#") == "S# /oo /#G#");
  CHECK(solved("S# \n   \n#G#") == "S# \noo \n#G#");
  CHECK(solved("S#    #G#") == "S# oo #G#");
  CHECK(solved(",S#    #G#,,") == "S# oo #G#");
  CHECK(solved("210/000/131") == "210/440/131");
  CHECK(solved("2 1 0\n0 0 0\n1 3 1") == "2 1 0\n4 4 0\n1 3 1");
  CHECK(solved("2,1,0/0,0,0/1,3,1") == "2,1,0/4,4,0/1,3,1");
  CHECK(solved("2 1 0 0 0 0 1 3 1") == "2 1 0 4 4 0 1 3 1");
  CHECK(solved("S  G/") == "SooG/");
}

TEST_CASE("a single line is a square; one row ends with a slash", "[maze][text]") {
  CHECK(parsed("S  G").grid().rows == 2);
  CHECK(parsed("S  G/").grid().rows == 1);
  CHECK(maze().format_line(parsed("S  G/")) == "S  G/");
  CHECK(maze().format_readable(parsed("S  G/")) == "S  G/");
  CHECK(maze().format_line(parsed("S  G")) == "S / G");
  CHECK(refusal("S   G") == "invalid_text line 1");
  // A square that is made wider has no square form any more.
  const auto wider = maze().apply(parsed("S  G"), Resize{0, 2, 3});
  REQUIRE(wider.ok());
  CHECK(maze().format(*wider) == "S  / G ");
}

TEST_CASE("text round trips for boards of all kinds and sizes", "[maze][text]") {
  Rng rng(3);
  for (int round = 0; round < 300; ++round) {
    const int rows = rng.between(1, round < 280 ? 9 : 64);
    const int cols = rng.between(rows == 1 ? 2 : 1, round < 280 ? 9 : 64);
    const Question question = random_board(rng, rows, cols);
    INFO(maze().format_line(question));
    CHECK(maze().format_line(question).find('\n') == std::string::npos);
    CHECK(parsed(maze().format_line(question)) == question);
    CHECK(parsed(maze().format_readable(question)) == question);
    for (const TextForm& form : maze().info().forms) {
      Draft draft = question.draft();
      draft.notation.form = form.name;
      CHECK(parsed(maze().format(maze().make(draft).value())) == question);
    }
  }
}

TEST_CASE("refused texts name line and column", "[maze][text]") {
  CHECK(refusal("") == "invalid_text line 1");
  CHECK(refusal("\n\n") == "invalid_text line 1");
  CHECK(refusal("/") == "invalid_text line 1, column 1");
  CHECK(refusal("S G\n ?#") == "invalid_text line 2, column 2");
  CHECK(refusal("S G/ ?#") == "invalid_text line 1, column 6");
  CHECK(refusal("S G\n #") == "invalid_text line 2, column 1");
  CHECK(refusal("S G\n\n # ") == "invalid_text line 2, column 1");
  CHECK(refusal("S G\n #/") == "invalid_text line 2, column 3");
  CHECK(refusal("SoG/###") == "invalid_text line 1, column 2");
  CHECK(refusal("204/113") == "invalid_text line 1, column 3");
  CHECK(refusal("20S/113") == "invalid_text line 1, column 3");
  CHECK(refusal("2 0 1\n1 01 ") == "invalid_text line 2, column 4");
  CHECK(refusal("2,0\n1,") == "invalid_text line 2, column 3");
  CHECK(refusal("2,0\n1 3") == "invalid_text line 2, column 3");
  CHECK(refusal("2,,0/1,3") == "invalid_text line 1, column 3");
  CHECK(refusal(",S#    #G#,") == "invalid_text line 1");
  CHECK(refusal(",S#  x #G#,,") == "invalid_text line 1, column 6");
  CHECK(refusal("source,question,answer,rating\n") == "invalid_text line 2");
  CHECK(refusal("source,question,answer,rating\na,S  G,,\nb,S  G,,") == "invalid_text line 3");
  CHECK(refusal("ab,,S##G,") == "invalid_text line 1, column 4");
  CHECK(refusal("S") == "invalid_text line 1");
  CHECK(refusal("S/") == "invalid_board maze");
  CHECK(refusal(std::string(65, ' ') + "/") == "too_large line 1");
  CHECK(refusal(std::string(65 * 65, ' ')) == "too_large line 1");
  std::string tall;
  for (int row = 0; row < 65; ++row) tall += " \n";
  CHECK(refusal(tall) == "too_large line 65");
  CHECK(refusal(std::string(1u << 20, ' ')) == "too_large line 1");
  CHECK(refusal(std::string("S \0G", 4)) == "invalid_text line 1, column 3");
}

TEST_CASE("an answer of another size is refused", "[maze][text]") {
  const Question question = parsed("S  /  G");
  const auto wrong = maze().parse_answer(question, "So/oG");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message.find("2x2") != std::string::npos);
  CHECK_FALSE(maze().parse_answer(question, "Soo/ xG").ok());
}

// --- JSON ----------------------------------------------------------------------------------------

TEST_CASE("the tutorial's board is answered in its own notation", "[maze][json]") {
  const Json board = rows_json({{2, 0, 1}, {1, 0, 1}, {1, 0, 3}});
  const auto question = maze().from_json(board);
  REQUIRE(question.ok());
  CHECK(maze().to_json(*question) == board);
  const auto exact = maze().solve_exact(*question, {});
  REQUIRE(exact.ok());
  REQUIRE(exact->solutions.size() == 1);
  CHECK(exact->complete);
  const Json expected = rows_json({{2, 4, 1}, {1, 4, 1}, {1, 4, 3}});
  CHECK(maze().answer_to_json(*question, exact->solutions[0]) == expected);
  const auto back = maze().answer_from_json(*question, expected);
  REQUIRE(back.ok());
  CHECK(verified(*question, *back));
}

TEST_CASE("an array of one string is a maze of one row", "[maze][json]") {
  const Json board = Json::array().push("S  G");
  const auto question = maze().from_json(board);
  REQUIRE(question.ok());
  CHECK(question->grid().rows == 1);
  CHECK(maze().to_json(*question) == board);
  const Answer answer = maze().target(*question, Answer());
  const Json written = maze().answer_to_json(*question, answer);
  CHECK(written == Json::array().push("SooG"));
  CHECK(maze().answer_from_json(*question, written).value() == answer);
}

TEST_CASE("boards round trip through every JSON container", "[maze][json]") {
  Rng rng(4);
  for (int round = 0; round < 60; ++round) {
    const Question question = random_board(rng, rng.between(1, 6), rng.between(2, 6));
    for (const auto container : {Notation::Json::text, Notation::Json::text_rows,
                                 Notation::Json::number_rows, Notation::Json::object}) {
      Draft draft = question.draft();
      draft.notation = {"rows", container};
      const Question written = maze().make(draft).value();
      const auto read = maze().from_json(maze().to_json(written));
      REQUIRE(read.ok());
      CHECK(*read == question);
    }
  }
}

TEST_CASE("refused JSON boards", "[maze][json]") {
  const auto four = maze().from_json(rows_json({{2, 0}, {4, 3}}));
  REQUIRE_FALSE(four.ok());
  CHECK(four.error().code == ErrorCode::invalid_board);
  CHECK(four.error().field == "row 2, column 1");
  CHECK_FALSE(maze().from_json(rows_json({{2}})).ok());
  CHECK_FALSE(maze().from_json(Json::array().push("")).ok());
  CHECK_FALSE(maze().from_json(Json::object()).ok());
}
