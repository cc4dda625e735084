#include "ui/app/screenshot.h"

#include <GLFW/glfw3.h>

#include <algorithm>

#include "engine/pictures/raster.h"
#include "engine/weights/atomic_file.h"

namespace trm::ui {

bool ScreenshotPlan::due(Session& session) {
  if (!wanted_ || session.generating()) return false;
  constexpr int settling_frames = 4;  // ImGui needs some to find its sizes
  if (!ready_) {
    const bool drawing_only = after_steps_ == 0 || (after_steps_ < 0 && !session.can_solve());
    ready_ = drawing_only || solved_enough(session);
    settle_ = settling_frames;
    return false;
  }
  if (settle_ > 0) return --settle_ == 0;
  return false;
}

std::optional<std::string> ScreenshotPlan::complaint(Session& session) const {
  if (!wanted_ || after_steps_ <= 0) return std::nullopt;
  const Thinking* thinking = session.thinking();
  if (thinking != nullptr && !thinking->steps_of(0, 0).empty()) return std::nullopt;
  const auto& lines = session.log().lines();
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->level == Level::warning || line->level == Level::error) return line->text;
  }
  return "the solver made no step";
}

bool ScreenshotPlan::solved_enough(Session& session) {
  if (!started_) {
    session.solve();
    started_ = true;
    return false;
  }
  const Thinking* thinking = session.thinking();
  if (thinking == nullptr) return !session.solving();
  if (after_steps_ > 0) {
    const auto steps = thinking->steps_of(0, 0).size();
    const auto wanted = static_cast<std::size_t>(after_steps_);
    if (steps < wanted && session.solving()) return false;
    StepCursor& cursor = session.cursor();
    cursor.attempt = cursor.query = 0;
    cursor.follow = cursor.playing = false;
    cursor.index = std::min(steps, wanted) - (steps > 0 ? 1 : 0);
    return true;
  }
  return !session.solving();
}

Result<void> save_screen(const std::string& path, int width, int height) {
  const auto columns = static_cast<std::size_t>(width), rows = static_cast<std::size_t>(height);
  std::vector<std::uint8_t> upside_down(columns * rows * 3);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, upside_down.data());
  Pixels pixels{width, height, std::vector<std::uint8_t>(upside_down.size())};
  for (std::size_t row = 0; row < rows; ++row) {
    const auto from =
        upside_down.begin() + static_cast<std::ptrdiff_t>((rows - 1 - row) * columns * 3);
    std::copy_n(from, columns * 3,
                pixels.rgb.begin() + static_cast<std::ptrdiff_t>(row * columns * 3));
  }
  const auto png = pixels_to_png(pixels);
  if (!png) return png.error();
  return write_file_atomic(path, *png);
}

}  // namespace trm::ui
