// Commands of the menus File and Edit, and of keys alone.
#include <algorithm>
#include <optional>
#include <utility>

#include "ui/app/command_tables.h"

namespace trm::ui {
namespace {

using T = const Target&;

constexpr int shift = key::shift;

bool has_marks(T t) { return playing(t) && editor(t).puzzle().info().marks; }

// --- File

void save(T t) {
  if (t.session.path().empty()) {
    t.shell.dialog = "save";
  } else {
    (void)t.session.save_file(t.session.path());  // it logs
  }
}

void copy_cells(T t, bool cut) {
  std::string text = editor(t).copied_text();  // before it is cut
  if (auto done = editor(t).copy_region(cut); !done) return tell(t, done);
  t.shell.clipboard = t.copied = std::move(text);
}

void copy(T t) {
  if (editor(t).selection()) return copy_cells(t, false);
  const bool answer = playing(t) && editor(t).has_entries();
  t.shell.clipboard = answer ? t.session.copy_answer_text() : t.session.copy_text("");
  t.session.log().say(Level::info,
                      answer ? "Copied the answer as text" : "Copied the board as text");
}

void paste(T t) {
  const std::string text = t.shell.get_clipboard ? t.shell.get_clipboard() : std::string();
  if (editor(t).has_region() && (text.empty() || text == t.copied)) {
    return tell(t, editor(t).paste_region());
  }
  if (text.empty()) return t.session.log().say(Level::warning, "The clipboard holds no text");
  (void)t.session.paste_text(text);  // it logs
}

// --- Edit

void fill(T t) {
  if (editor(t).selection()) return tell(t, editor(t).type(editor(t).brush()));
  if (const auto cell = editor(t).cursor()) tell(t, editor(t).flood(*cell, editor(t).brush()));
}

bool has_place(T t) { return editor(t).selection() || editor(t).cursor(); }

template <Tool tool>
void use(T t) {
  editor(t).set_tool(tool);
}
template <Tool tool>
bool used(T t) {
  return editor(t).tool() == tool;
}

template <int down, int right>
void move(T t) {
  editor(t).select(std::nullopt);
  editor(t).move_cursor(down, right);
}

// Shift with an arrow: the cursor's end of the selection moves.
template <int down, int right>
void extend(T t) {
  Editor& board = editor(t);
  if (!board.cursor()) board.move_cursor(0, 0);
  if (!board.cursor()) return;
  const CellRef from = *board.cursor();
  Region now = board.selection().value_or(Region{from.grid, from.row, from.col, 1, 1});
  const bool top = from.row == now.row, left = from.col == now.col;
  const int fixed_row = top ? now.row + now.rows - 1 : now.row;
  const int fixed_col = left ? now.col + now.cols - 1 : now.col;
  board.move_cursor(down, right);
  const CellRef to = *board.cursor();
  now.row = std::min(fixed_row, to.row);
  now.col = std::min(fixed_col, to.col);
  now.rows = std::abs(fixed_row - to.row) + 1;
  now.cols = std::abs(fixed_col - to.col) + 1;
  board.select(now);
}

}  // namespace

std::vector<Command> file_commands() {
  return {
      {"File",
       "menu/new",
       "New...",
       "Ctrl+N",
       {ctrl_and('N')},
       [](T t) { t.shell.dialog = "new"; }},
      {"File",
       "menu/open",
       "Open...",
       "Ctrl+O",
       {ctrl_and('O')},
       [](T t) { t.shell.dialog = "open"; }},
      {"File", "menu/save", "Save", "Ctrl+S", {ctrl_and('S')}, save},
      {"File",
       "menu/save_as",
       "Save as...",
       "Ctrl+Shift+S",
       {ctrl_and('S', shift)},
       [](T t) { t.shell.dialog = "save"; }},
      {"File",
       "menu/paste_board",
       "Paste board...",
       "Ctrl+Shift+V",
       {ctrl_and('V', shift)},
       [](T t) { t.shell.dialog = "paste"; },
       nullptr,
       nullptr,
       true},
      {"File",
       "menu/copy_board",
       "Copy board as text",
       "Ctrl+Shift+C",
       {ctrl_and('C', shift)},
       [](T t) { t.shell.clipboard = t.session.copy_text(""); }},
      {"File",
       "menu/export",
       "Export...",
       "Ctrl+E",
       {ctrl_and('E')},
       [](T t) { t.shell.dialog = "export"; }},
      {"File",
       "menu/add_to_data",
       "Add to data set...",
       "Ctrl+D",
       {ctrl_and('D')},
       [](T t) { t.shell.dialog = "data"; }},
      {"File",
       "menu/quit",
       "Quit",
       "Ctrl+Q",
       {ctrl_and('Q')},
       [](T t) { t.shell.quit = true; },
       nullptr,
       nullptr,
       true},
  };
}

std::vector<Command> edit_commands() {
  return {
      {"Edit",
       "menu/undo",
       "Undo",
       "Ctrl+Z",
       {ctrl_and('Z')},
       [](T t) { editor(t).undo(); },
       [](T t) { return editor(t).history().can_undo(); }},
      {"Edit",
       "menu/redo",
       "Redo",
       "Ctrl+Y, Ctrl+Shift+Z",
       {ctrl_and('Y'), ctrl_and('Z', shift)},
       [](T t) { editor(t).redo(); },
       [](T t) { return editor(t).history().can_redo(); }},
      {"Edit",
       "menu/cut",
       "Cut",
       "Ctrl+X",
       {ctrl_and('X')},
       [](T t) { copy_cells(t, true); },
       [](T t) { return editor(t).selection().has_value(); },
       nullptr,
       true},
      {"Edit", "menu/copy", "Copy", "Ctrl+C", {ctrl_and('C')}, copy},
      {"Edit", "menu/paste", "Paste", "Ctrl+V", {ctrl_and('V')}, paste},
      {"Edit",
       "menu/select_all",
       "Select all",
       "Ctrl+A",
       {ctrl_and('A')},
       [](T t) { editor(t).select_all(); }},
      {"Edit",
       "menu/deselect",
       "Deselect",
       "Esc",
       {{key::escape}},
       [](T t) { editor(t).select(std::nullopt); },
       [](T t) {
         return editor(t).selection() && !t.session.solving() && !t.session.generating();
       }},
      {"Edit",
       "menu/paint_tool",
       "Paint tool",
       "B",
       {plain('B')},
       use<Tool::paint>,
       nullptr,
       used<Tool::paint>,
       true},
      {"Edit",
       "menu/fill_tool",
       "Fill tool",
       "F",
       {plain('F')},
       use<Tool::fill>,
       nullptr,
       used<Tool::fill>},
      {"Edit",
       "menu/select_tool",
       "Select tool",
       "R",
       {plain('R')},
       use<Tool::select>,
       nullptr,
       used<Tool::select>},
      {"Edit",
       "menu/mark_tool",
       "Mark tool",
       "M",
       {plain('M')},
       [](T t) { editor(t).set_tool(editor(t).tool() == Tool::mark ? Tool::paint : Tool::mark); },
       has_marks,
       used<Tool::mark>},
      {"Edit", "menu/fill", "Fill", "Shift+F", {plain('F', shift)}, fill, has_place, nullptr, true},
      {"Edit",
       "menu/erase",
       "Erase",
       "Delete",
       {{key::del}, {key::backspace}},
       [](T t) { tell(t, editor(t).erase_here()); },
       has_place},
      {"Edit",
       "menu/resize",
       "Resize...",
       "Ctrl+R",
       {ctrl_and('R')},
       [](T t) { t.shell.dialog = "resize"; }},
      {"Edit",
       "menu/add_example",
       "Add example",
       "",
       {},
       [](T t) { tell(t, editor(t).add_example()); },
       [](T t) { return editor(t).puzzle().info().examples; }},
      {"Edit",
       "menu/clear_answer",
       "Clear answer",
       "",
       {},
       [](T t) { tell(t, editor(t).clear_entries()); },
       [](T t) { return editor(t).has_entries(); },
       nullptr,
       true},
      {"Edit",
       "menu/clear_board",
       "Clear board",
       "",
       {},
       [](T t) { tell(t, editor(t).clear_question()); }},
      {"Edit",
       "menu/give_entries",
       "Make the answer part of the board",
       "",
       {},
       [](T t) { tell(t, editor(t).give_entries()); },
       [](T t) { return editor(t).has_entries(); }},
      {"Edit",
       "menu/fill_marks",
       "Fill in marks",
       "",
       {},
       [](T t) {
         if (auto done = editor(t).fill_marks(); !done) t.session.log().error(done.error());
       },
       has_marks},
      {"Edit",
       "menu/tidy_marks",
       "Remove marks that do not fit",
       "",
       {},
       [](T t) {
         if (auto done = editor(t).tidy_marks(); !done) t.session.log().error(done.error());
       },
       has_marks},
      {"Edit",
       "menu/clear_marks",
       "Clear marks",
       "",
       {},
       [](T t) { tell(t, editor(t).clear_marks()); },
       has_marks},
  };
}

std::vector<Command> key_commands() {
  return {
      {"Keys", "", "Put a value, or pick it to paint with", "keys of the palette", {}, nullptr},
      {"Keys", "", "Move the cursor", "Arrows", {{key::left}}, move<0, -1>},
      {"Keys", "", "", "", {{key::right}}, move<0, 1>},
      {"Keys", "", "", "", {{key::up}}, move<-1, 0>},
      {"Keys", "", "", "", {{key::down}}, move<1, 0>},
      {"Keys", "", "Select cells", "Shift+Arrows", {{key::left, shift}}, extend<0, -1>},
      {"Keys", "", "", "", {{key::right, shift}}, extend<0, 1>},
      {"Keys", "", "", "", {{key::up, shift}}, extend<-1, 0>},
      {"Keys", "", "", "", {{key::down, shift}}, extend<1, 0>},
      {"Keys",
       "",
       "Next open cell or grid",
       "Tab",
       {{key::tab}},
       [](T t) { editor(t).next_stop(false); }},
      {"Keys",
       "",
       "The one before",
       "Shift+Tab",
       {{key::tab, shift}},
       [](T t) { editor(t).next_stop(true); }},
      {"Keys", "", "Show a view", "Ctrl+1 to Ctrl+9", {}, nullptr},
      {"Keys", "", "Use the keyboard in the next view", "F6", {}, nullptr},
      {"Keys", "", "Open a menu", "F10, Alt+letter", {}, nullptr},
  };
}

}  // namespace trm::ui
