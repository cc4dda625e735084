// Data sets from generators and files: what is built, what is refused, what a check finds, and how
// training reads them.
#include "trainer/build.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/fakes/plain.h"
#include "tests/temp_dir.h"
#include "tests/trainer/build_util.h"
#include "tests/trainer/files.h"
#include "trainer/board_file.h"
#include "trainer/data.h"
#include "trainer/inspect.h"

namespace trm {
namespace {

using test::built;
using test::quiet;
using test::read_file;
using test::refused;
using test::TempDir;
namespace fs = std::filesystem;

const Puzzle& puzzle_named(const char* name) { return **find_puzzle(name); }

DatasetCheck checked(const Puzzle& puzzle, const std::string& dir) {
  const auto train = Dataset::open(dir + "/train");
  if (!train) FAIL(train.error().message);
  const bool tested = fs::exists(dir + "/test");
  std::optional<Dataset> test;
  if (tested) test = Dataset::open(dir + "/test").value();
  const auto found = check_dataset(puzzle, *train, test ? &*test : nullptr, quiet);
  if (!found) FAIL(found.error().message);
  return *found;
}

// Lines of `count` generated boards.
std::vector<std::string> lines_of(const Puzzle& puzzle, const std::string& size, int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    const auto board = generate_labelled(puzzle, {size, "", {}}, 77, static_cast<std::uint64_t>(i));
    REQUIRE(board.ok());
    lines.push_back(puzzle.format_line(board->question));
  }
  return lines;
}

void write_lines(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream out(path);
  for (const auto& line : lines) out << line << '\n';
}

BuildRequest small_request(const TempDir& dir, const std::string& name) {
  BuildRequest request;
  request.out = dir / name;
  request.generate.size = "6x6";
  request.count = 30;
  request.test_count = 10;
  request.augment = 3;
  request.seed = 5;
  return request;
}

}  // namespace

TEST_CASE("A generated data set is the same for the same seed, right, and does not leak",
          "[data]") {
  const TempDir dir;
  const Puzzle& sudoku = puzzle_named("sudoku");
  const BuildReport report = built(sudoku, small_request(dir, "one"));
  CHECK(report.train_puzzles == 30);
  CHECK(report.train_examples == 120);
  CHECK(report.test_puzzles == 10);
  built(sudoku, small_request(dir, "two"));
  for (const auto& entry : fs::recursive_directory_iterator(dir / "one")) {
    if (!entry.is_regular_file()) continue;
    const auto inside = fs::relative(entry.path(), dir / "one").string();
    INFO(inside);
    CHECK(read_file(entry.path().string()) == read_file(dir / ("two/" + inside)));
  }
  const Dataset train = Dataset::open(dir / "one/train").value();
  CHECK(train.groups() == 30);
  CHECK(train.puzzles() == 120);
  CHECK(train.info().vocab_size == 8);  // pad, blank, six digits: as the official builder counts
  CHECK(train.info().ignore_label_id == 0);
  CHECK(read_file(dir / "one/identifiers.json") == "[\"<blank>\"]\n");
  const DatasetCheck found = checked(sudoku, dir / "one");
  CHECK(found.ok());
  CHECK(found.train.verified == 120);
  CHECK(found.test.verified == 10);
  CHECK(found.train.isomorphic == 0);
  CHECK(found.leaked == 0);
}

TEST_CASE("Every module that can be labelled can be built, checked and shown", "[data]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    INFO(puzzle->name());
    const TempDir dir;
    BuildRequest request;
    request.out = dir / "set";
    request.count = 3;
    request.generate.size = puzzle->info().sizes.back();
    const auto report = build_dataset(*puzzle, request, quiet);
    if (!report) FAIL(report.error().message);
    const Dataset train = Dataset::open(dir / "set/train").value();
    const auto found = check_dataset(*puzzle, train, nullptr, quiet);
    if (!found) {
      CHECK(found.error().code == ErrorCode::unsupported);
      continue;
    }
    CHECK(found->ok());
    const auto text = show_examples(*puzzle, train, 0, 2);
    if (!text) FAIL(text.error().message);
    CHECK(text->find("example 1") != std::string::npos);
    CHECK_FALSE(show_examples(*puzzle, train, 3, 1).ok());
  }
}

TEST_CASE("Files: headings, compression, shares, duplicates in other clothes", "[data]") {
  const TempDir dir;
  const Puzzle& sudoku = puzzle_named("sudoku");
  std::vector<std::string> lines = lines_of(sudoku, "9x9", 40);
  const std::set<std::string> distinct(lines.begin(), lines.end());
  Rng rng(4);
  for (int i = 0; i < 40; ++i) {  // each once more under a symmetry
    const Question board = sudoku.parse(lines[static_cast<std::size_t>(i)]).value();
    lines.push_back(sudoku.format_line(sudoku.symmetry(rng, board)->apply(board)));
  }
  lines.insert(lines.begin(), "puzzle,guesses");
  write_lines(dir / "list.csv", lines);
  REQUIRE(std::system(("gzip -k " + (dir / "list.csv")).c_str()) == 0);
  BuildRequest request;
  request.out = dir / "plain";
  request.files = {dir / "list.csv"};
  request.test_share = 0.3;
  const BuildReport plain = built(sudoku, request);
  CHECK(plain.duplicates == 40);
  CHECK(plain.train_puzzles + plain.test_puzzles == static_cast<std::int64_t>(distinct.size()));
  CHECK(plain.test_puzzles > 3);
  CHECK(plain.train_puzzles > 10);
  CHECK(checked(sudoku, dir / "plain").ok());
  request.out = dir / "packed";
  request.files = {dir / "list.csv.gz"};
  built(sudoku, request);
  CHECK(read_file(dir / "plain/train/all__inputs.npy") ==
        read_file(dir / "packed/train/all__inputs.npy"));

  request.out = dir / "sample";
  request.test_share = 0;
  request.subsample = 7;
  CHECK(built(sudoku, request).train_puzzles == 7);

  // The same list as test file: everything would leak, so nothing is left for training.
  request.out = dir / "leak";
  request.subsample = 0;
  request.test_files = request.files;
  CHECK(refused(sudoku, request).code == ErrorCode::invalid_data);
}

TEST_CASE("Answers behind a TAB, as the editor writes them, are passed over", "[data]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    INFO(puzzle->name());
    const TempDir dir;
    const std::string size = puzzle->info().sizes.back();
    const auto first = generate_labelled(*puzzle, {size, "", {}}, 77, 0);
    const auto second = generate_labelled(*puzzle, {size, "", {}}, 77, 1);
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    const auto line = [&](const Labelled& board) {
      return puzzle->format_line(board.question) + "\t" +
             puzzle->format_answer(board.question, board.target);
    };
    write_lines(dir / "drawn.txt", {line(*first), line(*second)});
    BuildRequest request;
    request.out = dir / "set";
    request.files = {dir / "drawn.txt"};
    const BuildReport report = built(*puzzle, request);
    CHECK(report.train_puzzles + report.duplicates == 2);
    write_lines(dir / "drawn.txt", {line(*first), "no board\t" + line(*second)});
    request.out = dir / "other";
    CHECK(refused(*puzzle, request).message.find("drawn.txt, line 2") != std::string::npos);
  }
}

TEST_CASE("A TAB within boards and one before an answer are told apart", "[data]") {
  /// TABs separate rows as well as '/' does.
  class Tabbed final : public fake::Plain {
    Result<Question> parse(std::string_view text) const override {
      std::string rows(text);
      std::replace(rows.begin(), rows.end(), '\t', '/');
      return fake::Plain::parse(rows);
    }
  };
  const Tabbed puzzle;
  const TempDir dir;
  const auto read = [&](const std::string& line) {
    write_lines(dir / "list.txt", {line});
    const auto questions = read_questions(puzzle, dir / "list.txt", 10);
    if (!questions) FAIL(questions.error().message);
    return puzzle.format_line(questions->front());
  };
  CHECK(read("012/000\t111/111") == "012/000");  // as the editor writes it
  CHECK(read("012\t000\t000") == "012/000/000");
  CHECK(read("012/000\trated 7") == "012/000");
}

TEST_CASE("What cannot become a data set is refused by line or field, and leaves nothing",
          "[data]") {
  const TempDir dir;
  const Puzzle& sudoku = puzzle_named("sudoku");
  const auto good = lines_of(sudoku, "9x9", 3);
  BuildRequest request;
  request.out = dir / "out";
  request.files = {dir / "list.txt"};
  CHECK(refused(sudoku, request).code == ErrorCode::not_found);

  write_lines(dir / "list.txt", {good[0], good[1].substr(1)});
  CHECK(refused(sudoku, request).message.find("list.txt, line 2") != std::string::npos);
  write_lines(dir / "list.txt", {"not a board"});
  CHECK(refused(sudoku, request).message.find("line 1") != std::string::npos);
  write_lines(dir / "list.txt", {});
  CHECK(refused(sudoku, request).code == ErrorCode::invalid_data);

  std::string broken = good[0];
  broken.replace(0, 2, "11");
  write_lines(dir / "list.txt", {good[0], broken});
  CHECK(refused(sudoku, request).message.find("line 2") != std::string::npos);
  request.skip_bad = true;
  CHECK(built(sudoku, request).bad == 1);
  fs::remove_all(request.out);

  write_lines(dir / "list.txt", {good[0], "1234341221434321"});
  CHECK(refused(sudoku, request).field == "size");
  request.generate.size = "9x9";
  CHECK(built(sudoku, request).other_size == 1);
  CHECK_FALSE(build_dataset(sudoku, request, quiet).ok());  // it is there already
  CHECK(Dataset::open(request.out + "/train").ok());        // and stays

  BuildRequest other = small_request(dir, "other");
  other.test_share = 0.5;
  CHECK(refused(sudoku, other).field == "from");
  other = small_request(dir, "other");
  other.generate.size = "4x4";
  other.count = 1'000'000;
  other.augment = 0;
  CHECK(refused(sudoku, other).code == ErrorCode::exhausted);

  std::ofstream(dir / "bad.gz", std::ios::binary) << "\x1f\x8b\x08 and then nonsense";
  other = BuildRequest();
  other.out = dir / "other";
  other.files = {dir / "bad.gz"};
  CHECK_FALSE(build_dataset(sudoku, other, quiet).ok());
}

TEST_CASE("A check finds wrong labels, other right labels, repeats and leaks", "[data]") {
  const TempDir dir;
  const Puzzle& maze = puzzle_named("maze");
  BuildRequest request;
  request.out = dir / "set";
  request.generate.size = "6x6";
  request.count = 20;
  request.test_count = 5;
  built(maze, request);
  CHECK(checked(maze, dir / "set").ok());
  // The last byte of the labels: a cell of the last example.
  const std::string labels = dir / "set/train/all__labels.npy";
  std::string bytes = read_file(labels);
  bytes.back() = static_cast<char>(bytes.back() == 5 ? 1 : 5);
  std::ofstream(labels, std::ios::binary) << bytes;
  const DatasetCheck wrong = checked(maze, dir / "set");
  CHECK(wrong.train.wrong == 1);
  REQUIRE(wrong.train.first_wrong.size() == 1);
  CHECK(wrong.train.first_wrong.front().find("example 19") == 0);
  CHECK_FALSE(wrong.ok());
  // The same split twice leaks every board.
  fs::remove_all(dir / "set/train");
  fs::copy(dir / "set/test", dir / "set/train", fs::copy_options::recursive);
  CHECK(checked(maze, dir / "set").leaked == 5);
}

TEST_CASE("Stored examples: the official order, fresh symmetries, shares, positions", "[data]") {
  const TempDir dir;
  const Puzzle& sudoku = puzzle_named("sudoku");
  BuildRequest request = small_request(dir, "set");
  request.generate.size = "9x9";  // all its symmetries keep the boxes
  built(sudoku, request);
  DataSource spec;
  spec.name = "stored";
  spec.dataset = dir / "set/train";
  spec.augment = false;
  auto plain = ExampleSource::open(sudoku, spec, 3);
  if (!plain) FAIL(plain.error().message);
  CHECK(plain->size() == 120);
  const Dataset data = Dataset::open(spec.dataset).value();
  std::set<std::vector<Token>> stored;
  for (std::int64_t i = 0; i < data.examples(); ++i) stored.insert(data.example(i)->tokens);
  std::vector<Example> order;
  for (int i = 0; i < 60; ++i) order.push_back(plain->next().value());
  for (const Example& example : order) CHECK(stored.contains(example.tokens));

  auto second = ExampleSource::open(sudoku, spec, 3).value();
  second.set_share(1, 2);
  for (int i = 1; i < 60; i += 2)
    CHECK(second.next()->tokens == order[static_cast<std::size_t>(i)].tokens);
  auto later = ExampleSource::open(sudoku, spec, 3).value();
  later.set_drawn(41);
  CHECK(later.next()->tokens == order[41].tokens);

  spec.augment = true;
  auto mapped = ExampleSource::open(sudoku, spec, 3).value();
  int fresh = 0;
  for (int i = 0; i < 40; ++i) {
    const Example example = mapped.next().value();
    fresh += !stored.contains(example.tokens);
    const auto board = stored_board(mapped.prototype(), example);
    REQUIRE(board.ok());
    CHECK(sudoku.check(board->question, board->target).status == Status::verified);
  }
  CHECK(fresh > 30);

  spec.dataset = dir / "set";
  CHECK(ExampleSource::open(sudoku, spec, 3).error().code == ErrorCode::not_found);
  spec.dataset = dir / "set/train";
  CHECK_FALSE(ExampleSource::open(puzzle_named("maze"), spec, 3).ok());
}

TEST_CASE("A source that gives cells away: more givens, all of the label, the same after a resume",
          "[data]") {
  const TempDir dir;
  const Puzzle& sudoku = puzzle_named("sudoku");
  BuildRequest request = small_request(dir, "set");
  request.generate.size = "9x9";
  built(sudoku, request);
  DataSource spec;
  spec.name = "eased";
  spec.dataset = dir / "set/train";
  spec.augment = false;
  auto plain = ExampleSource::open(sudoku, spec, 3).value();
  spec.reveal = 5;
  auto eased = ExampleSource::open(sudoku, spec, 3).value();
  std::set<int> counts;
  std::vector<Example> seen;
  for (int i = 0; i < 60; ++i) {
    const Example before = plain.next().value();  // the same order of boards
    const Example after = seen.emplace_back(eased.next().value());
    int revealed = 0;
    for (std::size_t at = 0; at < before.tokens.size(); ++at) {
      if (after.tokens[at] == before.tokens[at]) continue;
      ++revealed;
      CHECK(after.tokens[at] == before.labels[at]);
    }
    counts.insert(revealed);
  }
  CHECK(counts == std::set<int>{0, 1, 2, 3, 4, 5});
  auto later = ExampleSource::open(sudoku, spec, 3).value();
  later.set_drawn(41);
  CHECK(later.next()->tokens == seen[41].tokens);
}

TEST_CASE("Maze-Hard: our labels are the official answers", "[data]") {
  const std::string csv = std::string(TRM_SOURCE_DIR) + "/../shared/data/maze/maze_hard_train.csv";
  if (!fs::exists(csv)) {
    WARN("Maze-Hard is not here: nothing compared");
    return;
  }
  const Puzzle& maze = puzzle_named("maze");
  std::ifstream in(csv);
  std::string line;
  std::getline(in, line);
  for (int i = 0; i < 100 && std::getline(in, line); ++i) {
    const auto board = label(maze, maze.parse(line).value());
    REQUIRE(board.ok());
    const Answer official = maze.parse_answer(board->question, line).value();
    CHECK(board->target == official);
  }
}

}  // namespace trm
