// One frame of the whole editor: menu bar, shortcuts, panes, dialogs, status line. Knows ImGui but
// neither window nor OpenGL: tests run it on ImGui's null backend.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ui/app/layout.h"
#include "ui/views/dialogs.h"
#include "ui/views/views.h"

namespace trm::ui {

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
  void shortcuts();
  void menu_bar();
  void panes(const Layout& layout);
  void pane(Place place, const Rect& rect);
  void splitters(const Layout& layout);
  void status_line(const Rect& rect);
  bool is_open(const View& view) const;

  Session& session_;
  Shell shell_;
  std::vector<std::unique_ptr<View>> views_;
  Dialogs dialogs_;
  std::string front_[place_count];  // name of the tab in front
  Place narrow_place_ = Place::board;
};

}  // namespace trm::ui
