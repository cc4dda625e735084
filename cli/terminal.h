// What the program may assume about the terminal it writes to.
#pragma once

#include <cstdint>

namespace trm::cli {

/// How colours are written.
enum class Colors { none, indexed, rgb };  ///< no escapes; the 256-colour cube; 24 bits

/// The output's terminal as the process found it. The default is "no terminal": plain text without
/// escapes, cursor movement, or pauses.
struct Terminal {
  bool interactive = false;         ///< a person sees the output at once: redraw in place, pause
  bool errors_interactive = false;  ///< a person sees the error stream at once
  Colors colors = Colors::none;
  int rows = 24;
  int cols = 80;
};

/// Looks at file descriptors 1 and 2 and the environment (NO_COLOR, TERM, COLORTERM).
Terminal detect_terminal();

}  // namespace trm::cli
