// Base of the editor's windows: one class, one file a window; views.cpp lists them.
#pragma once

#include <functional>
#include <string>

#include "ui/app/layout.h"
#include "ui/session/session.h"

namespace trm::ui {

/// What views share beside the session: requests to the program.
struct Shell {
  std::string clipboard;  ///< to be put on the system's clipboard; empty: nothing
  std::function<std::string()> get_clipboard;
  bool quit = false;
  bool theme_changed = false;  ///< settings().theme or zoom
  std::string show_view;       ///< bring a view to the front
  std::string dialog;          ///< name of a dialog to open: "new", "open", "save", ...
  int thinking_frame = -1;     ///< last frame in which the board showed the thinking, large
};

/// A window. Drawn once a frame while it is open; does nothing that takes time.
class View {
 public:
  virtual ~View() = default;
  virtual const char* name() const = 0;   ///< "board": stable, for settings and tests
  virtual const char* title() const = 0;  ///< for people
  virtual Place place() const = 0;
  /// Draws into the current ImGui window. Do not override draw logic elsewhere.
  virtual void draw_content(Session& session, Shell& shell) = 0;
};

}  // namespace trm::ui
