// Where the editor keeps what outlives it: settings, recent files, the board of the last run.
//
// One folder for each program that runs at the same time: slot-1, slot-2, ... A slot is locked by
// its process (flock), so the kernel frees it however the process ends. The next program finds the
// board that lies in its slot: nothing is lost by closing, by a crash or by kill -9.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "puzzles/result.h"

namespace trm::ui {

class StateDir {
 public:
  /// $TRM_STATE, else $XDG_STATE_HOME/trm, else ~/.local/state/trm. Makes the folder, which nobody
  /// else can read, and takes the first free slot whose last run broke off and left a board, else
  /// the first free slot. Error: io_error (read-only home); the editor then runs without.
  static Result<StateDir> open(const std::string& root = {});

  const std::string& root() const { return root_; }
  std::string board_path() const;     ///< of this slot: the autosave
  std::string settings_path() const;  ///< shared by all

  /// The autosave of the last run in this slot, if there is one. Error: io_error.
  Result<std::optional<std::string>> read_board() const;
  /// Whether the last run in this slot ended by mark_clean().
  bool was_clean() const { return was_clean_; }
  /// Says at the end that the program ended well.
  void mark_clean() const;

  StateDir(StateDir&&) noexcept;
  StateDir& operator=(StateDir&&) noexcept;
  ~StateDir();

 private:
  StateDir() = default;
  Result<bool> take(int number, bool only_left);
  std::string root_, slot_;
  int lock_ = -1;
  bool was_clean_ = true;
};

}  // namespace trm::ui
