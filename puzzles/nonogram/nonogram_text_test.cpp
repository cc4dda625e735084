// Texts, files and JSON.
#include "puzzles/nonogram/nonogram_test_util.h"

namespace trm::nonogram {
namespace {

TEST_CASE("nonogram: every form says the same puzzle", "[nonogram]") {
  const Question line = read("1 1/3/2|3/2/2");
  CHECK(read("1,1/3/2|3/2/2") == line);
  CHECK(read("    | 3 2 2\n----+------\n1 1 | _ _ _\n  3 | _ _ _\n  2 | _ _ _") == line);
  CHECK(read("width 3\nheight 3\nrows\n1,1\n3\n2\ncolumns\n3\n2\n2\n") == line);
  CHECK(read("catalogue \"x\"\ntitle \"A picture\"\nby \"somebody\"\n\ncolumns\n3\n2\n2\n\nrows\n"
             "1,1\n3\n2\n\ngoal \"101111110\"\n") == line);
  CHECK(read("3x3:3/2/2/1.1/3/2") == line);
  CHECK(read("#.#\n###\n##.") == line);
  CHECK(read("#.#/###/##.") == line);
  CHECK(module().format_line(read("##.#/")) == "2 1|1/1/0/1");
  CHECK_FALSE(module().parse("##.#").ok());  // a row of a picture
  CHECK(module().format_line(line) == "1 1/3/2|3/2/2");
}

TEST_CASE("nonogram: empty lines and two digits in every form", "[nonogram]") {
  const Question wide = read("##########.#/............");
  CHECK(module().format_line(wide) == "10 1/0|1/1/1/1/1/1/1/1/1/1/0/1");
  CHECK(read(module().format_readable(wide)) == wide);
  CHECK(read("12x2:1/1/1/1/1/1/1/1/1/1//1/10.1/") == wide);
  CHECK(read("height 2\nwidth 12\nrows\n10,1\n\ncolumns\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n0\n1") ==
        wide);
  for (const char* form : {"margins", "non", "pattern", "line"}) {
    Draft draft = wide.draft();
    draft.notation.form = form;
    const auto named = module().make(std::move(draft));
    REQUIRE(named.ok());
    CHECK(read(module().format(*named)) == wide);
  }
  const Question narrow = read("0/1/1/0/1|1 12/11");
  CHECK(module().format_readable(narrow) ==
        "  |  1\n  | 12 11\n--+------\n0 |  _  _\n1 |  _  _\n1 |  _  _\n0 |  _  _\n1 |  _  _");
}

TEST_CASE("nonogram: the readable form shows given cells and answers", "[nonogram]") {
  const Question given = read("1 1/3/2|3/2/2|#__/___/__.");
  CHECK(module().format_readable(given) ==
        "    | 3 2 2\n----+------\n1 1 | # _ _\n  3 | _ _ _\n  2 | _ _ .");
  CHECK(read(module().format_readable(given)) == given);
  const auto answer = module().parse_answer(given, "#.#/###/##.");
  REQUIRE(answer.ok());
  CHECK(module().format_answer_readable(given, *answer) ==
        "    | 3 2 2\n----+------\n1 1 | # . #\n  3 | # # #\n  2 | # # .");
  const auto again = module().parse_answer(given, module().format_answer_readable(given, *answer));
  REQUIRE(again.ok());
  CHECK(*again == *answer);
  CHECK(module().check(given, *answer).status == Status::verified);
}

TEST_CASE("nonogram: refusals name the place", "[nonogram]") {
  const auto refused = [](std::string_view text) {
    const auto question = module().parse(text);
    INFO(text);
    REQUIRE_FALSE(question.ok());
    return question.error();
  };
  CHECK(refused("1 x/3|1/1").field == "line 1, column 3");
  CHECK(refused("1/3|1/1y").field == "line 1, column 8");
  CHECK(refused("31|1").message.find("a run has at most 30 cells") != std::string::npos);
  CHECK(refused("0 1|1").message.find("a clue of 0 has no other numbers") != std::string::npos);
  CHECK(refused("1/1").message.find("|") != std::string::npos);
  CHECK(refused("1 1 1|1/1/1").field == "line 1, column 1");
  CHECK(refused("1/0 |1 1/0").field == "line 1, column 6");
  CHECK(refused("1|1|#.").message.find("a board of 1x2") != std::string::npos);
  CHECK(refused("1|1|x").field == "line 1, column 5");
  CHECK(refused("#.\n#").field == "line 2, column 1");
  CHECK(refused("#_\n##").field == "line 1, column 2");
  CHECK(refused("##/#_").field == "line 1, column 5");
  CHECK(refused("3x3:1/1").message.find("expected 3 of columns and 3 of rows") !=
        std::string::npos);
  CHECK(refused("width 2\nrows\n1\n").message.find("without columns") != std::string::npos);
  CHECK(refused("height 2\nrows\n1\ncolumns\n1").field == "line 1");
  CHECK(refused("rows\n1\nrows\n1\ncolumns\n1").message.find("second time") != std::string::npos);
  CHECK(refused("rows\n1a\ncolumns\n1").field == "line 2, column 2");
  CHECK(refused("color a red\nrows\n1\ncolumns\n1").message.find("coloured") != std::string::npos);
  CHECK(refused("width 31\nrows\n1\ncolumns\n1").message.find("1 to 30") != std::string::npos);
  CHECK(refused("widht 3\nrows\n1\ncolumns\n1").message.find("unknown keyword") !=
        std::string::npos);
  CHECK(refused("  | 1\n--+--\n1   _").field == "line 3, column 3");
  CHECK(refused("  | x\n--+--\n1 | _").field == "line 1, column 5");
  CHECK(refused("|").field == "line 1, column 1");
  CHECK(refused("1//2|1").field == "line 1, column 3");
  CHECK(refused("0x3:1/1").field == "line 1, column 1");
  CHECK(refused("65x3:1").code == ErrorCode::invalid_text);
  CHECK(refused("rows\ncolumns\n1").code == ErrorCode::invalid_text);
  std::string many = "0";
  for (int i = 0; i < 30; ++i) many += "/0";
  CHECK(refused(many + "|0").code == ErrorCode::too_large);
  CHECK(refused("0|" + many).code == ErrorCode::too_large);
}

TEST_CASE("nonogram: boards with margins are read as they look, or refused", "[nonogram]") {
  const std::string board = "    | 3 2 2\n----+------\n1 1 | _ _ _\n  3 | _ _ _\n  2 | _ _ _";
  std::string padded;
  for (const char c : board) padded += c == '\n' ? std::string("   \n") : std::string(1, c);
  CHECK(read("\n" + padded + "  \n \n") == read(board));
  const auto refused = [](std::string_view text) {
    const auto question = module().parse(text);
    INFO(text);
    REQUIRE_FALSE(question.ok());
    return question.error();
  };
  CHECK(refused("      | 1 1\n------+----\n1 1 1 | _ _\n    1 | _ _").field == "line 3, column 1");
  CHECK(refused("  | 1 1\n  | 1 0\n--+----\n1 | _ _\n1 | _ _").message.find("0 has no other") !=
        std::string::npos);
  CHECK(refused("  | 1 0\n  | 1 1\n--+----\n1 | _ _\n1 | _ _").field == "line 2, column 7");
  CHECK(refused("  | 1\n  | 1\n--+--\n1 | _\n1 | _").field == "line 2, column 5");
  CHECK(refused("  | 1\n--+--\n1 | _\n--+--\n1 | _").field == "line 4");
  CHECK(refused("  | 1 1\n--+----\n1 | _ x").field == "line 3, column 7");
  CHECK(refused("  | 1 1\n--+----\n1 | _").field == "line 1, column 5");
  CHECK(refused("  | 1 1\n--+-----\n1 | _ _").field == "line 3");
}

TEST_CASE("nonogram: blank lines in .non files", "[nonogram]") {
  const Question question = read("2/0/2|1 1/1 1");
  CHECK(read("width 2\nheight 3\n\nrows\n\n2\n\n2\n\ncolumns\n1,1\n1,1\n\n") == question);
  CHECK(read("rows\n2\n0\n\n2\ncolumns\n1,1\n\n1,1") == question);
  CHECK_FALSE(module().parse("width 2\nheight 3\nrows\n2\n\n\n2\ncolumns\n1,1\n1,1").ok());
}

TEST_CASE("nonogram: JSON objects, pictures and answers in numbers", "[nonogram]") {
  const auto json = parse_json(R"({"rows": [[1,1],[3],[2]], "columns": [[3],[2],[2]]})");
  REQUIRE(json.ok());
  const auto question = module().from_json(*json);
  if (!question) FAIL(question.error().message);
  CHECK(*question == read("1 1/3/2|3/2/2"));
  CHECK(module().to_json(*question) == *json);
  const auto answer =
      module().answer_from_json(*question, *parse_json("[[1,0,1],[1,1,1],[1,1,0]]"));
  REQUIRE(answer.ok());
  CHECK(module().check(*question, *answer).status == Status::verified);
  CHECK(module().answer_to_json(*question, *answer).dump() == "[[1,0,1],[1,1,1],[1,1,0]]");

  const auto given = module().from_json(
      *parse_json(R"({"rows": [[1],[1]], "columns": [[1],[1]], "board": ["#_", "__"]})"));
  REQUIRE(given.ok());
  CHECK(*given == read("1/1|1/1|#_/__"));
  CHECK(*module().from_json(module().to_json(*given)) == *given);

  const auto picture = module().from_json(*parse_json("[[1,0,1],[1,1,1],[1,1,0]]"));
  REQUIRE(picture.ok());
  CHECK(*picture == *question);
}

TEST_CASE("nonogram: JSON that is no nonogram names the field", "[nonogram]") {
  const auto refused = [](std::string_view text) {
    const auto question = module().from_json(*parse_json(text));
    INFO(text);
    REQUIRE_FALSE(question.ok());
    return question.error().field;
  };
  CHECK(refused(R"({"rows": [[1]]})") == "board.columns");
  CHECK(refused(R"({"rows": [1], "columns": [[1]]})") == "board.rows[0]");
  CHECK(refused(R"({"rows": [[1.5]], "columns": [[1]]})") == "board.rows[0]");
  CHECK(refused(R"({"rows": [[-1]], "columns": [[1]]})") == "board.rows[0]");
  CHECK(refused(R"({"rows": [[0, 1]], "columns": [[1]]})") == "board.rows[0]");
  CHECK(refused(R"({"rows": [], "columns": [[1]]})") == "board.rows");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "colors": 2})") == "board.colors");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "board": ["##"]})") == "board.board[0]");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "board": ["", "_"]})") == "board.board");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "board": ["x"]})") == "board.board[0]");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "board": [1]})") == "board.board[0]");
  CHECK(refused(R"({"rows": [[1]], "columns": [[1]], "board": "x"})") == "board.board");
  CHECK(refused(R"({"rows": [[1, 1]], "columns": [[1], [0]]})") == "board.rows[0]");
  CHECK(refused(R"({"rows": [[1], [0]], "columns": [[1, 1]]})") == "board.columns[0]");
  CHECK(module().from_json(*parse_json(R"(["##.#"])")).ok());
  CHECK(refused("[[0, 2]]") == "row 1, column 2");
  const Question question = read("1|1");
  const auto answer = module().answer_from_json(question, *parse_json("[[7]]"));
  REQUIRE_FALSE(answer.ok());
  CHECK(answer.error().field == "row 1, column 1");
}

}  // namespace
}  // namespace trm::nonogram
