// trm_trainer data build, show, check.
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "puzzles/registry.h"
#include "trainer/build.h"
#include "trainer/command.h"
#include "trainer/data.h"
#include "trainer/inspect.h"

namespace trm {
namespace {

struct BuildArguments {
  std::string puzzle;
  BuildRequest request;
  std::vector<std::string> options;
};

struct LookArguments {
  std::string dir, puzzle, split = "train";
  std::int64_t index = 0, count = 3;
  bool json = false;
};

void print_left_out(const char* what, std::int64_t count) {
  if (count > 0) std::cout << "left out: " << count << " " << what << "\n";
}

int build(BuildArguments& arguments) {
  const auto puzzle = find_puzzle(arguments.puzzle);
  if (!puzzle) return report(puzzle.error());
  auto options = parse_options(arguments.options);
  if (!options) return report(options.error());
  arguments.request.generate.options = std::move(*options);
  Result<BuildReport> built = BuildReport();
  {
    Ticker ticker("building");
    built = build_dataset(**puzzle, arguments.request,
                          [&](std::int64_t done, std::int64_t total) { ticker(done, total); });
  }
  if (!built) return report(built.error());
  std::cout << "train: " << built->train_puzzles << " puzzles, " << built->train_examples
            << " examples\n";
  if (built->test_puzzles > 0) {
    std::cout << "test: " << built->test_puzzles << " puzzles";
    if (built->test_examples > 0) std::cout << ", " << built->test_examples << " examples";
    std::cout << "\n";
  }
  if (built->identifiers > 0)
    std::cout << "identifiers: " << built->identifiers << ", the blank one included\n";
  if (built->fewer_images > 0)
    std::cout << "fewer images than asked for: " << built->fewer_images << " puzzles\n";
  print_left_out("tests of training puzzles, without answer", built->unanswered);
  print_left_out("isomorphic to another puzzle of their split", built->duplicates);
  print_left_out("from training, isomorphic to a test puzzle", built->overlapping);
  print_left_out("of another size", built->other_size);
  print_left_out("without a solution or against the rules", built->bad);
  if (built->ambiguous > 0)
    std::cout << "several right answers: " << built->ambiguous << " puzzles (one is the label)\n";
  std::cout << arguments.request.out << " is ready: [[data]] dataset = \"" << arguments.request.out
            << "/train\"\n";
  return 0;
}

/// A data set's splits: DIR with train/ and test/, or one split's folder.
struct Splits {
  Dataset train;
  std::optional<Dataset> test;
};
Result<Splits> open_splits(const std::string& dir) {
  std::error_code failed;
  const bool parent = std::filesystem::is_directory(dir + "/train", failed);
  auto train = Dataset::open(parent ? dir + "/train" : dir);
  if (!train) return train.error();
  Splits splits{std::move(*train), {}};
  if (parent && std::filesystem::is_directory(dir + "/test", failed)) {
    auto test = Dataset::open(dir + "/test");
    if (!test) return test.error();
    splits.test = std::move(*test);
  }
  return splits;
}

int show(const LookArguments& arguments) {
  std::error_code failed;
  const std::string inside = arguments.dir + "/" + arguments.split;
  auto data = Dataset::open(std::filesystem::is_directory(inside, failed) ? inside : arguments.dir);
  if (!data) return report(data.error());
  const auto puzzle = dataset_puzzle(data->info(), arguments.puzzle);
  if (!puzzle) return report(puzzle.error());
  const auto text = show_examples(**puzzle, *data, arguments.index, arguments.count);
  if (!text) return report(text.error());
  std::cout << data->path() << ": " << data->examples() << " examples, " << data->puzzles()
            << " puzzles, " << data->groups() << " groups, " << data->info().seq_len
            << " positions, vocabulary " << data->info().vocab_size << "\n\n"
            << *text;
  return 0;
}

Json split_json(const SplitCheck& c) {
  Json json = Json::object(), wrong = Json::array();
  for (const auto& line : c.first_wrong) wrong.push(line);
  json.set("examples", c.examples).set("puzzles", c.puzzles).set("groups", c.groups);
  json.set("verified", c.verified).set("unchecked", c.unchecked).set("wrong", c.wrong);
  json.set("other_label", c.other_label).set("repeated", c.repeated);
  json.set("isomorphic", c.isomorphic).set("first_wrong", std::move(wrong));
  return json;
}

void print_split(const char* name, const SplitCheck& c) {
  std::cout << name << ": " << c.examples << " examples, " << c.puzzles << " puzzles, " << c.groups
            << " groups\n  labels verified by the rules: " << c.verified
            << ", not checkable: " << c.unchecked << ", wrong: " << c.wrong << "\n";
  if (c.other_label > 0)
    std::cout << "  right, but not the module's own choice: " << c.other_label << "\n";
  std::cout << "  repeated examples: " << c.repeated
            << ", groups isomorphic to an earlier one: " << c.isomorphic << "\n";
  for (const auto& line : c.first_wrong) std::cout << "  wrong: " << line << "\n";
}

int check(const LookArguments& arguments) {
  const auto splits = open_splits(arguments.dir);
  if (!splits) return report(splits.error());
  const auto puzzle = dataset_puzzle(splits->train.info(), arguments.puzzle);
  if (!puzzle) return report(puzzle.error());
  Result<DatasetCheck> found = DatasetCheck();
  {
    Ticker ticker("checking");
    found = check_dataset(**puzzle, splits->train, splits->test ? &*splits->test : nullptr,
                          [&](std::int64_t done, std::int64_t total) { ticker(done, total); });
  }
  if (!found) return report(found.error());
  if (arguments.json) {
    Json json = Json::object();
    json.set("train", split_json(found->train));
    if (splits->test) json.set("test", split_json(found->test)).set("leaked", found->leaked);
    std::cout << json.set("ok", found->ok()).dump() << "\n";
    return found->ok() ? 0 : 1;
  }
  print_split("train", found->train);
  if (splits->test) {
    print_split("test", found->test);
    std::cout << "test groups with a pair that stands in training: " << found->leaked << "\n";
  }
  std::cout << (found->ok() ? "all labels are right, nothing leaks\n"
                            : "not fit for training: see above\n");
  return found->ok() ? 0 : 1;
}

void add_build_options(CLI::App& command, BuildArguments& a) {
  BuildRequest& r = a.request;
  command.add_option("puzzle", a.puzzle, "module, see trm info")->required();
  command.add_option("--out", r.out, "folder to make")->required();
  command.add_option("--from", r.files,
                     "text or CSV file, one puzzle a line (.gz too), or tasks: folder of .json "
                     "files, .json file of one or many; repeatable");
  command.add_option("--eval-from", r.eval_files,
                     "tasks whose tests become the test split: folder or .json file");
  command.add_option("--test", r.test_files, "files of the test split");
  command.add_option("--test-share", r.test_share, "share of --from that becomes the test split");
  command.add_option("--subsample", r.subsample, "training puzzles drawn at random from --from");
  command.add_option("--size", r.generate.size, "as of the generator; with --from: only this size");
  command.add_option("--difficulty", r.generate.difficulty, "as of the generator");
  command.add_option("--set", a.options, "generator option=number");
  command.add_option("--count", r.count, "training puzzles of the generator");
  command.add_option("--test-count", r.test_count, "test puzzles of the generator");
  command.add_option("--augment", r.augment, "further images of each puzzle under symmetries");
  command.add_option("--seed", r.seed, "of generator, sample and symmetries");
  command.add_flag("--skip-bad", r.skip_bad,
                   "leave out puzzles without a solution, and count them");
  command.footer(
      "Examples:\n"
      "  trm_trainer data build NAME --count 1000 --test-count 200 --out data/mine\n"
      "  trm_trainer data build NAME --from list.csv.gz --test-share 0.1 --out data/list\n"
      "  trm_trainer data build NAME --from train.csv --test test.csv --subsample 1000\n"
      "      --augment 1000 --out data/small-augmented\n"
      "  trm_trainer data build NAME --from training/ --eval-from evaluation/ --augment 1000\n"
      "      --out data/tasks");
}

}  // namespace

void add_data_commands(Commands& commands) {
  auto* data = commands.add("data", "build, show and check data sets in the official layout");
  data->require_subcommand(1);

  auto b = std::make_shared<BuildArguments>();
  auto* build_command = commands.add("build", "make a data set from a generator or files", data);
  add_build_options(*build_command, *b);
  commands.on(build_command, [b] { return build(*b); });

  auto l = std::make_shared<LookArguments>();
  auto* show_command = commands.add("show", "print examples as boards", data);
  show_command->add_option("dir", l->dir, "data set or split")->required();
  show_command->add_option("--split", l->split, "train or test");
  show_command->add_option("--index", l->index, "first example");
  show_command->add_option("--count", l->count, "examples");
  show_command->add_option("--puzzle", l->puzzle, "where dataset.json does not name it");
  show_command->footer("Example: trm_trainer data show data/mine --split test --count 2");
  commands.on(show_command, [l] { return show(*l); });

  auto* check_command =
      commands.add("check", "verify every label, count duplicates and leaks", data);
  check_command->add_option("dir", l->dir, "data set or split")->required();
  check_command->add_option("--puzzle", l->puzzle, "where dataset.json does not name it");
  check_command->add_flag("--json", l->json, "one JSON object");
  check_command->footer(
      "Exit status 1 where a label is wrong or a test puzzle stands in training under a symmetry.\n"
      "Example: trm_trainer data check data/mine");
  commands.on(check_command, [l] { return check(*l); });
}

}  // namespace trm
