#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace trm::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Colors supported_colors() {
  const std::string_view term = environment("TERM");
  // NO_COLOR counts when it is set to anything (no-color.org); "dumb" moves no cursor either.
  if (!environment("NO_COLOR").empty() || term.empty() || term == "dumb") return Colors::none;
  const std::string_view depth = environment("COLORTERM");
  return depth == "truecolor" || depth == "24bit" ? Colors::rgb : Colors::indexed;
}

}  // namespace

Terminal detect_terminal() {
  Terminal terminal;
  terminal.errors_interactive = isatty(STDERR_FILENO) != 0;
  if (isatty(STDOUT_FILENO) == 0) return terminal;
  terminal.colors = supported_colors();
  // Without escapes nothing can be redrawn: plain text, step after step.
  terminal.interactive = terminal.colors != Colors::none;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    terminal.rows = size.ws_row;
    terminal.cols = size.ws_col;
  }
  return terminal;
}

}  // namespace trm::cli
