// Input that comes faster than frames, and the numbers of --stats.
#include "tests/ui/frames/null_backend.h"
#include "ui/app/frame_stats.h"

namespace trm::ui::test {
namespace {

const std::string sudoku_line =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";

TEST_CASE("keys that come faster than frames are all heard, in their order") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  Editor& editor = ui.session.editor();
  editor.set_cursor(CellRef{0, 0, 1});
  for (const char digit : {'1', '2', '4'}) {
    ui.input.key(key::right, true);
    ui.input.key(key::right, false);
    ui.input.key(key::of(digit), true);
    ui.input.text(static_cast<unsigned>(digit));
    ui.input.key(key::of(digit), false);
  }
  ui.step();
  REQUIRE(editor.now().entries.best().at(0, 2) == 1);
  REQUIRE(editor.now().entries.best().at(0, 3) == 2);
  // Column 5 is given: the third digit is refused and the cell stays.
  REQUIRE(editor.now().entries.best().at(0, 4) == 7);
}

TEST_CASE("a key pressed twice between two frames counts twice") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_cursor(CellRef{0, 0, 0});
  for (int i = 0; i < 5; ++i) {
    ui.input.key(key::right, true);
    ui.input.key(key::right, false);
  }
  ui.step();
  REQUIRE(ui.session.editor().cursor() == CellRef{0, 0, 5});
}

TEST_CASE("a press is heard where it was, though the mouse moved on before the frame") {
  NullUi ui;
  ui.open("maze", "8x8");
  Editor& editor = ui.session.editor();
  editor.set_tool(Tool::paint);
  const Cell wall = editor.entry_for_key('#')->value;
  editor.set_brush(wall);
  const ImVec2 from = cell_place(ui, {0, 0, 0}), to = cell_place(ui, {0, 0, 7});
  ui.input.move(from);
  ui.input.button(0, true);
  ui.input.move(to);
  ui.input.button(0, false);
  ui.input.move(cell_place(ui, {0, 7, 7}));
  ui.step(2);
  for (int col = 0; col < 8; ++col) REQUIRE(editor.at({0, 0, col}) == wall);
  REQUIRE(editor.at({0, 7, 7}) != wall);
  REQUIRE(editor.history().moments().size() == 2);
}

TEST_CASE("a held letter is pressed once on the board and goes on in a text field") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  Editor& editor = ui.session.editor();
  const auto hold = [&](int code, unsigned letter) {
    ui.input.key(code, true);
    ui.input.text(letter);
    ui.step();
    for (int i = 0; i < 4; ++i) {
      ui.input.repeat(code, key::none);
      ui.input.text(letter);
      ui.step();
    }
    ui.input.key(code, false);
    ui.step();
  };
  const bool live = ui.session.settings().live;
  hold(key::of('L'), 'l');
  REQUIRE(ui.session.settings().live != live);
  editor.set_layer(Layer::answer);
  editor.set_tool(Tool::mark);
  editor.set_cursor(CellRef{0, 0, 2});
  hold(key::of('1'), '1');
  REQUIRE(editor.marks({0, 0, 2}) == 1u << 1);
  ui.click("tools/seed");
  hold(key::of('7'), '7');
  ui.key(key::enter);
  REQUIRE(ui.step_until([&] { return !ui.session.id().empty(); }));
  REQUIRE(ui.session.id().ends_with("77777"));
}

TEST_CASE("held arrows go on, but a slow frame gets no tail of them") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_cursor(CellRef{0, 0, 0});
  ui.input.key(key::right, true);
  ui.step();
  for (int i = 0; i < 3; ++i) {
    ui.input.repeat(key::right, key::none);
    ui.input.repeat(key::right, key::none);
    ui.step();
  }
  REQUIRE(ui.session.editor().cursor() == CellRef{0, 0, 4});
}

TEST_CASE("AltGr writes letters: it opens no menu and runs no command") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  Editor& editor = ui.session.editor();
  editor.set_layer(Layer::answer);
  editor.set_cursor(CellRef{0, 0, 2});
  const bool live = ui.session.settings().live;
  ui.input.key(key::right_alt, true);
  ui.input.key(key::of('L'), true);
  ui.input.key(key::of('L'), false);
  ui.input.key(key::of('E'), true);
  ui.input.text('4');
  ui.input.key(key::of('E'), false);
  ui.input.key(key::right_alt, false);
  ui.step(2);
  REQUIRE(ui.session.settings().live == live);
  REQUIRE(editor.now().entries.best().at(0, 2) == 4);
}

TEST_CASE("keys are named by what they write") {
  REQUIRE(key::written(key::of('Z'), 'y') == key::of('Y'));
  REQUIRE(key::written(';', 'm') == key::of('M'));
  REQUIRE(key::written(key::of('M'), ',') == key::comma);
  REQUIRE(key::written(']', '+') == key::equal);
  REQUIRE(key::written('/', '-') == key::minus);
  REQUIRE(key::written(key::digit_0 + 6, '-') == key::digit_0 + 6);
  REQUIRE(key::written(key::pad_0, 'a') == key::pad_0);
  REQUIRE(key::written(key::minus, '?') == key::minus);
}

TEST_CASE("stats count frames, their cost and the idle time") {
  FrameStats stats;
  REQUIRE(stats.mean_ms() == 0);
  REQUIRE(stats.frames_per_second() == 0);
  auto now = std::chrono::steady_clock::time_point{} + std::chrono::hours(1);
  for (int i = 0; i < 101; ++i) {
    stats.frame(i < 100 ? 0.001 : 0.005, now);
    now += std::chrono::milliseconds(20);
  }
  stats.idle(2, 0.01);
  REQUIRE(stats.frames() == 101);
  REQUIRE(stats.percentile_ms(1) == Approx(5));
  REQUIRE(stats.percentile_ms(0.5) == Approx(1));
  REQUIRE(stats.frames_per_second() == Approx(50).epsilon(0.01));
  REQUIRE(stats.words().find("idle: 0.50 % CPU") != std::string::npos);
}

}  // namespace
}  // namespace trm::ui::test
