#include "ui/session/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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

constexpr int kMostSlots = 16;

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

/// Makes a folder that only its owner looks into; one that is there stays as it is. Error:
/// io_error.
Result<void> make_folder(const std::string& path) {
  std::error_code failed;
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty()) fs::create_directories(parent, failed);
  if (!failed && ::mkdir(path.c_str(), 0700) != 0 && !fs::is_directory(path, failed) && !failed)
    failed.assign(errno, std::generic_category());
  if (!failed) return {};
  return fail(ErrorCode::io_error, "cannot make the folder " + path + ": " + failed.message(),
              "state");
}

/// The lock of a slot, or -1 if another process holds it. Error: io_error.
Result<int> take_slot(const std::string& slot) {
  if (auto made = make_folder(slot); !made) return made.error();
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
std::string board_of(const std::string& slot) { return slot + "/board.trm"; }

/// Whether a board waits there whose program broke off.
bool left_behind(const std::string& slot) {
  std::error_code ignored;
  return fs::exists(board_of(slot), ignored) && !fs::exists(clean_mark(slot), ignored);
}

}  // namespace

Result<StateDir> StateDir::open(const std::string& root) {
  StateDir state;
  state.root_ = root;
  if (root.empty()) {
    auto standard = standard_root();
    if (!standard) return std::move(standard).error();
    state.root_ = std::move(*standard);
  }
  while (state.root_.size() > 1 && state.root_.ends_with('/')) state.root_.pop_back();
  if (auto made = make_folder(state.root_); !made) return made.error();
  // Boards that were left behind come first, or nobody would find those of higher slots.
  for (const bool only_left : {true, false}) {
    for (int number = 1; number <= kMostSlots; ++number) {
      const auto taken = state.take(number, only_left);
      if (!taken) return taken.error();
      if (*taken) return state;
    }
  }
  return fail(ErrorCode::io_error,
              "all " + std::to_string(kMostSlots) + " places in " + state.root_ +
                  " are taken by running editors",
              "state");
}

Result<bool> StateDir::take(int number, bool only_left) {
  const std::string slot = root_ + "/slot-" + std::to_string(number);
  if (only_left && !left_behind(slot)) return false;
  const auto lock = take_slot(slot);
  if (!lock) return only_left ? Result<bool>(false) : lock.error();
  if (*lock < 0) return false;
  if (only_left && !left_behind(slot)) {  // its program has just ended well
    ::close(*lock);
    return false;
  }
  slot_ = slot;
  lock_ = *lock;
  std::error_code ignored;
  // Until mark_clean() this run counts as one that broke off.
  const bool marked = fs::remove(clean_mark(slot_), ignored);
  was_clean_ = marked || !fs::exists(board_path(), ignored);
  return true;
}

std::string StateDir::board_path() const { return board_of(slot_); }
std::string StateDir::settings_path() const { return root_ + "/settings.json"; }

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
