// A program that runs beside the editor, with what it prints. POSIX.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "puzzles/result.h"

namespace trm::ui {

/// Not thread-safe; nothing blocks. It has a process group of its own, so that Ctrl-C in the
/// editor's terminal does not reach it, and goes on when nobody reads what it prints. The
/// destructor interrupts one that runs, if nobody has, and does not wait.
class ChildProcess {
 public:
  /// The command's first word is the program's path. Error: io_error.
  static Result<ChildProcess> start(const std::vector<std::string>& command);

  /// What it has printed since the last call, on either stream.
  std::string read();
  /// Its exit status, 128 + the signal that ended it, or nothing while it runs.
  std::optional<int> ended();
  /// SIGINT. A second one would end trm_trainer without saving: only the first call sends it.
  void interrupt();
  bool interrupted() const { return interrupted_; }

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

 private:
  ChildProcess(pid_t pid, int pipe) : pid_(pid), pipe_(pipe) {}

  pid_t pid_ = -1;  // -1: it has ended
  int pipe_ = -1;
  int status_ = 0;
  bool interrupted_ = false;
};

}  // namespace trm::ui
