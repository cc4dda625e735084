// The progress of a fit on the terminal.
#pragma once

#include <ostream>
#include <string>

#include "cli/terminal.h"
#include "engine/solver.h"

namespace trm::cli {

/// "[######------] 24 of 60 s, loss 0.031, 3 of 3 demonstrations reproduced, 1 answered while held
/// out".
std::string fit_text(const event::FitProgress& progress);

/// One line on the error stream that is written over, where a person sees it. Not thread-safe.
class FitLine {
 public:
  FitLine(std::ostream& out, const Terminal& terminal) : out_(out), terminal_(terminal) {}
  ~FitLine() { clear(); }
  FitLine(const FitLine&) = delete;
  FitLine& operator=(const FitLine&) = delete;

  /// Shows a FitProgress, and gives way to whatever is written for other events.
  void on_event(const Event& event);
  /// Removes the line, so that something else can be written.
  void clear();

 private:
  std::ostream& out_;
  const Terminal terminal_;
  bool shown_ = false;
};

}  // namespace trm::cli
