#include "ui/views/file_chooser.h"

#include <imgui.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 10'000;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool has_ending(const std::string& name, const std::vector<std::string>& endings) {
  const std::string small = lower(name);
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return small.ends_with(ending); });
}

std::string home() {
  const char* folder = std::getenv("HOME");
  return folder != nullptr ? folder : "/";
}

/// As typed: from the home folder, from the root, or from `folder`.
fs::path resolved(const std::string& folder, const std::string& typed) {
  if (typed == "~") return home();
  if (typed.starts_with("~/")) return fs::path(home()) / typed.substr(2);
  return fs::path(folder) / typed;  // an absolute path replaces the folder
}

std::string existing_folder(const std::string& wanted) {
  std::error_code failed;
  if (!wanted.empty() && fs::is_directory(wanted, failed))
    return fs::absolute(wanted, failed).lexically_normal().string();
  const fs::path here = fs::current_path(failed);
  return failed ? home() : here.string();
}

}  // namespace

void FileChooser::start(const std::string& folder_or_file) {
  std::error_code failed;
  const fs::path wanted(folder_or_file);
  const bool folder = folder_or_file.empty() || fs::is_directory(wanted, failed);
  file_ = folder ? "" : wanted.filename().string();
  path_.clear();
  appearing_ = true;
  go_to(existing_folder(folder ? folder_or_file : wanted.parent_path().string()));
}

void FileChooser::change_ending(const std::string& ending) {
  if (!file_.empty()) file_ = fs::path(file_).replace_extension(ending).string();
}

void FileChooser::go_to(const std::string& folder) {
  folder_ = fs::path(folder).lexically_normal().string();
  while (folder_.size() > 1 && folder_.ends_with('/')) folder_.pop_back();
  typed_folder_ = folder_;
  read_folder();
}

// One pass over the names. Types come with them from the file system, so that nothing is asked for
// each file but for links.
void FileChooser::read_folder() {
  entries_.clear();
  error_.clear();
  note_.clear();
  filtered_ = false;
  std::error_code failed;
  fs::directory_iterator files(folder_, failed);
  if (failed) {
    error_ = "This folder cannot be read: " + failed.message() + ".";
    return;
  }
  for (; !failed && files != fs::directory_iterator(); files.increment(failed)) {
    std::string name = files->path().filename().string();
    if (name.starts_with('.')) continue;
    if (entries_.size() == kMostEntries) {
      note_ = "Only the first 10,000 names are shown; others can be typed.";
      break;
    }
    std::error_code unknown;
    const bool folder = files->is_directory(unknown);
    if (folder || files->is_regular_file(unknown)) entries_.push_back({std::move(name), folder});
  }
  if (failed) error_ = "This folder cannot be read to its end: " + failed.message() + ".";
  std::vector<std::pair<std::string, Entry>> keyed;
  keyed.reserve(entries_.size());
  for (Entry& entry : entries_) keyed.emplace_back(lower(entry.name), std::move(entry));
  std::sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
    if (a.second.folder != b.second.folder) return a.second.folder;
    return a.first != b.first ? a.first < b.first : a.second.name < b.second.name;
  });
  for (std::size_t i = 0; i < keyed.size(); ++i) entries_[i] = std::move(keyed[i].second);
}

bool FileChooser::draw(const char* name, bool saving, const std::vector<std::string>& endings,
                       const char* verb) {
  const std::string id(name);
  if (button(id + "/up", "Up", "The folder that holds this one", folder_ != "/"))
    go_to(fs::path(folder_).parent_path().string());
  ImGui::SameLine();
  if (input_text(id + "/folder", "##folder", typed_folder_, "folder", true)) {
    std::error_code failed;
    const fs::path typed = resolved(folder_, typed_folder_);
    if (fs::is_directory(typed, failed)) {
      go_to(typed.string());
    } else {
      error_ = "There is no folder \"" + typed.string() + "\".";
      typed_folder_ = folder_;
    }
  }
  bool chosen = list(id, endings);
  if (appearing_) ImGui::SetKeyboardFocusHere();
  appearing_ = false;
  chosen = input_text(id + "/name", "File", file_, "name of the file", true) || chosen;
  if (!note_.empty()) muted(note_.c_str());
  if (!error_.empty()) {
    colored_text(colors().bad, error_);
    probe().mark_last(id + "/file_error");
  }
  if (verb == nullptr) verb = saving ? "Save" : "Open";
  chosen = primary_button(id + "/ok", verb, nullptr, !file_.empty()) || chosen;
  if (!enter_.empty()) {
    go_to(enter_);
    enter_.clear();
    return false;
  }
  return chosen && accept(saving, endings);
}

bool FileChooser::list(const std::string& name, const std::vector<std::string>& endings) {
  if (!filtered_ || endings_ != endings) {
    filtered_ = true;
    endings_ = endings;
    shown_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].folder || endings.empty() || has_ending(entries_[i].name, endings))
        shown_.push_back(i);
    }
  }
  const float height =
      std::clamp(ImGui::GetIO().DisplaySize.y * 0.3f, 3 * line_height(), 14 * line_height());
  bool chosen = false;
  ImGui::BeginChild("files", {0, height}, true);
  if (shown_.empty()) muted("Nothing here.");
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      if (row(name, entries_[shown_[static_cast<std::size_t>(i)]])) chosen = true;
      ImGui::PopID();
    }
  }
  ImGui::EndChild();
  return chosen;
}

// A folder opens at once, a file by two clicks or Enter.
bool FileChooser::row(const std::string& name, const Entry& entry) {
  const std::string label = entry.folder ? entry.name + "/" : entry.name;
  const bool marked = !entry.folder && entry.name == file_;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::Selectable(
      "##row", marked,
      ImGuiSelectableFlags_AllowDoubleClick | ImGuiSelectableFlags_DontClosePopups);
  // A label would hide what follows "##" in a name.
  ImGui::GetWindowDrawList()->AddText(at, entry.folder ? colors().accent : colors().text,
                                      label.c_str());
  probe().mark_last(name + "/entry/" + entry.name);
  if (!pressed) return false;
  if (entry.folder) {
    enter_ = (fs::path(folder_) / entry.name).string();
    return false;
  }
  // A key presses what is marked already: that is the second click.
  const bool by_key = !ImGui::IsMouseReleased(0) && !ImGui::IsMouseDown(0);
  file_ = entry.name;
  error_.clear();
  return ImGui::IsMouseDoubleClicked(0) || (by_key && marked);
}

bool FileChooser::accept(bool saving, const std::vector<std::string>& endings) {
  if (file_.empty()) return false;
  fs::path wanted = resolved(folder_, file_);
  std::error_code failed;
  if (fs::is_directory(wanted, failed)) {
    file_.clear();
    go_to(wanted.string());
    return false;
  }
  if (saving && !endings.empty() && !has_ending(wanted.filename().string(), endings))
    wanted += endings.front();
  if (saving && !fs::is_directory(wanted.parent_path(), failed)) {
    error_ = "There is no folder \"" + wanted.parent_path().string() + "\".";
    return false;
  }
  if (!saving && !fs::exists(wanted, failed)) {
    error_ = "There is no file \"" + wanted.string() + "\".";
    return false;
  }
  error_.clear();
  path_ = wanted.lexically_normal().string();
  return true;
}

}  // namespace trm::ui
