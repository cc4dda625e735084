// The editor: layers, strokes, single changes, undo.
#include "ui/session/editor.h"

#include "tests/ui/session/boards.h"

namespace trm::ui {
namespace {

using test::board;
using test::editor;
using test::entries;
using test::line;
using test::moments;

constexpr Cell kFree = 0, kWall = 1, kStart = 2, kGoal = 3, kPath = 4;

TEST_CASE("A board with problems opens for drawing, another one for playing", "[ui]") {
  CHECK(Editor(board("maze", "S /  ")).layer() == Layer::question);
  Editor play(board("maze", test::kOpenMaze));
  CHECK(play.layer() == Layer::answer);
  CHECK(play.brush() == kPath);
  play.open(board("maze", "S /  "));
  CHECK(play.layer() == Layer::question);
  CHECK(play.brush() == kWall);
  CHECK(play.problems().size() == 1);
}

TEST_CASE("A stroke paints the line between two cells and is one step of undo", "[ui]") {
  Editor e = editor("maze", "S         /          /         G", Layer::question);
  e.set_brush(kWall);
  const auto before = e.revision();
  REQUIRE(e.press({0, 1, 0}));
  CHECK(e.in_stroke());
  CHECK(e.at({0, 1, 0}) == kWall);  // shown while it lasts
  CHECK(e.revision() != before);
  REQUIRE(e.drag({0, 1, 7}));
  CHECK(line(e) == "S         /########  /         G");
  CHECK(moments(e) == 1);  // not in the history yet
  REQUIRE(e.drag({0, 0, 9}));
  e.release();
  CHECK_FALSE(e.in_stroke());
  CHECK(line(e) == "S        #/######### /         G");
  CHECK(moments(e) == 2);
  CHECK(e.history().moments().back()->label == "paint");
  CHECK(e.undo());
  CHECK(line(e) == "S         /          /         G");
  CHECK_FALSE(e.undo());
  CHECK(e.redo());
  CHECK_FALSE(e.redo());
  CHECK(line(e) == "S        #/######### /         G");
}

TEST_CASE("A steep stroke leaves no gap between rows", "[ui]") {
  Editor e = editor("maze", "S  /   /   /   /  G", Layer::question);
  e.set_brush(kWall);
  REQUIRE(e.press({0, 4, 0}));
  REQUIRE(e.drag({0, 0, 1}));
  e.release();
  for (int row = 0; row < 5; ++row) {
    CHECK((e.at({0, row, 0}) == kWall || e.at({0, row, 1}) == kWall));
  }
}

TEST_CASE("A stroke that changes nothing is no step of undo", "[ui]") {
  Editor e = editor("maze", test::kOpenMaze, Layer::question);
  e.set_brush(kFree);
  const auto before = e.revision();
  REQUIRE(e.press({0, 1, 0}));
  REQUIRE(e.drag({0, 1, 4}));
  e.release();
  CHECK(moments(e) == 1);
  CHECK(e.revision() == before);
  e.release();  // without a stroke: nothing
  REQUIRE(e.drag({0, 0, 1}));
  CHECK(line(e) == line(editor("maze", test::kOpenMaze, Layer::question)));
}

TEST_CASE("The right button erases", "[ui]") {
  Editor e = editor("maze", "S####/#####/####G", Layer::question);
  REQUIRE(e.press({0, 1, 0}, true));
  REQUIRE(e.drag({0, 1, 4}));
  e.release();
  CHECK(line(e) == "S####/     /####G");
  CHECK(e.history().moments().back()->label == "erase");
}

TEST_CASE("A start is dragged along and leaves what it passes", "[ui]") {
  Editor e = editor("maze", "S # #/     /    G", Layer::question);
  e.set_brush(kWall);
  REQUIRE(e.press({0, 0, 0}));
  REQUIRE(e.drag({0, 0, 2}));
  CHECK(line(e) == "  S #/     /    G");
  REQUIRE(e.drag({0, 0, 3}));
  CHECK(line(e) == "  #S#/     /    G");
  REQUIRE(e.drag({0, 2, 4}));  // the goal stands there: it waits
  CHECK(line(e) == "  #S#/     /    G");
  REQUIRE(e.drag({0, 2, 0}));
  e.release();
  CHECK(line(e) == "  # #/     /S   G");
  CHECK(moments(e) == 2);
  CHECK(e.history().moments().back()->label == "move");
  e.undo();
  CHECK(line(e) == "S # #/     /    G");

  REQUIRE(e.press({0, 0, 0}));
  REQUIRE(e.drag({0, 0, 1}));
  REQUIRE(e.drag({0, 0, 0}));
  e.release();
  CHECK(e.history().at() == 0);  // back where it was: nothing happened
}

TEST_CASE("Painting a unique value moves it, strokes of others leave it standing", "[ui]") {
  Editor e = editor("maze", test::kOpenMaze, Layer::question);
  e.set_brush(kStart);
  REQUIRE(e.press({0, 1, 1}));
  REQUIRE(e.drag({0, 1, 3}));
  e.release();
  CHECK(line(e) == "     /   S /    G");
  REQUIRE(e.put({0, 0, 4}, kGoal));
  CHECK(line(e) == "    G/   S /     ");
  e.set_brush(kWall);
  REQUIRE(e.press({0, 1, 0}));
  REQUIRE(e.drag({0, 1, 4}));
  e.release();
  CHECK(line(e) == "    G/###S#/     ");
  REQUIRE(e.put({0, 1, 3}, kWall));  // asked for
  CHECK(line(e) == "    G/#####/     ");
}

TEST_CASE("In the answer layer only open cells can change", "[ui]") {
  Editor e = editor("maze", "S # /    /   G", Layer::answer);
  CHECK(e.palette().size() == 2);
  CHECK(e.is_given({0, 0, 0}));
  CHECK(e.is_given({0, 0, 2}));
  CHECK_FALSE(e.is_given({0, 0, 1}));
  CHECK(e.may_put({0, 0, 1}, kPath));
  CHECK_FALSE(e.may_put({0, 0, 1}, kWall));
  CHECK_FALSE(e.may_put({0, 5, 1}, kPath));
  const auto refused = e.put({0, 0, 2}, kPath);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "row 1, column 3 is given and cannot change");
  CHECK(moments(e) == 1);
  e.set_brush(kPath);
  REQUIRE(e.press({0, 0, 0}));  // given cells are passed over
  REQUIRE(e.drag({0, 0, 3}));
  e.release();
  CHECK(entries(e) == "2414/0000/0003");
  CHECK(e.has_entries());
  CHECK(line(e) == "S # /    /   G");
  REQUIRE(e.put({0, 0, 1}, e.erased({0, 0, 1})));
  CHECK(entries(e) == "2014/0000/0003");
}

TEST_CASE("Conflicts and the verdict follow the entries", "[ui]") {
  Editor e = editor("maze", "S /  / G", Layer::answer);
  CHECK(e.entry_conflicts().empty());
  CHECK(e.entries_status() == Status::unverified);
  REQUIRE(e.put({0, 1, 0}, kPath));
  CHECK(e.entry_conflicts().empty());
  e.set_brush(kPath);
  REQUIRE(e.press({0, 1, 1}));
  CHECK(e.entries_status() == Status::unverified);  // not before it is done
  e.release();
  CHECK(e.entries_status() == Status::verified);
  e.undo();
  CHECK(e.entries_status() == Status::unverified);
  Editor s = editor("sudoku", "1...........4...", Layer::answer);
  REQUIRE(s.put({0, 0, 3}, 1));
  CHECK_FALSE(s.entry_conflicts().empty());
  REQUIRE(s.press({0, 0, 3}, true));
  CHECK(s.entry_conflicts().empty());
}

TEST_CASE("Conflicts of the question show while it is drawn", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::question);
  e.set_brush(1);
  REQUIRE(e.press({0, 0, 3}));
  CHECK(e.in_stroke());
  CHECK(e.problems().size() == 2);
  CHECK(e.entry_conflicts().empty());
  e.undo();  // ends the stroke and takes it back
  CHECK(e.problems().empty());
}

TEST_CASE("Fill changes the connected cells of one value in one grid", "[ui]") {
  Editor e = editor("maze", "S  # / ## #/    G", Layer::question);
  e.set_tool(Tool::fill);
  e.set_brush(kWall);
  REQUIRE(e.press({0, 0, 1}));
  CHECK_FALSE(e.in_stroke());
  e.release();
  CHECK(line(e) == "S### / ## #/    G");
  REQUIRE(e.press({0, 0, 1}, true));  // the walls that hang together there
  CHECK(line(e) == "S    /    #/    G");
  REQUIRE(e.flood({0, 2, 0}, kStart));  // one cell only
  CHECK(line(e) == "     /    #/S   G");

  Editor task = editor("arc", test::kTask, Layer::question);
  REQUIRE(task.flood({0, 0, 1}, 5));
  CHECK(line(task) == "15/03>01/30|023>320|123/456>?|7>?");
  const auto outside = task.flood({0, 9, 9}, 5);
  REQUIRE_FALSE(outside);
  CHECK(outside.error().code == ErrorCode::invalid_field);
}

TEST_CASE("Drawing keeps entries where they still fit", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::answer);
  REQUIRE(e.put({0, 1, 0}, 3));
  REQUIRE(e.put({0, 1, 1}, 4));
  REQUIRE(e.toggle_mark({0, 3, 3}, 2));
  REQUIRE(e.toggle_mark({0, 3, 2}, 2));
  e.set_layer(Layer::question);
  REQUIRE(e.put({0, 1, 1}, 2));
  REQUIRE(e.put({0, 3, 3}, 1));
  CHECK(entries(e) == "1000/3200/0000/0001");
  CHECK(e.marks({0, 3, 3}) == 0);
  CHECK(e.marks({0, 3, 2}) == 4);
  REQUIRE(e.resize(0, 9, 9));
  CHECK_FALSE(e.has_entries());
  CHECK(e.marks({0, 3, 2}) == 0);
  CHECK(e.now().entries.best().rows == 9);
  CHECK(e.at({0, 3, 3}) == 1);  // the question's content stays
  e.undo();
  CHECK(entries(e) == "1000/3200/0000/0001");
}

TEST_CASE("A size that the module refuses changes nothing", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::question);
  const auto refused = e.resize(0, 5, 5);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("5x5") != std::string::npos);
  CHECK(moments(e) == 1);
  CHECK_FALSE(e.resize(1, 9, 9));
  e.set_layer(Layer::answer);
  CHECK(e.resize(0, 9, 9).error().code == ErrorCode::unsupported);
}

TEST_CASE("Answers of another size are resized and keep what fits", "[ui]") {
  Editor e = editor("arc", test::kTask, Layer::answer);
  REQUIRE(e.grids(Layer::answer).size() == 2);
  REQUIRE(e.put({0, 1, 1}, 7));
  REQUIRE(e.resize(0, 3, 2));
  REQUIRE(e.put({0, 2, 1}, 5));
  CHECK(entries(e) == "00/07/05");
  CHECK(e.resize(0, 31, 2).error().code == ErrorCode::too_large);
  CHECK_FALSE(e.resize(0, 0, 2));
  CHECK_FALSE(e.resize(2, 3, 3));
  e.set_layer(Layer::question);
  REQUIRE(e.put({0, 0, 0}, 9));  // a demonstration: the answer stays
  CHECK(entries(e) == "00/07/05");
  REQUIRE(e.resize(4, 1, 3));  // the test itself
  CHECK(entries(e) == "000");
}

TEST_CASE("A grid becomes a copy of one of the question", "[ui]") {
  Editor e = editor("arc", test::kTask, Layer::question);
  REQUIRE(e.copy_grid(0, 3));
  CHECK(line(e) == "10/03>01/30|023>10/03|123/456>?|7>?");
  e.set_layer(Layer::answer);
  REQUIRE(e.copy_grid(0, 1));
  CHECK(entries(e, 1) == "10/03");
  CHECK_FALSE(e.copy_grid(0, 2));
  CHECK_FALSE(e.copy_grid(9, 0));
  Editor p = editor("pairs", "12/30>23/10|11/22|123", Layer::question);
  CHECK_FALSE(p.copy_grid(3, 1));  // the module wants pairs of one size
  CHECK(moments(p) == 1);
}

TEST_CASE("Demonstrations come and go where the module has them", "[ui]") {
  Editor e = editor("arc", test::kTask, Layer::answer);
  REQUIRE(e.put({1, 0, 0}, 8));
  REQUIRE(e.add_example());
  CHECK(e.question().grids().size() == 8);
  CHECK(entries(e, 1) == "8");
  REQUIRE(e.remove_example(0));
  CHECK(e.question().grids().size() == 6);
  CHECK_FALSE(e.remove_example(7));
  CHECK(entries(e, 1) == "8");
  CHECK_FALSE(editor("maze", test::kOpenMaze, Layer::question).add_example());
}

TEST_CASE("What is filled in can become givens where a question has such", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::answer);
  CHECK_FALSE(e.give_entries());
  REQUIRE(e.put({0, 0, 1}, 2));
  REQUIRE(e.put({0, 3, 3}, 4));
  REQUIRE(e.give_entries());
  CHECK(line(e) == "12.............4");
  CHECK(e.is_given({0, 0, 1}));
  CHECK_FALSE(e.has_entries());
  Editor m = editor("maze", test::kOpenMaze, Layer::answer);
  REQUIRE(m.put({0, 0, 1}, kPath));
  CHECK(m.give_entries().error().code == ErrorCode::unsupported);
  Editor a = editor("arc", test::kTask, Layer::answer);
  REQUIRE(a.put({0, 0, 1}, 4));
  CHECK(a.give_entries().error().code == ErrorCode::unsupported);
}

TEST_CASE("An answer is taken over as one move, as far as it fits", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::answer);
  const auto solved = e.puzzle().parse("1234341221434321");
  REQUIRE(e.take_over(Answer(solved->grid()), "solve"));
  CHECK(e.entries_status() == Status::verified);
  CHECK(e.history().moments().back()->label == "solve");
  e.undo();
  CHECK_FALSE(e.has_entries());
  Grid other = solved->grid();
  other.at(0, 0) = 2;  // against a given
  REQUIRE(e.take_over(Answer(other), "solve"));
  CHECK(e.at({0, 0, 0}) == 1);
  CHECK_FALSE(e.take_over(Answer(Grid(5, 5)), "solve"));
  CHECK_FALSE(e.take_over(Answer(), "solve"));
  Editor a = editor("arc", test::kTask, Layer::answer);
  Answer part;
  part.queries = {{Grid(1, 2, 3)}, {}};
  REQUIRE(a.put({1, 0, 0}, 9));
  REQUIRE(a.take_over(part, "solve"));
  CHECK(entries(a, 0) == "33");
  CHECK(entries(a, 1) == "9");  // not answered: stays
}

TEST_CASE("Keys find values, type where the cursor is, and move it", "[ui]") {
  Editor e = editor("sudoku", "1...............", Layer::answer);
  REQUIRE(e.entry_for_key('3') != nullptr);
  CHECK(e.entry_for_key('3')->value == 3);
  CHECK(e.entry_for_key('9') == nullptr);
  CHECK(e.entry_for_key(0) == nullptr);
  CHECK_FALSE(e.type(3));  // nothing is chosen
  e.move_cursor(0, 1);     // appears in the first cell
  CHECK(e.cursor() == CellRef{0, 0, 0});
  CHECK_FALSE(e.type(3));  // given
  e.move_cursor(-5, 2);
  CHECK(e.cursor() == CellRef{0, 0, 2});
  REQUIRE(e.type(3));
  CHECK(e.at({0, 0, 2}) == 3);
  REQUIRE(e.erase_here());
  CHECK(e.at({0, 0, 2}) == 0);
  e.next_stop(false);
  CHECK(e.cursor() == CellRef{0, 0, 3});
  e.set_cursor(CellRef{0, 0, 1});
  e.next_stop(true);  // over the given
  CHECK(e.cursor() == CellRef{0, 3, 3});
  e.set_cursor(CellRef{0, 7, 7});
  CHECK(e.cursor() == CellRef{0, 3, 3});
  Editor m = editor("maze", test::kOpenMaze, Layer::question);
  CHECK(m.entry_for_key('S')->value == kStart);
  Editor a = editor("arc", test::kTask, Layer::question);
  a.next_stop(false);
  a.next_stop(false);
  CHECK(a.cursor() == CellRef{1, 0, 0});
  a.next_stop(true);
  a.next_stop(true);
  CHECK(a.cursor() == CellRef{5, 0, 0});
  a.set_layer(Layer::answer);  // the second test
  CHECK(a.cursor() == CellRef{1, 0, 0});
  a.set_layer(Layer::question);
  CHECK(a.cursor() == CellRef{5, 0, 0});
  a.set_cursor(CellRef{0, 0, 0});
  a.set_layer(Layer::answer);
  CHECK_FALSE(a.cursor());
}

TEST_CASE("The brush stays where the other layer knows it", "[ui]") {
  Editor e = editor("maze", test::kOpenMaze, Layer::question);
  e.set_brush(kWall);
  e.set_layer(Layer::answer);
  CHECK(e.brush() == kPath);
  e.set_brush(kFree);
  e.set_layer(Layer::question);
  CHECK(e.brush() == kFree);
}

TEST_CASE("Layers are cleared alone", "[ui]") {
  Editor e = editor("sudoku", "12..............", Layer::answer);
  REQUIRE(e.put({0, 3, 3}, 1));
  REQUIRE(e.toggle_mark({0, 3, 2}, 2));
  REQUIRE(e.clear_entries());
  CHECK_FALSE(e.has_entries());
  CHECK(e.now().marks.empty());
  CHECK(line(e) == "12..............");
  REQUIRE(e.clear_question());
  CHECK(line(e) == "................");
}

TEST_CASE("Another question is a move, another board begins a history", "[ui]") {
  Editor e = editor("sudoku", "12..............", Layer::answer);
  const auto number = e.board_number();
  REQUIRE(e.put({0, 3, 3}, 1));
  REQUIRE(e.replace_question(board("sudoku", "4..............."), "paste"));
  CHECK_FALSE(e.has_entries());
  CHECK(e.board_number() == number);
  const auto other = e.replace_question(board("maze", test::kOpenMaze), "paste");
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::unsupported);
  e.undo();
  CHECK(entries(e) == "1200/0000/0000/0001");
  CHECK(e.jump(0));
  CHECK_FALSE(e.jump(9));
  CHECK(e.history().at() == 0);
  e.open(board("maze", test::kOpenMaze));
  CHECK(e.board_number() != number);
  CHECK(moments(e) == 1);
}

TEST_CASE("A stroke stays in its grid and is ended by whatever comes between", "[ui]") {
  Editor e = editor("arc", test::kTask, Layer::question);
  e.set_brush(9);
  REQUIRE(e.press({0, 0, 0}));
  REQUIRE(e.drag({1, 0, 0}));
  REQUIRE(e.drag({0, 7, 7}));
  CHECK(line(e) == "90/03>01/30|023>320|123/456>?|7>?");
  e.set_layer(Layer::answer);
  CHECK_FALSE(e.in_stroke());
  CHECK(moments(e) == 2);
  CHECK_FALSE(e.press({5, 0, 0}));
}

TEST_CASE("Every registered puzzle can be drawn on and answered", "[ui]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    Editor e(board(puzzle->name(), puzzle->info().forms.front().example));
    for (const Layer layer : {Layer::question, Layer::answer}) {
      e.set_layer(layer);
      const auto grids = e.grids(layer);
      REQUIRE_FALSE(grids.empty());
      for (int grid = 0; grid < static_cast<int>(grids.size()); ++grid) {
        const Grid& cells = *e.grids(layer)[static_cast<std::size_t>(grid)];
        const int rows = cells.rows, cols = cells.cols;
        for (const PaletteEntry& entry : std::vector(e.palette())) {
          e.set_brush(entry.value);
          REQUIRE(e.press({grid, 0, 0}));
          REQUIRE(e.drag({grid, rows - 1, cols - 1}));
          e.release();
        }
      }
    }
    const std::size_t steps = moments(e);
    CHECK(steps > 1);
    while (e.undo()) {
    }
    CHECK(e.now() == fresh_state(board(puzzle->name(), puzzle->info().forms.front().example)));
  }
}

}  // namespace
}  // namespace trm::ui
