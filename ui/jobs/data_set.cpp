// Boards into files that the trainer reads.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "engine/weights/atomic_file.h"
#include "puzzles/text.h"
#include "ui/jobs/export.h"
#include "ui/jobs/picture.h"

namespace trm::ui {
namespace {

constexpr off_t kMostBytes = 64 << 20;
constexpr auto kSearchTime = std::chrono::seconds(10);

constexpr auto kLockPoll = std::chrono::milliseconds(20);

Error cancelled() { return fail(ErrorCode::cancelled, "cancelled"); }

/// A file that nobody else changes meanwhile.
class LockedFile {
 public:
  static Result<LockedFile> open(const std::string& path, const std::atomic<bool>& stop) {
    LockedFile file(path, ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
    if (file.fd_ < 0) return file.failed("open");
    while (flock(file.fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return file.failed("lock");
      if (stop) return cancelled();
      std::this_thread::sleep_for(kLockPoll);
    }
    struct stat about {};
    if (fstat(file.fd_, &about) != 0 || !S_ISREG(about.st_mode))
      return fail(ErrorCode::io_error, path + " is no file", "path");
    if (about.st_size > kMostBytes)
      return fail(ErrorCode::too_large, path + " is over 64 MiB: begin another file", "path");
    file.size_ = about.st_size;
    return file;
  }
  LockedFile(LockedFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// Whether the path still leads to it: another process may have removed it before the lock.
  bool in_place() const {
    struct stat here {
    }, there{};
    return fstat(fd_, &here) == 0 && stat(path_.c_str(), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
  }

  Result<std::string> read() const {
    std::string text(static_cast<std::size_t>(size_), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
      const auto got = pread(fd_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return failed("read");
      done += static_cast<std::size_t>(got);
    }
    return text;
  }

  /// All of it or nothing: one write, taken back where the disk has no room for it.
  Result<void> append(const std::string& text) const {
    errno = 0;
    const auto written = ::write(fd_, text.data(), text.size());
    if (written == static_cast<ssize_t>(text.size()) && fsync(fd_) == 0) return {};
    if (errno == 0) errno = ENOSPC;
    const Error error = failed("write");
    // Where even that fails there is nothing more to be done; the next board begins a new line.
    if (written > 0) (void)!ftruncate(fd_, size_);
    return error;
  }

 private:
  LockedFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Error failed(const char* what) const {
    return fail(ErrorCode::io_error,
                std::string("cannot ") + what + " " + path_ + ": " + std::strerror(errno), "path");
  }

  std::string path_;
  int fd_ = -1;
  off_t size_ = 0;
};

/// Keeps others that do so too from the file at a path, which may be replaced meanwhile: by a file
/// beside it, which goes with the object.
class Guard {
 public:
  static Result<Guard> lock(const std::string& path, const std::atomic<bool>& stop) {
    for (;;) {
      auto file = LockedFile::open(path + ".lock", stop);
      if (!file) return file.error();
      if (file->in_place()) return Guard(path + ".lock", std::move(*file));
    }
  }
  Guard(Guard&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
  Guard& operator=(Guard&&) = delete;
  ~Guard() {
    if (!path_.empty()) unlink(path_.c_str());
  }

 private:
  Guard(std::string path, LockedFile file) : path_(std::move(path)), file_(std::move(file)) {}
  std::string path_;
  LockedFile file_;
};

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// What stands in the file for a board.
struct Labelled {
  std::string line, answer;
  const char* others = "";  // what is to be said about other solutions
};

Result<Labelled> labelled(const Question& question, const std::atomic<bool>& stop) {
  const Puzzle& puzzle = question.puzzle();
  ExactLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + kSearchTime;
  limits.stop = &stop;
  auto found = puzzle.solve_exact(question, limits);
  if (stop) return cancelled();
  if (!found) return std::move(found).error();
  if (found->solutions.empty() && found->complete)
    return fail(ErrorCode::invalid_board, "this board has no solution", "board");
  if (found->solutions.empty())
    return fail(ErrorCode::exhausted, "no solution was found in time", "board");
  Labelled result{puzzle.format_line(question), {}};
  if (found->solutions.size() > 1) {
    result.others = "; it has several solutions, one of them is the label";
  } else if (!found->complete) {
    result.others = "; whether it has other solutions is not known: time was up";
  }
  // Answers take the notation of their question: the line's, not the one it was typed in.
  const auto line = puzzle.parse(result.line);
  if (!line) return line.error();
  result.answer = puzzle.format_answer(*line, puzzle.target(question, found->solutions.front()));
  return result;
}

// Boards stand in front of a TAB, or alone; lines of other programs may be in other forms.
bool holds_board(std::string_view text, const Question& question, const std::string& line,
                 const std::atomic<bool>& stop) {
  for (const TextLine& one : split_lines(text)) {
    if (stop) return false;
    const std::string_view board = one.text.substr(0, one.text.find('\t'));
    if (board == line) return true;
    const auto parsed = question.puzzle().parse(board);
    if (parsed && *parsed == question) return true;
  }
  return false;
}

Result<std::string> add_line(const std::string& path, const Question& question,
                             const std::atomic<bool>& stop) {
  const auto board = labelled(question, stop);
  if (!board) return board.error();
  const auto file = LockedFile::open(path, stop);
  if (!file) return file.error();
  const auto text = file->read();
  if (!text) return text.error();
  if (holds_board(*text, question, board->line, stop))
    return "This board is in " + file_name(path) + " already";
  if (stop) return cancelled();
  // A last line without end is ended in the same write.
  std::string added = !text->empty() && text->back() != '\n' ? "\n" : "";
  added += board->line + '\t' + board->answer + '\n';
  if (auto appended = file->append(added); !appended) return appended.error();
  return "Added to " + file_name(path) + board->others;
}

// --- Tasks ---------------------------------------------------------------------------------------

/// The tasks of a file by name; none where there is no file yet.
Result<Json> read_tasks(const std::string& path, const std::atomic<bool>& stop) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) return Json::object();
  const auto file = LockedFile::open(path, stop);
  if (!file) return file.error();
  const auto text = file->read();
  if (!text) return text.error();
  JsonLimits limits;
  limits.bytes = static_cast<std::size_t>(kMostBytes);
  auto tasks = parse_json(*text, limits);
  if (!tasks) return fail(tasks.error().code, path + ": " + tasks.error().message, "path");
  const bool named = tasks->is_object() &&
                     std::all_of(tasks->as_object().begin(), tasks->as_object().end(),
                                 [](const Json::Member& task) { return task.second.is_object(); });
  if (!named)
    return fail(ErrorCode::invalid_json, path + ": expected an object of name and task", "path");
  return tasks;
}

/// A question as the module's own object, whatever it was read from.
Result<Json> task_of(const Question& question) {
  Draft draft = question.draft();
  draft.notation.json = Notation::Json::object;
  const auto same = question.puzzle().make(std::move(draft));
  if (!same) return same.error();
  Json task = question.puzzle().to_json(*same);
  if (task.is_object()) return task;
  return fail(ErrorCode::unsupported, "this puzzle cannot be written as a task", "board");
}

Result<std::string> add_task(const std::string& path, const Question& question,
                             const std::atomic<bool>& stop) {
  const Puzzle& puzzle = question.puzzle();
  if (puzzle.examples(question).empty())
    return fail(ErrorCode::invalid_board, "there is no demonstration to learn from", "board");
  // The file itself, not a link to it, is what others lock and what is replaced.
  std::error_code failed;
  std::string target = std::filesystem::weakly_canonical(path, failed).string();
  if (failed) target = path;
  const auto guard = Guard::lock(target, stop);
  if (!guard) return guard.error();
  auto tasks = read_tasks(target, stop);
  if (!tasks) return tasks.error();
  for (const auto& [name, task] : tasks->as_object()) {
    const auto known = puzzle.from_json(task);
    if (known && *known == question)
      return "This board is in " + file_name(path) + " already, as " + name;
  }
  if (stop) return cancelled();
  auto added = task_of(question);
  if (!added) return added.error();
  std::size_t number = tasks->as_object().size() + 1;
  while (tasks->find("drawn-" + std::to_string(number)) != nullptr) ++number;
  const std::string name = "drawn-" + std::to_string(number);
  tasks->set(name, std::move(*added));
  if (auto written = write_file_atomic(target, tasks->dump() + "\n"); !written)
    return written.error();
  return "Added to " + file_name(path) + " as " + name;
}

}  // namespace

Result<std::string> add_to_data_set(const std::string& path, const Question& question,
                                    const std::atomic<bool>& stop) {
  const Puzzle& puzzle = question.puzzle();
  if (const auto problems = puzzle.problems(question); !problems.empty()) {
    const Conflict& first = problems.front();
    const std::string place = cell_place(first.cell.row, first.cell.col);
    return fail(ErrorCode::invalid_board, place + ": " + first.message, place);
  }
  if (has_ending(path, ".gz"))
    return fail(ErrorCode::invalid_field, "nothing can be added to a compressed file", "path");
  const bool tasks = has_ending(path, ".json");
  if (tasks != puzzle.info().solves)
    return tasks ? add_task(path, question, stop) : add_line(path, question, stop);
  if (tasks)
    return fail(ErrorCode::invalid_field, path + ": the trainer expects a text file (.txt)",
                "path");
  return fail(ErrorCode::invalid_field,
              path +
                  ": without a rule solver the trainer takes tasks only: expected a name that "
                  "ends in .json",
              "path");
}

}  // namespace trm::ui
