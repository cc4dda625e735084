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

/// Whether a key that is held goes on: it moves or erases. Held toggles would flicker.
constexpr bool may_repeat(int code, int mods) {
  if (code >= tab && code <= end) return true;
  return (mods & control) != 0 && (code == of('Z') || code == of('Y'));
}

/// The key that people mean, by what it writes on their keyboard; `code` is its place on an
/// American one. Digits stay where they are: some keyboards write them with Shift only.
constexpr int written(int code, char letter) {
  if (code < space || code >= escape || (code >= digit_0 && code <= digit_0 + 9)) return code;
  if (letter >= 'a' && letter <= 'z') return of(static_cast<char>(letter - 'a' + 'A'));
  if (letter >= 'A' && letter <= 'Z') return of(letter);
  if (letter == '+') return equal;  // where "=" is on the American one
  return letter == ',' || letter == '.' || letter == '-' || letter == '=' ? letter : code;
}

constexpr bool is_modifier(int code) { return code >= left_shift && code <= right_super; }

}  // namespace trm::ui::key
