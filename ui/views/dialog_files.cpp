// Dialogs that end in a file.
#include <filesystem>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/dialogs.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

// Paths are said by their last part; the chooser shows the folder.
std::string file_name(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

}  // namespace

void Dialogs::open_file(Session& session) {
  muted("A saved board, or any text or JSON that a puzzle reads.");
  if (files_.draw("open", false, {})) {
    const auto opened = session.open_file(files_.path());
    if (opened) return close();
    error_ = file_name(files_.path()) + ": " + opened.error().message +
             ". The open board is still there.";
  }
  say_error("open/error");
  cancel_button("open/cancel");
}

bool Dialogs::confirmed(const char* name, bool chosen) {
  std::error_code failed;
  if (chosen) {
    error_.clear();
    replace_.clear();
    if (!std::filesystem::exists(files_.path(), failed)) return true;
    replace_ = files_.path();
  }
  if (replace_.empty()) return false;
  text("\"" + file_name(replace_) + "\" exists already.");
  if (button(std::string(name) + "/replace", "Replace it")) {
    replace_.clear();
    return true;
  }
  flow_button("Keep it");
  if (button(std::string(name) + "/keep", "Keep it")) replace_.clear();
  return false;
}

void Dialogs::save_file(Session& session) {
  muted("The board with its whole history.");
  const bool chosen = files_.draw("save", true, {".trm"});
  // Saving over the file that is open is what one means.
  const bool own = chosen && files_.path() == session.path();
  if (own || confirmed("save", chosen)) {
    const auto saved = session.save_file(files_.path());
    if (saved) return close();
    error_ = saved.error().message;
  }
  say_error("save/error");
  cancel_button("save/cancel");
}

void Dialogs::export_files(Session& session) {
  const bool page = what_ == 0;
  if (toggle("export/page", "Board", page, "A page to print or to send")) {
    what_ = 0;
    files_.change_ending(".svg");
  }
  flow_button("Thinking");
  if (toggle("export/thinking", "Thinking", !page, "The steps of the attempt that is shown")) {
    what_ = 1;
    files_.change_ending(".gif");
  }
  if (page) {
    checkbox("export/entries", "What I filled in", entries_);
    if (session.editor().puzzle().info().solves)
      checkbox("export/solution", "Solution on a page of its own", solution_, "By the rule solver");
    muted("The ending of the name says what it becomes: .svg, .pdf or .png.");
  } else {
    muted("The ending says what it becomes: .gif moves, .png is a strip, .json has all numbers.");
  }
  const bool any = session.thinking() != nullptr && !session.thinking()->steps.empty();
  if (!page && !any) {
    text("There is no thinking yet: solve the board first.");
    cancel_button("export/cancel");
    return;
  }
  const std::vector<std::string> endings = page ? std::vector<std::string>{".svg", ".pdf", ".png"}
                                                : std::vector<std::string>{".gif", ".png", ".json"};
  const bool chosen = files_.draw("export", true, endings, "Export");
  if (confirmed("export", chosen)) {
    const bool solution = solution_ && session.editor().puzzle().info().solves;
    if (page) {
      session.export_page(files_.path(), entries_, solution);
    } else {
      session.export_thinking(files_.path());
    }
    return close();
  }
  say_error("export/error");
  cancel_button("export/cancel");
}

void Dialogs::add_to_data(Session& session) {
  muted(
      "Appends this board as a line, with its exact answer where the puzzle has one. The Models "
      "view trains with such a file, and so does trm_trainer data build.");
  if (files_.draw("data", true, {data_ending(session.editor().puzzle())}, "Add")) {
    session.add_to_data_set(files_.path());
    return close();
  }
  say_error("data/error");
  cancel_button("data/cancel");
}

}  // namespace trm::ui
