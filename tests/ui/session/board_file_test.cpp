// .trm files: whole histories, strictly read; boards from any text.
#include "ui/session/board_file.h"

#include "puzzles/json.h"
#include "tests/ui/session/boards.h"
#include "ui/session/game_id.h"

namespace trm::ui {
namespace {

using test::board;
using test::editor;

BoardFile parsed(std::string_view text) {
  auto file = parse_board_file(text);
  if (!file) FAIL(file.error().message << "\n" << text.substr(0, 2000));
  return *file;
}

void check_same(const History& a, const History& b) {
  REQUIRE(a.moments().size() == b.moments().size());
  CHECK(a.at() == b.at());
  for (std::size_t i = 0; i < a.moments().size(); ++i) {
    INFO("moment " << i);
    CHECK(a.moments()[i]->state == b.moments()[i]->state);
    CHECK(a.moments()[i]->label == b.moments()[i]->label);
  }
}

/// A history with drawing, playing, marks and another size.
Editor played() {
  Editor e = editor("sudoku", "12..............", Layer::answer);
  REQUIRE(e.put({0, 3, 3}, 4));
  REQUIRE(e.toggle_mark({0, 3, 2}, 2));
  REQUIRE(e.fill_marks());
  e.set_layer(Layer::question);
  REQUIRE(e.put({0, 1, 1}, 3));
  REQUIRE(e.resize(0, 9, 9));
  e.undo();
  return e;
}

TEST_CASE("A history reads back with its place, title and layer", "[ui]") {
  const Editor e = played();
  const std::string text = format_board_file({e.history(), "an evening", true});
  const BoardFile file = parsed(text);
  check_same(file.history, e.history());
  CHECK(file.name == "an evening");
  CHECK(file.playing);
  CHECK(format_board_file(file) == text);
  Editor opened(board("maze", test::kOpenMaze));
  opened.open(file.history);
  CHECK(opened.now() == e.now());
  CHECK(opened.undo());
  CHECK(opened.redo());
  CHECK(opened.redo());
}

TEST_CASE("The notation of a board is kept", "[ui]") {
  const Puzzle& maze = *find_puzzle("maze").value();
  const auto question = maze.parse("S \n G\n");
  REQUIRE(question);
  REQUIRE(question->notation().form == "rows");
  Draft draft = question->draft();
  draft.notation.json = Notation::Json::text_rows;
  const Editor e(maze.make(draft).value());
  const BoardFile file = parsed(format_board_file({e.history(), "", false}));
  const Notation& notation = file.history.now().question.notation();
  CHECK(notation.form == "rows");
  CHECK(notation.json == Notation::Json::text_rows);
}

TEST_CASE("Small changes of a large board take little room", "[ui]") {
  std::string text(64, ' ');
  for (int row = 1; row < 64; ++row) text += "/" + std::string(64, ' ');
  text.front() = 'S', text.back() = 'G';
  Editor e = editor("maze", text, Layer::question);
  const std::size_t before = format_board_file({e.history(), "", false}).size();
  for (int i = 0; i < 50; ++i) REQUIRE(e.put({0, 5, i}, 1));
  CHECK(format_board_file({e.history(), "", false}).size() < before + 50 * 120);
}

TEST_CASE("The oldest moments go where a file would be too long, never the current one", "[ui]") {
  Editor e = editor("sudoku", std::string(81, '.'), Layer::question);
  for (int i = 0; i < 60; ++i) REQUIRE(e.put({0, i / 9, i % 9}, static_cast<Cell>(i % 9 + 1)));
  const std::size_t all = format_board_file({e.history(), "", false}).size();
  const std::string text = format_board_file({e.history(), "", false}, all / 2);
  CHECK(text.size() <= all / 2);
  const BoardFile half = parsed(text);
  CHECK(half.history.now() == e.now());
  CHECK(half.history.moments().size() > 10);
  CHECK(half.history.moments().size() < 61);
  REQUIRE(e.jump(5));
  const BoardFile early = parsed(format_board_file({e.history(), "", false}, all / 2));
  CHECK(early.history.now() == e.now());
  const BoardFile least = parsed(format_board_file({e.history(), "", false}, 10));
  CHECK(least.history.now() == e.now());
  CHECK(least.history.moments().size() == 1);
}

// --- Bad input -----------------------------------------------------------------------------------

/// A file of one maze, with one of its pieces replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text =
      R"({"format":"trm-board","version":1,"puzzle":"maze","name":"","playing":false,"at":0,)"
      R"("moments":[{"label":"start","board":"S / G","container":"text","entries":[[[2,0],[0,3]]]},)"
      R"({"label":"put","put":[[0,0,1,4]]}]})";
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("Each wrong part of a file is refused by name", "[ui]") {
  REQUIRE(parse_board_file(changed("start", "begin")));
  const struct {
    const char *from, *to;
    ErrorCode code;
    const char* says;
  } cases[] = {
      {"{\"format\"", "[\"format\"", ErrorCode::invalid_json, ""},
      {"trm-board", "other", ErrorCode::invalid_field, "format"},
      {"\"version\":1", "\"version\":2", ErrorCode::invalid_field, "version 2"},
      {"\"version\":1,", "", ErrorCode::invalid_field, "version"},
      {"\"maze\"", "\"chess\"", ErrorCode::unknown_puzzle, "chess"},
      {"\"maze\"", "7", ErrorCode::invalid_field, "puzzle"},
      {"\"name\":\"\"", "\"name\":3", ErrorCode::invalid_field, "name"},
      {"false", "0", ErrorCode::invalid_field, "playing"},
      {"\"at\":0", "\"at\":2", ErrorCode::invalid_field, "at is 2"},
      {"\"at\":0", "\"at\":-1", ErrorCode::invalid_field, "at is -1"},
      {"\"at\":0", "\"at\":0.5", ErrorCode::invalid_field, "at"},
      {"\"at\"", "\"it\"", ErrorCode::unknown_field, "it"},
      {"\"put\":[[", "\"gone\":[[", ErrorCode::unknown_field, "gone"},
      {"S / G", "S /xG", ErrorCode::invalid_text, "moments[0]"},
      {"\"board\":\"S / G\"", "\"board\":5", ErrorCode::invalid_field, "moments[0].board"},
      {"\"board\":\"S / G\"", "\"cells\":[]", ErrorCode::invalid_field, "board"},
      {"\"container\":\"text\"", "\"container\":\"box\"", ErrorCode::invalid_field, "container"},
      {"\"container\":\"text\"", "\"form\":\"box\"", ErrorCode::invalid_field, "form"},
      {"[[[2,0],[0,3]]]", "[[[2,0],[0]]]", ErrorCode::invalid_field, "entries[0][1]"},
      {"[[[2,0],[0,3]]]", "[[[2,0],[0,256]]]", ErrorCode::invalid_field, "entries[0][1][1]"},
      {"[[[2,0],[0,3]]]", "[[[2,0],[0,\"3\"]]]", ErrorCode::invalid_field, "entries[0][1][1]"},
      {"[[[2,0],[0,3]]]", "[[[2,0]]]", ErrorCode::unsupported, "1x2"},
      {"[[[2,0],[0,3]]]", "[[[2,0],[1,3]]]", ErrorCode::invalid_field, "row 2, column 1"},
      {"[[[2,0],[0,3]]]", "[]", ErrorCode::invalid_field, "0 answers"},
      {"[[[2,0],[0,3]]]", "[[]]", ErrorCode::invalid_field, "entries[0]"},
      {"[[[2,0],[0,3]]]", "[[[]]]", ErrorCode::invalid_field, "entries[0]"},
      {"\"entries\"", "\"put\"", ErrorCode::invalid_field, "entries"},
      {"[[0,0,1,4]]", "[[1,0,1,4]]", ErrorCode::invalid_field, "put[0][0]"},
      {"[[0,0,1,4]]", "[[0,2,1,4]]", ErrorCode::invalid_field, "put[0][1]"},
      {"[[0,0,1,4]]", "[[0,0,-1,4]]", ErrorCode::invalid_field, "put[0][2]"},
      {"[[0,0,1,4]]", "[[0,0,1,1]]", ErrorCode::invalid_field, "moments[1]"},
      {"[[0,0,1,4]]", "[[0,0,1]]", ErrorCode::invalid_field, "put[0]"},
      {"\"put\":[[0,0,1,4]]", "\"marks\":[[0,0,1,[64]]]", ErrorCode::invalid_field, "marks"},
      {"\"put\":[[0,0,1,4]]", "\"marks\":[[0,0,0,[4]]]", ErrorCode::invalid_field, "marks"},
      {"\"put\":[[0,0,1,4]]", "\"marks\":[[0,0,1,4]]", ErrorCode::invalid_field, "marks"},
      {"\"put\":[[0,0,1,4]]", "\"cells\":[[0,0,1,9]]", ErrorCode::invalid_board, "moments[1]"},
      {"\"label\":\"put\",", "", ErrorCode::invalid_field, "label"},
  };
  for (const auto& one : cases) {
    INFO(one.from << " -> " << one.to);
    const auto file = parse_board_file(changed(one.from, one.to));
    REQUIRE_FALSE(file.ok());
    INFO(file.error().message);
    CHECK(error_name(file.error().code) == error_name(one.code));
    CHECK(file.error().message.find(one.says) != std::string::npos);
  }
}

TEST_CASE("A file cut off anywhere is refused", "[ui]") {
  const std::string text = format_board_file({played().history(), "x", false});
  for (std::size_t length = 0; length + 1 < text.size(); length += 7) {
    CHECK_FALSE(parse_board_file(text.substr(0, length)).ok());
  }
}

TEST_CASE("A history that would take too much memory is refused", "[ui]") {
  // Each moment is a few bytes in the file and 18 KB in memory.
  std::string grid(30, '0'), rows = "[0";
  for (int i = 1; i < 30; ++i) rows += ",0";
  rows += "]";
  std::string cells = grid, entries = rows;
  for (int i = 1; i < 30; ++i) cells += "/" + grid, entries += "," + rows;
  std::string task, answers;
  for (int test = 0; test < 10; ++test) {
    task += (test > 0 ? "|" : "") + cells + ">?";
    answers += (test > 0 ? ",[" : "[") + entries + "]";
  }
  std::string text = R"({"format":"trm-board","version":1,"puzzle":"arc","at":0,"moments":[)";
  text += R"({"label":"start","board":")" + task + R"(","entries":[)" + answers + "]}";
  for (int i = 0; i < 30'000; ++i) text += R"(,{"label":""})";
  const auto file = parse_board_file(text + "]}");
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().code == ErrorCode::too_large);
}

// --- Any text ------------------------------------------------------------------------------------

TEST_CASE("Boards are read from whatever text holds one", "[ui]") {
  const Puzzle* maze = find_puzzle("maze").value();
  const auto read = [&](std::string_view text) {
    auto file = read_any(text, maze);
    if (!file) FAIL(file.error().message);
    return *file;
  };
  const auto line = [](const BoardFile& file) {
    const Question& question = file.history.now().question;
    return question.puzzle().name() + " " + question.puzzle().format_line(question);
  };
  CHECK(line(read("S / G")) == "maze S / G");
  CHECK(line(read("S \n G\n\n")) == "maze S / G");
  CHECK(line(read("[[2,0],[0,3]]")) == "maze S / G");
  CHECK(line(read("[\"S \",\" G\"]")) == "maze S / G");
  CHECK(line(read("12.............4")) == "sudoku 12.............4");
  CHECK(line(read(R"({"puzzle":"sudoku","board":"12.............4"})")) ==
        "sudoku 12.............4");
  CHECK(line(read("10/03>01/30|123/456>?")).starts_with("arc "));
  CHECK(line(read(R"({"train":[],"test":[{"input":[[5]]}]})")).starts_with("arc "));
  const BoardFile game = read("  maze:size=7x7#5\n");
  CHECK(game.name == "maze:size=7x7#5");
  CHECK(game.history.now().question == generate(parse_game_id(game.name).value()).value());
  const Editor e = played();
  check_same(read(format_board_file({e.history(), "", false})).history, e.history());
}

TEST_CASE("Text that nobody reads says who refuses it", "[ui]") {
  const auto code = [](std::string_view text) {
    const auto file = read_any(text, nullptr);
    REQUIRE_FALSE(file.ok());
    CHECK_FALSE(file.error().message.empty());
    return file.error().code;
  };
  CHECK(code("") == ErrorCode::invalid_text);
  CHECK(code(" \n") == ErrorCode::invalid_text);
  CHECK(code("hello world") == ErrorCode::invalid_text);
  CHECK(code("maze:size=banana#1") == ErrorCode::invalid_field);
  CHECK(code(R"({"format":"trm-board"})") == ErrorCode::invalid_field);
  CHECK(code(R"({"puzzle":"chess","board":"S G"})") == ErrorCode::unknown_puzzle);
  const auto said = read_any("hello world", nullptr).error().message;
  CHECK(said.find("sudoku: ") != std::string::npos);
  CHECK(said.find("maze: ") != std::string::npos);
}

}  // namespace
}  // namespace trm::ui
