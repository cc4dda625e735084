// What keyboard and mouse did, given to ImGui no faster than it can tell apart: it looks at the
// state once a frame, so that a key pressed and released between two frames would be lost, and a
// press at one place followed by a move would be a press at the other. Knows no window.
#pragma once

#include <imgui.h>

#include <deque>
#include <vector>

namespace trm::ui {

/// Events in their order. The user's thread only.
class InputQueue {
 public:
  void key(int code, bool down) {
    repeated_ = false;
    events_.push_back({Kind::key, code, down, {}});
  }
  /// A key that is held, as often as the system repeats it. Only keys of key::may_repeat() are
  /// pressed again; letters go on in text fields alone.
  void repeat(int code, int mods);
  /// Belongs to the key before it.
  void text(unsigned letter) {
    events_.push_back({Kind::text, static_cast<int>(letter), !repeated_, {}});
  }
  void move(ImVec2 to) { events_.push_back({Kind::move, 0, true, to}); }
  void button(int button, bool down) { events_.push_back({Kind::button, button, down, {}}); }
  void wheel(ImVec2 by) { events_.push_back({Kind::wheel, 0, true, by}); }

  /// Before ImGui::NewFrame(): puts into io what fits into one frame.
  void feed(ImGuiIO& io);
  bool empty() const { return events_.empty(); }

 private:
  enum class Kind { key, text, move, button, wheel };
  struct Event {
    Kind kind;
    int code;
    bool down;  // text: of a key just pressed, not of one that is held
    ImVec2 at;
  };
  struct InFrame {
    bool moved = false, wheeled = false, pressed = false, buttons = false;
    std::vector<int> released;  // keys
  };
  static bool fits(const Event& event, const InFrame& frame);
  void apply(const Event& event, ImGuiIO& io, InFrame& frame);

  std::deque<Event> events_;
  ImVec2 mouse_{-FLT_MAX, -FLT_MAX};
  bool buttons_[3] = {};
  bool repeated_ = false;  // the last key
};

}  // namespace trm::ui
