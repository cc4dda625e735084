#include "trainer/console.h"

#include <algorithm>
#include <cstdio>

namespace trm {
namespace {

std::string duration(double minutes) {
  char text[32];
  const int seconds = static_cast<int>(minutes * 60 + 0.5);
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%dh%02dm", seconds / 3600, seconds / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%dm%02ds", seconds / 60, seconds % 60);
  }
  return text;
}

std::string bar(double progress) {
  constexpr std::size_t kWidth = 20;
  const auto full = static_cast<std::size_t>(std::clamp(progress, 0.0, 1.0) * kWidth + 0.5);
  std::string text(kWidth, '.');
  std::fill_n(text.begin(), full, '#');
  return '[' + text + ']';
}

}  // namespace

void Console::end_line() {
  if (open_line_) out_ << '\n';
  open_line_ = false;
  out_.flush();
}

void Console::message(const std::string& text) {
  end_line();
  out_ << text << '\n' << std::flush;
}

void Console::progress(const Progress& p) {
  const auto now = std::chrono::steady_clock::now();
  if (!tty_ && p.progress < 1 && std::chrono::duration<double>(now - last_).count() < interval_)
    return;
  last_ = now;
  char line[200];
  std::snprintf(
      line, sizeof line,
      "%s %5.1f%% step %lld loss %.4f exact %5.1f%% %.1f steps/s %.1f examples/s %s left %s",
      bar(p.progress).c_str(), 100 * p.progress, static_cast<long long>(p.step), p.loss,
      100 * p.exact, p.steps_per_second, p.examples_per_second, duration(p.minutes).c_str(),
      duration(p.minutes_left).c_str());
  if (tty_) {
    out_ << '\r' << line << "\033[K" << std::flush;
    open_line_ = true;
  } else {
    out_ << line << '\n' << std::flush;
  }
}

void Console::evaluated(const Progress& at, const Scores& scores, const Scores& raw) {
  end_line();
  out_ << "held-out boards after " << duration(at.minutes) << ", step " << at.step << ":\n";
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto& [name, score] = scores[i];
    const Interval interval = wilson(score.solved, score.boards);
    char line[240];
    std::snprintf(line, sizeof line,
                  "  %-16s solved %5.1f%% (%.1f to %.1f) exact %5.1f%% of %lld, %.1f steps, %.1f s",
                  name.c_str(), 100 * score.solved_rate(), 100 * interval.low, 100 * interval.high,
                  100 * score.exact_raw_rate(), static_cast<long long>(score.boards),
                  score.mean_steps(), score.seconds);
    out_ << line;
    if (i < raw.size()) {
      std::snprintf(line, sizeof line, "; without EMA %.1f%%", 100 * raw[i].second.solved_rate());
      out_ << line;
    }
    out_ << '\n';
  }
  out_ << std::flush;
}

}  // namespace trm
