// What several views say and how they lay it out.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ui/session/session.h"

namespace trm::ui {

// --- Words

std::string plural(std::int64_t count, std::string_view word);  ///< "1 step", "2 steps"
std::string number_text(double number);                         ///< "0.031"
std::string percent(double share);                              ///< "12.5 %"
std::string duration_text(double ms);                           ///< "3.2 ms", "1.25 s"
std::string capitalised(std::string text);
/// "row 3, column 5", with the grid where there are several.
std::string place_text(const CellRef& cell, bool several);
std::string stopped_text(Stopped stopped);           ///< "all steps were used"
std::string source_text(std::string_view source);    ///< "the rule solver, not the model"
std::string rules_text(const RuleVerdict& verdict);  ///< "The rule solver says that ..."
/// "1.2 M parameters".
std::string parameters_text(std::int64_t count);
std::string joined(const std::vector<std::string>& words, std::string_view separator);

std::string size_text(const Grid& grid);  ///< "9x9"

/// A seed that somebody has typed: a whole number, else nothing; what to say then.
std::optional<std::uint64_t> seed_in(std::string_view text);
inline constexpr const char* wrong_seed = "The seed is a whole number, or nothing.";
/// The same, and a random one where nothing was typed.
std::optional<std::uint64_t> wanted_seed(std::string_view text);

/// A verdict in words that claim no more than the rules have checked.
struct Judgement {
  Level level = Level::info;
  const char* title = "";
  std::string text;  ///< may be empty
};
Judgement judge(const Verdict& verdict);
ImU32 level_color(Level level);

// --- Layout

/// Call before a widget: it goes on in the line if `width` fits there, else in the next line.
void flow(float width);
/// flow() for a button with that label.
void flow_button(const char* label);
/// Wrapped text.
void text(std::string_view words);
void colored_text(ImU32 color, std::string_view words);
/// A line of name and value.
void fact(const char* name, std::string_view value);
/// Height of a line of letters: the unit of all measures.
float line_height();

/// The first conflicts as a list of which a click moves the cursor to the cell (in that layer);
/// items are named NAME/0, NAME/1, ...
void conflict_list(std::string_view name, Editor& editor, const std::vector<Conflict>& conflicts,
                   Layer layer, std::size_t most = 12);

/// Ending of a file of boards to train with: lines, or JSON where there is no rule solver to make
/// labels.
inline std::string data_ending(const Puzzle& puzzle) {
  return puzzle.info().solves ? ".txt" : ".json";
}

}  // namespace trm::ui
