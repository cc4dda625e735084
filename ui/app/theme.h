// Colours, letters and measures of the editor.
#pragma once

#include <imgui.h>

#include <string>

#include "puzzles/result.h"
#include "ui/session/settings.h"

namespace trm::ui {

/// The few colours that views use by meaning beside ImGui's own.
struct Colors {
  ImU32 ground, card, sunk, text, muted, line, accent, on_accent, good, fair, bad, changed, hint,
      selection, cursor;
  ImU32 control;      ///< outlines and knobs of controls
  ImU32 accent_wash;  ///< ground of what is chosen
};

/// The theme in force; set by apply_theme(). The user's thread only.
const Colors& colors();
bool is_dark();

/// Sets ImGui's style: colours, rounding and spacing for a zoom of `scale`.
void apply_theme(Theme theme, float scale);

/// The three fonts, after load_fonts(): text, headings, digits of one width.
struct Fonts {
  ImFont* text = nullptr;
  ImFont* heading = nullptr;
  ImFont* mono = nullptr;
  ImFont* board = nullptr;  ///< large, for what stands in cells; scaled down where needed
};
const Fonts& fonts();

/// Loads assets/fonts, else the system's DejaVu, else ImGui's own, in pixels for `scale`. Returns
/// which, for the log.
std::string load_fonts(ImFontAtlas& atlas, float scale);

}  // namespace trm::ui
