#include "trainer/build_tasks.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <unordered_set>

#include "engine/weights/atomic_file.h"
#include "trainer/hash.h"
#include "trainer/split_writer.h"
#include "trainer/tasks.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

constexpr int kTriesPerImage = 5;  // as the official builder
constexpr std::size_t kShownIds = 20;

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_data, std::move(message), std::move(field));
}

/// A query with its answer.
struct Pair {
  Question question;
  int query = 0;
  Grid answer;
};

/// A task, or its image under a symmetry, as examples.
struct Pairs {
  std::vector<Pair> shown;  ///< demonstrations
  std::vector<Pair> tests;  ///< those with an answer
};

Pairs pairs_of(const Question& question, const std::optional<Answer>& answer) {
  const Puzzle& puzzle = question.puzzle();
  Pairs pairs;
  for (auto& [shown, output] : puzzle.examples(question))
    pairs.shown.push_back({std::move(shown), 0, output.best()});
  for (int query = 0; answer && query < puzzle.queries(question); ++query)
    pairs.tests.push_back({question, query, answer->best(static_cast<std::size_t>(query))});
  return pairs;
}

EncodedPair encoded(const Pair& pair) {
  const Puzzle& puzzle = pair.question.puzzle();
  return {puzzle.encode(pair.question, pair.query),
          puzzle.encode_answer(pair.question, pair.query, pair.answer)};
}

/// The same for two images whose pairs are the same in any order.
std::uint64_t hash_of(const Pairs& pairs) {
  std::vector<std::uint64_t> hashes;
  for (const auto* list : {&pairs.shown, &pairs.tests}) {
    for (const Pair& pair : *list) {
      const EncodedPair tokens = encoded(pair);
      hashes.push_back(hash_tokens(tokens.labels, hash_tokens(tokens.tokens)));
    }
  }
  std::sort(hashes.begin(), hashes.end());
  std::uint64_t all = hash_seed;
  for (const std::uint64_t hash : hashes) all = hash_word(hash, all);
  return all;
}

/// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = 0; i < std::min(ids.size(), kShownIds); ++i)
    text += (i > 0 ? ", " : "") + ids[i];
  if (ids.size() > kShownIds) text += " and " + std::to_string(ids.size() - kShownIds) + " more";
  return text;
}

Result<std::vector<NamedJson>> read_all(const std::vector<std::string>& paths, TaskPart part) {
  std::vector<NamedJson> all;
  for (const auto& path : paths) {
    auto tasks = read_tasks(path, part);
    if (!tasks) return tasks.error();
    std::move(tasks->begin(), tasks->end(), std::back_inserter(all));
  }
  return all;
}

// Errors if an id stands twice, or in both lists.
Result<void> check_ids(const std::vector<NamedJson>& train, const std::vector<NamedJson>& eval) {
  std::set<std::string> evaluated, trained;
  std::vector<std::string> twice, leaked;
  for (const auto& task : eval) {
    if (!evaluated.insert(task.id).second) twice.push_back(task.id);
  }
  for (const auto& task : train) {
    if (!trained.insert(task.id).second) twice.push_back(task.id);
    if (evaluated.contains(task.id)) leaked.push_back(task.id);
  }
  if (!leaked.empty()) {
    return invalid("this would train on " + std::to_string(leaked.size()) +
                       " of the evaluation tasks: " + listed(leaked),
                   "eval-from");
  }
  if (!twice.empty())
    return invalid("there are several tasks with the ids " + listed(twice), "from");
  return {};
}

class TaskBuilder {
 public:
  TaskBuilder(const Puzzle& puzzle, const BuildRequest& request)
      : puzzle_(puzzle), request_(request), partial_(request.out + ".partial") {}

  Result<BuildReport> build(const std::function<void(std::int64_t, std::int64_t)>& progress) {
    auto train = read_all(request_.files, TaskPart::train);
    if (!train) return train.error();
    auto eval = read_all(request_.eval_files, TaskPart::evaluation);
    if (!eval) return eval.error();
    if (auto ok = check_ids(*train, *eval); !ok) return ok.error();
    std::error_code failed;
    fs::remove_all(partial_, failed);
    auto done = write_all(*train, *eval, progress);
    if (!done) {
      fs::remove_all(partial_, failed);
      return done.error();
    }
    return report_;
  }

 private:
  using Progress = std::function<void(std::int64_t, std::int64_t)>;

  Result<void> write_all(const std::vector<NamedJson>& train, const std::vector<NamedJson>& eval,
                         const Progress& progress) {
    std::error_code failed;
    fs::create_directories(partial_, failed);
    auto kept = AtomicFile::create(partial_ + "/test_puzzles.json");
    if (!kept) return kept.error();
    test_puzzles_.emplace(std::move(*kept));
    const auto total = static_cast<std::int64_t>(train.size() + eval.size());
    std::int64_t number = 0;
    for (const auto* list : {&train, &eval}) {
      for (const NamedJson& json : *list) {
        auto task = parse_task(puzzle_, json);
        if (!task) return task.error();
        if (auto written = write(*task, json.place, list == &eval); !written) return written;
        progress(++number, total);
      }
    }
    return close();
  }

  // A task with its images: one group in each split that gets examples of it.
  Result<void> write(const Task& task, const std::string& place, bool evaluated) {
    if (evaluated && !task.answer) {
      return invalid(place + ": an evaluation task needs the answers to its tests", "eval-from");
    }
    report_.unanswered += task.answer ? 0 : puzzle_.queries(task.question);
    Rng rng = Rng::stream(request_.seed, hash_text(task.id));
    const Pairs plain = pairs_of(task.question, task.answer);
    if (plain.shown.empty() && plain.tests.empty())
      return invalid(place + ": has no demonstration and no answer", "from");
    if (auto fits = check_layout(plain, place); !fits) return fits;
    if (auto added = add(task.id, plain, evaluated, rng); !added) return added;
    std::unordered_set<std::uint64_t> seen{hash_of(plain)};
    int made = 0;
    for (int tries = 0; made < request_.augment && tries < kTriesPerImage * request_.augment;
         ++tries) {
      const auto symmetry = puzzle_.symmetry(rng, task.question);
      std::optional<Answer> answer;
      if (task.answer) answer = symmetry->apply(*task.answer);
      const Pairs image = pairs_of(symmetry->apply(task.question), answer);
      if (!check_layout(image, place) || !seen.insert(hash_of(image)).second) continue;
      const std::string name = task.id + "|||" + symmetry->description();
      if (auto added = add(name, image, evaluated, rng); !added) return added;
      ++made;
    }
    report_.fewer_images += made < request_.augment;
    return end_groups(task, evaluated);
  }

  Result<void> check_layout(const Pairs& pairs, const std::string& place) {
    for (const auto* list : {&pairs.shown, &pairs.tests}) {
      for (const Pair& pair : *list) {
        const TokenLayout layout = puzzle_.layout(pair.question, pair.query);
        if (!layout_) layout_ = layout;
        if (layout == *layout_) continue;
        return invalid(place + ": a pair of another size than those before it", "from");
      }
    }
    return {};
  }

  // One puzzle of the current group.
  Result<void> add(std::string name, const Pairs& pairs, bool evaluated, Rng& rng) {
    const auto identifier = static_cast<int>(names_.size());
    names_.push_back(std::move(name));
    std::vector<const Pair*> trained;
    for (const Pair& pair : pairs.shown) trained.push_back(&pair);
    if (!evaluated) {
      for (const Pair& pair : pairs.tests) trained.push_back(&pair);
    }
    if (!trained.empty()) {
      auto split = open(train_, "train");
      if (!split) return split.error();
      if (auto added = add_displaced(**split, trained, rng); !added) return added;
      if (auto ended = (*split)->end_puzzle(identifier); !ended) return ended;
    }
    if (!evaluated) return {};
    auto split = open(test_, "test");
    if (!split) return split.error();
    for (const Pair& pair : pairs.tests) {
      EncodedPair tokens = encoded(pair);
      auto added = (*split)->add_example(std::move(tokens.tokens), std::move(tokens.labels));
      if (!added) return added;
    }
    return (*split)->end_puzzle(identifier);
  }

  // One example, drawn at random, stays where the tests will stand.
  Result<void> add_displaced(SplitWriter& split, const std::vector<const Pair*>& pairs, Rng& rng) {
    const std::size_t unmoved = rng.below(static_cast<std::uint32_t>(pairs.size()));
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const Pair& pair = *pairs[i];
      std::optional<EncodedPair> tokens;
      if (i != unmoved)
        tokens = puzzle_.encode_displaced(rng, pair.question, pair.query, pair.answer);
      if (!tokens) tokens = encoded(pair);
      auto added = split.add_example(std::move(tokens->tokens), std::move(tokens->labels));
      if (!added) return added;
    }
    return {};
  }

  Result<SplitWriter*> open(std::optional<SplitWriter>& split, const char* name) {
    if (!split) {
      auto made = SplitWriter::create(puzzle_, *layout_, partial_ + "/" + name);
      if (!made) return made.error();
      split.emplace(std::move(*made));
    }
    return &*split;
  }

  Result<void> end_groups(const Task& task, bool evaluated) {
    const bool trained = train_ && train_->puzzles() > puzzles_in_train_;
    if (trained) {
      puzzles_in_train_ = train_->puzzles();
      if (auto ended = train_->end_group(); !ended) return ended;
    }
    if (!evaluated) return {};
    const std::string entry = (test_->groups() > 0 ? ", " : "{") + Json(task.id).dump() + ": " +
                              puzzle_.to_json_with_answer(task.question, *task.answer).dump();
    if (auto kept = append(*test_puzzles_, entry); !kept) return kept;
    return test_->end_group();
  }

  static Result<void> append(AtomicFile& file, const std::string& text) {
    return file.write(std::as_bytes(std::span(text)));
  }

  Result<void> close() {
    if (!train_) return invalid("the files hold nothing to train on", "from");
    const auto identifiers = static_cast<int>(names_.size());
    for (auto* split : {&train_, &test_}) {
      if (!*split) continue;
      if (auto closed = (*split)->close("", identifiers); !closed) return closed;
    }
    if (auto ended = append(*test_puzzles_, test_ ? "}\n" : "{}\n"); !ended) return ended;
    if (auto kept = test_puzzles_->commit(); !kept) return kept;
    if (auto written = write_names(); !written) return written;
    report_.train_puzzles = train_->groups();
    report_.train_examples = train_->examples();
    report_.test_puzzles = test_ ? test_->groups() : 0;
    report_.test_examples = test_ ? test_->examples() : 0;
    report_.identifiers = identifiers;
    return publish(partial_, request_.out);
  }

  Result<void> write_names() const {
    auto file = AtomicFile::create(partial_ + "/identifiers.json");
    if (!file) return file.error();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (auto ok = append(*file, (i > 0 ? ", " : "[") + Json(names_[i]).dump()); !ok) return ok;
    }
    if (auto ok = append(*file, "]\n"); !ok) return ok;
    return file->commit();
  }

  const Puzzle& puzzle_;
  const BuildRequest& request_;
  std::string partial_;
  BuildReport report_;
  std::optional<TokenLayout> layout_;
  std::optional<SplitWriter> train_, test_;
  std::int64_t puzzles_in_train_ = 0;  // when the last group began
  std::optional<AtomicFile> test_puzzles_;
  std::vector<std::string> names_{"<blank>"};
};

// Whether a path is one of those that tasks come from.
bool holds_tasks(const std::string& path) {
  std::error_code failed;
  return path.ends_with(".json") || fs::is_directory(path, failed);
}

Result<void> check_request(const BuildRequest& r) {
  const auto refuse = [](std::string message, std::string field) {
    return fail(ErrorCode::invalid_field, std::move(message), std::move(field));
  };
  if (!std::all_of(r.files.begin(), r.files.end(), holds_tasks) ||
      !std::all_of(r.eval_files.begin(), r.eval_files.end(), holds_tasks)) {
    return refuse("tasks come from folders and .json files only", "from");
  }
  const bool others = !r.test_files.empty() || r.test_share > 0 || r.subsample > 0 ||
                      r.test_count > 0 || !r.generate.size.empty();
  if (others) {
    return refuse(
        "size, test, test-share, test-count and subsample do not go with tasks; --eval-from names "
        "those to test with",
        "from");
  }
  return {};
}

}  // namespace

bool is_task_request(const BuildRequest& request) {
  return !request.eval_files.empty() ||
         std::any_of(request.files.begin(), request.files.end(), holds_tasks);
}

Result<BuildReport> build_tasks(
    const Puzzle& puzzle, const BuildRequest& request,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  if (auto ok = check_request(request); !ok) return ok.error();
  return TaskBuilder(puzzle, request).build(progress);
}

}  // namespace trm
