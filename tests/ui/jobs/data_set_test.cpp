// Lines and tasks for the trainer.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/fakes/plain.h"
#include "tests/temp_dir.h"
#include "tests/ui/jobs/bench.h"
#include "ui/jobs/export.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;
using test::board_of;
using test::content;
using test::files_in;
using test::named;
using test::parsed;
using test::solution_of;
using test::TempDir;

const std::atomic<bool> going{false}, stopped{true};

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string added(const std::string& path, const Question& question) {
  const auto done = add_to_data_set(path, question, going);
  if (!done) FAIL(done.error().message);
  return *done;
}

ErrorCode refused(const std::string& path, const Question& question,
                  const std::atomic<bool>& stop = going) {
  const auto done = add_to_data_set(path, question, stop);
  REQUIRE_FALSE(done.ok());
  CHECK_FALSE(done.error().message.empty());
  return done.error().code;
}

TEST_CASE("Boards become lines with their exact answer behind a TAB", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().solves) continue;
    INFO(puzzle->name());
    const TempDir dir;
    const Question first = board_of(*puzzle, 1);
    CHECK(added(dir / "data.txt", first).find("data.txt") != std::string::npos);
    const std::string text = content(dir / "data.txt");
    REQUIRE(text.ends_with('\n'));
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    const auto tab = text.find('\t');
    REQUIRE(tab != std::string::npos);
    const auto question = puzzle->parse(text.substr(0, tab));
    REQUIRE(question.ok());
    CHECK(*question == first);
    const auto answer =
        puzzle->parse_answer(*question, text.substr(tab + 1, text.size() - tab - 2));
    REQUIRE(answer.ok());
    CHECK(*answer == puzzle->target(first, solution_of(first)));
    CHECK(added(dir / "data.txt", first).find("already") != std::string::npos);
    CHECK(content(dir / "data.txt") == text);
    if (!puzzle->info().generates) continue;
    Rng rng(77);
    const auto& sizes = puzzle->info().sizes;
    const Question second = puzzle->generate(rng, {sizes.back(), "", {}}).value();
    if (second == first) continue;
    added(dir / "data.txt", second);
    CHECK(content(dir / "data.txt").starts_with(text + puzzle->format_line(second) + "\t"));
  }
}

TEST_CASE("A board that was typed in another form is added in one line", "[jobs]") {
  const TempDir dir;
  const Question rows = parsed("maze", "S  \n # \n  G\n");
  added(dir / "data.txt", rows);
  const std::string text = content(dir / "data.txt");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.starts_with("S  / # /  G\t"));
  CHECK(added(dir / "data.txt", parsed("maze", "200\n010\n003")).find("already") !=
        std::string::npos);
}

TEST_CASE("A last line without end is ended first; other forms of a board are known", "[jobs]") {
  const TempDir dir;
  const Question question = parsed("sudoku", "1....41..1.34...");
  write(dir / "a.txt", "1234341221434321");
  added(dir / "a.txt", question);
  CHECK(content(dir / "a.txt") == "1234341221434321\n1....41..1.34...\t1234341221434321\n");
  write(dir / "b.csv", "source,question,answer,rating\r\nme,1000041001034000,,0\r\n");
  const std::string before = content(dir / "b.csv");
  CHECK(added(dir / "b.csv", question).find("already") != std::string::npos);
  CHECK(content(dir / "b.csv") == before);
}

TEST_CASE("Several solutions are told", "[jobs]") {
  const TempDir dir;
  CHECK(added(dir / "a.txt", parsed("sudoku", "12..............")).find("several") !=
        std::string::npos);
}

TEST_CASE("A search that ran out of time claims nothing about other solutions", "[jobs]") {
  class Slow final : public fake::Plain {
    Result<ExactResult> solve_exact(const Question& question, const ExactLimits&) const override {
      ExactResult found = fake::only(Answer(Grid(question.grid().rows, question.grid().cols, 1)));
      found.complete = false;
      return found;
    }
  };
  const Slow puzzle;
  const TempDir dir;
  const std::string told = added(dir / "a.txt", puzzle.parse("00/00").value());
  CHECK(told.find("is not known") != std::string::npos);
  CHECK(told.find("several") == std::string::npos);
  CHECK(content(dir / "a.txt") == "00/00\t11/11\n");
}

/// Holds a file's lock as another process would.
class Held {
 public:
  explicit Held(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
    REQUIRE(flock(fd_, LOCK_EX) == 0);
  }
  ~Held() { ::close(fd_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  int fd_;
};

TEST_CASE("Whoever waits for another program's lock can be stopped", "[jobs]") {
  const TempDir dir;
  for (const auto& [name, held, puzzle] :
       {std::array{"a.txt", "a.txt", "sudoku"}, std::array{"a.json", "a.json.lock", "arc"}}) {
    INFO(name);
    const Held other(dir / held);
    std::atomic<bool> stop{false};
    std::jthread impatient([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      stop = true;
    });
    const auto code = refused(dir / name, board_of(named(puzzle)), stop);
    impatient.join();
    CHECK(code == ErrorCode::cancelled);
  }
  CHECK(content(dir / "a.txt").empty());
  CHECK_FALSE(fs::exists(dir / "a.json"));
}

TEST_CASE("Tasks that several programs add at the same time are all there", "[jobs]") {
  const TempDir dir;
  const Puzzle& puzzle = named("arc");
  const Question first = board_of(puzzle);
  constexpr int programs = 4, each = 4;
  std::vector<std::jthread> threads;
  std::atomic<int> failed{0};
  for (int p = 0; p < programs; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < each; ++i) {
        const int number = p * each + i;
        // Four cells of four colours: a board of its own for each.
        auto board = puzzle.apply(first, SetCell{0, 0, 0, static_cast<Cell>(number % 4)});
        if (board) board = puzzle.apply(*board, SetCell{0, 0, 1, static_cast<Cell>(number / 4)});
        if (!board || !add_to_data_set(dir / "tasks.json", *board, going)) ++failed;
      }
    });
  }
  for (std::jthread& thread : threads) thread.join();
  CHECK(failed == 0);
  const auto tasks = parse_json(content(dir / "tasks.json"));
  REQUIRE(tasks.ok());
  CHECK(tasks->as_object().size() == programs * each);
  CHECK(files_in(dir) == 1);
}

TEST_CASE("A link to a task file stays one", "[jobs]") {
  const TempDir dir;
  const Puzzle& puzzle = named("arc");
  fs::create_directory(dir / "far");
  write(dir / "far/tasks.json", "{}");
  fs::create_symlink(dir / "far/tasks.json", dir / "near.json");
  added(dir / "near.json", board_of(puzzle));
  CHECK(fs::is_symlink(dir / "near.json"));
  CHECK(parse_json(content(dir / "far/tasks.json"))->find("drawn-1") != nullptr);
}

TEST_CASE("Modules without rule solver add tasks to a JSON file", "[jobs]") {
  const TempDir dir;
  const Puzzle& puzzle = named("arc");
  const Question first = board_of(puzzle);
  REQUIRE_FALSE(puzzle.examples(first).empty());
  CHECK(added(dir / "tasks.json", first).find("drawn-1") != std::string::npos);
  CHECK(added(dir / "tasks.json", first).find("already") != std::string::npos);
  auto changed =
      puzzle.apply(first, SetCell{0, 0, 0, static_cast<Cell>(first.grid().at(0, 0) ^ 1)});
  REQUIRE(changed.ok());
  added(dir / "tasks.json", *changed);
  const auto tasks = parse_json(content(dir / "tasks.json"));
  REQUIRE(tasks.ok());
  REQUIRE(tasks->as_object().size() == 2);
  CHECK(puzzle.from_json(*tasks->find("drawn-1")).value() == first);
  CHECK(puzzle.from_json(*tasks->find("drawn-2")).value() == *changed);
  CHECK(files_in(dir) == 1);

  CHECK(refused(dir / "tasks.txt", first) == ErrorCode::invalid_field);
  write(dir / "bad.json", "{\"a\":");
  CHECK(refused(dir / "bad.json", first) == ErrorCode::invalid_json);
  write(dir / "list.json", "[1, 2]");
  CHECK(refused(dir / "list.json", first) == ErrorCode::invalid_json);
  CHECK(content(dir / "list.json") == "[1, 2]");
}

TEST_CASE("What is no data is refused and leaves the file as it is", "[jobs]") {
  const TempDir dir;
  const Question good = board_of(named("sudoku"));
  CHECK(refused(dir / "a.txt", parsed("sudoku", "11..............")) == ErrorCode::invalid_board);
  CHECK(refused(dir / "a.txt", parsed("sudoku", "12....34........")) == ErrorCode::invalid_board);
  CHECK(refused(dir / "a.txt", parsed("maze", "   /   ")) == ErrorCode::invalid_board);
  CHECK(refused(dir / "a.txt", good, stopped) == ErrorCode::cancelled);
  CHECK(refused(dir / "a.txt.gz", good) == ErrorCode::invalid_field);
  CHECK(refused(dir / "a.json", good) == ErrorCode::invalid_field);
  CHECK(files_in(dir) == 0);
  CHECK(refused(dir / "none/a.txt", good) == ErrorCode::io_error);
  CHECK(refused(dir.path.string(), good) == ErrorCode::io_error);
  CHECK(refused("/dev/null", good) == ErrorCode::io_error);
}

TEST_CASE("A full disk leaves no half line", "[jobs]") {
  const TempDir dir;
  write(dir / "a.txt", "1234341221434321\n");
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 20, before.rlim_max };  // bytes
  setrlimit(RLIMIT_FSIZE, &small);
  const auto done = add_to_data_set(dir / "a.txt", board_of(named("sudoku")), going);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().code == ErrorCode::io_error);
  CHECK(content(dir / "a.txt") == "1234341221434321\n");
}

}  // namespace
}  // namespace trm::ui
