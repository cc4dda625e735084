// The window: GLFW, OpenGL 3, the loop. Draws when something happens and sleeps otherwise.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ui/app/frame.h"

namespace trm::ui {

struct WindowOptions {
  std::string screenshot;  ///< PNG to write before the end; empty: none, the user ends it
  int after_steps =
      -1;  ///< solve and take it after so many supervision steps; 0: at once; -1: at the end
  std::string probe;   ///< file that says what is on the screen after each change; empty: none
  bool stats = false;  ///< print frames, CPU time a frame and idle use at the end
  std::string view;    ///< name of a view to bring to the front; empty: none
};

/// One window of the process. Errors of create(): unavailable (no display, no OpenGL 3; says what
/// to do).
class Window {
 public:
  static Result<std::unique_ptr<Window>> create(const Settings& settings);
  ~Window();

  /// Until the user closes it, SIGINT or SIGTERM come, or the screenshot is taken; then shuts the
  /// session down. The exit status.
  int run(Session& session, const WindowOptions& options);
  /// Ends the sleep of run(). Thread-safe.
  static void wake();

 private:
  struct Impl;
  explicit Window(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm::ui
