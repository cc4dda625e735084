// The parts of the table of shortcuts.h.
#pragma once

#include "ui/app/shortcuts.h"

namespace trm::ui {

std::vector<Command> file_commands();
std::vector<Command> edit_commands();
std::vector<Command> puzzle_commands();
std::vector<Command> view_commands();
std::vector<Command> key_commands();

// --- For them
inline Editor& editor(const Target& target) { return target.session.editor(); }
inline bool playing(const Target& target) { return editor(target).layer() == Layer::answer; }
/// Says what was refused.
inline void tell(const Target& target, const Result<void>& done) {
  if (!done) target.session.log().error(done.error());
}
inline Chord ctrl_and(char letter, int more = key::none) {
  return {key::of(letter), key::control | more};
}
inline Chord plain(char letter, int mods = key::none) { return {key::of(letter), mods}; }

}  // namespace trm::ui
