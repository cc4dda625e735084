// A solve as people see it: the board after each step, and what came out of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"
#include "engine/solver.h"

namespace trm::cli {

/// Draws the events of one request: redrawn in place on a terminal, one picture after another
/// elsewhere. The boards of attempts that run side by side alternate. Not thread-safe.
class Watch {
 public:
  /// `pause` follows each step, on an interactive terminal only.
  Watch(std::ostream& out, const Terminal& terminal, const Question& question,
        std::chrono::milliseconds pause);

  void on_event(const Event& event);

 private:
  void attempt(const event::Attempt& attempt);
  void step(const event::Step& step);
  std::string picture(const event::Step& step) const;

  std::ostream& out_;
  Terminal terminal_;
  Question question_;
  std::chrono::milliseconds pause_;
  std::vector<std::string> pictures_;  ///< the last one of each query
  /// The last board of each query, by attempt; no cells: none yet.
  std::map<int, std::vector<Grid>> last_;
  int drawn_ = 0;  ///< lines to redraw
};

/// Question and answer, as the module writes them for people.
std::string describe_boards(const Solution& solution, const Terminal& terminal);

/// "verified: 4 steps, 1 attempt, 12 ms, model NAME", with conflicts below when there are any.
std::string describe_outcome(const Solution& solution, const Terminal& terminal);

/// "3 steps", "1 step".
std::string counted(std::int64_t number, std::string_view word);

/// Hands the events of a request to `on_event` until its end.
Result<Solution> follow(SolveHandle& handle, const std::function<void(const Event&)>& on_event);

}  // namespace trm::cli
