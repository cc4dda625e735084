// All that the user can ask for by menu or key, in one table: the menus, the help view and the
// dispatcher of keys read it.
#pragma once

#include <string>
#include <vector>

#include "ui/app/keys.h"
#include "ui/views/view.h"

namespace trm::ui {

/// A key and what is held with it.
struct Chord {
  int key = 0;  ///< key::Code; 0: none
  int mods = key::none;
};

/// What commands work on.
struct Target {
  Session& session;
  Shell& shell;
  std::string& copied;  ///< text that the last copy of cells put on the system's clipboard
};

/// One thing that the user can do.
struct Command {
  const char* menu;   ///< "File", ...; "Keys": no item, a key only
  const char* name;   ///< of the item on the screen: "menu/save"
  const char* label;  ///< "Save as..."
  const char* keys;   ///< for people: "Ctrl+Shift+S"; empty: none
  std::vector<Chord> chords;
  void (*run)(const Target& target);
  bool (*enabled)(const Target& target) = nullptr;  ///< null: always
  bool (*checked)(const Target& target) = nullptr;  ///< null: no check mark
  bool separated = false;                           ///< a line above it in the menu
};

/// In the order of the menus.
const std::vector<Command>& commands();

/// Whether the open board's palette has that key: it puts a value then.
bool stolen(const Chord& chord, const Editor& editor);

/// The command's keys for people; empty where the palette has taken them.
std::string shown_keys(const Command& command, const Editor& editor);

/// Runs what the keys of this frame ask for. A palette entry's key wins over a plain letter.
/// `typing`: a text field has the keyboard. `moving`: the arrows, Space and Enter belong to another
/// view than the board.
void run_shortcuts(const Target& target, bool typing, bool moving);

/// Puts a palette value: into the selection or the cursor's cell, as a mark with the marking tool;
/// makes it the brush.
void pick(Editor& editor, Log& log, Cell value);

}  // namespace trm::ui
