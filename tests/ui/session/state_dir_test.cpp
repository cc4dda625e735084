// Slots of programs that run at the same time, and what a killed one leaves.
#include "ui/session/state_dir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/temp_dir.h"

namespace trm::ui {
namespace {

using trm::test::TempDir;

StateDir opened(const std::string& root) {
  auto state = StateDir::open(root);
  if (!state) FAIL(state.error().message);
  return std::move(*state);
}

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_CASE("A new folder is made, clean and empty", "[ui]") {
  const TempDir dir;
  const StateDir state = opened(dir / "deep/er");
  CHECK(state.root() == dir / "deep/er");
  CHECK(state.was_clean());
  const auto board = state.read_board();
  REQUIRE(board);
  CHECK_FALSE(board->has_value());
  CHECK(state.settings_path().starts_with(state.root()));
}

TEST_CASE("Programs that run together have slots of their own", "[ui]") {
  const TempDir dir;
  std::optional<StateDir> first = opened(dir.path);
  const StateDir second = opened(dir.path);
  CHECK(first->board_path() != second.board_path());
  CHECK(first->settings_path() == second.settings_path());
  const std::string freed = first->board_path();
  first.reset();
  StateDir third = opened(dir.path);
  CHECK(third.board_path() == freed);
  StateDir moved = std::move(third);  // the lock goes along
  CHECK(opened(dir.path).board_path() != freed);
  CHECK(moved.board_path() == freed);
}

TEST_CASE("The board of the last run is found, and whether it ended well", "[ui]") {
  const TempDir dir;
  {
    const StateDir state = opened(dir.path);
    write(state.board_path(), "first");
    state.mark_clean();
  }
  {
    const StateDir state = opened(dir.path);
    CHECK(state.was_clean());
    CHECK(state.read_board().value() == "first");
    write(state.board_path(), std::string("sec\0ond\r\n", 9));
  }
  const StateDir state = opened(dir.path);
  CHECK_FALSE(state.was_clean());
  CHECK(state.read_board().value() == std::string("sec\0ond\r\n", 9));
}

TEST_CASE("A killed program leaves its slot and its board", "[ui]") {
  const TempDir dir;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto state = StateDir::open(dir.path);
    if (!state) _exit(1);
    write(state->board_path(), "half a move");
    if (::write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  close(ready[0]);
  {
    const StateDir beside = opened(dir.path);
    CHECK(beside.board_path().find("slot-2") != std::string::npos);
    CHECK_FALSE(beside.read_board()->has_value());
  }
  REQUIRE(kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  const StateDir after = opened(dir.path);
  CHECK(after.board_path().find("slot-1") != std::string::npos);
  CHECK_FALSE(after.was_clean());
  CHECK(after.read_board().value() == "half a move");
}

TEST_CASE("A board that was left in a higher slot is found by the next program", "[ui]") {
  const TempDir dir;
  {
    const StateDir first = opened(dir.path), second = opened(dir.path);
    const StateDir third = opened(dir.path);
    write(first.board_path(), "first");
    write(second.board_path(), "second");
    write(third.board_path(), "third");
    first.mark_clean();  // the others break off
  }
  {
    const StateDir state = opened(dir.path);
    CHECK_FALSE(state.was_clean());
    CHECK(state.read_board().value() == "second");
    {
      const StateDir beside = opened(dir.path);  // the second one is taken
      CHECK(beside.read_board().value() == "third");
      beside.mark_clean();
    }
    state.mark_clean();
  }
  const StateDir state = opened(dir.path);
  CHECK(state.was_clean());
  CHECK(state.read_board().value() == "first");
}

TEST_CASE("Nobody else looks into a folder that was made", "[ui]") {
  using std::filesystem::perms;
  const TempDir dir;
  const auto rights = [](const std::string& path) {
    return std::filesystem::status(path).permissions();
  };
  const mode_t before = umask(0022);
  const StateDir state = opened(dir / "deep/er/");
  std::filesystem::create_directory(dir / "mine");
  const StateDir there = opened(dir / "mine");
  umask(before);
  CHECK(rights(state.root()) == perms::owner_all);
  CHECK(rights(state.root() + "/slot-1") == perms::owner_all);
  CHECK(rights(dir / "mine") != perms::owner_all);  // whoever made it knows why
  CHECK(rights(dir / "mine/slot-1") == perms::owner_all);
}

TEST_CASE("The folder follows the environment", "[ui]") {
  const TempDir dir;
  const Variable home("HOME", (dir / "home").c_str());
  const Variable none("TRM_STATE", nullptr);
  {
    const Variable base("XDG_STATE_HOME", (dir / "xdg").c_str());
    CHECK(opened("").root() == dir / "xdg/trm");
    const Variable own("TRM_STATE", (dir / "own").c_str());
    CHECK(opened("").root() == dir / "own");
  }
  const Variable relative("XDG_STATE_HOME", "relative");
  CHECK(opened("").root() == dir / "home/.local/state/trm");
  const Variable homeless("HOME", nullptr);
  CHECK(StateDir::open().error().code == ErrorCode::io_error);
}

TEST_CASE("A place that cannot be written says so", "[ui]") {
  const TempDir dir;
  write(dir / "file", "no folder");
  const auto state = StateDir::open(dir / "file");
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == ErrorCode::io_error);
  CHECK(state.error().message.find(dir / "file") != std::string::npos);
  const StateDir open = opened(dir / "ok");
  std::filesystem::create_directory(open.board_path());  // not a file
  const auto board = open.read_board();
  REQUIRE_FALSE(board.ok());
  CHECK(board.error().code == ErrorCode::io_error);
}

}  // namespace
}  // namespace trm::ui
