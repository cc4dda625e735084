// The editor as a program.
#pragma once

namespace trm::ui {

/// Runs until the user ends it. Exit status: 0; 1: it cannot start (no display, a board that cannot
/// be opened); 2: usage.
int run(int argc, const char* const* argv);

}  // namespace trm::ui
