#include "ui/app/imgui_canvas.h"

#include <algorithm>

#include "ui/app/theme.h"

namespace trm::ui {

namespace {

// The smaller of two sizes where it is enough: letters made much smaller lose their strokes.
ImFont* font_for(float height) {
  const Fonts& all = fonts();
  if (all.text == nullptr || all.board == nullptr) return ImGui::GetFont();
  return height <= all.text->FontSize * 1.1f ? all.text : all.board;
}

}  // namespace

ImU32 imgui_color(Color color) {
  return IM_COL32(color >> 24 & 0xff, color >> 16 & 0xff, color >> 8 & 0xff, color & 0xff);
}

void ImguiCanvas::fill_rect(const Rect& rect, Color color) {
  list_.AddRectFilled({rect.x, rect.y}, {rect.x + rect.width, rect.y + rect.height},
                      imgui_color(color));
}

void ImguiCanvas::line(Point from, Point to, float width, Color color) {
  if (from.x != to.x && from.y != to.y) {
    list_.AddLine({from.x, from.y}, {to.x, to.y}, imgui_color(color), width);
    return;
  }
  // Straight ones as rectangles with square ends: sharper, and a quarter of the vertices.
  const float half = width / 2;
  list_.AddRectFilled({std::min(from.x, to.x) - half, std::min(from.y, to.y) - half},
                      {std::max(from.x, to.x) + half, std::max(from.y, to.y) + half},
                      imgui_color(color));
}

void ImguiCanvas::fill_circle(Point centre, float radius, Color color) {
  list_.AddCircleFilled({centre.x, centre.y}, radius, imgui_color(color));
}

void ImguiCanvas::text(Point centre, float height, std::string_view text, Color color) {
  constexpr float kSmallest = 4;
  if (height < kSmallest || text.empty()) return;
  ImFont* font = font_for(height);
  const char* end = text.data() + text.size();
  const ImVec2 size = font->CalcTextSizeA(height, 1e9f, 0, text.data(), end);
  list_.AddText(font, height, {centre.x - size.x / 2, centre.y - size.y / 2}, imgui_color(color),
                text.data(), end);
}

}  // namespace trm::ui
