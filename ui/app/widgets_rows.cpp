// Wider widgets: tabs and plots.
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"

namespace trm::ui {
namespace {

using Titles = std::vector<std::pair<std::string, std::string>>;

float tab_width(const std::string& title) {
  return ImGui::CalcTextSize(title.c_str()).x + ImGui::GetFontSize();
}

// Titles that fit before the menu of the others; the chosen one is always among them.
std::vector<int> fitting(const Titles& titles, int chosen, float width) {
  float all = 0;
  for (const auto& title : titles) all += tab_width(title.second);
  std::vector<int> shown;
  const float more = all > width ? ImGui::GetFontSize() * 2 : 0;
  float left = width - more - tab_width(titles[static_cast<std::size_t>(chosen)].second);
  for (int i = 0; i < static_cast<int>(titles.size()); ++i) {
    const float wide = tab_width(titles[static_cast<std::size_t>(i)].second);
    if (i != chosen && wide > left) continue;
    if (i != chosen) left -= wide;
    shown.push_back(i);
  }
  return shown;
}

bool tab(const std::string& name, const char* title, bool chosen, float height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size{tab_width(title), height};
  ImGui::PushID(name.c_str());
  const bool pressed = ImGui::InvisibleButton("tab", size);
  focus_ring();
  probe().mark_last(name);
  const bool bright = chosen || ImGui::IsItemHovered();
  ImGui::PopID();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 letters = ImGui::CalcTextSize(title);
  list.AddText({at.x + (size.x - letters.x) / 2, at.y + (height - letters.y) / 2},
               bright ? colors().text : colors().muted, title);
  if (chosen) {
    const float inset = ImGui::GetFontSize() * 0.5f, thick = ImGui::GetFontSize() * 0.13f;
    list.AddRectFilled({at.x + inset, at.y + height - thick},
                       {at.x + size.x - inset, at.y + height}, colors().accent, thick);
  }
  return pressed;
}

// Values as heights within the area.
std::vector<ImVec2> curve(const std::vector<float>& values, float low, float high,
                          const ImRect& area) {
  std::vector<ImVec2> points;
  const float last = static_cast<float>(std::max<std::size_t>(1, values.size() - 1));
  const float range = high > low ? high - low : 1;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = std::isfinite(values[i]) ? values[i] : low;
    const float share = std::clamp((value - low) / range, 0.0f, 1.0f);
    points.push_back({area.Min.x + area.GetWidth() * static_cast<float>(i) / last,
                      area.Max.y - area.GetHeight() * share});
  }
  return points;
}

}  // namespace

int tabs(std::string_view name, const Titles& titles, int chosen) {
  if (titles.empty()) return chosen;
  chosen = std::clamp(chosen, 0, static_cast<int>(titles.size()) - 1);
  const float height = ImGui::GetFontSize() * 1.9f;
  const auto shown = fitting(titles, chosen, ImGui::GetContentRegionAvail().x);
  const std::string prefix = std::string(name) + "/";
  int next = chosen;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, ImGui::GetStyle().ItemSpacing.y});
  for (const int i : shown) {
    if (i != shown.front()) ImGui::SameLine();
    const auto& [id, title] = titles[static_cast<std::size_t>(i)];
    if (tab(prefix + id, title.c_str(), i == chosen, height)) next = i;
  }
  const std::string more = prefix + "more";
  if (shown.size() < titles.size()) {
    ImGui::SameLine();
    if (tab(more, "…", false, height)) ImGui::OpenPopup(more.c_str());
  }
  ImGui::PopStyleVar();
  if (!ImGui::BeginPopup(more.c_str())) return next;
  for (int i = 0; i < static_cast<int>(titles.size()); ++i) {
    if (std::find(shown.begin(), shown.end(), i) != shown.end()) continue;
    const auto& [id, title] = titles[static_cast<std::size_t>(i)];
    if (menu_item(prefix + id, title.c_str())) next = i;
  }
  ImGui::EndPopup();
  return next;
}

int plot(std::string_view name, const char* caption, const std::vector<float>& values, int at,
         float low, float high, float height) {
  if (caption != nullptr && *caption != '\0') muted(caption);
  const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x);
  const ImVec2 from = ImGui::GetCursorScreenPos();
  ImGui::PushID(name.data(), name.data() + name.size());
  ImGui::InvisibleButton("plot", {width, std::max(1.0f, height)});
  focus_ring();
  ImGui::PopID();
  probe().mark_last(name);
  const float margin = ImGui::GetFontSize() * 0.4f;
  const ImRect all{from, {from.x + width, from.y + height}};
  const ImRect area{{all.Min.x + margin, all.Min.y + margin},
                    {all.Max.x - margin, all.Max.y - margin}};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(all.Min, all.Max, colors().sunk, ImGui::GetStyle().FrameRounding);
  if (values.empty()) return -1;
  const auto points = curve(values, low, high, area);
  const int count = static_cast<int>(points.size());
  if (at >= 0 && at < count) {
    const float x = points[static_cast<std::size_t>(at)].x;
    list.AddLine({x, all.Min.y}, {x, all.Max.y}, colors().control);
  }
  const float thick = ImGui::GetFontSize() * 0.11f;
  list.AddPolyline(points.data(), count, colors().accent, 0, thick);
  if (at >= 0 && at < count)
    list.AddCircleFilled(points[static_cast<std::size_t>(at)], thick * 2.4f, colors().accent);
  if (!ImGui::IsItemHovered() && !ImGui::IsItemActive()) return -1;
  const float share = (ImGui::GetMousePos().x - area.Min.x) / std::max(1.0f, area.GetWidth());
  const int under = std::clamp(static_cast<int>(std::lround(share * static_cast<float>(count - 1))),
                               0, count - 1);
  list.AddCircle(points[static_cast<std::size_t>(under)], thick * 2.8f, colors().changed, 0, thick);
  char words[48];
  std::snprintf(words, sizeof words, "%d: %.3g", under + 1,
                static_cast<double>(values[static_cast<std::size_t>(under)]));
  tooltip(words);
  return ImGui::IsItemActive() ? under : -1;
}

}  // namespace trm::ui
