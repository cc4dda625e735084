// Pictures of the window without a hand on it: solve, wait, look.
#pragma once

#include <optional>
#include <string>

#include "ui/app/window.h"

namespace trm::ui {

/// Decides when the picture of `--screenshot` is due. The user's thread only.
class ScreenshotPlan {
 public:
  explicit ScreenshotPlan(const WindowOptions& options)
      : wanted_(!options.screenshot.empty()), after_steps_(options.after_steps) {}

  /// Before each frame; starts solving when the board is there. True: take it after this frame.
  bool due(Session& session);
  /// Why the picture shows no step though some were asked for; nothing: it is as wanted.
  std::optional<std::string> complaint(Session& session) const;

 private:
  bool solved_enough(Session& session);

  bool wanted_ = false, started_ = false;
  int after_steps_ = -1;
  int settle_ = 0;  // frames to draw before the picture
  bool ready_ = false;
};

/// The pixels of the frame just drawn, as a PNG file. Errors: io_error, internal.
Result<void> save_screen(const std::string& path, int width, int height);

}  // namespace trm::ui
