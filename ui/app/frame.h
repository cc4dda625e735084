// One frame of the whole editor: menu bar, shortcuts, panes, dialogs, status line. Knows ImGui but
// neither window nor OpenGL: tests run it on ImGui's null backend.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ui/app/layout.h"
#include "ui/app/shortcuts.h"
#include "ui/views/dialogs.h"
#include "ui/views/views.h"

namespace trm::ui {

/// The user's thread only. The keyboard belongs to the board; F6 lends it to another view.
class Frame {
 public:
  explicit Frame(Session& session);

  /// Draws between ImGui::NewFrame() and ImGui::Render(). Keys that no text field wants are
  /// shortcuts (help_view lists them).
  void draw();
  Shell& shell() { return shell_; }
  /// Files dropped on the window.
  void drop(const std::vector<std::string>& paths);
  /// What is on the screen as JSON, for tests and --probe: the items' rectangles, the board's line,
  /// entries, layer, status, revision, solving, the last line of the log.
  std::string describe() const;

 private:
  Target target() { return {session_, shell_, copied_}; }
  bool is_open(const View& view) const;
  bool is_shown(const View& view) const;
  void show(const View& view);
  void hide(const View& view);
  View* front(Place place) const;  // null: nothing is open there
  View* narrow_front() const;
  void read_requests();

  void shortcuts();
  bool view_keys();
  void next_keys_view();
  void share_keyboard();

  void menu_bar();
  void menus();
  void menu(const char* name);
  void menu_contents(std::string_view name);
  void command_items(std::string_view menu);
  void recent_menu();
  void copy_as_menu();
  void copy_from_menu();
  void remove_example_menu();
  void view_items();
  void views_menu();  // of a tiny window
  void board_title();

  Layout measure(float top) const;
  void panes(const Layout& layout);
  void pane(const char* id, const Rect& rect, const std::vector<View*>& views, View& front,
            bool tabbed);
  void contents(View& view, float padding);
  void splitters(const Layout& layout);
  void status_line(const Rect& rect);

  Session& session_;
  Shell shell_;
  std::vector<std::unique_ptr<View>> views_;
  Dialogs dialogs_;
  Layout layout_;                   // of this frame
  std::string front_[place_count];  // name of the tab in front
  std::string narrow_front_;
  std::string keys_view_;     // that has the keyboard; empty: the board
  bool keys_moved_ = false;   // to another view in this frame
  std::string opening_menu_;  // by its key
  std::string copied_;
};

}  // namespace trm::ui
