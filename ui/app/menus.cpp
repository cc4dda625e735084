// Frame: the menu bar. Items come from the table of shortcuts.h; what depends on the open board is
// added here.
#include <imgui.h>

#include <algorithm>
#include <filesystem>

#include "ui/app/frame.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"

namespace trm::ui {
namespace {

constexpr const char* menu_names[] = {"File", "Edit", "Puzzle", "View", "Help"};

float menus_width() {
  float width = 0;
  for (const char* name : menu_names) {
    width += ImGui::CalcTextSize(name).x + ImGui::GetStyle().ItemSpacing.x * 2;
  }
  return width;
}

std::string numbered(const char* name, std::size_t index) {
  return std::string(name) + "/" + std::to_string(index);
}

bool begin_submenu(const char* name, const char* label, bool enabled = true) {
  const bool open = ImGui::BeginMenu(label, enabled);
  if (!open) probe().mark_last(name);
  return open;
}

// First key of several: menus have little room.
std::string first_keys(const std::string& keys) { return keys.substr(0, keys.find(", ")); }

}  // namespace

void Frame::menu_bar() {
  const float size = ImGui::GetFontSize();
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {size * 0.5f, size * 0.42f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  const bool shown = ImGui::BeginMainMenuBar();
  const float top = ImGui::GetFrameHeight();
  ImGui::PopStyleVar(2);
  layout_ = measure(top);
  if (!shown) return;
  menus();
  board_title();
  ImGui::EndMainMenuBar();
}

void Frame::menus() {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding,
                      {ImGui::GetFontSize() * 0.6f, ImGui::GetFontSize() * 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing,
                      {ImGui::GetStyle().ItemSpacing.x, ImGui::GetFontSize() * 0.45f});
  const float room = ImGui::GetIO().DisplaySize.x - ImGui::GetFontSize();
  if (menus_width() <= room && !layout_.tiny) {
    for (const char* name : menu_names) menu(name);
  } else {
    if (!opening_menu_.empty()) ImGui::OpenPopup("Menu");
    opening_menu_.clear();
    const bool open = ImGui::BeginMenu("Menu");
    if (!open) probe().mark_last("menu/Menu");
    if (open) {
      for (const char* name : menu_names) menu(name);
      ImGui::EndMenu();
    }
    if (layout_.tiny) views_menu();
  }
  ImGui::PopStyleVar(2);
}

void Frame::menu(const char* name) {
  if (opening_menu_ == name) {
    ImGui::OpenPopup(name);
    opening_menu_.clear();
  }
  const bool open = ImGui::BeginMenu(name);
  if (!open) {
    probe().mark_last(std::string("menu/") + name);
    return;
  }
  menu_contents(name);
  ImGui::EndMenu();
}

void Frame::menu_contents(std::string_view name) {
  if (name == "View") view_items();
  command_items(name);
  if (name == "File") {
    recent_menu();
    copy_as_menu();
  }
  if (name == "Edit") {
    copy_from_menu();
    remove_example_menu();
  }
}

void Frame::command_items(std::string_view menu) {
  const Target on = target();
  for (const Command& command : commands()) {
    if (command.menu != menu) continue;
    if (command.separated) ImGui::Separator();
    const bool checked = command.checked != nullptr && command.checked(on);
    const bool enabled = command.enabled == nullptr || command.enabled(on);
    const std::string keys = first_keys(shown_keys(command, session_.editor()));
    if (menu_item(command.name, command.label, keys.empty() ? nullptr : keys.c_str(), checked,
                  enabled))
      command.run(on);
  }
}

void Frame::recent_menu() {
  const std::vector<std::string> recent = session_.settings().recent;  // opening changes it
  ImGui::Separator();
  if (!begin_submenu("menu/recent", "Open recent", !recent.empty())) return;
  for (std::size_t i = 0; i < recent.size(); ++i) {
    const std::filesystem::path path(recent[i]);
    if (menu_item(numbered("menu/recent", i), plain_label(path.filename().string()).c_str(),
                  path.parent_path().string().c_str()))
      (void)session_.open_file(recent[i]);  // it logs
  }
  ImGui::EndMenu();
}

void Frame::copy_as_menu() {
  if (!begin_submenu("menu/copy_as", "Copy board as")) return;
  for (const TextForm& form : session_.editor().puzzle().info().forms) {
    if (menu_item("menu/copy_as/" + form.name, form.name.c_str(), form.description.c_str()))
      shell_.clipboard = session_.copy_text(form.name);
  }
  ImGui::Separator();
  if (menu_item("menu/copy_as/answer", "Answer")) shell_.clipboard = session_.copy_answer_text();
  ImGui::EndMenu();
}

// Copy from input: into the grid of the cursor.
void Frame::copy_from_menu() {
  Editor& editor = session_.editor();
  const auto& grids = editor.question().grids();
  if (grids.size() < 2 && editor.layer() == Layer::question) return;
  if (!begin_submenu("menu/copy_from", "Copy from")) return;
  const int to = editor.cursor() ? editor.cursor()->grid : 0;
  for (std::size_t i = 0; i < grids.size(); ++i) {
    const bool self = editor.layer() == Layer::question && static_cast<int>(i) == to;
    const std::string size =
        std::to_string(grids[i].grid.rows) + "x" + std::to_string(grids[i].grid.cols);
    if (!menu_item(numbered("menu/copy_from", i), grids[i].name.c_str(), size.c_str(), false,
                   !self))
      continue;
    if (auto done = editor.copy_grid(static_cast<int>(i), to); !done)
      session_.log().error(done.error());
    break;  // the grids are others now
  }
  ImGui::EndMenu();
}

void Frame::remove_example_menu() {
  Editor& editor = session_.editor();
  if (!editor.puzzle().info().examples) return;
  if (!begin_submenu("menu/remove_example", "Remove example")) return;
  const auto count = editor.puzzle().examples(editor.question()).size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!menu_item(numbered("menu/remove_example", i),
                   ("Example " + std::to_string(i + 1)).c_str()))
      continue;
    if (auto done = editor.remove_example(static_cast<int>(i)); !done)
      session_.log().error(done.error());
  }
  ImGui::EndMenu();
}

void Frame::view_items() {
  for (std::size_t i = 0; i < views_.size(); ++i) {
    const View& view = *views_[i];
    const std::string keys = i < 9 ? "Ctrl+" + std::to_string(i + 1) : std::string();
    if (!menu_item(std::string("menu/view/") + view.name(), view.title(),
                   keys.empty() ? nullptr : keys.c_str(), is_open(view)))
      continue;
    if (is_open(view)) {
      hide(view);
    } else {
      show(view);
    }
  }
  ImGui::Separator();
  if (begin_submenu("menu/theme", "Theme")) {
    command_items("Theme");
    ImGui::EndMenu();
  }
}

void Frame::views_menu() {
  const View* shown = narrow_front();
  const bool open = ImGui::BeginMenu(shown == nullptr ? "Views" : shown->title());
  if (!open) {
    probe().mark_last("menu/views");
    return;
  }
  for (const auto& view : views_) {
    if (menu_item(std::string("tab/") + view->name(), view->title(), nullptr, view.get() == shown))
      show(*view);
  }
  ImGui::EndMenu();
}

// At the right end: what is open, and whether it is in its file.
void Frame::board_title() {
  std::string title = session_.editor().puzzle().info().title;
  if (!session_.path().empty()) {
    title += "   " + std::filesystem::path(session_.path()).filename().string();
    if (session_.unsaved()) title += " •";
  } else if (!session_.id().empty()) {
    title += "   " + session_.id();
  }
  const float width = ImGui::CalcTextSize(title.c_str()).x;
  const float x = ImGui::GetIO().DisplaySize.x - width - ImGui::GetFontSize();
  if (x < ImGui::GetCursorPosX() + ImGui::GetFontSize()) return;
  ImGui::SetCursorPosX(x);
  ImGui::PushStyleColor(ImGuiCol_Text, colors().muted);
  ImGui::TextUnformatted(title.c_str());
  ImGui::PopStyleColor();
}

}  // namespace trm::ui
