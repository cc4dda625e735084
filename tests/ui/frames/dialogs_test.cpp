// The dialogs: they open, say what is wrong, lose nothing and close.
#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/temp_dir.h"
#include "tests/ui/frames/null_backend.h"

namespace trm::ui {
namespace {

using test::NullUi;
using trm::test::TempDir;

/// A click, and what it moves has come to rest.
void press(NullUi& ui, const std::string& item, int button = 0) {
  ui.click(item, button);
  ui.step(3);
}

void press_enter(NullUi& ui) {
  ui.key(key::enter);
  ui.step(3);
}

void open_dialog(NullUi& ui, const std::string& name) {
  ui.frame.shell().dialog = name;
  ui.step(4);
}

bool dialog_open(const NullUi& ui) { return ui.described().find("dialog")->as_bool(); }

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Puts other text into a field that is on the screen.
void fill_in(NullUi& ui, const std::string& item, const std::string& text) {
  press(ui, item);
  ui.key(key::of('A'), key::control);
  ui.type(text);
}

Editor& editor(NullUi& ui) { return ui.session.editor(); }

constexpr const char* names[] = {"new",  "open",  "save", "paste", "export", "export_thinking",
                                 "data", "resize"};

TEST_CASE("Every dialog opens for every puzzle and closes by Escape or Cancel", "[ui][dialogs]") {
  NullUi ui;
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    if (!ui.session.new_board(*puzzle, "")) continue;
    const BoardState before = editor(ui).now();
    for (const std::string name : names) {
      INFO(name);
      open_dialog(ui, name);
      CHECK(dialog_open(ui));
      ui.key(key::escape);
      CHECK_FALSE(dialog_open(ui));
      open_dialog(ui, name);
      press(ui, name.substr(0, name.find('_')) + "/cancel");
      CHECK_FALSE(dialog_open(ui));
    }
    CHECK(editor(ui).now() == before);
  }
}

TEST_CASE("Dialogs open in a tiny window and close there", "[ui][dialogs]") {
  NullUi ui(200, 100);
  for (const std::string name : names) {
    INFO(name);
    open_dialog(ui, name);
    CHECK(dialog_open(ui));
    ui.key(key::escape);
    CHECK_FALSE(dialog_open(ui));
  }
}

TEST_CASE("A dialog that nobody knows does not open", "[ui][dialogs]") {
  NullUi ui;
  open_dialog(ui, "nonsense");
  CHECK_FALSE(dialog_open(ui));
}

TEST_CASE("Escape closes a list of choices before its dialog", "[ui][dialogs]") {
  NullUi ui;
  open_dialog(ui, "new");
  press(ui, "new/puzzle");
  REQUIRE(ui.sees("new/puzzle/0"));
  ui.key(key::escape);
  CHECK_FALSE(ui.sees("new/puzzle/0"));
  CHECK(dialog_open(ui));
  ui.key(key::escape);
  CHECK_FALSE(dialog_open(ui));
}

// --- Files ---------------------------------------------------------------------------------------

TEST_CASE("A file that is no board is explained, and the board stays", "[ui][dialogs]") {
  const TempDir folder;
  write(folder / "broken.trm", "{\"format\":\"trm-board\",\"moments\":[");
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  const BoardState before = editor(ui).now();
  open_dialog(ui, "open");
  fill_in(ui, "open/name", folder / "broken.trm");
  press_enter(ui);
  CHECK(dialog_open(ui));
  CHECK(ui.sees("open/error"));
  fill_in(ui, "open/name", folder / "missing.trm");
  press_enter(ui);
  CHECK(dialog_open(ui));
  CHECK(ui.sees("open/file_error"));
  ui.key(key::escape);
  CHECK_FALSE(dialog_open(ui));
  CHECK(editor(ui).now() == before);
}

TEST_CASE("A board is saved, and nothing is replaced without asking", "[ui][dialogs]") {
  const TempDir folder;
  write(folder / "old.trm", "precious");
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  open_dialog(ui, "save");
  fill_in(ui, "save/name", folder / "old.trm");
  press(ui, "save/ok");
  REQUIRE(ui.sees("save/replace"));
  press(ui, "save/keep");
  CHECK(dialog_open(ui));
  CHECK(read(folder / "old.trm") == "precious");
  press(ui, "save/ok");
  press(ui, "save/replace");
  CHECK_FALSE(dialog_open(ui));
  CHECK(read(folder / "old.trm").find("trm-board") != std::string::npos);
  CHECK(ui.session.path() == folder / "old.trm");
}

TEST_CASE("A saved name gets its ending, a missing folder is named", "[ui][dialogs]") {
  const TempDir folder;
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  open_dialog(ui, "save");
  fill_in(ui, "save/name", folder / "none/board.trm");
  press_enter(ui);
  CHECK(dialog_open(ui));
  CHECK(ui.sees("save/file_error"));
  fill_in(ui, "save/name", folder / "board.v2");
  press_enter(ui);
  CHECK_FALSE(dialog_open(ui));
  CHECK(std::filesystem::exists(folder / "board.v2.trm"));
}

TEST_CASE("The browser shows folders first and no hidden files", "[ui][dialogs]") {
  const TempDir folder;
  std::filesystem::create_directory(folder / "zoo");
  write(folder / "zoo/inside.txt", "1...34....4....1");
  write(folder / "board.txt", "1...34....4....1");
  write(folder / ".hidden.txt", "1...34....4....1");
  NullUi ui;
  open_dialog(ui, "open");
  fill_in(ui, "open/folder", folder.path.string());
  press_enter(ui);
  REQUIRE(ui.sees("open/entry/board.txt"));
  CHECK(ui.rect("open/entry/zoo").y < ui.rect("open/entry/board.txt").y);
  CHECK_FALSE(ui.sees("open/entry/.hidden.txt"));
  press(ui, "open/entry/zoo");
  REQUIRE(ui.sees("open/entry/inside.txt"));
  press(ui, "open/up");
  REQUIRE(ui.sees("open/entry/zoo"));
  press(ui, "open/entry/board.txt");
  press(ui, "open/ok");
  CHECK_FALSE(dialog_open(ui));
  CHECK(editor(ui).puzzle().format_line(editor(ui).question()) == "1...34....4....1");
}

TEST_CASE("The browser is used without a mouse", "[ui][dialogs]") {
  const TempDir folder;
  write(folder / "a.txt", "1...34....4....1");
  write(folder / "b.txt", "12..34....4....1");
  NullUi ui;
  open_dialog(ui, "open");
  ui.type(folder.path.string());  // the name's field has the keyboard; a folder opens
  press_enter(ui);
  REQUIRE(ui.sees("open/entry/b.txt"));
  ui.key(key::up);  // to the list
  press_enter(ui);
  ui.key(key::down);
  press_enter(ui);  // marks it
  press_enter(ui);  // takes it
  CHECK_FALSE(dialog_open(ui));
  CHECK(editor(ui).puzzle().format_line(editor(ui).question()) == "12..34....4....1");
}

TEST_CASE("A folder with very many files is listed up to a limit", "[ui][dialogs]") {
  const TempDir folder;
  for (int i = 0; i < 10'050; ++i)
    std::ofstream(folder / ("f" + std::to_string(100'000 + i) + ".txt"));
  NullUi ui;
  open_dialog(ui, "open");
  fill_in(ui, "open/folder", folder.path.string());
  const auto start = std::chrono::steady_clock::now();
  press_enter(ui);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
  const auto& items = probe().items();
  const auto shown = std::count_if(items.begin(), items.end(), [](const auto& item) {
    return item.first.starts_with("open/entry/");
  });
  CHECK(shown > 3);
  CHECK(shown < 100);  // those in sight
}

TEST_CASE("A folder that cannot be read is explained", "[ui][dialogs]") {
  NullUi ui;
  open_dialog(ui, "open");
  fill_in(ui, "open/folder", "/nowhere/at/all");
  press_enter(ui);
  CHECK(ui.sees("open/file_error"));
  CHECK(dialog_open(ui));
}

// --- Boards --------------------------------------------------------------------------------------

TEST_CASE("Pasted text that is no board stays in its field", "[ui][dialogs]") {
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  const BoardState before = editor(ui).now();
  ui.clipboard = "no board at all";
  open_dialog(ui, "paste");
  press(ui, "paste/ok");
  CHECK(dialog_open(ui));
  CHECK(ui.sees("paste/error"));
  CHECK(editor(ui).now() == before);
  press(ui, "paste/form/0");  // the example of a form
  press(ui, "paste/ok");
  CHECK_FALSE(dialog_open(ui));
  const Puzzle& puzzle = editor(ui).puzzle();
  CHECK(editor(ui).question() == puzzle.parse(puzzle.info().forms.front().example).value());
}

TEST_CASE("A board is resized, or told why not", "[ui][dialogs]") {
  NullUi ui;
  ui.open_text("maze", "S    /     /    G");
  editor(ui).set_layer(Layer::question);
  open_dialog(ui, "resize");
  const Rect rows = ui.rect("resize/rows");
  ui.click_at({rows.x + rows.width - 2, rows.y + rows.height / 2});
  press(ui, "resize/ok");
  CHECK_FALSE(dialog_open(ui));
  CHECK(editor(ui).question().grid().rows == Puzzle::max_side);
  CHECK(editor(ui).question().grid().at(0, 0) == 2);
  ui.open_text("sudoku", "1...34....4....1");
  editor(ui).set_layer(Layer::question);
  open_dialog(ui, "resize");
  const Rect cols = ui.rect("resize/cols");
  ui.click_at({cols.x + cols.width - 2, cols.y + cols.height / 2});
  press(ui, "resize/ok");
  CHECK(dialog_open(ui));
  CHECK(ui.sees("resize/error"));
  CHECK(editor(ui).question().grid().cols == 4);
}

TEST_CASE("A new board is empty or generated from a seed", "[ui][dialogs]") {
  NullUi ui(1280, 1000);
  ui.open("sudoku", "4x4");
  const std::uint64_t number = editor(ui).board_number();
  open_dialog(ui, "new");
  press(ui, "new/empty");
  press(ui, "new/ok");
  CHECK_FALSE(dialog_open(ui));
  CHECK(editor(ui).board_number() != number);
  CHECK(editor(ui).layer() == Layer::question);
  open_dialog(ui, "new");
  fill_in(ui, "new/seed", "5x");
  press(ui, "new/ok");
  CHECK(dialog_open(ui));
  CHECK(ui.sees("new/error"));
  fill_in(ui, "new/seed", "5");
  press(ui, "new/ok");
  CHECK(ui.step_until([&] { return !dialog_open(ui); }));
  REQUIRE_FALSE(ui.session.id().empty());
  CHECK(generate(parse_game_id(ui.session.id()).value()).value() == editor(ui).question());
}

TEST_CASE("A dialog shows where the keyboard is, and Enter in its seed generates",
          "[ui][dialogs]") {
  NullUi ui(1280, 1000);
  ui.open("sudoku", "4x4");
  open_dialog(ui, "new");
  CHECK(ImGui::GetCurrentContext()->NavId != 0);
  CHECK_FALSE(ImGui::GetCurrentContext()->NavDisableHighlight);
  fill_in(ui, "new/seed", "7");
  press_enter(ui);
  CHECK(ui.step_until([&] { return !dialog_open(ui); }));
  REQUIRE_FALSE(ui.session.id().empty());
  CHECK(parse_game_id(ui.session.id()).value().seed == 7);
}

TEST_CASE("A size that no board has is refused inside the dialog", "[ui][dialogs]") {
  NullUi ui(1280, 1000);
  ui.open("sudoku", "4x4");
  const BoardState before = editor(ui).now();
  for (const char* kind : {"new/empty", "new/generated"}) {
    INFO(kind);
    open_dialog(ui, "new");
    press(ui, "new/size");
    const auto sizes = editor(ui).puzzle().info().sizes.size();
    press(ui, "new/size/" + std::to_string(sizes));
    fill_in(ui, "new/other_size", "7x7");
    press(ui, kind);
    press(ui, "new/ok");
    CHECK(ui.step_until([&] { return ui.sees("new/error"); }));
    CHECK(dialog_open(ui));
    ui.key(key::escape);
    CHECK(editor(ui).now() == before);
  }
}

// --- Out -----------------------------------------------------------------------------------------

TEST_CASE("The board and the thinking are exported by the name's ending", "[ui][dialogs]") {
  const TempDir folder;
  SessionOptions options = test::bare_session();
  options.no_solver.clear();
  options.solver.backend = "exact";
  NullUi ui(1280, 1000, options);
  ui.open_text("sudoku", "1...34....4....1");
  open_dialog(ui, "export_thinking");
  CHECK_FALSE(ui.sees("export/ok"));  // there is none yet
  press(ui, "export/page");
  fill_in(ui, "export/name", folder / "page.svg");
  press(ui, "export/ok");
  CHECK_FALSE(dialog_open(ui));
  CHECK(ui.step_until([&] { return std::filesystem::exists(folder / "page.svg"); }));
  ui.session.solve();
  REQUIRE(ui.step_until([&] { return !ui.session.solving(); }));
  open_dialog(ui, "export_thinking");
  fill_in(ui, "export/name", folder / "thinking.json");
  press(ui, "export/ok");
  CHECK(ui.step_until([&] { return ui.last_log().find("thinking.json") != std::string::npos; }));
  CHECK(parse_json(read(folder / "thinking.json")).ok());
}

TEST_CASE("A board is added to a data set, behind what is there", "[ui][dialogs]") {
  const TempDir folder;
  write(folder / "set.txt", "4321123434122143\n");
  NullUi ui;
  ui.open_text("sudoku", "1...34....4....1");
  open_dialog(ui, "data");
  fill_in(ui, "data/name", folder / "set.txt");
  press(ui, "data/ok");
  CHECK_FALSE(dialog_open(ui));
  CHECK(ui.step_until(
      [&] { return read(folder / "set.txt").find("1...34....4....1") != std::string::npos; }));
  CHECK(read(folder / "set.txt").starts_with("4321123434122143\n"));
  CHECK(ui.session.settings().data_file == folder / "set.txt");
}

}  // namespace
}  // namespace trm::ui
