#include "ui/views/words.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"

namespace trm::ui {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, pattern, values...);
  return buffer;
}

}  // namespace

std::string plural(std::int64_t count, std::string_view word) {
  std::string words = std::to_string(count) + " " + std::string(word);
  if (count != 1) words += 's';
  return words;
}

std::string size_text(const Grid& grid) {
  return std::to_string(grid.rows) + "x" + std::to_string(grid.cols);
}

std::optional<std::uint64_t> seed_in(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> wanted_seed(std::string_view text) {
  return text.empty() ? std::random_device{}() : seed_in(text);
}

std::string number_text(double number) { return format("%.3f", number); }
std::string percent(double share) { return format("%.1f %%", share * 100); }

std::string duration_text(double ms) {
  if (ms < 10) return format("%.1f ms", ms);
  return ms < 1000 ? format("%.0f ms", ms) : format("%.2f s", ms / 1000);
}

std::string capitalised(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z')
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

std::string place_text(const CellRef& cell, bool several) {
  std::string words = several ? "grid " + std::to_string(cell.grid + 1) + ", " : "";
  return words + "row " + std::to_string(cell.row + 1) + ", column " + std::to_string(cell.col + 1);
}

std::string stopped_text(Stopped stopped) {
  switch (stopped) {
    case Stopped::verified:
      return "an answer was verified";
    case Stopped::halted:
      return "the model said that it was done";
    case Stopped::max_steps:
      return "all steps were used";
    case Stopped::deadline:
      return "the time was up";
    case Stopped::cancelled:
      return "it was cancelled";
    case Stopped::fallback:
      return "the rule solver answered";
    case Stopped::settled:
      return "the board no longer changed";
    case Stopped::fitted:
      return "every demonstration is reproduced, two were answered while held out";
    case Stopped::fit_seconds:
      return "there was no time for another network";
  }
  return {};
}

std::string source_text(std::string_view source) {
  if (source == "model") return "the model";
  if (source == "fit") return "a network fitted to the demonstrations";
  if (source == "exact") return "the rule solver, not the model";
  if (source == "random") return "random values, not a model";
  return std::string(source);
}

std::string rules_text(const RuleVerdict& verdict) {
  if (verdict.solutions == 0)
    return verdict.complete ? "The rule solver says that this board has no solution." : "";
  if (verdict.solutions > 1) return "The rule solver says that this board has several solutions.";
  return verdict.complete ? "The rule solver says that this board has exactly one solution."
                          : "The rule solver says that this board has a solution.";
}

std::string parameters_text(std::int64_t count) {
  const auto number = static_cast<double>(count);
  if (count >= 1'000'000) return format("%.1f M parameters", number / 1e6);
  return count >= 1000 ? format("%.0f k parameters", number / 1e3) : plural(count, "parameter");
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += separator;
    all += word;
  }
  return all;
}

Judgement judge(const Verdict& verdict) {
  switch (verdict.status) {
    case Status::verified:
      return {Level::good, "Verified: the rules hold", {}};
    case Status::plausible:
      return {Level::warning, "Plausible, not verified",
              verdict.evidence.empty() ? "Nobody has written these rules down."
                                       : capitalised(verdict.evidence) + "."};
    case Status::unverified:
      break;
  }
  if (!verdict.conflicts.empty()) return {Level::error, "Not solved: unverified", {}};
  return {Level::warning, "Unverified",
          verdict.evidence.empty()
              ? "No broken rule was found, but nothing confirms that the answer is right."
              : capitalised(verdict.evidence) + "."};
}

ImU32 level_color(Level level) {
  switch (level) {
    case Level::good:
      return colors().good;
    case Level::warning:
      return colors().fair;
    case Level::error:
      return colors().bad;
    case Level::info:
      break;
  }
  return colors().text;
}

void flow(float width) {
  const float limit = ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x;
  const float end = ImGui::GetItemRectMax().x + ImGui::GetStyle().ItemSpacing.x + width;
  if (end <= limit) ImGui::SameLine();
}

void flow_button(const char* label) {
  flow(ImGui::CalcTextSize(label).x + 2 * ImGui::GetStyle().FramePadding.x);
}

void text(std::string_view words) {
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(words.data(), words.data() + words.size());
  ImGui::PopTextWrapPos();
}

void colored_text(ImU32 color, std::string_view words) {
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  text(words);
  ImGui::PopStyleColor();
}

void fact(const char* name, std::string_view value) {
  ImGui::PushStyleColor(ImGuiCol_Text, colors().muted);
  ImGui::TextUnformatted(name);
  ImGui::PopStyleColor();
  flow(ImGui::CalcTextSize(value.data(), value.data() + value.size()).x);
  text(value);
}

float line_height() { return ImGui::GetTextLineHeight(); }

void conflict_list(std::string_view name, Editor& editor, const std::vector<Conflict>& conflicts,
                   Layer layer, std::size_t most) {
  const bool several = editor.grids(layer).size() > 1;
  for (std::size_t i = 0; i < std::min(conflicts.size(), most); ++i) {
    const Conflict& conflict = conflicts[i];
    const std::string words =
        capitalised(place_text(conflict.cell, several) + ": " + conflict.message);
    const std::string id = std::string(name) + "/" + std::to_string(i);
    ImGui::PushID(id.c_str());
    const ImVec2 at = ImGui::GetCursorPos();
    const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x);
    const ImVec2 size = ImGui::CalcTextSize(words.c_str(), nullptr, false, width);
    const bool picked = ImGui::Selectable("##pick", false, 0, {width, size.y});
    probe().mark_last(id);
    const ImVec2 after = ImGui::GetCursorPos();
    ImGui::SetCursorPos(at);
    colored_text(colors().bad, words);
    ImGui::SetCursorPos(after);
    ImGui::PopID();
    if (!picked) continue;
    const CellRef cell = conflict.cell;
    editor.set_layer(layer);
    editor.select(std::nullopt);
    editor.set_cursor(cell);
    break;  // the list may be another one now
  }
  if (conflicts.size() > most)
    muted(("and " + std::to_string(conflicts.size() - most) + " more").c_str());
}

}  // namespace trm::ui
