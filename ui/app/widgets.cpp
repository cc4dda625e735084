#include "ui/app/widgets.h"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>

#include "ui/app/theme.h"

namespace trm::ui {
namespace {

constexpr double tooltip_delay = 0.45;
std::optional<double> wanted_redraw;

// Everything between has the name as its id.
class Named {
 public:
  explicit Named(std::string_view name) { ImGui::PushID(name.data(), name.data() + name.size()); }
  ~Named() { ImGui::PopID(); }
  Named(const Named&) = delete;
  Named& operator=(const Named&) = delete;
};

// Tooltips come when the pointer rests, not when it passes.
void finish(std::string_view name, const char* words) {
  probe().mark_last(name);
  if (words == nullptr || *words == '\0') return;
  if (!ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  // Disabled items have no timer in ImGui: they explain at once.
  const ImGuiContext& context = *ImGui::GetCurrentContext();
  const bool timed = context.HoveredId != 0 && context.HoveredId == ImGui::GetItemID();
  if (timed && context.HoveredIdTimer < tooltip_delay) {
    return redraw_in(tooltip_delay - context.HoveredIdTimer + 0.02);
  }
  trm::ui::tooltip(words);
}

void caption(const char* label, const char* value = nullptr) {
  const char* end = ImGui::FindRenderedTextEnd(label);
  if (end == label && value == nullptr) return;
  ImGui::PushStyleColor(ImGuiCol_Text, colors().muted);
  ImGui::TextUnformatted(label, end);
  ImGui::PopStyleColor();
  if (value == nullptr) return;
  const float width = ImGui::CalcTextSize(value).x;
  ImGui::SameLine(
      std::max(0.0f, ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x - width));
  ImGui::TextUnformatted(value);
}

// Width given by SetNextItemWidth, else all there is. Before the caption, which forgets it.
float wanted_width() {
  const auto& next = ImGui::GetCurrentContext()->NextItemData;
  if ((next.Flags & ImGuiNextItemDataFlags_HasWidth) != 0) return next.Width;
  return -FLT_MIN;
}

bool colored_button(std::string_view name, const char* label, const char* tooltip, bool enabled,
                    ImVec2 size) {
  const Named id(name);
  ImGui::BeginDisabled(!enabled);
  const bool pressed = ImGui::Button(label, size);
  ImGui::EndDisabled();
  finish(name, tooltip);
  return pressed;
}

void push_button(ImU32 ground, ImU32 hovered, ImU32 active, ImU32 ink) {
  ImGui::PushStyleColor(ImGuiCol_Button, ground);
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, hovered);
  ImGui::PushStyleColor(ImGuiCol_ButtonActive, active);
  ImGui::PushStyleColor(ImGuiCol_Text, ink);
}

ImU32 faded(ImU32 color, float share) {
  ImVec4 out = ImGui::ColorConvertU32ToFloat4(color);
  out.w *= share * ImGui::GetStyle().Alpha;
  return ImGui::ColorConvertFloat4ToU32(out);
}

void draw_box(const ImVec2& at, float side, bool on, bool hovered) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 end{at.x + side, at.y + side};
  const float rounding = side * 0.25f;
  list.AddRectFilled(at, end, faded(on ? colors().accent : colors().sunk, 1), rounding);
  if (!on || hovered) {
    list.AddRect(at, end, faded(hovered ? colors().accent : colors().control, 1), rounding);
  }
  if (!on) return;
  const ImVec2 tick[] = {{at.x + side * 0.24f, at.y + side * 0.53f},
                         {at.x + side * 0.43f, at.y + side * 0.71f},
                         {at.x + side * 0.77f, at.y + side * 0.31f}};
  list.AddPolyline(tick, 3, faded(colors().on_accent, 1), 0, side * 0.13f);
}

void draw_slider(float share, float grab) {
  const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
  const float middle = (from.y + to.y) / 2, thick = ImGui::GetFontSize() * 0.2f;
  const float inset = 2 + grab / 2;  // as ImGui lays its slider out
  const float knob = from.x + inset + (to.x - from.x - 2 * inset) * share;
  const float radius = ImGui::GetFontSize() * 0.42f;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 accent = faded(colors().accent, 1);
  list.AddRectFilled({from.x, middle - thick / 2}, {to.x, middle + thick / 2},
                     faded(colors().line, 1), thick);
  list.AddRectFilled({from.x, middle - thick / 2}, {knob, middle + thick / 2}, accent, thick);
  if (ImGui::IsItemHovered() || ImGui::IsItemActive())
    list.AddCircleFilled({knob, middle}, radius * 1.6f, faded(colors().accent, 0.18f));
  list.AddCircleFilled({knob, middle}, radius, accent);
  list.AddCircleFilled({knob, middle}, radius * 0.45f, faded(colors().on_accent, 1));
}

// At the right end of a list of choices.
void draw_chevron() {
  const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
  const float half = ImGui::GetFontSize() * 0.25f;
  const float x = to.x - ImGui::GetFontSize() * 0.9f, y = (from.y + to.y) / 2;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(
      {x - 2 * half, from.y}, {to.x - half, to.y},
      ImGui::GetColorU32(ImGui::IsItemHovered() ? ImGuiCol_FrameBgHovered : ImGuiCol_FrameBg));
  const ImVec2 points[] = {{x - half, y - half / 2}, {x, y + half / 2}, {x + half, y - half / 2}};
  list.AddPolyline(points, 3, faded(colors().muted, 1), 0, ImGui::GetFontSize() * 0.1f);
}

}  // namespace

void Probe::mark_last(std::string_view name) {
  const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
  const ImRect& clip = ImGui::GetCurrentWindow()->ClipRect;
  const ImVec2 seen_from{std::max(from.x, clip.Min.x), std::max(from.y, clip.Min.y)};
  const ImVec2 seen_to{std::min(to.x, clip.Max.x), std::min(to.y, clip.Max.y)};
  if (seen_to.x <= seen_from.x || seen_to.y <= seen_from.y) return;
  mark(name, {seen_from.x, seen_from.y, seen_to.x - seen_from.x, seen_to.y - seen_from.y});
}

Probe& probe() {
  static Probe only;
  return only;
}

void tooltip(std::string_view words) {
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 22);
  ImGui::TextUnformatted(words.data(), words.data() + words.size());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void focus_ring() {
  ImGui::RenderNavHighlight({ImGui::GetItemRectMin(), ImGui::GetItemRectMax()}, ImGui::GetItemID());
}

std::string plain_label(std::string words) {
  for (auto at = words.find("##"); at != std::string::npos; at = words.find("##", at + 1))
    words.insert(at + 1, " ");
  return words;
}

void redraw_in(double seconds) {
  wanted_redraw = std::min(seconds, wanted_redraw.value_or(seconds));
}

std::optional<double> take_redraw() { return std::exchange(wanted_redraw, std::nullopt); }

bool button(std::string_view name, const char* label, const char* tooltip, bool enabled) {
  return colored_button(name, label, tooltip, enabled, {0, 0});
}

bool primary_button(std::string_view name, const char* label, const char* tooltip, bool enabled) {
  const Colors& c = colors();
  push_button(c.accent, faded(c.accent, 0.88f), faded(c.accent, 0.76f), c.on_accent);
  const bool pressed =
      colored_button(name, label, tooltip, enabled, {-FLT_MIN, ImGui::GetFrameHeight() * 1.15f});
  ImGui::PopStyleColor(4);
  return pressed;
}

bool toggle(std::string_view name, const char* label, bool on, const char* tooltip) {
  if (!on) return button(name, label, tooltip);
  const Colors& c = colors();
  push_button(c.accent_wash, c.accent_wash, c.accent_wash, c.accent);
  const bool pressed = button(name, label, tooltip);
  ImGui::PopStyleColor(4);
  const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
  ImGui::GetWindowDrawList()->AddRect(from, to, faded(c.accent, 0.55f),
                                      ImGui::GetStyle().FrameRounding);
  return pressed;
}

bool checkbox(std::string_view name, const char* label, bool& value, const char* tooltip) {
  const Named id(name);
  const float side = ImGui::GetFontSize() * 1.05f, gap = ImGui::GetStyle().ItemInnerSpacing.x;
  const ImVec2 letters = ImGui::CalcTextSize(label, nullptr, true);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = std::max(ImGui::GetFontSize() * 1.35f, letters.y);
  const bool pressed =
      ImGui::InvisibleButton("box", {side + (letters.x > 0 ? gap + letters.x : 0), height});
  if (pressed) value = !value;
  focus_ring();
  draw_box({at.x, at.y + (height - side) / 2}, side, value, ImGui::IsItemHovered());
  ImGui::RenderText({at.x + side + gap, at.y + (height - letters.y) / 2}, label);
  finish(name, tooltip);
  return pressed;
}

bool slider(std::string_view name, const char* label, int& value, int low, int high,
            const char* tooltip) {
  const Named id(name);
  const float width = wanted_width();
  caption(label, std::to_string(value).c_str());
  const ImU32 none = 0;
  for (const int color : {ImGuiCol_FrameBg, ImGuiCol_FrameBgHovered, ImGuiCol_FrameBgActive,
                          ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive, ImGuiCol_Text})
    ImGui::PushStyleColor(color, none);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {ImGui::GetStyle().FramePadding.x, 1});
  ImGui::SetNextItemWidth(width);
  // As a float: ImGui's knob for few whole numbers is as wide as a part of the slider.
  auto wanted = static_cast<float>(value);
  ImGui::SliderFloat("##value", &wanted, static_cast<float>(low), static_cast<float>(high), "%.0f",
                     ImGuiSliderFlags_NoInput | ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor(6);
  const int rounded = std::clamp(static_cast<int>(std::lround(wanted)), low, std::max(low, high));
  const bool changed = rounded != value && ImGui::IsItemActive();
  if (changed) value = rounded;
  const float range = static_cast<float>(std::max(1, high - low));
  draw_slider(std::clamp(static_cast<float>(value - low) / range, 0.0f, 1.0f),
              ImGui::GetStyle().GrabMinSize);
  finish(name, tooltip);
  return changed;
}

bool input_text(std::string_view name, const char* label, std::string& text, const char* hint,
                bool enter) {
  const Named id(name);
  const float width = wanted_width();
  caption(label);
  ImGui::SetNextItemWidth(width);
  const ImGuiInputTextFlags flags = enter ? ImGuiInputTextFlags_EnterReturnsTrue : 0;
  const bool changed =
      ImGui::InputTextWithHint("##text", hint == nullptr ? "" : hint, &text, flags);
  if (ImGui::IsItemActive()) {
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    ImGui::GetWindowDrawList()->AddRect(from, to, faded(colors().accent, 1),
                                        ImGui::GetStyle().FrameRounding, 0, 1.5f);
  }
  finish(name, nullptr);
  return changed;
}

bool combo(std::string_view name, const char* label, int& chosen,
           const std::vector<std::string>& choices) {
  const Named id(name);
  const float width = wanted_width();
  caption(label);
  const bool known = chosen >= 0 && chosen < static_cast<int>(choices.size());
  ImGui::SetNextItemWidth(width);
  const bool open =
      ImGui::BeginCombo("##choice", known ? choices[static_cast<std::size_t>(chosen)].c_str() : "",
                        ImGuiComboFlags_NoArrowButton);
  if (!open) {
    draw_chevron();
    finish(name, nullptr);
    return false;
  }
  bool changed = false;
  for (int i = 0; i < static_cast<int>(choices.size()); ++i) {
    ImGui::PushID(i);
    if (ImGui::Selectable(plain_label(choices[static_cast<std::size_t>(i)]).c_str(), i == chosen)) {
      changed = i != chosen;
      chosen = i;
    }
    probe().mark_last(std::string(name) + "/" + std::to_string(i));
    if (i == chosen && ImGui::IsWindowAppearing()) ImGui::SetItemDefaultFocus();
    ImGui::PopID();
  }
  ImGui::EndCombo();
  return changed;
}

bool menu_item(std::string_view name, const char* label, const char* shortcut, bool selected,
               bool enabled) {
  const Named id(name);
  const bool pressed = ImGui::MenuItem(label, shortcut, selected, enabled);
  finish(name, nullptr);
  return pressed;
}

void heading(const char* text) {
  if (fonts().heading != nullptr) ImGui::PushFont(fonts().heading);
  ImGui::TextUnformatted(text);
  if (fonts().heading != nullptr) ImGui::PopFont();
}

void muted(const char* text) {
  ImGui::PushStyleColor(ImGuiCol_Text, colors().muted);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

void badge(const char* text, ImU32 color) {
  const ImVec2 letters = ImGui::CalcTextSize(text), at = ImGui::GetCursorScreenPos();
  const float pad = ImGui::GetFontSize() * 0.55f, over = ImGui::GetFontSize() * 0.14f;
  const ImVec2 size{letters.x + 2 * pad, letters.y + 2 * over};
  ImGui::Dummy(size);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, faded(color, 0.14f), size.y / 2);
  list.AddText({at.x + pad, at.y + over}, faded(color, 1), text);
}

void progress_bar(float share, const char* text) {
  if (text != nullptr && *text != '\0') muted(text);
  const float height = ImGui::GetFontSize() * 0.35f;
  const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({width, height});
  float from = 0, to = std::clamp(share, 0.0f, 1.0f);
  if (share < 0) {  // a piece that wanders
    constexpr double seconds = 1.4, piece = 0.3;
    const double turn = ImGui::GetTime() / seconds;
    const double place =
        (turn - static_cast<double>(static_cast<long>(turn))) * (1 + piece) - piece;
    from = static_cast<float>(std::max(0.0, place));
    to = static_cast<float>(std::min(1.0, place + piece));
    redraw_in(1.0 / 30);
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + width, at.y + height}, faded(colors().line, 1), height / 2);
  if (to > from)
    list.AddRectFilled({at.x + width * from, at.y}, {at.x + width * to, at.y + height},
                       faded(colors().accent, 1), height / 2);
}

}  // namespace trm::ui
