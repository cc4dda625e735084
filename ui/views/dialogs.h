// Modal windows: new board, open, save, paste, export, add to data set, resize.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ui/views/file_chooser.h"
#include "ui/views/view.h"

namespace trm::ui {

/// The one dialog that is open, if any. What goes wrong is said inside, and the dialog stays.
class Dialogs {
 public:
  /// Opens shell.dialog if it names one ("new", "open", "save", "paste", "export",
  /// "export_thinking", "data", "resize"), and draws the open one. Escape closes it.
  void draw(Session& session, Shell& shell);
  bool open() const { return !open_.empty(); }

 private:
  // dialogs.cpp
  void start(Session& session, Shell& shell);
  void content(Session& session, Shell& shell);
  void leave(Session& session);
  void close() { open_.clear(); }
  bool cancel_button(const char* name);
  void say_error(const char* name);
  void paste(Session& session);
  void resize(Session& session);
  void pick_grid(const Editor& editor);

  // dialog_new.cpp
  void start_new(const Session& session);
  void pick_puzzle(const Puzzle& puzzle);
  void new_board(Session& session, Shell& shell);
  bool generator(const PuzzleInfo& info);
  std::string wanted_size(const PuzzleInfo& info) const;
  void make(Session& session, const Puzzle& puzzle);
  void wait_for_board(Session& session);

  // dialog_files.cpp
  void open_file(Session& session);
  void save_file(Session& session);
  void export_files(Session& session);
  void add_to_data(Session& session);
  /// True: `path` may be written: it is new, or the user has agreed to replace it.
  bool confirmed(const char* name, bool chosen);

  std::string open_, error_, text_, note_;
  FileChooser files_;
  std::string replace_;  // an existing file that the user may want to replace
  bool appearing_ = false, was_front_ = true;
  int puzzle_ = 0, size_ = 0, difficulty_ = 0, what_ = 0, rows_ = 0, cols_ = 0, grid_ = 0;
  std::vector<double> options_;
  std::vector<std::string> names_;  // of the grids, or of the puzzles
  std::string seed_, other_size_;
  bool waiting_ = false;  // for a generated board
  int idle_frames_ = 0;
  std::uint64_t board_before_ = 0;
  bool entries_ = true, solution_ = false;
};

}  // namespace trm::ui
