// A small browser of files: no dialog of the system is needed.
#pragma once

#include <string>
#include <vector>

namespace trm::ui {

class FileChooser {
 public:
  /// Draws the folder's list, the name and the button; true: `path()` was chosen. `endings`
  /// (".trm",
  /// ...): files shown, empty: all; a saved file whose name has none of them gets the first. `verb`
  /// stands on the button; null: "Open" or "Save".
  bool draw(const char* name, bool saving, const std::vector<std::string>& endings,
            const char* verb = nullptr);
  const std::string& path() const { return path_; }
  /// A folder, or the file that is proposed.
  void start(const std::string& folder_or_file);
  /// Another ending for the proposed name.
  void change_ending(const std::string& ending);

 private:
  struct Entry {
    std::string name;
    bool folder = false;
  };
  void read_folder();
  void go_to(const std::string& folder);
  bool accept(bool saving, const std::vector<std::string>& endings);
  /// True: an entry was chosen for good.
  bool list(const std::string& name, const std::vector<std::string>& endings);
  bool row(const std::string& name, const Entry& entry);

  std::string folder_, typed_folder_, file_, path_, error_, note_;
  std::string enter_;  // folder to go to after the list is drawn
  std::vector<Entry> entries_;
  std::vector<std::size_t> shown_;  // of those, by the endings
  std::vector<std::string> endings_;
  bool appearing_ = false, filtered_ = false;
};

}  // namespace trm::ui
