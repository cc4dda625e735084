#include "ui/views/help_view.h"

#include <string_view>

#include "ui/app/shortcuts.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

void rules(const PuzzleInfo& info) {
  heading(info.title.c_str());
  text(info.summary);
  text(info.rules);
  ImGui::Spacing();
}

void layers() {
  heading("Draw and play");
  text(
      "Draw: what you paint belongs to the puzzle. Play: what you put in is your answer, and only "
      "what the puzzle leaves open can change.");
  text(
      "Drag to paint, press the right button to erase. The arrow keys move the frame; the keys "
      "beside the colours put their value there.");
  text(
      "Solve lets a small network think. It answers, looks at its answer and improves it, step by "
      "step; the Steps view shows all of them. What it finds is checked by the rules before it is "
      "called verified.");
  ImGui::Spacing();
}

void sample(ImU32 color, const char* words) {
  const float side = line_height();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + side, at.y + side}, color,
                                            ImGui::GetStyle().FrameRounding);
  ImGui::Dummy({side, side});
  ImGui::SameLine();
  text(words);
}

void colours() {
  heading("Colours");
  sample(colors().bad, "breaks a rule; point at it to read why");
  sample(colors().changed, "changed in the step that is shown");
  sample(colors().hint, "the hint");
  sample(colors().good, "verified: the rules hold");
  sample(colors().fair, "plausible or unverified: nothing has proved it");
  muted("In the thinking, pale cells are those of which the network is not sure.");
  ImGui::Spacing();
}

void keys(const Editor& editor) {
  heading("Keys");
  std::string_view group;
  for (const Command& command : commands()) {
    const std::string shown = shown_keys(command, editor);
    if (shown.empty()) continue;
    if (group != command.menu) {
      group = command.menu;
      muted(command.menu);
    }
    ImGui::PushStyleColor(ImGuiCol_Text, colors().accent);
    text(shown);
    ImGui::PopStyleColor();
    const float column = 9 * line_height();
    const bool beside = ImGui::GetContentRegionAvail().x > 1.8f * column &&
                        ImGui::CalcTextSize(shown.c_str()).x < column;
    if (beside) ImGui::SameLine(column);
    text(command.label);
  }
  ImGui::Spacing();
}

void forms(const PuzzleInfo& info) {
  heading("Text that it reads");
  muted("Paste it anywhere, drop a file with it on the window, or open one:");
  for (const TextForm& form : info.forms) text(form.name + ": " + form.description);
  text("game id: " + info.name + "#17 makes the same board everywhere");
}

}  // namespace

void HelpView::draw_content(Session& session, Shell&) {
  const PuzzleInfo& info = session.editor().puzzle().info();
  rules(info);
  layers();
  colours();
  keys(session.editor());
  forms(info);
  probe().mark_last("help/end");
}

}  // namespace trm::ui
