#include "ui/views/log_view.h"

#include <ctime>
#include <string>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

constexpr int kMostShown = 200;  // wrapped lines cost time; copying gives all of them

std::string clock_text(const LogLine& line) {
  const std::time_t time = std::chrono::system_clock::to_time_t(line.time);
  std::tm local{};
  localtime_r(&time, &local);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &local);
  return text;
}

std::string all_lines(const Log& log) {
  std::string all;
  for (const LogLine& line : log.lines()) all += clock_text(line) + " " + line.text + "\n";
  return all;
}

}  // namespace

void LogView::draw_content(Session& session, Shell& shell) {
  Log& log = session.log();
  const bool any = !log.lines().empty();
  if (button("log/copy", "Copy all", "All lines to the clipboard", any))
    shell.clipboard = all_lines(log);
  flow_button("Clear");
  if (button("log/clear", "Clear", "Forget them", any)) log.clear();
  if (log.lines().empty()) return muted("Nothing has happened yet.");
  ImGui::BeginChild("lines");
  int shown = 0;
  for (auto line = log.lines().rbegin(); line != log.lines().rend(); ++line) {
    if (++shown > kMostShown) {
      muted("Older lines are in the copy.");
      break;
    }
    ImGui::PushStyleColor(ImGuiCol_Text, colors().muted);
    ImGui::TextUnformatted(clock_text(*line).c_str());
    ImGui::PopStyleColor();
    flow(12 * line_height());
    colored_text(level_color(line->level), line->text);
  }
  ImGui::EndChild();
}

}  // namespace trm::ui
