// The real trm_trainer as a process, on a tiny run.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/trainer/files.h"

namespace trm::test {

/// A running trm_trainer whose output goes to a file. Killed if nobody waited for it.
class TrainerProcess {
 public:
  TrainerProcess(std::vector<std::string> arguments, const std::string& log,
                 const std::vector<std::pair<std::string, std::string>>& environment = {}) {
    const std::string program = std::string(TRM_BIN_DIR) + "/trm_trainer";
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ != 0) return;
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    if (freopen(log.c_str(), "w", stdout) == nullptr || dup2(1, 2) < 0) _exit(99);
    execv(program.c_str(), argv.data());
    _exit(98);
  }
  ~TrainerProcess() {
    if (pid_ > 0) stop(SIGKILL);
  }
  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const { kill(pid_, number); }

  /// Whether it still runs; once it does not, wait() gives its status.
  bool running() {
    if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
    return pid_ > 0;
  }
  /// Waits for its end: the exit status, or 128 + the signal that ended it.
  int wait() {
    if (pid_ > 0) waitpid(pid_, &status_, 0);
    pid_ = -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }
  int stop(int number) {
    signal(number);
    return wait();
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
};

/// Runs it to its end; {exit status, output}.
inline std::pair<int, std::string> run_trainer(
    std::vector<std::string> arguments, const std::string& log,
    const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  TrainerProcess process(std::move(arguments), log, environment);
  const int status = process.wait();
  return {status, read_file(log)};
}

/// TOML of a run of `steps` steps on 4x4 boards that takes seconds. `extra` is put into [train].
inline std::string tiny_toml(int steps, const std::string& extra = "") {
  return "puzzle = \"sudoku\"\nname = \"tiny\"\nseed = 3\nsteps = " + std::to_string(steps) +
         "\n[arch]\nmixer = \"geometry\"\nper_symbol = true\nhidden_size = 16\nswiglu_inner = 32\n"
         "H_cycles = 2\nL_cycles = 2\npos_encodings = \"none\"\nhalt_max_steps = 4\n"
         "[train]\noptimizer = \"adamw\"\nlr = 0.003\nema_decay = 0.95\nwarmup_steps = 10\n" +
         extra +
         "[[data]]\nname = \"small\"\nsize = \"4x4\"\npool = 64\nbatch = 8\n"
         "[[eval]]\nname = \"small\"\nsize = \"4x4\"\ncount = 8\nmax_steps = 4\n";
}

}  // namespace trm::test
