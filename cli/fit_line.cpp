#include "cli/fit_line.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace trm::cli {

std::string fit_text(const event::FitProgress& progress) {
  constexpr int kWidth = 20;
  const FitState& state = progress.state;
  const double share = progress.budget > 0 ? std::min(1.0, state.seconds / progress.budget) : 1;
  const int done = static_cast<int>(std::lround(share * kWidth));
  std::string text = "[" + std::string(static_cast<std::size_t>(done), '#') +
                     std::string(static_cast<std::size_t>(kWidth - done), '-') + "] ";
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, "%.0f of %.0f s, loss %.3f", state.seconds,
                progress.budget, state.loss);
  text += numbers;
  text += ", " + std::to_string(state.reproduced) + " of " + std::to_string(state.demonstrations) +
          " demonstrations reproduced";
  if (state.held_out > 0)
    text += ", " + std::to_string(state.held_out) + " answered while held out";
  return text;
}

void FitLine::on_event(const Event& event) {
  const auto* progress = std::get_if<event::FitProgress>(&event);
  if (progress == nullptr) return clear();
  if (!terminal_.errors_interactive) return;
  // A line that wraps cannot be written over.
  const auto most = static_cast<std::size_t>(std::max(20, terminal_.cols - 1));
  out_ << '\r' << fit_text(*progress).substr(0, most) << "\x1b[K" << std::flush;
  shown_ = true;
}

void FitLine::clear() {
  if (shown_) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace trm::cli
