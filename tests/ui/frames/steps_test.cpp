// The thinking on the screen: the steps view, and the board that shows it or not.
#include "tests/ui/frames/view_hands.h"

namespace trm::ui {
namespace {

using test::editor;
using test::NullUi;
using test::press;
using test::solve;
using test::with_backend;

TEST_CASE("Steps are scrubbed by slider, buttons and plots, and taken over", "[ui][views]") {
  NullUi ui(1600, 1000, with_backend("random"));
  ui.session.settings().attempts = 3;
  ui.session.settings().max_steps = 8;
  ui.open_text("sudoku", "1...34....4....1");
  solve(ui);
  const StepCursor& cursor = ui.session.cursor();
  press(ui, "steps/first");
  CHECK(cursor.index == 0);
  press(ui, "steps/next");
  CHECK(cursor.index == 1);
  press(ui, "steps/last");
  CHECK(cursor.index == 7);
  press(ui, "steps/back");
  CHECK(cursor.index == 6);
  const Rect slider = ui.rect("steps/slider");
  ui.click_at({slider.x + 3, slider.y + slider.height / 2});
  CHECK(cursor.index == 0);
  const Rect plot = ui.rect("steps/plot/conflicts");
  ui.click_at({plot.x + plot.width / 2, plot.y + plot.height / 2});
  CHECK((cursor.index == 3 || cursor.index == 4));
  press(ui, "steps/attempt");
  press(ui, "steps/attempt/1");
  CHECK(cursor.attempt == 1);
  press(ui, "steps/attempt");
  press(ui, "steps/attempt/0");
  press(ui, "steps/take_over");
  CHECK(editor(ui).has_entries());
  CHECK(editor(ui).now().entries == ui.session.thinking()->answer_at(*ui.session.shown_step()));
}

TEST_CASE("The board shows the thinking until it is clicked or changes", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("exact"));
  ui.open_text("sudoku", "1...34....4....1");
  editor(ui).set_layer(Layer::answer);
  press(ui, "tools/brush/2");
  solve(ui);
  const BoardState before = editor(ui).now();
  press(ui, "board/show/thinking");
  press(ui, "board/cell/0/0/3");  // goes back to the board, and paints nothing
  CHECK(editor(ui).now() == before);
  press(ui, "board/cell/0/0/3");
  CHECK(editor(ui).now().entries.best().at(0, 3) == 2);
  editor(ui).set_layer(Layer::question);
  press(ui, "tools/brush/3");
  press(ui, "board/cell/0/0/3");
  CHECK_FALSE(ui.sees("board/show/thinking"));  // it was about another board
  CHECK_FALSE(ui.session.shown_step() == std::nullopt);
}

/// The board's pane shows the thinking.
bool previewed(NullUi& ui) { return ui.frame.shell().thinking_frame == ImGui::GetFrameCount(); }

TEST_CASE("Who moves the cursor while the thinking is shown sees the board", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("exact"));
  ui.open_text("sudoku", "1...34....4....1");
  editor(ui).set_layer(Layer::answer);
  solve(ui);
  press(ui, "board/show/thinking");
  REQUIRE(previewed(ui));
  ui.key(key::right);
  CHECK_FALSE(previewed(ui));
  press(ui, "board/show/thinking");
  REQUIRE(previewed(ui));
  ui.key(key::f(2));
  CHECK_FALSE(previewed(ui));
  press(ui, "board/show/thinking");
  REQUIRE(previewed(ui));
  ui.session.ask_hint();
  REQUIRE(ui.step_until([&] { return ui.session.hint().has_value(); }));
  ui.step(2);
  CHECK_FALSE(previewed(ui));
}

TEST_CASE("One can paint while the steps play", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("random"));
  ui.session.settings().attempts = 1;
  ui.session.settings().max_steps = 8;
  ui.open_text("sudoku", "1...34....4....1");
  editor(ui).set_layer(Layer::answer);
  press(ui, "tools/brush/2");
  solve(ui);
  const StepCursor& cursor = ui.session.cursor();
  press(ui, "steps/first");
  press(ui, "steps/play");
  REQUIRE(previewed(ui));
  press(ui, "board/cell/0/0/3");  // back to the board
  REQUIRE_FALSE(previewed(ui));
  REQUIRE(cursor.playing);
  const ImVec2 from = ui.middle("board/cell/0/0/3");
  const ImVec2 to{from.x, from.y + ui.rect("board/cell/0/0/3").height};
  ui.input.move(from);
  ui.input.button(0, true);
  ui.step(2);
  REQUIRE(editor(ui).in_stroke());
  const std::size_t before = cursor.index;
  REQUIRE(ui.step_until([&] { return cursor.index != before; }));
  CHECK_FALSE(previewed(ui));
  ui.move_to(to);
  ui.input.button(0, false);
  ui.step(2);
  CHECK_FALSE(editor(ui).in_stroke());
  CHECK(editor(ui).now().entries.best().at(0, 3) == 2);
  CHECK(editor(ui).now().entries.best().at(1, 3) == 2);
  CHECK(editor(ui).history().moments().size() == 2);
}

TEST_CASE("All curves of the steps are seen at the window's first size", "[ui][views]") {
  NullUi ui(1280, 800, with_backend("random"));
  ui.session.settings().attempts = 2;
  ui.session.settings().max_steps = 4;
  ui.open_text("sudoku", "1...34....4....1");
  solve(ui);
  for (const char* shown : {"board/show/board", "board/show/thinking"}) {
    press(ui, shown);
    for (const char* name : {"halt", "conflicts", "confidence", "changed"}) {
      INFO(name << ", " << shown);
      const std::string plot = std::string("steps/plot/") + name;
      REQUIRE(ui.sees(plot));
      CHECK(ui.rect(plot).height >= 1.9f * ImGui::GetFontSize());
    }
  }
}

}  // namespace
}  // namespace trm::ui
