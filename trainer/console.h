// A run on the terminal: one refreshing line with a bar on a terminal, plain lines otherwise.
#pragma once

#include <chrono>
#include <ostream>

#include "trainer/run.h"

namespace trm {

class Console final : public RunListener {
 public:
  /// `tty`: refresh one line. Without it a line every `interval` seconds.
  Console(std::ostream& out, bool tty, double interval = 10)
      : out_(out), tty_(tty), interval_(interval) {}

  void message(const std::string& text) override;
  void progress(const Progress& progress) override;
  void evaluated(const Progress& at, const Scores& scores, const Scores& raw) override;
  /// Ends the refreshed line.
  void end_line();

 private:
  std::ostream& out_;
  bool tty_;
  double interval_;
  bool open_line_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace trm
