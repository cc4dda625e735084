// The table of shortcuts.h; the menus Puzzle, View and Help.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "ui/app/command_tables.h"
#include "ui/views/stepping.h"

namespace trm::ui {
namespace {

using T = const Target&;

constexpr int ctrl = key::control, shift = key::shift;

// --- Puzzle

void cancel(T t) {
  t.session.cancel_solve();
  t.session.cancel_generate();
}

bool has_solution(T t) {
  const auto* thinking = t.session.thinking();
  return thinking != nullptr && thinking->end && *thinking->end;
}

bool has_steps(T t) { return t.session.thinking() != nullptr; }

// --- View

void zoom_to(T t, double zoom) {
  t.session.settings().zoom = std::clamp(zoom, 0.5, 3.0);
  t.shell.theme_changed = true;
}
template <Theme theme>
void set_theme(T t) {
  t.session.settings().theme = theme;
  t.shell.theme_changed = true;
}
template <Theme theme>
bool has_theme(T t) {
  return t.session.settings().theme == theme;
}

}  // namespace

std::vector<Command> puzzle_commands() {
  return {
      {"Puzzle",
       "menu/solve",
       "Solve",
       "Ctrl+Enter, F5",
       {{key::enter, ctrl}, {key::pad_enter, ctrl}, {key::f(5)}},
       [](T t) { t.session.solve(); }},  // says why, where it cannot
      {"Puzzle",
       "menu/cancel",
       "Cancel",
       "Esc",
       {{key::escape}},
       cancel,
       [](T t) { return t.session.solving() || t.session.generating(); }},
      {"Puzzle",
       "menu/live",
       "Solve while drawing",
       "L",
       {plain('L')},
       [](T t) { t.session.settings().live = !t.session.settings().live; },
       nullptr,
       [](T t) { return t.session.settings().live; }},
      {"Puzzle",
       "menu/take_over",
       "Take over the solution",
       "T",
       {plain('T')},
       [](T t) { (void)t.session.take_over_solution(); },
       has_solution},
      {"Puzzle",
       "menu/take_over_step",
       "Take over the step shown",
       "Shift+T",
       {plain('T', shift)},
       [](T t) { (void)t.session.take_over_step(); },
       [](T t) { return t.session.shown_step().has_value(); }},
      {"Puzzle",
       "menu/hint",
       "Hint",
       "H",
       {plain('H')},
       [](T t) { t.session.ask_hint(); },
       nullptr,
       nullptr,
       true},
      {"Puzzle",
       "menu/take_hint",
       "Take the hint",
       "Shift+H",
       {plain('H', shift)},
       [](T t) { (void)t.session.take_hint(); },
       [](T t) { return t.session.hint().has_value(); }},
      {"Puzzle",
       "menu/undo_wrong",
       "Undo to the first wrong move",
       "Ctrl+Shift+U",
       {ctrl_and('U', shift)},
       [](T t) { t.session.undo_to_first_wrong(); },
       [](T t) { return editor(t).has_entries(); }},
      {"Puzzle",
       "menu/draw_layer",
       "Draw the board",
       "",
       {},
       [](T t) { editor(t).set_layer(Layer::question); },
       nullptr,
       [](T t) { return !playing(t); },
       true},
      {"Puzzle",
       "menu/play_layer",
       "Play it",
       "F2",
       {{key::f(2)}},
       [](T t) { editor(t).set_layer(playing(t) ? Layer::question : Layer::answer); },
       nullptr,
       playing},
      {"Puzzle",
       "menu/play_steps",
       "Play the steps",
       "Space",
       {{key::space}},
       [](T t) { play_steps(t.session); },
       has_steps,
       [](T t) { return t.session.cursor().playing; },
       true},
      {"Puzzle",
       "menu/step_back",
       "Step back",
       "Page Up",
       {{key::page_up}},
       [](T t) { step_by(t.session, -1); },
       has_steps},
      {"Puzzle",
       "menu/step_on",
       "Step on",
       "Page Down",
       {{key::page_down}},
       [](T t) { step_by(t.session, 1); },
       has_steps},
      {"Puzzle",
       "menu/first_step",
       "First step",
       "Ctrl+Home",
       {{key::home, ctrl}},
       [](T t) { go_to_step(t.session, 0); },
       has_steps},
      {"Puzzle",
       "menu/last_step",
       "Last step",
       "Ctrl+End",
       {{key::end, ctrl}},
       [](T t) { go_to_step(t.session, SIZE_MAX); },
       has_steps},
  };
}

std::vector<Command> view_commands() {
  return {
      {"Theme",
       "menu/theme_light",
       "Light",
       "",
       {},
       set_theme<Theme::light>,
       nullptr,
       [](T t) { return !has_theme<Theme::dark>(t); }},
      {"Theme",
       "menu/theme_dark",
       "Dark",
       "",
       {},
       set_theme<Theme::dark>,
       nullptr,
       has_theme<Theme::dark>},
      {"View",
       "menu/zoom_in",
       "Zoom in",
       "Ctrl++",
       {{key::equal, ctrl}, {key::equal, ctrl | shift}, {key::pad_add, ctrl}},
       [](T t) { zoom_to(t, t.session.settings().zoom + 0.1); },
       nullptr,
       nullptr,
       true},
      {"View",
       "menu/zoom_out",
       "Zoom out",
       "Ctrl+-",
       {{key::minus, ctrl}, {key::pad_subtract, ctrl}},
       [](T t) { zoom_to(t, t.session.settings().zoom - 0.1); }},
      {"View",
       "menu/zoom_reset",
       "Normal size",
       "Ctrl+0",
       {{key::digit_0, ctrl}, {key::pad_0, ctrl}},
       [](T t) { zoom_to(t, 1); }},
      {"Help", "menu/help", "Help", "F1", {{key::f1}}, [](T t) { t.shell.show_view = "help"; }},
      {"Help", "menu/log", "What happened", "", {}, [](T t) { t.shell.show_view = "log"; }},
  };
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> list = file_commands();
    for (auto more : {edit_commands(), puzzle_commands(), view_commands(), key_commands()}) {
      list.insert(list.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    }
    return list;
  }();
  return all;
}

}  // namespace trm::ui
