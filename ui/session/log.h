// What happened, for the log view and the line at the bottom.
#pragma once

#include <chrono>
#include <deque>
#include <string>

#include "puzzles/result.h"

namespace trm::ui {

enum class Level { info, good, warning, error };

struct LogLine {
  std::chrono::system_clock::time_point time;
  Level level = Level::info;
  std::string text;
};

/// Keeps the last 1000 lines. Not thread-safe: the user's thread only.
class Log {
 public:
  void say(Level level, std::string text);
  /// An error in words: its message, and its field where that says more.
  void error(const Error& error, std::string_view doing = {});
  const std::deque<LogLine>& lines() const { return lines_; }
  /// The newest line, for the status bar; null: none yet.
  const LogLine* last() const { return lines_.empty() ? nullptr : &lines_.back(); }
  void clear() { lines_.clear(); }

 private:
  std::deque<LogLine> lines_;
};

}  // namespace trm::ui
