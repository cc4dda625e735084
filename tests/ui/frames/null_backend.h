// The editor without a window: frames on ImGui's null backend, with a scripted mouse and keyboard
// that go through the same queue as the real ones.
#pragma once

#include <imgui.h>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "ui/app/frame.h"
#include "ui/app/input_queue.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"

namespace trm::ui::test {

/// Nothing kept, no models: boards and rules only.
inline SessionOptions bare_session() {
  SessionOptions options;
  options.no_solver = "no models in this test";
  options.state = "-";
  options.restore = false;
  return options;
}

/// An editor of which one can see everything. One at a time: ImGui's context is the process's.
class NullUi {
 public:
  explicit NullUi(float width = 1280, float height = 800, SessionOptions options = bare_session())
      : context_(ImGui::CreateContext()), session(std::move(options), [] {}), frame(session) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;  // as OpenGL 3.2
    io.DisplaySize = {width, height};
    set_keys(io);
    refresh_look();
    frame.shell().get_clipboard = [this] { return clipboard; };
    step(3);
  }
  ~NullUi() { ImGui::DestroyContext(context_); }
  NullUi(const NullUi&) = delete;
  NullUi& operator=(const NullUi&) = delete;

  /// Frames until all input has been taken in, and so many more.
  void step(int frames = 1) {
    while (!input.empty()) one_frame();
    for (int i = 0; i < frames; ++i) one_frame();
  }
  /// Frames until it holds; false: it did not within the time.
  template <class Condition>
  bool step_until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      step();
    }
    return true;
  }
  /// At another size from now on.
  void resize(float width, float height) {
    ImGui::GetIO().DisplaySize = {width, height};
    step(3);
  }

  // --- What is on the screen
  bool sees(std::string_view name) const { return probe().items().contains(name); }
  /// Where a named item lies; fails the test where there is none.
  Rect rect(std::string_view name) const {
    const auto found = probe().items().find(name);
    INFO("looking for \"" << name << "\"");
    REQUIRE(found != probe().items().end());
    return found->second;
  }
  ImVec2 middle(std::string_view name) const {
    const Rect at = rect(name);
    return {at.x + at.width / 2, at.y + at.height / 2};
  }
  /// Frame::describe(), read back.
  Json described() const {
    auto json = parse_json(frame.describe());
    REQUIRE(json);
    return std::move(json).value();
  }
  std::string last_log() {
    const LogLine* last = session.log().last();
    return last == nullptr ? std::string() : last->text;
  }

  // --- The mouse
  void move_to(ImVec2 at) {
    input.move(at);
    step(2);
  }
  void click_at(ImVec2 at, int button = 0) {
    input.move(at);
    input.button(button, true);
    input.button(button, false);
    step(2);
  }
  void click(std::string_view name, int button = 0) { click_at(middle(name), button); }
  /// Presses at one place and releases at another, over some places between.
  void drag(ImVec2 from, ImVec2 to, int button = 0) {
    constexpr int places = 8;
    input.move(from);
    input.button(button, true);
    step(2);
    for (int i = 1; i <= places; ++i) {
      const float share = static_cast<float>(i) / places;
      input.move({from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share});
      step();
    }
    input.button(button, false);
    step(2);
  }
  void drag(std::string_view from, std::string_view to, int button = 0) {
    drag(middle(from), middle(to), button);
  }
  void wheel(float by) {
    input.wheel({0, by});
    step(2);
  }

  // --- The keyboard
  /// A key with what is held: key::of('Z'), key::control. Writes its letter too, as windows do.
  void key(int code, int mods = key::none) {
    constexpr std::pair<int, int> held[] = {{key::control, key::left_control},
                                            {key::shift, key::left_shift},
                                            {key::alt, key::left_alt}};
    for (const auto& [bit, modifier] : held) {
      if ((mods & bit) != 0) input.key(modifier, true);
    }
    input.key(code, true);
    if (code >= key::space && code < key::escape && (mods & ~key::shift) == 0) {
      const bool small = code >= 'A' && code <= 'Z' && (mods & key::shift) == 0;
      input.text(static_cast<unsigned>(small ? code - 'A' + 'a' : code));
    }
    input.key(code, false);
    for (const auto& [bit, modifier] : held) {
      if ((mods & bit) != 0) input.key(modifier, false);
    }
    step(2);
  }
  /// Letters, as into a text field.
  void type(std::string_view text) {
    for (const char letter : text) {
      input.text(static_cast<unsigned char>(letter));
      step();
    }
    step();
  }

  /// Opens an empty board; fails the test where the puzzle has none.
  void open(std::string_view puzzle, std::string_view size = "") {
    const auto found = find_puzzle(puzzle);
    REQUIRE(found);
    REQUIRE(session.new_board(**found, size));
    step(3);
  }
  /// Opens a board from text.
  void open_text(std::string_view puzzle, std::string_view text) {
    const auto found = find_puzzle(puzzle);
    REQUIRE(found);
    auto question = (*found)->parse(text);
    REQUIRE(question);
    session.editor().open(std::move(*question));
    step(3);
  }

 private:
  ImGuiContext* context_;

 public:
  Session session;
  Frame frame;
  InputQueue input;
  std::string clipboard;  ///< the system's

 private:
  static void set_keys(ImGuiIO& io) {
    constexpr std::pair<int, int> keys[] = {{ImGuiKey_Tab, key::tab},
                                            {ImGuiKey_LeftArrow, key::left},
                                            {ImGuiKey_RightArrow, key::right},
                                            {ImGuiKey_UpArrow, key::up},
                                            {ImGuiKey_DownArrow, key::down},
                                            {ImGuiKey_PageUp, key::page_up},
                                            {ImGuiKey_PageDown, key::page_down},
                                            {ImGuiKey_Home, key::home},
                                            {ImGuiKey_End, key::end},
                                            {ImGuiKey_Insert, key::insert},
                                            {ImGuiKey_Delete, key::del},
                                            {ImGuiKey_Backspace, key::backspace},
                                            {ImGuiKey_Space, key::space},
                                            {ImGuiKey_Enter, key::enter},
                                            {ImGuiKey_Escape, key::escape},
                                            {ImGuiKey_KeyPadEnter, key::pad_enter},
                                            {ImGuiKey_A, key::of('A')},
                                            {ImGuiKey_C, key::of('C')},
                                            {ImGuiKey_V, key::of('V')},
                                            {ImGuiKey_X, key::of('X')},
                                            {ImGuiKey_Y, key::of('Y')},
                                            {ImGuiKey_Z, key::of('Z')}};
    for (const auto& [meaning, code] : keys) io.KeyMap[meaning] = code;
  }
  void refresh_look() {
    const auto scale = static_cast<float>(session.settings().zoom);
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    load_fonts(atlas, scale);
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
    apply_theme(session.settings().theme, scale);
  }
  void one_frame() {
    if (std::exchange(frame.shell().theme_changed, false)) refresh_look();
    session.tick(std::chrono::steady_clock::now());
    ImGuiIO& io = ImGui::GetIO();
    io.DeltaTime = 1.0f / 60;
    input.feed(io);
    ImGui::NewFrame();
    frame.draw();
    ImGui::Render();
    std::string& copied = frame.shell().clipboard;
    if (!copied.empty()) clipboard = std::exchange(copied, {});
  }
};

/// The middle of a cell that the board names: the cursor's, and the corners of each grid.
inline ImVec2 cell_place(const NullUi& ui, const CellRef& cell) {
  return ui.middle("board/cell/" + std::to_string(cell.grid) + "/" + std::to_string(cell.row) +
                   "/" + std::to_string(cell.col));
}

}  // namespace trm::ui::test
