// The options of trm_editor: flags over the environment.
#pragma once

#include <optional>
#include <string>

#include "ui/app/window.h"

namespace trm::ui {

struct Options {
  std::string puzzle;  ///< to begin with
  std::string size;    ///< of the board to begin with; needs a puzzle
  std::string open;    ///< file, or game id
  std::string models;  ///< folder of models
  std::string backend = "auto";
  std::string device = "auto";
  int threads = 0;
  std::string state;  ///< folder of what is kept; "-": nothing
  std::string theme;  ///< light, dark; empty: as last time
  bool restore = true;
  WindowOptions window;
};

/// Reads the command line; nothing: help or an error was printed, and `status` is the exit status.
std::optional<Options> read_options(int argc, const char* const* argv, int& status);

}  // namespace trm::ui
