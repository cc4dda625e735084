// The progress of a fit on the terminal.
#pragma once

#include <ostream>
#include <string>

#include "cli/terminal.h"
#include "engine/solver.h"

namespace trm::cli {

/// "[######------] 24 of 60 s, 3 of 3 demonstrations reproduced, the one held out answered, loss
/// 0.031".
std::string fit_text(const event::FitProgress& progress);

/// One line that is written over, on an interactive terminal only. Not thread-safe.
class FitLine {
 public:
  FitLine(std::ostream& out, const Terminal& terminal) : out_(out), terminal_(terminal) {}
  ~FitLine() { clear(); }
  FitLine(const FitLine&) = delete;
  FitLine& operator=(const FitLine&) = delete;

  /// Shows a FitProgress; other events are none of its business.
  void on_event(const Event& event);
  /// Removes the line, so that something else can be written.
  void clear();

 private:
  std::ostream& out_;
  const Terminal terminal_;
  bool shown_ = false;
};

}  // namespace trm::cli
