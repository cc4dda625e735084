#include "ui/session/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "ui/session/board_file.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;

constexpr int kMostSlots = 64;

std::string reason() { return std::strerror(errno); }

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> standard_root() {
  if (std::string root = variable("TRM_STATE"); !root.empty()) return root;
  // A relative path there is to be ignored, says the XDG specification.
  if (const std::string base = variable("XDG_STATE_HOME"); base.starts_with('/')) {
    return base + "/trm";
  }
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.local/state/trm";
  return fail(ErrorCode::io_error, "no place for the editor's state: $HOME is not set", "state");
}

/// The lock of a slot, or -1 if another process holds it. Error: io_error.
Result<int> take_slot(const std::string& slot) {
  std::error_code failed;
  fs::create_directories(slot, failed);
  if (failed) {
    return fail(ErrorCode::io_error, "cannot make the folder " + slot + ": " + failed.message(),
                "state");
  }
  const std::string path = slot + "/lock";
  // Programs that this one starts must not hold the lock.
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return fail(ErrorCode::io_error, "cannot write " + path + ": " + reason(), "state");
  }
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  const int error = errno;
  ::close(lock);
  if (error == EWOULDBLOCK) return -1;
  errno = error;
  return fail(ErrorCode::io_error, "cannot lock " + path + ": " + reason(), "state");
}

std::string clean_mark(const std::string& slot) { return slot + "/clean"; }

}  // namespace

Result<StateDir> StateDir::open(const std::string& root) {
  StateDir state;
  state.root_ = root;
  if (root.empty()) {
    auto standard = standard_root();
    if (!standard) return std::move(standard).error();
    state.root_ = std::move(*standard);
  }
  for (int number = 1; number <= kMostSlots; ++number) {
    state.slot_ = state.root_ + "/slot-" + std::to_string(number);
    const auto lock = take_slot(state.slot_);
    if (!lock) return lock.error();
    if (*lock < 0) continue;
    state.lock_ = *lock;
    std::error_code ignored;
    // Until mark_clean() this run counts as one that broke off.
    const bool marked = fs::remove(clean_mark(state.slot_), ignored);
    state.was_clean_ = marked || !fs::exists(state.board_path(), ignored);
    return state;
  }
  return fail(ErrorCode::io_error,
              "all " + std::to_string(kMostSlots) + " places in " + state.root_ +
                  " are taken by running editors",
              "state");
}

std::string StateDir::board_path() const { return slot_ + "/board.trm"; }
std::string StateDir::settings_path() const { return root_ + "/settings.json"; }
std::string StateDir::layout_path() const { return root_ + "/imgui.ini"; }

Result<std::optional<std::string>> StateDir::read_board() const {
  const std::string path = board_path();
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  if (failed == std::errc::no_such_file_or_directory) return std::optional<std::string>();
  if (failed) {
    return fail(ErrorCode::io_error, "cannot read " + path + ": " + failed.message(), path);
  }
  if (size > kLongestFile) {
    return fail(ErrorCode::io_error, path + " is longer than any board", path);
  }
  std::string text(size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) return fail(ErrorCode::io_error, "cannot read " + path, path);
  return std::optional(std::move(text));
}

void StateDir::mark_clean() const { std::ofstream(clean_mark(slot_)).flush(); }

StateDir::StateDir(StateDir&& other) noexcept
    : root_(std::move(other.root_)),
      slot_(std::move(other.slot_)),
      lock_(std::exchange(other.lock_, -1)),
      was_clean_(other.was_clean_) {}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(slot_, other.slot_);
  std::swap(lock_, other.lock_);
  std::swap(was_clean_, other.was_clean_);
  return *this;
}

StateDir::~StateDir() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace trm::ui
