#include "ui/app/input_queue.h"

#include <algorithm>
#include <cfloat>

#include "ui/app/keys.h"

namespace trm::ui {

bool InputQueue::fits(const Event& event, const InFrame& frame) {
  switch (event.kind) {
    case Kind::key:  // a press and a release of one key are seen in two frames only
      return !frame.pressed && !frame.buttons &&
             std::find(frame.released.begin(), frame.released.end(), event.code) ==
                 frame.released.end();
    case Kind::text:  // belongs to the key before it
      return true;
    case Kind::move:
    case Kind::wheel:
      return !frame.pressed && !frame.buttons;
    case Kind::button:
      return !frame.moved && !frame.wheeled && !frame.pressed && !frame.buttons;
  }
  return true;
}

void InputQueue::repeat(int code, int mods) {
  const bool slow = !events_.empty();  // must not leave a tail of them
  if (!slow && key::may_repeat(code, mods)) {
    key(code, false);
    key(code, true);
  }
  repeated_ = true;
}

void InputQueue::apply(const Event& event, ImGuiIO& io, InFrame& frame) {
  switch (event.kind) {
    case Kind::key:
      if (event.code < 0 || event.code >= key::count) return;
      io.KeysDown[event.code] = event.down;
      frame.pressed = event.down && !key::is_modifier(event.code);
      if (!event.down) frame.released.push_back(event.code);
      return;
    case Kind::text:
      if (event.down || io.WantTextInput) io.AddInputCharacter(static_cast<unsigned>(event.code));
      return;
    case Kind::move:
      mouse_ = event.at;
      frame.moved = true;
      return;
    case Kind::wheel:
      io.MouseWheelH += event.at.x;
      io.MouseWheel += event.at.y;
      frame.wheeled = true;
      return;
    case Kind::button:
      if (event.code < 0 || event.code >= 3) return;
      buttons_[event.code] = event.down;
      frame.buttons = true;
      return;
  }
}

void InputQueue::feed(ImGuiIO& io) {
  InFrame frame;
  while (!events_.empty() && fits(events_.front(), frame)) {
    apply(events_.front(), io, frame);
    events_.pop_front();
  }
  const auto held = [&](int left, int right) { return io.KeysDown[left] || io.KeysDown[right]; };
  io.KeyShift = held(key::left_shift, key::right_shift);
  io.KeyCtrl = held(key::left_control, key::right_control);
  io.KeyAlt = io.KeysDown[key::left_alt];  // the right one writes letters (AltGr)
  io.KeySuper = held(key::left_super, key::right_super);
  // ImGui presses buttons with Space only; people expect Enter to do it too.
  const bool walking = (io.ConfigFlags & ImGuiConfigFlags_NavEnableKeyboard) != 0;
  if (walking && !io.WantTextInput && held(key::enter, key::pad_enter)) {
    io.NavInputs[ImGuiNavInput_Activate] = 1;
  }
  io.MousePos = mouse_;
  for (int i = 0; i < 3; ++i) io.MouseDown[i] = buttons_[i];
}

}  // namespace trm::ui
