#include "ui/app/frame_stats.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <numeric>

namespace trm::ui {
namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

double thread_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double process_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

void FrameStats::frame(double cpu_seconds, std::chrono::steady_clock::time_point at) {
  constexpr double moving_gap = 0.2;  // frames further apart do not follow each other
  const double gap = std::chrono::duration<double>(at - last_).count();
  if (!cpu_ms_.empty() && gap < moving_gap) {
    moving_seconds_ += gap;
    ++moving_frames_;
  }
  last_ = at;
  cpu_ms_.push_back(cpu_seconds * 1e3);
}

void FrameStats::idle(double wall_seconds, double cpu_seconds) {
  idle_wall_ += wall_seconds;
  idle_cpu_ += cpu_seconds;
}

double FrameStats::mean_ms() const {
  if (cpu_ms_.empty()) return 0;
  return std::accumulate(cpu_ms_.begin(), cpu_ms_.end(), 0.0) / static_cast<double>(cpu_ms_.size());
}

double FrameStats::percentile_ms(double share) const {
  if (cpu_ms_.empty()) return 0;
  std::vector<double> sorted = cpu_ms_;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
  return sorted[static_cast<std::size_t>(at)];
}

double FrameStats::frames_per_second() const {
  return moving_seconds_ > 0 ? moving_frames_ / moving_seconds_ : 0;
}

std::string FrameStats::words() const {
  char text[200];
  std::snprintf(text, sizeof text,
                "%d frames, %.2f ms of CPU a frame (99 %%: %.2f ms), %.1f frames a second",
                frames(), mean_ms(), percentile_ms(0.99), frames_per_second());
  std::string words = text;
  if (idle_wall_ > 0) {
    std::snprintf(text, sizeof text, "; idle: %.2f %% CPU in %.1f s", 100 * idle_cpu_ / idle_wall_,
                  idle_wall_);
    words += text;
  }
  return words;
}

}  // namespace trm::ui
