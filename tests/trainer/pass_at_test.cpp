// Tasks scored by votes: hand-made answers with known scores, and files that do not fit.
#include "trainer/pass_at.h"

#include <filesystem>
#include <functional>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/build_util.h"
#include "tests/trainer/files.h"
#include "trainer/data.h"

namespace trm {
namespace {

using test::built;
using test::read_file;
using test::TempDir;
using test::write_file;
namespace fs = std::filesystem;

const Puzzle& arc() { return **find_puzzle("arc"); }
const Puzzle& pairs() { return **find_puzzle("pairs"); }

constexpr int kImages = 5;  // of each task: itself and four others

// Grids that no symmetry maps on themselves.
const char* const kDemo = R"("train":[{"input":[[0,1,2],[3,0,0]],"output":[[1,2],[0,4]]}])";
const Grid kWrong(2, 3, 7), kOther(1, 1, 8);

Grid grid_of(std::vector<Cell> row) {
  Grid grid(1, static_cast<int>(row.size()));
  grid.cells = std::move(row);
  return grid;
}

// Task one has one test, task two has two.
const Grid kOne = grid_of({1, 2}), kTwoFirst = grid_of({3, 4, 5}), kTwoSecond = grid_of({6, 7});

/// A data set of the tasks one and two.
struct Tasks {
  TempDir dir;
  Tasks() {
    fs::create_directories(dir / "eval");
    write_file(dir / "eval/one.json",
               std::string("{") + kDemo + R"(,"test":[{"input":[[5,6,7]],"output":[[1,2]]}]})");
    write_file(dir / "eval/two.json", std::string("{") + kDemo +
                                          R"(,"test":[{"input":[[1,2,3,4]],"output":[[3,4,5]]},)" +
                                          R"({"input":[[5,6]],"output":[[6,7]]}]})");
    build(dir / "eval");
  }
  void build(const std::string& from) const {
    BuildRequest request;
    request.eval_files = {from};
    request.augment = kImages - 1;
    request.seed = 3;
    request.out = data();
    fs::remove_all(request.out);
    built(arc(), request);
  }
  std::string data() const { return dir / "data"; }
  Dataset split(const std::string& name = "test") const {
    auto data_set = Dataset::open(data() + "/" + name);
    if (!data_set) FAIL(data_set.error().message);
    return std::move(*data_set);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    const auto json = parse_json(read_file(data() + "/identifiers.json"));
    for (const Json& name : json->as_array()) all.push_back(name.as_string());
    return all;
  }
};

/// What the model says to a task's test, seen from the task itself; empty: nothing readable.
using Model = std::function<std::optional<Grid>(const std::string& task, int test, int image)>;

/// The votes of the first `count` boards of a data set (0: all).
struct Voting {
  TaskVotes votes;
  std::vector<Answer> answers;
  std::vector<double> halts;

  Result<PassAt> score() const { return votes.score(answers, halts); }
};

Result<Voting> vote(const Tasks& tasks, const Model& model, std::int64_t count = 0) {
  const Dataset split = tasks.split();
  auto votes = TaskVotes::open(arc(), split);
  if (!votes) return votes.error();
  REQUIRE(votes->has_value());
  Voting voting{std::move(**votes), {}, {}};
  const auto names = tasks.names();
  const Question like = dataset_prototype(arc(), split.info()).value();
  for (std::int64_t i = 0; i < (count > 0 ? count : split.examples()); ++i) {
    const Example example = split.example(i).value();
    const Labelled board = stored_board(like, example).value();
    if (auto added = voting.votes.add(board.question, example.identifier); !added)
      return added.error();
    const std::string name = names[static_cast<std::size_t>(example.identifier)];
    const std::int64_t puzzle = split.puzzle_of(i);
    const auto grid = model(name.substr(0, 3), static_cast<int>(i - split.puzzle_start(puzzle)),
                            static_cast<int>(puzzle) % kImages);
    Answer answer;
    if (grid) answer = Answer(*grid);
    if (name.size() > 3) answer = arc().symmetry_named(name.substr(6)).value()->apply(answer);
    voting.answers.push_back(answer);
    voting.halts.push_back(0.5);
  }
  return voting;
}

PassAt scored(const Tasks& tasks, const Model& model, std::int64_t count = 0) {
  const auto voting = vote(tasks, model, count);
  if (!voting) FAIL(voting.error().message);
  return voting->score().value();
}

Grid right(const std::string& task, int test) {
  if (task == "one") return kOne;
  return test == 0 ? kTwoFirst : kTwoSecond;
}

Error refused(const Tasks& tasks) {
  const auto voting = vote(tasks, [](const auto&, int, int) { return kWrong; });
  REQUIRE_FALSE(voting.ok());
  return voting.error();
}

}  // namespace

TEST_CASE("Votes: right answers to all images are right, each for its own test", "[pass-at]") {
  const Tasks tasks;
  const PassAt all =
      scored(tasks, [](const auto& task, int test, int) { return right(task, test); });
  CHECK(all.tasks == 2);
  CHECK(all.votes == 3 * kImages);
  CHECK(all.whole);
  for (const double rate : all.rates) CHECK(rate == 1);
  const PassAt swapped =
      scored(tasks, [](const auto& task, int test, int) { return right(task, 1 - test); });
  for (const double rate : swapped.rates) CHECK(rate == 0.5);  // task one has but one test
}

TEST_CASE("Votes: the most frequent candidates count, a task by its share of tests", "[pass-at]") {
  const Tasks tasks;
  // One: two votes for the right one, three for another. Two: right at once.
  PassAt found = scored(tasks, [](const auto& task, int test, int image) {
    return task == "one" && image > 1 ? kWrong : right(task, test);
  });
  CHECK(found.rates[0] == 0.5);
  CHECK(found.rates[1] == 1);
  CHECK(found.rates[4] == 1);
  // Two: its second test is never right, its first one in the third place.
  found = scored(tasks, [](const auto& task, int test, int image) {
    if (task == "one") return kWrong;
    if (test == 1) return kOther;
    return image < 2 ? kWrong : image < 4 ? kOther : right(task, test);
  });
  CHECK(found.rates == std::array<double, 5>{0, 0, 0.25, 0.25, 0.25});
}

TEST_CASE("Votes: at equal votes the halt head decides, and it may be no number", "[pass-at]") {
  const Tasks tasks;
  auto voting = vote(tasks, [](const auto& task, int test, int image) {
    const Grid all[] = {kWrong, kOther, right(task, test), kTwoSecond, kTwoSecond};
    return task == "one" ? all[image] : right(task, test);
  });
  REQUIRE(voting.ok());
  CHECK(voting->score()->rates == std::array<double, 5>{0.5, 0.5, 1, 1, 1});
  voting->halts[2] = 0.6;  // task one comes first, with one board an image
  CHECK(voting->score()->rates == std::array<double, 5>{0.5, 1, 1, 1, 1});
  voting->halts.pop_back();
  CHECK(voting->score().error().code == ErrorCode::internal);
  voting->halts.assign(voting->halts.size() + 1, std::numeric_limits<double>::quiet_NaN());
  CHECK(voting->score()->rates == std::array<double, 5>{0.5, 0.5, 1, 1, 1});
}

TEST_CASE("Votes: unreadable answers take a place and are never right", "[pass-at]") {
  const Tasks tasks;
  const PassAt found = scored(tasks, [](const auto& task, int test, int image) {
    return image > 1 ? std::nullopt : std::optional<Grid>(right(task, test));
  });
  CHECK(found.votes == 3 * kImages);
  CHECK(found.rates == std::array<double, 5>{0, 1, 1, 1, 1});
  const PassAt none = scored(tasks, [](const auto&, int, int) { return std::optional<Grid>(); });
  CHECK(none.rates == std::array<double, 5>{});
}

TEST_CASE("Votes: of a part of the split only the tasks met count", "[pass-at]") {
  const Tasks tasks;
  const auto model = [](const auto& task, int test, int) { return right(task, test); };
  const PassAt first = scored(tasks, model, 3);
  CHECK(first.tasks == 1);
  CHECK(first.votes == 3);
  CHECK_FALSE(first.whole);
  CHECK(first.rates[0] == 1);
  const PassAt half = scored(tasks, model, kImages + 1);  // the second test of two has no vote
  CHECK(half.tasks == 2);
  CHECK(half.rates[0] == 0.75);
}

TEST_CASE("Votes: tests that ask the same share their votes", "[pass-at]") {
  const Tasks tasks;
  write_file(tasks.dir / "eval/two.json",
             std::string("{") + kDemo + R"(,"test":[{"input":[[1,2,3,4]],"output":[[3,4,5]]},)" +
                 R"({"input":[[1,2,3,4]],"output":[[6,7]]}]})");
  tasks.build(tasks.dir / "eval");
  const PassAt found = scored(tasks, [](const auto& task, int test, int image) {
    return image == 0 ? kTwoFirst : right(task, test);
  });
  CHECK(found.rates == std::array<double, 5>{0.75, 1, 1, 1, 1});
}

TEST_CASE("Votes: a task that nobody answers counts as wrong", "[pass-at]") {
  const Tasks tasks;
  const std::string path = tasks.data() + "/test_puzzles.json";
  const std::string text = read_file(path);
  write_file(path, text.substr(0, text.rfind('}')) + ",\"new\":{" + kDemo +
                       R"(,"test":[{"input":[[1]],"output":[[2]]}]}})");
  const PassAt found =
      scored(tasks, [](const auto& task, int test, int) { return right(task, test); });
  CHECK(found.tasks == 3);
  CHECK(found.rates[0] == Approx(2.0 / 3));
}

TEST_CASE("Votes: only for test splits with both files, of modules that name symmetries",
          "[pass-at]") {
  const Tasks tasks;
  CHECK_FALSE(TaskVotes::open(arc(), tasks.split("train"))->has_value());
  CHECK(TaskVotes::open(arc(), tasks.split("test/"))->has_value());
  CHECK_FALSE(TaskVotes::open(pairs(), tasks.split())->has_value());
  for (const char* file : {"/identifiers.json", "/test_puzzles.json"}) {
    tasks.build(tasks.dir / "eval");
    fs::remove(tasks.data() + file);
    CHECK_FALSE(TaskVotes::open(arc(), tasks.split())->has_value());
  }
}

// The message of the error after a change to a file beside the split.
std::string refused_with(const Tasks& tasks, const std::string& file, const std::string& old,
                         const std::string& changed) {
  const std::string path = tasks.data() + "/" + file;
  const std::string whole = read_file(path);
  std::string other = whole;
  const auto at = other.find(old);
  REQUIRE(at != std::string::npos);
  write_file(path, other.replace(at, old.size(), changed));
  const Error error = refused(tasks);
  write_file(path, whole);
  INFO(error.message);
  CHECK(error.code == ErrorCode::invalid_data);
  CHECK(error.message.find(file) != std::string::npos);
  return error.field + ": " + error.message;
}

void has(const std::string& message, const std::string& part) {
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
}

TEST_CASE("Votes: names that do not fit are refused by entry", "[pass-at]") {
  const Tasks tasks;
  const std::string text = read_file(tasks.data() + "/identifiers.json");
  const auto with = [&](const std::string& old, const std::string& changed) {
    const std::string message = refused_with(tasks, "identifiers.json", old, changed);
    CHECK(message.starts_with("identifiers.json: "));
    return message;
  };
  has(with("[", "{"), "not JSON");
  has(with(text, "{}\n"), "expected an array");
  has(with(R"("<blank>")", "7"), "entry 0: expected a name, found number");
  has(with(R"("<blank>", )", ""), "has 10 names");
  has(with(R"("one")", R"("none")"), "entry 1, \"none\": names no task");
  has(with(R"("one|||t)", R"("one|||s)"), "entry 2, \"one|||s");
  has(with("|||t", "|||t8|||0123456789|||t"), "another form");
}

TEST_CASE("Votes: tasks that do not fit are refused by name", "[pass-at]") {
  const Tasks tasks;
  const std::string path = tasks.data() + "/test_puzzles.json";
  const std::string text = read_file(path);
  const auto with = [&](const std::string& old, const std::string& changed) {
    return refused_with(tasks, "test_puzzles.json", old, changed);
  };
  has(with("{", "{,"), "not JSON");
  has(with(text, "[]\n"), "expected an object");
  has(with(R"("one")", R"("0ne")"), "names no task");
  has(with(R"(,"output":[[1,2]]}]})", "}]}"), "task one: has no answers");
  has(with("[[5,6,7]]", "[[5,16,7]]"), "task one: test 1, input, row 1, column 2");
  has(with("[[5,6,7]]", "[[5,6,8]]"), "example 0: is no test input of its task");
  has(with("[[5,6]]", "[[5,6,5]]"), "example 6: is no test input of its task");
  write_file(path, std::string(100, '['));
  CHECK(refused(tasks).message.find(path) != std::string::npos);
}

}  // namespace trm
