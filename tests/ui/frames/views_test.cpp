// The views, as a user meets them: looked at through their items, worked by mouse and keys.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "puzzles/rng.h"
#include "tests/ui/frames/view_hands.h"

namespace trm::ui {
namespace {

using test::editor;
using test::NullUi;
using test::press;
using test::show;
using test::solve;
using test::with_backend;

std::vector<std::string> view_names() {
  std::vector<std::string> names;
  for (const auto& view : make_views()) names.emplace_back(view->name());
  return names;
}

bool shown(const NullUi& ui, const std::string& view) {
  const Json json = ui.described();
  const auto& views = json.find("views")->as_array();
  return std::any_of(views.begin(), views.end(),
                     [&](const Json& name) { return name.as_string() == view; });
}

void show_all(NullUi& ui) {
  for (const std::string& view : view_names()) {
    INFO("view " << view);
    show(ui, view);
    CHECK(shown(ui, view));
    CHECK(ImGui::GetDrawData()->TotalVtxCount > 0);
  }
}

/// A board with content where the module makes one, else its example.
Question some_board(const Puzzle& puzzle) {
  Rng rng(7);
  if (auto made = puzzle.generate(rng, {})) return *made;
  return puzzle.parse(puzzle.info().forms.front().example).value();
}

void open(NullUi& ui, Question question) {
  ui.session.editor().open(std::move(question));
  ui.step(2);
}

std::vector<Cell> row_of(const Grid& grid, int row) {
  const auto from = grid.cells.begin() + row * grid.cols;
  return {from, from + grid.cols};
}

// --- All puzzles ---------------------------------------------------------------------------------

TEST_CASE("Every view draws every puzzle, light and dark, large and tiny", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("random"));
  ui.session.settings().attempts = 2;
  ui.session.settings().max_steps = 3;
  for (const Theme theme : {Theme::light, Theme::dark}) {
    ui.session.settings().theme = theme;
    ui.frame.shell().theme_changed = true;
    for (const Puzzle* puzzle : registered_puzzles()) {
      INFO(puzzle->name() << (theme == Theme::dark ? ", dark" : ", light"));
      ui.resize(1280, 800);
      open(ui, some_board(*puzzle));
      for (const Layer layer : {Layer::question, Layer::answer}) {
        editor(ui).set_layer(layer);
        show_all(ui);
      }
      if (editor(ui).problems().empty()) solve(ui);
      show_all(ui);
      ui.resize(200, 100);
      show_all(ui);
    }
  }
}

TEST_CASE("Boards without content are drawn and can be touched everywhere", "[ui][views]") {
  NullUi ui(900, 600);
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    if (!ui.session.new_board(*puzzle, "")) continue;
    ui.step(2);
    for (const Layer layer : {Layer::question, Layer::answer}) {
      editor(ui).set_layer(layer);
      ui.step();
      const Rect board = ui.rect("board");
      for (const int button : {0, 1}) {
        for (const float share : {0.0f, 0.5f, 0.99f})
          ui.click_at({board.x + board.width * share, board.y + board.height * share}, button);
        ui.drag({board.x + 1, board.y + 1},
                {board.x + board.width + 50, board.y + board.height + 50}, button);
      }
      CHECK_FALSE(editor(ui).in_stroke());
    }
  }
}

TEST_CASE("The board is drawn whole, inside its pane", "[ui][views]") {
  NullUi ui;
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    open(ui, some_board(*puzzle));
    for (const Layer layer : {Layer::question, Layer::answer}) {
      editor(ui).set_layer(layer);
      ui.step(2);
      const Rect board = ui.rect("board");
      int grid = 0;
      for (const Grid* cells : editor(ui).grids(layer)) {
        const std::string last = "board/cell/" + std::to_string(grid++) + "/" +
                                 std::to_string(cells->rows - 1) + "/" +
                                 std::to_string(cells->cols - 1);
        const Rect cell = ui.rect(last);
        CHECK(cell.width > 0);
        CHECK(cell.x >= board.x);
        CHECK(cell.y >= board.y);
        CHECK(cell.x + cell.width <= board.x + board.width + 1);
        CHECK(cell.y + cell.height <= board.y + board.height + 1);
      }
    }
  }
}

// --- Drawing and playing -------------------------------------------------------------------------

TEST_CASE("Dragging paints, the right button erases, each is one step of undo", "[ui][views]") {
  NullUi ui;
  ui.open_text("maze", "S    /     /    G");
  editor(ui).set_layer(Layer::question);
  ui.step();
  press(ui, "tools/brush/1");
  const std::size_t before = editor(ui).history().moments().size();
  ui.drag("board/cell/0/2/0", "board/cell/0/0/4");  // along the diagonal
  const Grid painted = editor(ui).question().grid();
  CHECK(painted.at(2, 0) == 1);
  CHECK(painted.at(0, 4) == 1);
  CHECK(std::count(painted.cells.begin(), painted.cells.end(), Cell{1}) >= 5);
  CHECK(editor(ui).history().moments().size() == before + 1);
  ui.drag("board/cell/0/0/4", "board/cell/0/2/0", 1);
  CHECK(row_of(editor(ui).question().grid(), 1) == std::vector<Cell>(5, 0));
  press(ui, "tools/undo");
  CHECK(editor(ui).question().grid() == painted);
  press(ui, "tools/redo");
  CHECK(row_of(editor(ui).question().grid(), 1) == std::vector<Cell>(5, 0));
}

TEST_CASE("Tools, layers and values are chosen by their buttons", "[ui][views]") {
  NullUi ui;
  ui.open("sudoku", "4x4");
  press(ui, "tools/play");
  CHECK(editor(ui).layer() == Layer::answer);
  press(ui, "tools/brush/3");
  CHECK(editor(ui).brush() == 3);
  press(ui, "board/cell/0/3/3");
  CHECK(editor(ui).now().entries.best().at(3, 3) == 3);
  CHECK(editor(ui).question().grid().at(3, 3) == 0);
  press(ui, "tools/mark_tool");
  CHECK(editor(ui).tool() == Tool::mark);
  press(ui, "board/cell/0/0/0");
  CHECK(editor(ui).marks({0, 0, 0}) == 1u << 3);
  press(ui, "tools/draw");
  press(ui, "tools/fill_tool");
  press(ui, "tools/brush/1");
  press(ui, "board/cell/0/0/3");
  CHECK(std::count(editor(ui).question().grid().cells.begin(),
                   editor(ui).question().grid().cells.end(), Cell{1}) == 16);
  press(ui, "tools/select_tool");
  ui.drag("board/cell/0/0/0", "board/cell/0/3/3");
  REQUIRE(editor(ui).selection());
  CHECK(*editor(ui).selection() == Region{0, 0, 0, 4, 4});
}

TEST_CASE("Problems are listed, and a click on one moves the cursor there", "[ui][views]") {
  NullUi ui;
  ui.open_text("sudoku", "1..1............");
  show(ui, "solver");
  REQUIRE(ui.sees("solver/problem/1"));
  editor(ui).set_layer(Layer::answer);
  editor(ui).select_all();
  press(ui, "solver/problem/1");
  CHECK(editor(ui).layer() == Layer::question);
  CHECK_FALSE(editor(ui).selection());  // what is typed next goes to the cursor
  CHECK(editor(ui).cursor() == CellRef{0, 0, 3});
  press(ui, "solver/solve");  // switched off
  CHECK_FALSE(ui.session.solving());
}

TEST_CASE("A finished board says so, and an unfinished one does not", "[ui][views]") {
  NullUi ui;
  ui.open_text("sudoku", "123.341221434321");
  editor(ui).set_layer(Layer::answer);
  ui.step(2);
  CHECK_FALSE(ui.sees("board/solved"));
  press(ui, "tools/brush/4");
  press(ui, "board/cell/0/0/3");
  ui.step();
  CHECK(ui.sees("board/solved"));
  press(ui, "tools/undo");
  CHECK_FALSE(ui.sees("board/solved"));
}

TEST_CASE("Each of several answers is under the mouse", "[ui][views]") {
  NullUi ui;
  ui.open_text("pairs", "12/30>23/10|11/22|123");
  editor(ui).set_layer(Layer::answer);
  ui.step();
  press(ui, "tools/brush/3");
  press(ui, "board/cell/1/0/2");
  CHECK(editor(ui).cursor() == CellRef{1, 0, 2});
  CHECK(editor(ui).now().entries.best(1).at(0, 2) == 3);
  press(ui, "board/cell/0/1/1");
  CHECK(editor(ui).now().entries.best(0).at(1, 1) == 3);
  CHECK(editor(ui).question() == editor(ui).history().moments().front()->state.question);
}

// --- Solving -------------------------------------------------------------------------------------

TEST_CASE("Solve, take over, undo", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("exact"));
  ui.open_text("sudoku", "1...34....4....1");
  const BoardState before = editor(ui).now();
  solve(ui);
  CHECK(ui.sees("solver/verdict"));
  CHECK(ui.sees("board/show/thinking"));
  CHECK(editor(ui).now() == before);  // nothing is taken without asking
  press(ui, "solver/take_over");
  editor(ui).set_layer(Layer::answer);
  ui.step(2);
  CHECK(editor(ui).entries_status() == Status::verified);
  CHECK(ui.sees("board/solved"));
  press(ui, "tools/undo");
  CHECK(editor(ui).now() == before);
  CHECK_FALSE(ui.sees("board/solved"));
}

TEST_CASE("An answer of another size is taken over and can be touched", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("exact"));
  ui.open_text("resize", "000/012/000");
  solve(ui);
  press(ui, "solver/take_over");
  editor(ui).set_layer(Layer::answer);
  ui.step(2);
  REQUIRE(editor(ui).now().entries.best() == [] {
    Grid grid(1, 2);
    grid.cells = {1, 2};
    return grid;
  }());
  CHECK_FALSE(ui.sees("board/cell/0/2/2"));
  press(ui, "tools/brush/3");
  press(ui, "board/cell/0/0/1");
  CHECK(editor(ui).now().entries.best().at(0, 1) == 3);
}

TEST_CASE("A value that is clicked goes where its key would put it", "[ui][views]") {
  NullUi ui;
  ui.open("sudoku", "4x4");
  press(ui, "tools/draw");
  press(ui, "tools/select_tool");
  ui.drag("board/cell/0/0/0", "board/cell/0/3/0");
  press(ui, "tools/brush/3");
  for (int row = 0; row < 4; ++row) CHECK(editor(ui).at({0, row, 0}) == 3);
  CHECK(editor(ui).tool() == Tool::select);
}

TEST_CASE("The seed of the next attempts is typed, and must be a number", "[ui][views]") {
  NullUi ui(1280, 1600, with_backend("random"));
  show(ui, "solver");
  press(ui, "solver/seed");
  ui.key(key::of('A'), key::control);
  ui.type("12");
  CHECK(ui.session.settings().seed == 12);
  ui.type("x");
  CHECK(ui.session.settings().seed == 12);
}

TEST_CASE("Hints are shown and taken", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("exact"));
  ui.open_text("sudoku", "123.341221434321");
  show(ui, "solver");
  CHECK_FALSE(ui.sees("solver/take_hint"));
  press(ui, "solver/hint");
  REQUIRE(ui.step_until([&] { return ui.session.hint().has_value(); }));
  ui.step(2);
  press(ui, "solver/take_hint");
  CHECK(editor(ui).now().entries.best().at(0, 3) == 4);
}

TEST_CASE("Without a solver the view says why, and drawing goes on", "[ui][views]") {
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  show(ui, "solver");
  press(ui, "solver/solve");
  CHECK_FALSE(ui.session.solving());
  editor(ui).set_layer(Layer::answer);
  ui.step();
  press(ui, "tools/brush/2");
  press(ui, "board/cell/0/0/3");
  CHECK(editor(ui).now().entries.best().at(0, 3) == 2);
}

#if defined(__OPTIMIZE__) && !defined(TRM_SANITIZED)
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

TEST_CASE("A frame takes less than 4 ms of CPU while a large maze is solved", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("random"));
  ui.session.settings().attempts = 64;
  ui.session.settings().max_steps = 1024;
  Rng rng(3);
  open(ui, find_puzzle("maze").value()->generate(rng, {"64x64", "", {}}).value());
  editor(ui).set_layer(Layer::answer);
  ui.session.solve();
  REQUIRE(ui.step_until([&] { return ui.sees("board/show/thinking"); }));
  std::vector<double> times;
  for (int i = 0; i < 60; ++i) {
    const double began = cpu_ms();
    ui.step();
    times.push_back(cpu_ms() - began);
  }
  std::nth_element(times.begin(), times.begin() + 30, times.end());
  INFO("median " << times[30] << " ms, solving: " << ui.session.solving());
  CHECK(times[30] < 4);
  ui.session.cancel_solve();
}
#endif

// --- The others ----------------------------------------------------------------------------------

TEST_CASE("The log is copied and cleared", "[ui][views]") {
  NullUi ui;
  ui.session.log().say(Level::error, "something went wrong");
  ui.session.log().say(Level::good, "and was mended");
  show(ui, "log");
  press(ui, "log/copy");
  CHECK(ui.clipboard.find(" something went wrong\n") != std::string::npos);
  CHECK(ui.clipboard.ends_with(" and was mended\n"));
  press(ui, "log/clear");
  CHECK(ui.session.log().lines().empty());
}

TEST_CASE("The models view gives the command of a terminal user", "[ui][views]") {
  NullUi ui(1600, 1400);
  ui.open("sudoku", "4x4");
  show(ui, "models");
  ui.session.settings().data_file = "/tmp/it's mine.txt";
  ui.step(2);
  press(ui, "models/copy_command");
  CHECK(ui.clipboard.starts_with("trm_trainer data build sudoku"));
  CHECK(ui.clipboard.find("'/tmp/it'\\''s mine.txt'") != std::string::npos);
  CHECK(ui.clipboard.find("trm_trainer train") != std::string::npos);
}

TEST_CASE("Generate makes a board that its id makes again", "[ui][views]") {
  NullUi ui(1280, 1200);
  ui.open("sudoku", "4x4");
  press(ui, "tools/seed");
  ui.type("11");
  press(ui, "tools/generate");
  REQUIRE(ui.step_until([&] { return !ui.session.id().empty(); }));
  ui.step(2);
  press(ui, "tools/copy_id");
  CHECK(ui.clipboard == ui.session.id());
  const auto id = parse_game_id(ui.clipboard);
  REQUIRE(id);
  CHECK(id->seed == 11);
  CHECK(generate(*id).value() == editor(ui).question());
}

TEST_CASE("Examples are added and removed where the puzzle has them", "[ui][views]") {
  NullUi ui(1280, 1200);
  ui.open("arc");
  const std::size_t before = editor(ui).question().grids().size();
  press(ui, "tools/add_example");
  CHECK(editor(ui).question().grids().size() == before + 2);
  press(ui, "tools/remove_example");
  CHECK(editor(ui).question().grids().size() == before);
  ui.open("sudoku", "4x4");
  CHECK_FALSE(ui.sees("tools/add_example"));
}

}  // namespace
}  // namespace trm::ui
