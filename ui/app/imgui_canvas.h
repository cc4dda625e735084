// Canvas on ImGui's draw list.
#pragma once

#include <imgui.h>

#include "puzzles/canvas.h"

namespace trm::ui {

/// 0xRRGGBBAA as ImGui packs colours.
ImU32 imgui_color(Color color);

/// Draws into the list at once; coordinates are the screen's. Text is left out below 4 pixels.
class ImguiCanvas final : public Canvas {
 public:
  explicit ImguiCanvas(ImDrawList& list) : list_(list) {}
  void fill_rect(const Rect& rect, Color color) override;
  void line(Point from, Point to, float width, Color color) override;
  void fill_circle(Point centre, float radius, Color color) override;
  void text(Point centre, float height, std::string_view text, Color color) override;

 private:
  ImDrawList& list_;
};

}  // namespace trm::ui
