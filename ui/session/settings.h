// What the user chose, kept between runs as settings.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "puzzles/result.h"

namespace trm::ui {

enum class Theme { system, light, dark };  ///< system: light

struct Settings {
  Theme theme = Theme::system;
  double zoom = 1;  ///< of letters and controls, 0.5..3
  int window_width = 1280, window_height = 800;
  double left = 0.2, right = 0.28, steps = 0.3;  ///< shares of the panes
  std::vector<std::string> hidden;               ///< names of views that are closed
  std::vector<std::string> recent;               ///< newest first, at most 12
  std::string model;                             ///< last model; empty: the solver's choice
  int attempts = 8, max_steps = 16;
  int fit_seconds = 60;    ///< time to fit a network to a task's demonstrations
  std::uint64_t seed = 0;  ///< of the next attempts
  bool fallback = false;   ///< ask the rule solver in the end
  bool live = false;       ///< solve again after every stroke
  bool count = true;       ///< say whether a board has no, one or many solutions
  std::string data_file;   ///< last file of "add to data set", of `puzzle`
  std::string puzzle;      ///< last puzzle

  bool operator==(const Settings&) const = default;
};

std::string format_settings(const Settings& settings);
/// Unknown members are ignored, values out of range become the nearest allowed one: settings of
/// another version never stop the program. Error: invalid_json.
Result<Settings> parse_settings(std::string_view text);
/// Puts a path in front of the recent ones.
void add_recent(Settings& settings, const std::string& path);

}  // namespace trm::ui
