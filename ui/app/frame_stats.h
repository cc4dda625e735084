// How often frames are drawn and what they cost, for --stats.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace trm::ui {

/// CPU time that this thread has used, in seconds.
double thread_seconds();
/// CPU time that all threads of the process have used, in seconds.
double process_seconds();

class FrameStats {
 public:
  /// A frame was drawn: CPU time of the code between NewFrame() and Render(), and when.
  void frame(double cpu_seconds, std::chrono::steady_clock::time_point at);
  /// The loop slept: how long, and what the process used meanwhile.
  void idle(double wall_seconds, double cpu_seconds);
  /// "120 frames, 1.21 ms of CPU a frame (99 %: 2.4 ms), 59.8 frames a second; idle: 0.3 % CPU".
  std::string words() const;

  int frames() const { return static_cast<int>(cpu_ms_.size()); }
  double mean_ms() const;
  double percentile_ms(double share) const;
  /// While frames followed each other closely; 0: they never did.
  double frames_per_second() const;

 private:
  std::vector<double> cpu_ms_;
  std::chrono::steady_clock::time_point last_{};
  double moving_seconds_ = 0, idle_wall_ = 0, idle_cpu_ = 0;
  int moving_frames_ = 0;
};

}  // namespace trm::ui
