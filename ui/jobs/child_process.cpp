#include "ui/jobs/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

extern char** environ;

namespace trm::ui {
namespace {

constexpr std::size_t kMostAtOnce = 1u << 20;  // a frame must not wait for a chatterbox

// Children whose object went before they did: reaped when the next one starts.
std::mutex orphans_mutex;
std::vector<pid_t> orphans;

void reap_orphans() {
  const std::lock_guard lock(orphans_mutex);
  std::erase_if(orphans, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
}

/// SIGPIPE is ignored while this lives. A child inherits that, so that it can save and end after
/// the editor, who reads its output, has gone.
class IgnorePipeSignal {
 public:
  IgnorePipeSignal() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &before_);
  }
  ~IgnorePipeSignal() { sigaction(SIGPIPE, &before_, nullptr); }
  IgnorePipeSignal(const IgnorePipeSignal&) = delete;
  IgnorePipeSignal& operator=(const IgnorePipeSignal&) = delete;

 private:
  struct sigaction before_ {};
};

/// How the child starts: no input, its output into the pipe, signals as at the start of a program.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t none, standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&standard, signal);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &standard);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// 0, or what went wrong.
  int spawn(pid_t& pid, const std::vector<std::string>& command) const {
    std::vector<std::string> words = command;
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const IgnorePipeSignal ignore;
    return posix_spawn(&pid, argv.front(), &files_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command) {
  reap_orphans();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorCode::io_error, std::string("cannot make a pipe: ") + std::strerror(errno));
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  const int error = SpawnPlan(ends[1]).spawn(pid, command);
  ::close(ends[1]);
  if (error == 0) return ChildProcess(pid, ends[0]);
  ::close(ends[0]);
  return fail(ErrorCode::io_error, "cannot run " + command.front() + ": " + std::strerror(error));
}

std::string ChildProcess::read() {
  std::string text;
  char buffer[4096];
  while (pipe_ >= 0 && text.size() < kMostAtOnce) {
    const auto got = ::read(pipe_, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::optional<int> ChildProcess::ended() {
  int status = 0;
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return pid_ > 0 ? std::nullopt : std::optional(status_);
}

void ChildProcess::interrupt() {
  if (pid_ > 0 && !std::exchange(interrupted_, true)) kill(pid_, SIGINT);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      status_(other.status_),
      interrupted_(other.interrupted_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pipe_, other.pipe_);
  std::swap(status_, other.status_);
  std::swap(interrupted_, other.interrupted_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (!ended()) {
    interrupt();
    const std::lock_guard lock(orphans_mutex);
    orphans.push_back(pid_);
  }
  if (pipe_ >= 0) ::close(pipe_);
}

}  // namespace trm::ui
