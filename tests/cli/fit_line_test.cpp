// The line that tells how far a fit is, where a person sees it.
#include "cli/fit_line.h"

#include <sstream>

#include "tests/catch.h"

namespace trm::cli {
namespace {

event::FitProgress progress_of(double seconds, int reproduced, int held_out) {
  event::FitProgress progress;
  progress.state.seconds = seconds;
  progress.state.loss = 0.03125;
  progress.state.demonstrations = 3;
  progress.state.reproduced = reproduced;
  progress.state.held_out = held_out;
  progress.budget = 60;
  return progress;
}

Terminal person(int cols) {
  Terminal terminal;
  terminal.errors_interactive = true;
  terminal.cols = cols;
  return terminal;
}

TEST_CASE("A fit's line has a bar, the time and what is known", "[cli][fit]") {
  CHECK(fit_text(progress_of(24, 2, 0)) ==
        "[########------------] 24 of 60 s, loss 0.031, 2 of 3 demonstrations reproduced");
  CHECK(fit_text(progress_of(61, 3, 1)) ==
        "[####################] 61 of 60 s, loss 0.031, 3 of 3 demonstrations reproduced, 1 "
        "answered while held out");
}

TEST_CASE("A fit's line is written over, and gives way to other events", "[cli][fit]") {
  std::ostringstream out;
  FitLine line(out, person(200));
  line.on_event(event::Attempt{0, "plain"});
  CHECK(out.str().empty());  // nothing to clear
  line.on_event(progress_of(24, 2, 0));
  line.on_event(progress_of(25, 2, 0));
  CHECK(out.str() == "\r" + fit_text(progress_of(24, 2, 0)) + "\x1b[K\r" +
                         fit_text(progress_of(25, 2, 0)) + "\x1b[K");
  out.str("");
  line.on_event(event::Attempt{1, "candidate 1"});
  CHECK(out.str() == "\r\x1b[K");
  line.clear();
  CHECK(out.str() == "\r\x1b[K");  // it is clear already
}

TEST_CASE("A fit's line fits the terminal, and is for people only", "[cli][fit]") {
  std::ostringstream out;
  {
    FitLine line(out, person(40));
    line.on_event(progress_of(24, 2, 0));
  }
  CHECK(out.str() == "\r" + fit_text(progress_of(24, 2, 0)).substr(0, 39) + "\x1b[K\r\x1b[K");
  std::ostringstream file;
  {
    FitLine line(file, Terminal{});
    line.on_event(progress_of(24, 2, 0));
  }
  CHECK(file.str().empty());
}

}  // namespace
}  // namespace trm::cli
