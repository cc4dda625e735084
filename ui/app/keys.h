// Key codes: GLFW's numbers, without GLFW, so that tests can press keys. ImGui::IsKeyPressed()
// takes them.
#pragma once

namespace trm::ui::key {

enum Code {
  space = 32,
  comma = 44,
  minus = 45,
  period = 46,
  digit_0 = 48,  // to 57
  equal = 61,
  a = 65,  // to 90
  escape = 256,
  enter,
  tab,
  backspace,
  insert,
  del,
  right,
  left,
  down,
  up,
  page_up,
  page_down,
  home,
  end,
  f1 = 290,  // to 301
  pad_0 = 320,
  pad_decimal = 330,
  pad_subtract = 333,
  pad_add = 334,
  pad_enter = 335,
  left_shift = 340,
  left_control,
  left_alt,
  left_super,
  right_shift,
  right_control,
  right_alt,
  right_super,
  count = 512
};

/// The code of a letter, 'A' to 'Z', or digit.
constexpr int of(char letter) { return letter; }
constexpr int f(int number) { return f1 + number - 1; }

/// Bits of the keys held with another one.
enum Mods { none = 0, shift = 1, control = 2, alt = 4 };

constexpr bool is_modifier(int code) { return code >= left_shift && code <= right_super; }

}  // namespace trm::ui::key
