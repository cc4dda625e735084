// Data sets of tasks: containers, splits, identifiers, augmentations, and what is refused.
#include "trainer/tasks.h"

#include <c10/util/Logging.h>  // first: Catch must have the last word on CHECK

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "tests/trainer/build_util.h"
#include "tests/trainer/files.h"
#include "trainer/build.h"
#include "trainer/data.h"
#include "trainer/evaluate.h"
#include "trainer/inspect.h"

namespace trm {
namespace {

using test::built;
using test::quiet;
using test::read_file;
using test::refused;
using test::TempDir;
namespace fs = std::filesystem;

const Puzzle& arc() { return **find_puzzle("arc"); }
const Puzzle& pairs() { return **find_puzzle("pairs"); }

void write(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << text;
}

// Two demonstrations and two tests that no symmetry maps on themselves or on those of another `c`.
std::string task_text(int c, bool answers = true) {
  const std::string n = std::to_string(c);
  std::string zeros;
  for (int i = 0; i < c; ++i) zeros += ",0";
  const auto output = [&](const std::string& grid) {
    return answers ? ",\"output\":" + grid : std::string();
  };
  return R"({"train":[{"input":[[0,1,2],[)" + n + R"(,0,0]],"output":[[1,2]]},)" +
         R"({"input":[[4]],"output":[[4,0,)" + n + R"(],[0,0,5]]}],)" +
         R"("test":[{"input":[[3,0)" + zeros + "],[" + n + ",7" + zeros + "]]" +
         output("[[7,3],[0,0],[0,1]]") + "}," + R"({"input":[[0,8,)" + n + zeros + "]]" +
         output("[[8,8]]") + "}]}";
}

// Training tasks a, b and evaluation tasks c, d, e in folders.
struct Folders {
  TempDir dir;
  BuildRequest request;
  Folders() {
    write(dir / "train/a.json", task_text(1));
    write(dir / "train/b.json", task_text(2));
    write(dir / "train/notes.txt", "no task");
    for (int i = 3; i < 6; ++i)
      write(dir / (std::string("eval/") + "cde"[i - 3] + ".json"), task_text(i));
    request.files = {dir / "train"};
    request.eval_files = {dir / "eval"};
    request.augment = 4;
    request.seed = 9;
    request.out = dir / "out";
  }
};

Dataset opened(const std::string& dir) {
  auto data = Dataset::open(dir);
  if (!data) FAIL(data.error().message);
  return std::move(*data);
}

Json json_file(const std::string& path) {
  auto json = parse_json(read_file(path));
  if (!json) FAIL(path << ": " << json.error().message);
  return std::move(*json);
}

// Identifiers of a split's puzzles in order.
std::vector<int> identifiers_of(const Dataset& data) {
  std::vector<int> all;
  for (std::int64_t p = 0; p < data.puzzles(); ++p)
    all.push_back(data.example(data.puzzle_start(p))->identifier);
  return all;
}

}  // namespace

TEST_CASE("Tasks: splits, groups, puzzles and identifiers as the official builder", "[tasks]") {
  const Folders at;
  const BuildReport report = built(arc(), at.request);
  CHECK(report.train_puzzles == 5);
  CHECK(report.test_puzzles == 3);
  CHECK(report.train_examples == (2 * 4 + 3 * 2) * 5);
  CHECK(report.test_examples == 3 * 2 * 5);
  CHECK(report.identifiers == 1 + 5 * 5);
  const Dataset train = opened(at.dir / "out/train"), test = opened(at.dir / "out/test");
  CHECK(train.groups() == 5);
  CHECK(train.puzzles() == 25);
  CHECK(test.groups() == 3);
  CHECK(test.puzzles() == 15);
  CHECK(train.info().seq_len == 900);
  CHECK(train.info().vocab_size == 12);
  CHECK(train.info().num_puzzle_identifiers == 26);
  CHECK(test.info().num_puzzle_identifiers == 26);
  CHECK(train.info().mean_puzzle_examples == Approx(70.0 / 25));
  std::vector<int> all, last;
  for (int i = 1; i < 26; ++i) all.push_back(i);
  CHECK(identifiers_of(train) == all);
  CHECK(identifiers_of(test) == std::vector<int>(all.begin() + 10, all.end()));

  const Json names = json_file(at.dir / "out/identifiers.json");
  REQUIRE(names.as_array().size() == 26);
  CHECK(names.as_array()[0] == Json("<blank>"));
  CHECK(names.as_array()[1] == Json("a"));
  CHECK(names.as_array()[11] == Json("c"));
  CHECK(names.as_array()[12].as_string().starts_with("c|||t"));
  std::set<std::string> distinct;
  for (const Json& name : names.as_array()) distinct.insert(name.as_string());
  CHECK(distinct.size() == 26);
  const Json kept = json_file(at.dir / "out/test_puzzles.json");
  REQUIRE(kept.as_object().size() == 3);
  CHECK(*kept.find("d") == *parse_json(task_text(4)));
}

TEST_CASE("Tasks: plain puzzles come first, all examples but one are displaced", "[tasks]") {
  const Folders at;
  built(arc(), at.request);
  const Dataset train = opened(at.dir / "out/train"), test = opened(at.dir / "out/test");
  const Question like = arc().parse(arc().info().forms.front().example).value();
  // Puzzle 0 is task a as it stands: demonstrations, then tests.
  const auto first = arc().question_from_tokens(like, train.example(0)->tokens);
  REQUIRE(first.ok());
  CHECK(arc().format_line(*first) == "012/100>?");
  const auto third = stored_board(like, *train.example(2));
  REQUIRE(third.ok());
  CHECK(arc().format_line(third->question) == "300/170>?");
  CHECK(arc().format_answer(third->question, third->target) == "73/00/01");
  int at_corner = 0, puzzles_without = 0;
  for (std::int64_t p = 0; p < train.puzzles(); ++p) {
    int here = 0;
    for (std::int64_t i = train.puzzle_start(p); i < train.puzzle_start(p + 1); ++i)
      here += train.example(i)->tokens[0] != 0;
    at_corner += here;
    puzzles_without += here == 0;
  }
  CHECK(puzzles_without == 0);
  CHECK(at_corner < 35);  // of 70; by chance a displaced pair stays at the corner
  for (std::int64_t i = 0; i < test.examples(); ++i) CHECK(test.example(i)->tokens[0] != 0);
}

TEST_CASE("Tasks: the same seed gives the same bytes, another one others", "[tasks]") {
  const Folders at;
  BuildRequest request = at.request;
  built(arc(), request);
  request.out = at.dir / "again";
  built(arc(), request);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(at.dir / "out")) {
    if (!entry.is_regular_file()) continue;
    const auto inside = fs::relative(entry.path(), at.dir / "out").string();
    INFO(inside);
    CHECK(read_file(entry.path().string()) == read_file(at.dir / ("again/" + inside)));
    ++files;
  }
  CHECK(files == 14);
  request.out = at.dir / "other";
  request.seed = 10;
  built(arc(), request);
  CHECK(read_file(at.dir / "out/train/all__inputs.npy") !=
        read_file(at.dir / "other/train/all__inputs.npy"));
}

TEST_CASE("Tasks: images that repeat are left out, and trying ends", "[tasks]") {
  const TempDir dir;
  // Black grids: no symmetry changes them but a turn of the second one.
  write(dir / "black.json",
        R"({"train":[{"input":[[0]],"output":[[0,0]]}],"test":[{"input":[[0]]}]})");
  BuildRequest request;
  request.files = {dir / "black.json"};
  request.augment = 10;
  request.out = dir / "out";
  const BuildReport report = built(arc(), request);
  CHECK(report.identifiers == 3);
  CHECK(report.fewer_images == 1);
  CHECK(report.unanswered == 1);
  CHECK(report.test_puzzles == 0);
  CHECK_FALSE(fs::exists(dir / "out/test"));
  CHECK(read_file(dir / "out/test_puzzles.json") == "{}\n");
}

TEST_CASE("Tasks: single files, collections with solutions and files of two parts agree",
          "[tasks]") {
  const Folders at;
  built(arc(), at.request);
  const auto list = [](int from, int to, bool answers) {
    std::string text = "{";
    for (int c = from; c < to; ++c) {
      text += std::string(c > from ? "," : "") + '"' + "abcde"[c - 1] + "\":";
      text += task_text(c, answers);
    }
    return text + "}";
  };
  const std::string solution = "[[[7,3],[0,0],[0,1]],[[8,8]]]";
  write(at.dir / "k/x_training_challenges.json", list(1, 3, false));
  write(at.dir / "k/x_training_solutions.json",
        R"({"a":)" + solution + R"(,"b":)" + solution + "}");
  write(at.dir / "k/two.json",
        R"({"train":)" + list(1, 3, true) + R"(,"eval":)" + list(3, 6, true) + "}");
  const auto same_as_folders = [&](const char* name, BuildRequest request) {
    request.augment = at.request.augment;
    request.seed = at.request.seed;
    request.out = at.dir / name;
    built(arc(), request);
    for (const char* file : {"train/all__inputs.npy", "train/all__labels.npy",
                             "test/all__inputs.npy", "identifiers.json", "test_puzzles.json"}) {
      INFO(name << " " << file);
      CHECK(read_file(at.dir / (std::string("out/") + file)) ==
            read_file(at.dir / (name + std::string("/") + file)));
    }
  };
  BuildRequest request;
  request.files = {at.dir / "train/a.json", at.dir / "train/b.json"};
  request.eval_files = {at.dir / "eval"};
  same_as_folders("single", request);
  request.files = {at.dir / "k/x_training_challenges.json"};
  same_as_folders("collection", request);
  request.files = request.eval_files = {at.dir / "k/two.json"};
  same_as_folders("parts", request);

  request.out = at.dir / "bad";
  write(at.dir / "k/one.json", R"({"train":)" + list(1, 3, true) + "}");
  request.eval_files = {at.dir / "k/one.json"};
  CHECK(refused(arc(), request).message.find("\"eval\"") != std::string::npos);
  request.eval_files = {at.dir / "k/x_training_solutions.json"};
  CHECK(refused(arc(), request).message.find("_challenges.json") != std::string::npos);
  write(at.dir / "k/x_training_solutions.json", R"({"a":)" + solution + "}");
  request.files = {at.dir / "k/x_training_challenges.json"};
  request.eval_files = {};
  CHECK(refused(arc(), request).message.find("task b") != std::string::npos);
  request.files = {at.dir / "k"};
  CHECK(refused(arc(), request).message.find("expected one task") != std::string::npos);
}

TEST_CASE("Tasks: nothing is trained on and evaluated", "[tasks]") {
  const Folders at;
  write(at.dir / "train/d.json", task_text(4));
  write(at.dir / "train/e.json", task_text(5));
  const Error leak = refused(arc(), at.request);
  CHECK(leak.code == ErrorCode::invalid_data);
  CHECK(leak.message.find("2 of the evaluation tasks: d, e") != std::string::npos);
  BuildRequest twice = at.request;
  twice.files = {at.dir / "eval", at.dir / "eval/c.json"};
  twice.eval_files = {};
  CHECK(refused(arc(), twice).message.find("ids c") != std::string::npos);
}

TEST_CASE("Tasks: what cannot be read is refused by file and place, and leaves nothing",
          "[tasks]") {
  const Folders at;
  write(at.dir / "eval/c.json", task_text(3, false));
  CHECK(refused(arc(), at.request).message.find("c.json: an evaluation task") != std::string::npos);
  write(at.dir / "eval/c.json", R"({"train":[{"input":[[1],[]],"output":[[1]]}],"test":[]})");
  const Error ragged = refused(arc(), at.request);
  CHECK(ragged.message.find("c.json") != std::string::npos);
  write(at.dir / "eval/c.json", R"({"train":[{"input":[[1],[]],"output":[[1]]}],"test":[{}]})");
  CHECK(refused(arc(), at.request).message.find("demonstration 1, input, row 2") !=
        std::string::npos);
  write(at.dir / "eval/c.json", "{");
  CHECK(refused(arc(), at.request).message.find("c.json: not JSON") != std::string::npos);
  BuildRequest request = at.request;
  request.eval_files = {at.dir / "nowhere.json"};
  CHECK(refused(arc(), request).code == ErrorCode::not_found);
  fs::create_directories(at.dir / "empty");
  request.eval_files = {at.dir / "empty"};
  CHECK(refused(arc(), request).code == ErrorCode::not_found);
  request.eval_files = {at.dir / "train/notes.txt"};
  CHECK(refused(arc(), request).field == "from");
  request = at.request;
  request.eval_files = {};
  request.test_share = 0.5;
  CHECK(refused(arc(), request).field == "from");
}

TEST_CASE("Tasks: a check counts what no rule can judge, and finds leaked pairs", "[tasks]") {
  const Folders at;
  built(arc(), at.request);
  const Dataset train = opened(at.dir / "out/train"), test = opened(at.dir / "out/test");
  auto found = check_dataset(arc(), train, &test, quiet);
  if (!found) FAIL(found.error().message);
  CHECK(found->ok());
  CHECK(found->train.unchecked == 70);
  CHECK(found->train.verified == 0);
  CHECK(found->test.unchecked == 30);
  CHECK(found->leaked == 0);
  CHECK(found->train.isomorphic == 0);
  const auto text = show_examples(arc(), train, 2, 1);
  REQUIRE(text.ok());
  CHECK(text->find("73") != std::string::npos);

  // The same task under another id and in other clothes.
  const Question question = arc().from_json(*parse_json(task_text(4))).value();
  const Answer answer = *arc().answer_within_json(question, *parse_json(task_text(4))).value();
  Rng rng(12);
  const auto symmetry = arc().symmetry(rng, question);
  const Json clothed =
      arc().to_json_with_answer(symmetry->apply(question), symmetry->apply(answer));
  write(at.dir / "train/x.json", clothed.dump());
  BuildRequest request = at.request;
  request.out = at.dir / "leaky";
  built(arc(), request);
  const Dataset leaky = opened(at.dir / "leaky/train"), same = opened(at.dir / "leaky/test");
  found = check_dataset(arc(), leaky, &same, quiet);
  REQUIRE(found.ok());
  CHECK(found->leaked == 1);
  CHECK_FALSE(found->ok());
}

TEST_CASE("Tasks: a test like the task's own demonstrations leaks only if it is the same",
          "[tasks]") {
  const TempDir dir;
  const auto leaked = [&](const std::string& name, const std::string& test) {
    write(dir / (name + ".json"),
          R"({"train":[{"input":[[1,0]],"output":[[0,1]]}],"test":[)" + test + "]}");
    BuildRequest request;
    request.eval_files = {dir / (name + ".json")};
    request.out = dir / name;
    built(arc(), request);
    const Dataset train = opened(request.out + "/train"), test_set = opened(request.out + "/test");
    return check_dataset(arc(), train, &test_set, quiet)->leaked;
  };
  CHECK(leaked("clothes", R"({"input":[[2],[0]],"output":[[0],[2]]})") == 0);
  CHECK(leaked("same", R"({"input":[[1,0]],"output":[[0,1]]})") == 1);
}

TEST_CASE("Tasks: training and evaluation read the data set", "[tasks]") {
  const Folders at;
  built(arc(), at.request);
  DataSource spec;
  spec.name = "tasks";
  spec.dataset = at.dir / "out/train";
  spec.augment = false;
  auto source = ExampleSource::open(arc(), spec, 1);
  if (!source) FAIL(source.error().message);
  CHECK(source->size() == 70);
  std::set<int> identifiers;
  for (int i = 0; i < 200; ++i) identifiers.insert(source->next()->identifier);
  CHECK(identifiers.size() > 15);
  EvalSet eval;
  eval.dataset = at.dir / "out/test";
  eval.count = 0;
  const auto held_out = HeldOut::make(arc(), eval);
  if (!held_out) FAIL(held_out.error().message);
  REQUIRE(held_out->boards.size() == 30);
  CHECK(arc().format_line(held_out->boards.front().question) == "30000/37000>?");
  CHECK(held_out->identifiers.front() == 11);
}

TEST_CASE("Tasks: any module with demonstrations will do", "[tasks]") {
  const TempDir dir;
  write(dir / "t/x.json", R"("12/30>23/10|11/22>22/33|12/30|33/11")");
  write(dir / "e_challenges.json", R"({"y":"12/30>13/20|12/00|13/11"})");
  write(dir / "e_solutions.json", R"({"y":"13/00|12/11"})");
  BuildRequest request;
  request.files = {dir / "t"};
  request.eval_files = {dir / "e_challenges.json"};
  request.augment = 3;
  request.out = dir / "out";
  const BuildReport report = built(pairs(), request);
  CHECK(report.unanswered == 2);  // its text holds no answers
  CHECK(report.train_examples == 2 * 4 + 1 * 4);
  CHECK(report.test_examples == 2 * 4);
  const Dataset test = opened(dir / "out/test");
  const Question y = pairs().parse("12/30>13/20|12/00|13/11").value();
  CHECK(test.example(1)->tokens == pairs().encode(y, 1));
  CHECK(test.example(0)->identifier == test.example(1)->identifier);
  DataSource spec;
  spec.name = "tasks";
  spec.dataset = dir / "out/train";
  spec.augment = false;
  CHECK(ExampleSource::open(pairs(), spec, 1).ok());

  write(dir / "t/z.json", R"("123/300>231/100|123")");  // another layout
  request.out = dir / "other";
  CHECK(refused(pairs(), request).message.find("another size") != std::string::npos);
  fs::remove(dir / "t/z.json");
  write(dir / "e_solutions.json", R"({"y":"13/00|33/33"})");  // against the demonstrations
  CHECK(refused(pairs(), request).message.find("answer 2") != std::string::npos);
}

}  // namespace trm
