#include "ui/app/theme.h"

namespace trm::ui {
namespace {

constexpr ImU32 rgb(unsigned hex) {
  return IM_COL32(hex >> 16 & 0xff, hex >> 8 & 0xff, hex & 0xff, 0xff);
}

// The colours of the web page (assets/web/base.css).
constexpr Colors light_colors{.ground = rgb(0xf1f3f6),
                              .card = rgb(0xffffff),
                              .sunk = rgb(0xeef0f4),
                              .text = rgb(0x1a2230),
                              .muted = rgb(0x566074),
                              .line = rgb(0xdce0e8),
                              .accent = rgb(0x1f4fbf),
                              .on_accent = rgb(0xffffff),
                              .good = rgb(0x14663f),
                              .fair = rgb(0x7a4b00),
                              .bad = rgb(0xb3211b),
                              .changed = rgb(0xd97706),
                              .hint = rgb(0x6d28d9),
                              .selection = rgb(0x1f4fbf),
                              .cursor = rgb(0x1f4fbf),
                              .control = rgb(0x8a94a6),
                              .accent_wash = rgb(0xe7eefc)};
constexpr Colors dark_colors{.ground = rgb(0x11151b),
                             .card = rgb(0x191f28),
                             .sunk = rgb(0x222a35),
                             .text = rgb(0xe4e9f1),
                             .muted = rgb(0x9daabd),
                             .line = rgb(0x2c3644),
                             .accent = rgb(0x8fb3ff),
                             .on_accent = rgb(0x0c1830),
                             .good = rgb(0x7bd8a6),
                             .fair = rgb(0xf2c46d),
                             .bad = rgb(0xff9b93),
                             .changed = rgb(0xf59e0b),
                             .hint = rgb(0xc4a5ff),
                             .selection = rgb(0x8fb3ff),
                             .cursor = rgb(0x8fb3ff),
                             .control = rgb(0x64728a),
                             .accent_wash = rgb(0x20304f)};

bool dark = false;

ImVec4 faded(ImU32 color, float opacity) {
  ImVec4 out = ImGui::ColorConvertU32ToFloat4(color);
  out.w *= opacity;
  return out;
}
ImVec4 full(ImU32 color) { return faded(color, 1); }
ImVec4 mixed(ImU32 a, ImU32 b, float share) {
  const ImVec4 x = full(a), y = full(b);
  return {x.x + (y.x - x.x) * share, x.y + (y.y - x.y) * share, x.z + (y.z - x.z) * share, 1};
}

void set_surfaces(ImVec4* to, const Colors& c) {
  to[ImGuiCol_Text] = full(c.text);
  to[ImGuiCol_TextDisabled] = full(c.muted);
  to[ImGuiCol_WindowBg] = to[ImGuiCol_PopupBg] = full(c.card);
  to[ImGuiCol_ChildBg] = {0, 0, 0, 0};
  to[ImGuiCol_Border] = full(c.line);
  to[ImGuiCol_BorderShadow] = {0, 0, 0, 0};
  to[ImGuiCol_TitleBg] = to[ImGuiCol_TitleBgActive] = to[ImGuiCol_TitleBgCollapsed] = full(c.card);
  to[ImGuiCol_MenuBarBg] = full(c.ground);
  to[ImGuiCol_Separator] = full(c.line);
  to[ImGuiCol_SeparatorHovered] = to[ImGuiCol_SeparatorActive] = full(c.accent);
  to[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
  to[ImGuiCol_ScrollbarGrab] = faded(c.control, 0.45f);
  to[ImGuiCol_ScrollbarGrabHovered] = faded(c.control, 0.75f);
  to[ImGuiCol_ScrollbarGrabActive] = full(c.control);
  to[ImGuiCol_ModalWindowDimBg] = dark ? ImVec4{0, 0, 0, 0.5f} : ImVec4{0.06f, 0.09f, 0.16f, 0.3f};
  to[ImGuiCol_NavWindowingDimBg] = to[ImGuiCol_ModalWindowDimBg];
}

void set_controls(ImVec4* to, const Colors& c) {
  to[ImGuiCol_FrameBg] = full(c.sunk);
  to[ImGuiCol_FrameBgHovered] = mixed(c.sunk, c.control, 0.14f);
  to[ImGuiCol_FrameBgActive] = mixed(c.sunk, c.control, 0.22f);
  to[ImGuiCol_Button] = full(c.sunk);
  to[ImGuiCol_ButtonHovered] = mixed(c.sunk, c.control, 0.2f);
  to[ImGuiCol_ButtonActive] = mixed(c.sunk, c.control, 0.35f);
  to[ImGuiCol_Header] = full(c.accent_wash);
  to[ImGuiCol_HeaderHovered] = full(c.sunk);
  to[ImGuiCol_HeaderActive] = full(c.accent_wash);
  to[ImGuiCol_CheckMark] = to[ImGuiCol_SliderGrab] = to[ImGuiCol_SliderGrabActive] = full(c.accent);
  to[ImGuiCol_ResizeGrip] = {0, 0, 0, 0};
  to[ImGuiCol_ResizeGripHovered] = to[ImGuiCol_ResizeGripActive] = full(c.line);
  to[ImGuiCol_Tab] = full(c.card);
  to[ImGuiCol_TabHovered] = full(c.sunk);
  to[ImGuiCol_TabActive] = full(c.accent_wash);
  to[ImGuiCol_PlotLines] = to[ImGuiCol_PlotHistogram] = full(c.accent);
  to[ImGuiCol_PlotLinesHovered] = to[ImGuiCol_PlotHistogramHovered] = full(c.changed);
  to[ImGuiCol_TableHeaderBg] = full(c.sunk);
  to[ImGuiCol_TableBorderStrong] = to[ImGuiCol_TableBorderLight] = full(c.line);
  to[ImGuiCol_TableRowBg] = {0, 0, 0, 0};
  to[ImGuiCol_TableRowBgAlt] = faded(c.sunk, 0.5f);
  to[ImGuiCol_TextSelectedBg] = faded(c.accent, 0.3f);
  to[ImGuiCol_DragDropTarget] = to[ImGuiCol_NavHighlight] = full(c.accent);
}

}  // namespace

const Colors& colors() { return dark ? dark_colors : light_colors; }

bool is_dark() { return dark; }

void apply_theme(Theme theme, float scale) {
  dark = theme == Theme::dark;
  ImGuiStyle style;
  style.WindowPadding = {14, 12};
  style.FramePadding = {10, 5};
  style.ItemSpacing = {8, 8};
  style.ItemInnerSpacing = {8, 6};
  style.CellPadding = {6, 4};
  style.IndentSpacing = 18;
  style.ScrollbarSize = 11;
  style.GrabMinSize = 16;
  style.WindowRounding = style.ChildRounding = style.PopupRounding = 6;
  style.FrameRounding = style.ScrollbarRounding = style.GrabRounding = style.TabRounding = 6;
  style.WindowBorderSize = style.PopupBorderSize = style.ChildBorderSize = 1;
  style.FrameBorderSize = 0;
  style.WindowMinSize = {16, 16};
  style.WindowTitleAlign = {0, 0.5f};
  style.WindowMenuButtonPosition = ImGuiDir_None;
  style.DisabledAlpha = 0.45f;
  style.CircleTessellationMaxError = 0.2f;
  set_surfaces(style.Colors, colors());
  set_controls(style.Colors, colors());
  style.ScaleAllSizes(scale);
  ImGui::GetStyle() = style;
}

}  // namespace trm::ui
