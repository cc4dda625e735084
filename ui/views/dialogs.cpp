// The frame of the dialogs, and the small ones. The others: dialog_new.cpp, dialog_files.cpp.
#include "ui/views/dialogs.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

constexpr std::size_t kLongestPaste = 256u << 10;  // a text field beyond it is slow

struct Kind {
  const char *name, *title;
};
constexpr Kind kinds[] = {
    {"new", "New board"},          {"open", "Open"},     {"save", "Save"},
    {"paste", "Paste a board"},    {"export", "Export"}, {"export_thinking", "Export"},
    {"data", "Add to a data set"}, {"resize", "Resize"}};

const Kind* find_kind(std::string_view name) {
  const auto* found = std::find_if(std::begin(kinds), std::end(kinds),
                                   [&](const Kind& kind) { return name == kind.name; });
  return found == std::end(kinds) ? nullptr : found;
}

/// Where the user's files are likely to be.
std::string usual_folder(const Session& session) {
  std::string file = session.path();
  if (file.empty() && !session.settings().recent.empty()) file = session.settings().recent.front();
  return std::filesystem::path(file).parent_path().string();
}

std::string proposed_file(const Session& session, const std::string& ending) {
  const std::filesystem::path folder = usual_folder(session);
  const std::string stem = session.path().empty()
                               ? session.editor().puzzle().name()
                               : std::filesystem::path(session.path()).stem().string();
  return (folder / (stem + ending)).string();
}

}  // namespace

void Dialogs::draw(Session& session, Shell& shell) {
  if (!shell.dialog.empty()) start(session, shell);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  if (open_.empty() || screen.x < 8 || screen.y < 8) return;  // a window made small to put it away
  const Kind* kind = find_kind(open_);
  const std::string title = std::string(kind->title) + "###dialog";
  if (appearing_) ImGui::OpenPopup(title.c_str());
  const float width = std::min(screen.x * 0.96f, 36 * ImGui::GetFontSize());
  ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {width, screen.y * 0.96f});
  bool keep = true;
  if (!ImGui::BeginPopupModal(title.c_str(), &keep,
                              ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoMove |
                                  ImGuiWindowFlags_NoSavedSettings)) {
    return leave(session);
  }
  // Escape closes an open list of choices first; by now that list is closed already.
  const bool escape = ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape), false);
  if (escape && was_front_) leave(session);
  was_front_ = ImGui::IsWindowFocused(ImGuiFocusedFlags_RootAndChildWindows |
                                      ImGuiFocusedFlags_NoPopupHierarchy);
  if (!open_.empty()) content(session, shell);
  // ImGui puts the keyboard on the first item of a new window, and hides that until a key moves it.
  if (appearing_) ImGui::GetCurrentContext()->NavDisableHighlight = false;
  appearing_ = false;
  if (open_.empty()) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

void Dialogs::start(Session& session, Shell& shell) {
  const std::string wanted = std::exchange(shell.dialog, {});
  if (find_kind(wanted) == nullptr) return;
  session.editor().release();
  open_ = wanted;
  appearing_ = was_front_ = true;
  error_.clear();
  note_.clear();
  replace_.clear();
  waiting_ = false;
  if (open_ == "new") start_new(session);
  if (open_ == "open") files_.start(usual_folder(session));
  if (open_ == "save") files_.start(proposed_file(session, ".trm"));
  if (open_ == "data") {
    const std::string& last = session.settings().data_file;
    files_.start(last.empty() ? proposed_file(session, data_ending(session.editor().puzzle()))
                              : last);
  }
  if (open_ == "export" || open_ == "export_thinking") {
    what_ = open_ == "export" ? 0 : 1;
    files_.start(proposed_file(session, what_ == 0 ? ".svg" : ".gif"));
  }
  if (open_ == "paste") {
    text_ = shell.get_clipboard ? shell.get_clipboard() : "";
    if (text_.size() > kLongestPaste) {
      text_.clear();
      note_ = "The clipboard holds too much for this field: save it as a file and open that.";
    }
  }
  if (open_ == "resize") {
    const auto cursor = session.editor().cursor();
    grid_ = cursor ? cursor->grid : 0;
    pick_grid(session.editor());
  }
}

// By Escape or the X.
void Dialogs::leave(Session& session) {
  if (waiting_) session.cancel_generate();
  close();
}

void Dialogs::content(Session& session, Shell& shell) {
  if (open_ == "new") return new_board(session, shell);
  if (open_ == "open") return open_file(session);
  if (open_ == "save") return save_file(session);
  if (open_ == "paste") return paste(session);
  if (open_ == "data") return add_to_data(session);
  if (open_ == "resize") return resize(session);
  export_files(session);
}

bool Dialogs::cancel_button(const char* name) {
  const bool pressed = button(name, "Cancel");
  if (pressed) close();
  return pressed;
}

void Dialogs::say_error(const char* name) {
  if (error_.empty()) return;
  colored_text(colors().bad, capitalised(error_));
  probe().mark_last(name);
}

// --- Paste ---------------------------------------------------------------------------------------

void Dialogs::paste(Session& session) {
  muted("A board as text, a game id, or JSON:");
  if (appearing_) ImGui::SetKeyboardFocusHere();
  const float height =
      std::clamp(ImGui::GetIO().DisplaySize.y * 0.3f, 3 * line_height(), 12 * line_height());
  if (fonts().mono != nullptr) ImGui::PushFont(fonts().mono);
  ImGui::InputTextMultiline("##text", &text_, {-1, height});
  if (fonts().mono != nullptr) ImGui::PopFont();
  probe().mark_last("paste/text");
  if (!note_.empty()) muted(note_.c_str());
  say_error("paste/error");
  if (primary_button("paste/ok", "Put on the board", nullptr, !text_.empty())) {
    const auto pasted = session.paste_text(text_);
    if (pasted) return close();
    error_ = pasted.error().message;
  }
  cancel_button("paste/cancel");
  const PuzzleInfo& info = session.editor().puzzle().info();
  muted(("What " + info.title + " reads; an example of each:").c_str());
  for (std::size_t i = 0; i < info.forms.size(); ++i) {
    const TextForm& form = info.forms[i];
    if (button("paste/form/" + std::to_string(i), form.name.c_str(), form.example.c_str()))
      text_ = form.example;
    flow(12 * line_height());
    muted(form.description.c_str());
  }
}

// --- Resize --------------------------------------------------------------------------------------

void Dialogs::pick_grid(const Editor& editor) {
  const auto grids = editor.grids(editor.layer());
  names_.clear();
  for (std::size_t i = 0; i < grids.size(); ++i)
    names_.push_back(std::to_string(i + 1) + ": " + size_text(*grids[i]));
  grid_ = std::clamp(grid_, 0, std::max(0, static_cast<int>(grids.size()) - 1));
  if (grids.empty()) return;
  rows_ = grids[static_cast<std::size_t>(grid_)]->rows;
  cols_ = grids[static_cast<std::size_t>(grid_)]->cols;
}

void Dialogs::resize(Session& session) {
  Editor& editor = session.editor();
  if (names_.size() > 1 && combo("resize/grid", "Grid", grid_, names_)) pick_grid(editor);
  slider("resize/rows", "Rows", rows_, 1, Puzzle::max_side);
  slider("resize/cols", "Columns", cols_, 1, Puzzle::max_side);
  muted("What still fits is kept; undo brings the rest back.");
  say_error("resize/error");
  if (primary_button("resize/ok", "Resize")) {
    const auto resized = editor.resize(grid_, rows_, cols_);
    if (resized) return close();
    error_ = resized.error().message;
  }
  cancel_button("resize/cancel");
}

}  // namespace trm::ui
