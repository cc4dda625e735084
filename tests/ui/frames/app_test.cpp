// Whole frames of the editor: menus, keys, panes, themes, sizes.
#include <algorithm>
#include <fstream>

#include "tests/temp_dir.h"
#include "tests/ui/frames/null_backend.h"
#include "ui/app/frame_stats.h"

namespace trm::ui::test {
namespace {

const std::string sudoku_line =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";

void open_menu(NullUi& ui, const std::string& name) { ui.click("menu/" + name); }

bool solved_status(const NullUi& ui) {
  return ui.described().find("status")->as_string() == "verified";
}

TEST_CASE("the first frame shows menu, panes and the board") {
  NullUi ui;
  for (const char* item : {"menu/File", "menu/Edit", "menu/Puzzle", "menu/View", "menu/Help",
                           "board", "split/left", "split/right", "split/steps"}) {
    INFO(item);
    REQUIRE(ui.sees(item));
  }
}

TEST_CASE("every registered puzzle draws in both layers, wide, narrow and tiny") {
  NullUi ui;
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    ui.resize(1280, 800);
    ui.open(puzzle->name());
    for (const Layer layer : {Layer::question, Layer::answer}) {
      ui.session.editor().set_layer(layer);
      for (const auto& [width, height] :
           {std::pair{1280.0f, 800.0f}, {500.0f, 700.0f}, {200.0f, 100.0f}}) {
        ui.resize(width, height);
        REQUIRE(ui.sees("board"));
        REQUIRE(ui.rect("board").width > 0);
        REQUIRE(ImGui::GetDrawData()->TotalVtxCount > 0);
      }
    }
  }
}

TEST_CASE("menus open by the mouse and run their commands") {
  NullUi ui;
  ui.open("sudoku");
  open_menu(ui, "File");
  REQUIRE(ui.sees("menu/new"));
  REQUIRE(ui.sees("menu/quit"));
  ui.click("menu/new");
  ui.step();
  REQUIRE(ui.described().find("dialog")->as_bool());
  ui.key(key::escape);
  ui.step(2);
  REQUIRE_FALSE(ui.described().find("dialog")->as_bool());
  open_menu(ui, "File");
  ui.click("menu/quit");
  REQUIRE(ui.frame.shell().quit);
}

TEST_CASE("menus open by the keyboard and are walked through") {
  NullUi ui;
  ui.open("sudoku");
  ui.key(key::of('E'), key::alt);
  ui.step();
  REQUIRE(ui.sees("menu/undo"));
  ui.key(key::escape);
  REQUIRE_FALSE(ui.sees("menu/undo"));
  ui.key(key::f(10));
  ui.step();
  REQUIRE(ui.sees("menu/new"));
  ui.key(key::down);
  ui.key(key::enter);
  ui.step(2);
  REQUIRE(ui.described().find("dialog")->as_bool());
}

TEST_CASE("arrows move the cursor and digits fill in") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  Editor& editor = ui.session.editor();
  REQUIRE(editor.layer() == Layer::answer);
  editor.set_cursor(CellRef{0, 0, 0});
  ui.key(key::right);
  ui.key(key::right);
  REQUIRE(editor.cursor() == CellRef{0, 0, 2});
  ui.key(key::of('4'));
  REQUIRE(editor.now().entries.best().at(0, 2) == 4);
  ui.key(key::del);
  REQUIRE(editor.now().entries.best().at(0, 2) == 0);
  ui.key(key::of('Z'), key::control);
  REQUIRE(editor.now().entries.best().at(0, 2) == 4);
  ui.key(key::of('Z'), key::control | key::shift);
  REQUIRE(editor.now().entries.best().at(0, 2) == 0);
}

TEST_CASE("a refused key says why and changes nothing") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_cursor(CellRef{0, 0, 0});
  const auto revision = ui.session.editor().revision();
  ui.key(key::of('1'));
  REQUIRE(ui.session.editor().revision() == revision);
  REQUIRE_FALSE(ui.last_log().empty());
}

TEST_CASE("a key of the palette wins over a shortcut of the same letter") {
  NullUi ui;
  ui.open("maze", "8x8");
  Editor& editor = ui.session.editor();
  editor.set_layer(Layer::question);
  editor.set_cursor(CellRef{0, 3, 3});
  ui.key(key::of('G'));  // the goal
  const Cell goal = editor.entry_for_key('g')->value;
  REQUIRE(editor.at({0, 3, 3}) == goal);
  editor.set_tool(Tool::select);
  ui.key(key::of('B'));  // no palette key: the paint tool
  REQUIRE(editor.tool() == Tool::paint);
  REQUIRE(editor.at({0, 3, 3}) == goal);
}

TEST_CASE("F2 changes the layer and L turns live solving on") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.key(key::f(2));
  REQUIRE(ui.session.editor().layer() == Layer::question);
  ui.key(key::f(2));
  REQUIRE(ui.session.editor().layer() == Layer::answer);
  ui.key(key::of('L'));
  REQUIRE(ui.session.settings().live);
}

TEST_CASE("every chord stands for one command and every command has words") {
  std::vector<std::pair<int, int>> seen;
  for (const Command& command : commands()) {
    INFO(command.name << " " << command.label);
    for (const Chord& chord : command.chords) {
      const std::pair<int, int> pair{chord.key, chord.mods};
      const bool escape = chord.key == key::escape;  // cancels, else deselects
      REQUIRE((escape || std::find(seen.begin(), seen.end(), pair) == seen.end()));
      seen.push_back(pair);
    }
    const bool key_only = std::string(command.menu) == "Keys";
    REQUIRE((key_only || *command.label != '\0'));
    REQUIRE((key_only || std::string(command.name).starts_with("menu/")));
    REQUIRE((key_only || command.run != nullptr));
    REQUIRE((key_only || command.chords.empty() == (*command.keys == '\0')));
  }
}

TEST_CASE("no palette takes the keys that walk through the steps") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    Editor editor(puzzle->parse(puzzle->info().forms.front().example).value());
    for (const Layer layer : {Layer::question, Layer::answer}) {
      editor.set_layer(layer);
      for (const Command& command : commands()) {
        const std::string name = command.name;
        const bool steps = name == "menu/step_back" || name == "menu/step_on" ||
                           name == "menu/first_step" || name == "menu/last_step";
        for (const Chord& chord : command.chords) {
          INFO(name << " " << chord.key);
          if (steps) REQUIRE_FALSE(stolen(chord, editor));
          if (stolen(chord, editor) && command.chords.size() == 1)
            REQUIRE(shown_keys(command, editor).empty());
        }
      }
    }
  }
}

TEST_CASE("copied text of a board comes back by Ctrl+V") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_layer(Layer::question);
  ui.key(key::of('C'), key::control);
  REQUIRE(ui.clipboard == sudoku_line);
  ui.open("maze");
  ui.key(key::of('V'), key::control);
  REQUIRE(ui.session.editor().puzzle().name() == "sudoku");
  REQUIRE(ui.session.copy_text("") == sudoku_line);
}

TEST_CASE("copied cells go to the cursor, unless newer text is on the clipboard") {
  NullUi ui;
  ui.open("maze", "8x8");
  Editor& editor = ui.session.editor();
  editor.set_layer(Layer::question);
  const Cell wall = editor.entry_for_key('#')->value, free = editor.entry_for_key('.')->value;
  REQUIRE(editor.put({0, 0, 0}, wall));
  REQUIRE(editor.put({0, 0, 1}, free));
  editor.select(Region{0, 0, 0, 1, 2});
  ui.key(key::of('C'), key::control);
  REQUIRE(ui.clipboard == "#.\n");
  editor.select(std::nullopt);
  REQUIRE(editor.put({0, 4, 4}, free));
  REQUIRE(editor.put({0, 4, 5}, wall));
  editor.set_cursor(CellRef{0, 4, 4});
  ui.key(key::of('V'), key::control);
  REQUIRE(editor.at({0, 4, 4}) == wall);
  REQUIRE(editor.at({0, 4, 5}) == free);
  ui.clipboard = sudoku_line;
  ui.key(key::of('V'), key::control);
  REQUIRE(editor.puzzle().name() == "sudoku");
}

TEST_CASE("text that is no board is refused on paste and the board stays") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.clipboard = "good morning";
  ui.key(key::of('V'), key::control);
  REQUIRE(ui.session.copy_text("") == sudoku_line);
  REQUIRE(ui.session.log().last()->level == Level::error);
  ui.clipboard.clear();
  ui.key(key::of('V'), key::control);
  REQUIRE(ui.last_log() == "The clipboard holds no text");
}

TEST_CASE("shift and arrows select cells from the cursor") {
  NullUi ui;
  ui.open("maze", "8x8");
  Editor& editor = ui.session.editor();
  editor.set_cursor(CellRef{0, 2, 2});
  ui.key(key::right, key::shift);
  ui.key(key::down, key::shift);
  REQUIRE(editor.selection() == Region{0, 2, 2, 2, 2});
  ui.key(key::left, key::shift);
  ui.key(key::left, key::shift);
  REQUIRE(editor.selection() == Region{0, 2, 1, 2, 2});
  ui.key(key::escape);
  REQUIRE_FALSE(editor.selection());
}

TEST_CASE("the cursor's place stands in the description") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_cursor(CellRef{0, 4, 5});
  ui.step();
  const Json json = ui.described();
  REQUIRE(json.find("puzzle")->as_string() == "sudoku");
  REQUIRE(json.find("board")->as_string() == sudoku_line);
  REQUIRE(json.find("layer")->as_string() == "answer");
  REQUIRE(*json.find("cursor") == Json(Json::Array{0, 4, 5}));
  REQUIRE_FALSE(solved_status(ui));
  REQUIRE(json.find("items")->find("board") != nullptr);
}

TEST_CASE("dragging a splitter changes the shares and nothing overlaps") {
  NullUi ui;
  const double before = ui.session.settings().left;
  const float board = ui.rect("board").width;
  const ImVec2 at = ui.middle("split/left");
  ui.drag(at, {at.x + 100, at.y});
  REQUIRE(ui.session.settings().left > before);
  REQUIRE(ui.rect("board").width < board);
  REQUIRE(ui.middle("split/left").x == Approx(at.x + 100).margin(3));
  const ImVec2 low = ui.middle("split/steps");
  ui.drag(low, {low.x, low.y - 80});
  REQUIRE(ui.middle("split/steps").y == Approx(low.y - 80).margin(3));
  const ImVec2 right = ui.middle("split/right");
  ui.drag(right, {right.x - 60, right.y});
  REQUIRE(ui.middle("split/right").x == Approx(right.x - 60).margin(3));
}

TEST_CASE("a view can be closed and comes back") {
  NullUi ui;
  ui.open("sudoku");
  REQUIRE(ui.sees("split/steps"));
  for (const char* view : {"steps", "log"}) {
    open_menu(ui, "View");
    ui.click(std::string("menu/view/") + view);
    ui.step(2);
  }
  REQUIRE(ui.session.settings().hidden == std::vector<std::string>{"steps", "log"});
  REQUIRE_FALSE(ui.sees("split/steps"));
  ui.frame.shell().show_view = "steps";
  ui.step(2);
  REQUIRE(ui.session.settings().hidden == std::vector<std::string>{"log"});
  REQUIRE(ui.sees("split/steps"));
}

TEST_CASE("tabs of a pane bring their view to the front") {
  NullUi ui;
  const auto shown = [&](const std::string& name) {
    const Json json = ui.described();
    const auto& views = json.find("views")->as_array();
    return std::find(views.begin(), views.end(), Json(name)) != views.end();
  };
  REQUIRE(shown("solver"));
  ui.click("tab/models");
  REQUIRE(shown("models"));
  REQUIRE_FALSE(shown("solver"));
  ui.key(key::f(1));
  ui.step();
  REQUIRE(shown("help"));
}

TEST_CASE("all views can be reached at 200 x 100 pixels") {
  NullUi ui(200, 100);
  ui.open("sudoku");
  REQUIRE(ui.described().find("narrow")->as_bool());
  REQUIRE(ui.rect("board").height > 50);
  for (const char* view : {"tools", "steps", "log", "solver", "models", "help", "board"}) {
    ui.frame.shell().show_view = view;
    ui.step(2);
    REQUIRE(ui.described().find("views")->as_array().front().as_string() == view);
    REQUIRE(ui.sees("menu/views"));
  }
  ui.click("menu/views");
  REQUIRE(ui.sees("tab/board"));
  ui.key(key::escape);
  REQUIRE_FALSE(ui.sees("tab/board"));
  ui.click("menu/Menu");
  // Its first menu may open at once under the pointer: there is no other place.
  REQUIRE((ui.sees("menu/File") || ui.sees("menu/new")));
}

TEST_CASE("a narrow window shows one view and tabs for the others") {
  NullUi ui(500, 700);
  REQUIRE(ui.described().find("views")->as_array().size() == 1);
  REQUIRE(ui.sees("tab/board"));
  ui.click("tab/tools");
  REQUIRE(ui.described().find("views")->as_array().front() == Json("tools"));
  REQUIRE_FALSE(ui.sees("board"));
}

TEST_CASE("zoom and theme follow keys and menu") {
  NullUi ui;
  const float before = ImGui::GetFontSize();
  ui.key(key::equal, key::control);
  ui.key(key::equal, key::control);
  ui.step();
  REQUIRE(ui.session.settings().zoom == Approx(1.2));
  REQUIRE(ImGui::GetFontSize() > before);
  ui.key(key::digit_0, key::control);
  ui.step();
  REQUIRE(ImGui::GetFontSize() == before);
  open_menu(ui, "View");
  ui.click("menu/theme");
  ui.step(2);
  ui.click("menu/theme_dark");
  ui.step(2);
  REQUIRE(ui.session.settings().theme == Theme::dark);
  REQUIRE(is_dark());
}

TEST_CASE("zoom stays between half and three times") {
  NullUi ui;
  ui.session.settings().zoom = 0.6;
  for (int i = 0; i < 3; ++i) ui.key(key::minus, key::control);
  REQUIRE(ui.session.settings().zoom == Approx(0.5));
  ui.session.settings().zoom = 2.9;
  for (int i = 0; i < 3; ++i) ui.key(key::equal, key::control);
  REQUIRE(ui.session.settings().zoom == Approx(3));
  REQUIRE(ui.sees("board"));
}

TEST_CASE("F6 lends the keyboard to the next view and Escape gives it back") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  Editor& editor = ui.session.editor();
  editor.set_cursor(CellRef{0, 0, 0});
  ui.key(key::f(6));
  REQUIRE_FALSE(ui.described().find("keys")->as_string().empty());
  ui.key(key::right);
  REQUIRE(editor.cursor() == CellRef{0, 0, 0});
  ui.key(key::escape);
  REQUIRE(ui.described().find("keys")->as_string().empty());
  ui.key(key::right);
  REQUIRE(editor.cursor() == CellRef{0, 0, 1});
}

TEST_CASE("while a text field has the keyboard, letters are text") {
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.session.editor().set_cursor(CellRef{0, 0, 2});
  ui.frame.shell().dialog = "paste";
  ui.step(3);
  const auto revision = ui.session.editor().revision();
  ui.key(key::of('L'));
  ui.key(key::of('4'));
  REQUIRE_FALSE(ui.session.settings().live);
  REQUIRE(ui.session.editor().revision() == revision);
}

TEST_CASE("a dropped file opens, a broken one is explained and loses nothing") {
  const trm::test::TempDir dir;
  NullUi ui;
  ui.open("maze");
  const std::string good = dir / "good.txt", bad = dir / "bad.txt";
  std::ofstream(good) << sudoku_line << "\n";
  std::ofstream(bad) << "what is this?";
  ui.frame.drop({good});
  ui.step();
  REQUIRE(ui.session.copy_text("") == sudoku_line);
  for (const std::string& path : {bad, dir / "missing.txt", dir.path.string()}) {
    ui.frame.drop({path});
    ui.step();
    REQUIRE(ui.session.log().last()->level == Level::error);
    REQUIRE(ui.session.copy_text("") == sudoku_line);
  }
  ui.frame.drop({});
  ui.frame.drop({good, bad});
  REQUIRE(ui.session.log().last()->level == Level::warning);
}

TEST_CASE("Ctrl+S without a file asks for a name, with one it saves") {
  const trm::test::TempDir dir;
  NullUi ui;
  ui.open_text("sudoku", sudoku_line);
  ui.key(key::of('S'), key::control);
  ui.step();
  REQUIRE(ui.described().find("dialog")->as_bool());
  ui.key(key::escape);
  ui.step(2);
  const std::string path = dir / "board.trm";
  REQUIRE(ui.session.save_file(path));
  ui.session.editor().set_cursor(CellRef{0, 0, 2});
  ui.key(key::of('4'));
  REQUIRE(ui.session.unsaved());
  ui.key(key::of('S'), key::control);
  REQUIRE_FALSE(ui.session.unsaved());
  REQUIRE(ui.session.settings().recent.front() == path);
  open_menu(ui, "File");
  REQUIRE(ui.sees("menu/recent"));
}

TEST_CASE("menus of boards with several grids offer to copy between them") {
  NullUi ui;
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().examples) continue;
    INFO(puzzle->name());
    ui.open(puzzle->name());
    const std::size_t grids = ui.session.editor().question().grids().size();
    open_menu(ui, "Edit");
    REQUIRE(ui.sees("menu/copy_from"));
    REQUIRE(ui.sees("menu/remove_example"));
    ui.click("menu/add_example");
    ui.step(2);
    REQUIRE(ui.session.editor().question().grids().size() > grids);
  }
}

TEST_CASE("CPU time of a frame with a 64x64 maze", "[.bench]") {
  NullUi ui;
  ui.open("maze", "64x64");
  FrameStats stats;
  for (int i = 0; i < 300; ++i) {
    const double began = thread_seconds();
    ui.step();
    stats.frame(thread_seconds() - began, std::chrono::steady_clock::now());
  }
  WARN(stats.words());
}

}  // namespace
}  // namespace trm::ui::test
