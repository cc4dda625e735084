#include "ui/app/shortcuts.h"

#include <imgui.h>

#include <algorithm>
#include <cctype>

namespace trm::ui {
namespace {

int held_mods() {
  const ImGuiIO& io = ImGui::GetIO();
  return (io.KeyShift ? key::shift : 0) | (io.KeyCtrl ? key::control : 0) |
         (io.KeyAlt || io.KeysDown[key::right_alt] ? key::alt : 0);
}

const PaletteEntry* palette_entry(const Editor& editor, char typed) {
  for (const int c : {int(typed), std::tolower(typed), std::toupper(typed)}) {
    if (const auto* entry = editor.entry_for_key(static_cast<char>(c))) return entry;
  }
  return nullptr;
}

// Keys that also write a character, which a palette may want.
bool writes(const Chord& chord) {
  return chord.key > 0 && chord.key < key::escape && (chord.mods & ~key::shift) == 0;
}

// What a text field does with its keys, it does; F keys and other Ctrl keys stay ours.
bool left_by_text_field(const Chord& chord) {
  if (chord.key >= key::f1 && chord.key < key::pad_0) return true;
  if ((chord.mods & key::control) == 0) return false;
  for (const char letter : {'A', 'C', 'X', 'V', 'Z', 'Y'}) {
    if (chord.key == key::of(letter)) return false;
  }
  return chord.key < key::escape || chord.key == key::enter;
}

bool moves(const Chord& chord) {
  return chord.key == key::space || (chord.key >= key::escape && chord.key <= key::end);
}

bool asked(const Chord& chord, const Editor& editor, bool typing, bool moving) {
  if (chord.key == 0 || chord.mods != held_mods()) return false;
  if (!ImGui::IsKeyPressed(chord.key, key::may_repeat(chord.key, chord.mods))) return false;
  if (typing) return left_by_text_field(chord);
  if (moving && chord.mods == 0 && moves(chord)) return false;
  return !stolen(chord, editor);
}

}  // namespace

bool stolen(const Chord& chord, const Editor& editor) {
  return writes(chord) && palette_entry(editor, static_cast<char>(chord.key)) != nullptr;
}

std::string shown_keys(const Command& command, const Editor& editor) {
  const bool none = !command.chords.empty() &&
                    std::all_of(command.chords.begin(), command.chords.end(),
                                [&](const Chord& chord) { return stolen(chord, editor); });
  return none ? "" : command.keys;
}

void pick(Editor& editor, Log& log, Cell value) {
  editor.set_brush(value);
  if (!editor.selection() && !editor.cursor()) return;
  if (const auto done = editor.type(value); !done) log.error(done.error());
}

void run_shortcuts(const Target& target, bool typing, bool moving) {
  Editor& editor = target.session.editor();
  for (const Command& command : commands()) {
    if (command.run == nullptr) continue;
    const bool pressed =
        std::any_of(command.chords.begin(), command.chords.end(),
                    [&](const Chord& chord) { return asked(chord, editor, typing, moving); });
    if (!pressed || (command.enabled != nullptr && !command.enabled(target))) continue;
    command.run(target);
    return;
  }
  const ImGuiIO& io = ImGui::GetIO();
  if (typing || io.KeyCtrl || io.KeyAlt) return;
  for (const ImWchar typed : io.InputQueueCharacters) {
    if (typed <= ' ' || typed > '~') continue;
    if (const auto* entry = palette_entry(editor, static_cast<char>(typed)))
      pick(editor, target.session.log(), entry->value);
  }
}

}  // namespace trm::ui
