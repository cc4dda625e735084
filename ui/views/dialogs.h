// Modal windows: new board, open, save, paste, export, add to data set, messages.
#pragma once

#include <string>
#include <vector>

#include "ui/views/view.h"

namespace trm::ui {

/// A small browser of files for open and save: no dialog of the system is needed.
class FileChooser {
 public:
  /// Draws the list of the folder and the name; true: `path()` was chosen.
  bool draw(const char* name, bool saving, const std::vector<std::string>& endings);
  const std::string& path() const { return path_; }
  void start(const std::string& folder_or_file);

 private:
  void read_folder();
  std::string folder_, file_, path_, error_;
  struct Entry {
    std::string name;
    bool folder = false;
  };
  std::vector<Entry> entries_;
};

/// The one dialog that is open, if any.
class Dialogs {
 public:
  /// Opens shell.dialog if it names one, and draws the open one. Escape closes it.
  void draw(Session& session, Shell& shell);
  bool open() const { return !open_.empty(); }

 private:
  void new_board(Session& session);
  void open_file(Session& session);
  void save_file(Session& session);
  void paste(Session& session, Shell& shell);
  void export_files(Session& session);
  void add_to_data(Session& session);
  void resize(Session& session);
  void close();

  std::string open_, error_, text_;
  FileChooser files_;
  int puzzle_ = 0, size_ = 0, difficulty_ = 0, what_ = 0, rows_ = 0, cols_ = 0, grid_ = 0;
  std::vector<double> options_;
  std::string seed_;
  bool entries_ = true, solution_ = false;
};

}  // namespace trm::ui
