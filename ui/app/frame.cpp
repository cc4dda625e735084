#include "ui/app/frame.h"

#include <imgui.h>

#include <algorithm>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

constexpr int pane_flags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                           ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoCollapse |
                           ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNavFocus |
                           ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoScrollbar |
                           ImGuiWindowFlags_NoScrollWithMouse;

void place_next(const Rect& rect) {
  ImGui::SetNextWindowPos({rect.x, rect.y});
  ImGui::SetNextWindowSize({rect.width, rect.height});
}

bool a_popup_is_open() {
  return ImGui::IsPopupOpen(static_cast<const char*>(nullptr),
                            ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
}

std::string size_words(const Editor& editor) {
  const auto grids = editor.grids(editor.layer());
  const std::size_t at = editor.cursor() ? static_cast<std::size_t>(editor.cursor()->grid) : 0;
  if (at >= grids.size()) return {};
  return size_text(*grids[at]);
}

std::string place_words(const Session& session) {
  const Editor& editor = session.editor();
  std::string words = editor.layer() == Layer::answer ? "Playing" : "Drawing";
  const auto add = [&](const std::string& more) {
    if (!more.empty()) words += "   ·   " + more;
  };
  add(size_words(editor));
  if (session.count()) add(count_text(*session.count()));
  if (const auto cursor = editor.cursor()) {
    add("row " + std::to_string(cursor->row + 1) + ", column " + std::to_string(cursor->col + 1));
  }
  return words;
}

}  // namespace

Frame::Frame(Session& session) : session_(session), views_(make_views()) {}

void Frame::draw() {
  probe().begin_frame();
  read_requests();
  shortcuts();
  menu_bar();
  panes(layout_);
  if (!layout_.narrow) splitters(layout_);
  if (layout_.status.height > 0) status_line(layout_.status);
  dialogs_.draw(session_, shell_);
  share_keyboard();
}

void Frame::drop(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  (void)session_.open_file(paths.front());  // it logs
  if (paths.size() > 1) {
    session_.log().say(Level::warning, "Only the first of the dropped files was opened");
  }
}

// --- Views

bool Frame::is_open(const View& view) const {
  const auto& hidden = session_.settings().hidden;
  return std::find(hidden.begin(), hidden.end(), view.name()) == hidden.end();
}

bool Frame::is_shown(const View& view) const {
  return &view == (layout_.narrow ? narrow_front() : front(view.place()));
}

void Frame::show(const View& view) {
  std::erase(session_.settings().hidden, view.name());
  front_[static_cast<int>(view.place())] = view.name();
  narrow_front_ = view.name();
}

void Frame::hide(const View& view) {
  if (!is_open(view)) return;
  session_.settings().hidden.emplace_back(view.name());
  if (keys_view_ == view.name()) keys_view_.clear();
}

View* Frame::front(Place place) const {
  View* first = nullptr;
  for (const auto& view : views_) {
    if (view->place() != place || !is_open(*view)) continue;
    if (view->name() == front_[static_cast<int>(place)]) return view.get();
    if (first == nullptr) first = view.get();
  }
  return first;
}

View* Frame::narrow_front() const {
  View* first = nullptr;
  for (const auto& view : views_) {
    if (!is_open(*view)) continue;
    if (view->name() == narrow_front_) return view.get();
    if (first == nullptr || (first->place() != Place::board && view->place() == Place::board))
      first = view.get();
  }
  return first;
}

void Frame::read_requests() {
  if (shell_.show_view.empty()) return;
  for (const auto& view : views_) {
    if (view->name() == shell_.show_view) show(*view);
  }
  shell_.show_view.clear();
}

// --- Keyboard

void Frame::shortcuts() {
  if (dialogs_.open() || !shell_.dialog.empty()) return;
  if (view_keys() || a_popup_is_open()) return;
  run_shortcuts(target(), ImGui::GetIO().WantTextInput, !keys_view_.empty());
}

// Keys that the frame itself answers; true: one was pressed.
bool Frame::view_keys() {
  const ImGuiIO& io = ImGui::GetIO();
  const auto pressed = [](int code) { return ImGui::IsKeyPressed(code, false); };
  if (io.KeyAlt && !io.KeyCtrl) {
    for (const char* name : {"File", "Edit", "Puzzle", "View", "Help"}) {
      if (pressed(key::of(*name))) opening_menu_ = name;
    }
    return true;
  }
  if (pressed(key::f(10))) opening_menu_ = "File";
  if (a_popup_is_open()) return true;
  if (pressed(key::f(6))) next_keys_view();
  if (!keys_view_.empty() && !io.WantTextInput && pressed(key::escape)) {
    keys_view_.clear();
    return true;
  }
  if (!io.KeyCtrl || io.KeyShift) return false;
  for (std::size_t i = 0; i < views_.size() && i < 9; ++i) {
    const int digit = static_cast<int>(i) + 1;
    if (pressed(key::digit_0 + digit) || pressed(key::pad_0 + digit)) show(*views_[i]);
  }
  return false;
}

void Frame::next_keys_view() {
  std::vector<std::string> stops{""};
  for (const auto& view : views_) {
    if (view->place() != Place::board && is_open(*view) && is_shown(*view))
      stops.emplace_back(view->name());
  }
  auto at = std::find(stops.begin(), stops.end(), keys_view_);
  if (at == stops.end() || ++at == stops.end()) at = stops.begin();
  keys_view_ = *at;
  keys_moved_ = true;
}

// ImGui moves by keys in menus, dialogs and the view that has the keyboard, nowhere else: arrows
// and Tab are the board's.
void Frame::share_keyboard() {
  ImGuiIO& io = ImGui::GetIO();
  const bool popup = a_popup_is_open() || dialogs_.open();
  if (popup || !keys_view_.empty()) {
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  } else {
    io.ConfigFlags &= ~ImGuiConfigFlags_NavEnableKeyboard;
    if (!ImGui::IsAnyItemActive() && !io.WantTextInput)
      ImGui::SetWindowFocus(static_cast<const char*>(nullptr));
  }
  if (!popup && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) keys_view_.clear();
  keys_moved_ = false;
  constexpr double caret_blink = 0.5;
  if (io.WantTextInput) redraw_in(caret_blink);
}

// --- Panes

Layout Frame::measure(float top) const {
  const ImGuiIO& io = ImGui::GetIO();
  LayoutInput input;
  input.width = io.DisplaySize.x;
  input.height = io.DisplaySize.y - top;
  input.top = top;
  input.line = ImGui::GetFontSize();
  input.status = ImGui::GetFontSize() * 1.7f;
  const Settings& settings = session_.settings();
  input.left = settings.left;
  input.right = settings.right;
  input.steps = settings.steps;
  for (int place = 0; place < place_count; ++place) {
    input.has[place] = front(static_cast<Place>(place)) != nullptr;
  }
  return lay_out(input);
}

void Frame::panes(const Layout& layout) {
  if (layout.narrow) {
    std::vector<View*> open;
    for (const auto& view : views_) {
      if (is_open(*view)) open.push_back(view.get());
    }
    if (!open.empty()) pane("pane", layout.whole, open, *narrow_front(), !layout.tiny);
    return;
  }
  static constexpr const char* ids[place_count] = {"left pane", "board pane", "steps pane",
                                                   "right pane"};
  for (int place = 0; place < place_count; ++place) {
    std::vector<View*> open;
    for (const auto& view : views_) {
      if (static_cast<int>(view->place()) == place && is_open(*view)) open.push_back(view.get());
    }
    if (open.empty() || layout.pane[place].width <= 0) continue;
    const bool tabbed = open.size() > 1 || static_cast<Place>(place) != Place::board;
    pane(ids[place], layout.pane[place], open, *front(static_cast<Place>(place)), tabbed);
  }
}

void Frame::pane(const char* id, const Rect& rect, const std::vector<View*>& views, View& front,
                 bool tabbed) {
  place_next(rect);
  const bool keys = keys_view_ == front.name();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding,
                      layout_.narrow ? 0 : ImGui::GetStyle().WindowRounding);
  ImGui::PushStyleColor(ImGuiCol_Border, keys ? colors().accent : colors().line);
  ImGui::Begin(id, nullptr, pane_flags);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
  const float padding = ImGui::GetFontSize() * (layout_.tiny ? 0.2f : 0.8f);
  View* next = &front;
  if (tabbed) {
    std::vector<std::pair<std::string, std::string>> titles;
    int chosen = 0;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (views[i] == &front) chosen = static_cast<int>(i);
      titles.emplace_back(views[i]->name(), views[i]->title());
    }
    ImGui::SetCursorPosX(padding / 2);
    next = views[static_cast<std::size_t>(tabs("tab", titles, chosen))];
    const ImVec2 at = ImGui::GetWindowPos();
    const float y = ImGui::GetCursorScreenPos().y - ImGui::GetStyle().ItemSpacing.y;
    ImGui::GetWindowDrawList()->AddLine({at.x, y}, {at.x + rect.width, y}, colors().line);
    ImGui::SetCursorScreenPos({at.x, y + 1});
  }
  contents(front, padding);
  ImGui::End();
  if (next != &front) show(*next);
}

void Frame::contents(View& view, float padding) {
  const bool board = view.place() == Place::board;
  const int flags = ImGuiWindowFlags_AlwaysUseWindowPadding |
                    (board ? ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse : 0);
  if (keys_moved_ && keys_view_ == view.name()) ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {padding, board ? padding / 2 : padding});
  const bool seen = ImGui::BeginChild(view.name(), {0, 0}, false, flags);
  ImGui::PopStyleVar();
  if (seen) view.draw_content(session_, shell_);
  ImGui::EndChild();
}

// The gaps between the panes can be dragged.
void Frame::splitters(const Layout& layout) {
  const ImGuiIO& io = ImGui::GetIO();
  Settings& settings = session_.settings();
  const float inside =
      layout.split_left.width > 0 ? layout.split_left.width : ImGui::GetFontSize() * 0.4f;
  const auto splitter = [&](const char* name, const Rect& rect, bool upright, double& share,
                            auto wished) {
    if (rect.width <= 0 || rect.height <= 0) return;
    place_next(rect);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
    ImGui::Begin(name, nullptr, pane_flags | ImGuiWindowFlags_NoBackground);
    ImGui::InvisibleButton(name, {rect.width, rect.height});
    focus_ring();
    probe().mark_last(name);
    const bool active = ImGui::IsItemActive();
    if (active || ImGui::IsItemHovered()) {
      ImGui::SetMouseCursor(upright ? ImGuiMouseCursor_ResizeEW : ImGuiMouseCursor_ResizeNS);
      const ImVec2 middle{rect.x + rect.width / 2, rect.y + rect.height / 2};
      const float half = ImGui::GetFontSize(), thin = 1.5f;
      ImGui::GetWindowDrawList()->AddRectFilled(
          {middle.x - (upright ? thin : half), middle.y - (upright ? half : thin)},
          {middle.x + (upright ? thin : half), middle.y + (upright ? half : thin)}, colors().accent,
          thin);
    }
    if (active && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 1)) {
      share = std::clamp(static_cast<double>(wished()), 0.05, 0.9);
    }
    ImGui::End();
    ImGui::PopStyleVar(3);
  };
  const float width = std::max(1.0f, io.DisplaySize.x - 2 * inside);
  splitter("split/left", layout.split_left, true, settings.left,
           [&] { return (io.MousePos.x - inside * 1.5f) / width; });
  splitter("split/right", layout.split_right, true, settings.right,
           [&] { return (io.DisplaySize.x - io.MousePos.x - inside * 1.5f) / width; });
  const Rect& board = layout.pane[static_cast<int>(Place::board)];
  const Rect& steps = layout.pane[static_cast<int>(Place::steps)];
  const float bottom = steps.y + steps.height;
  splitter("split/steps", layout.split_steps, false, settings.steps, [&] {
    return (bottom - io.MousePos.y - inside / 2) / std::max(1.0f, bottom - board.y);
  });
}

void Frame::status_line(const Rect& rect) {
  place_next(rect);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::Begin("status line", nullptr, pane_flags | ImGuiWindowFlags_NoBackground);
  ImGui::PopStyleVar(2);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float size = ImGui::GetFontSize(), pad = size * 0.9f;
  const float y = rect.y + (rect.height - size) / 2;
  const std::string right = place_words(session_);
  const float right_width = ImGui::CalcTextSize(right.c_str()).x;
  // The places go first where there is no room for both.
  const bool both = rect.width > right_width + 16 * size;
  const float end = both ? rect.x + rect.width - right_width - 2 * pad : rect.x + rect.width - pad;
  if (both)
    list.AddText({rect.x + rect.width - right_width - pad, y}, colors().muted, right.c_str());
  if (const LogLine* last = session_.log().last()) {
    const ImU32 color = last->level == Level::info ? colors().muted : level_color(last->level);
    const float radius = size * 0.2f;
    list.AddCircleFilled({rect.x + pad + radius, rect.y + rect.height / 2}, radius, color);
    const float x = rect.x + pad + size * 0.8f;
    ImGui::PushClipRect({x, rect.y}, {std::max(x, end), rect.y + rect.height}, true);
    list.AddText({x, y}, color, last->text.c_str());
    ImGui::PopClipRect();
    ImGui::InvisibleButton("line", {std::max(1.0f, end - rect.x), rect.height});
    probe().mark_last("status");
    if (ImGui::IsItemClicked()) shell_.show_view = "log";
    if (ImGui::IsItemHovered() && ImGui::CalcTextSize(last->text.c_str()).x > end - x) {
      tooltip(last->text);
    }
  }
  ImGui::End();
}

}  // namespace trm::ui
