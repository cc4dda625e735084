#include "trainer/pass_at.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "trainer/tasks.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNames = "identifiers.json";
constexpr const char* kTasks = "test_puzzles.json";
constexpr std::string_view kSeparator = "|||";  // between a task's id and its image's symmetry
constexpr std::size_t kShownName = 80;          // of a name in a message, in bytes

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_data, std::move(message), std::move(field));
}

// The folder DATA of a split DATA/test; empty for other splits.
std::string folder_of_test(const std::string& split) {
  std::error_code failed;
  fs::path path = fs::absolute(split, failed).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // DATA/test/
  return path.filename() == "test" ? path.parent_path().string() : std::string();
}

// How many candidates stand before the right one; more than any K if it is none of them.
std::size_t better(const std::vector<Grid>& candidates, const Grid& right) {
  const auto found = std::find(candidates.begin(), candidates.end(), right);
  if (found == candidates.end()) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(found - candidates.begin());
}

}  // namespace

void add_pass_at(const PassAt& pass_at, Json& json) {
  json.set("tasks", pass_at.tasks).set("votes", pass_at.votes);
  for (std::size_t i = 0; i < pass_at.rates.size(); ++i)
    json.set("pass@" + std::to_string(PassAt::attempts[i]), pass_at.rates[i]);
}

Result<std::optional<TaskVotes>> TaskVotes::open(const Puzzle& puzzle, const Dataset& split) {
  const std::string folder = folder_of_test(split.path());
  std::error_code failed;
  if (folder.empty() || !fs::exists(folder + "/" + kNames, failed) ||
      !fs::exists(folder + "/" + kTasks, failed)) {
    return std::optional<TaskVotes>();
  }
  const auto named = puzzle.symmetry_named("");
  if (!named && named.error().code == ErrorCode::unsupported) return std::optional<TaskVotes>();
  TaskVotes votes(puzzle, split, folder);
  if (auto read = votes.read_names(); !read) return std::move(read).error();
  if (auto read = votes.read_tasks(); !read) return std::move(read).error();
  return std::optional<TaskVotes>(std::move(votes));
}

Result<void> TaskVotes::read_names() {
  const std::string path = folder_ + "/" + kNames;
  auto json = read_task_file(path, kNames);
  if (!json) return std::move(json).error();
  if (!json->is_array()) return invalid(path + ": expected an array of names", kNames);
  for (Json& name : json->as_array()) {
    if (!name.is_string()) {
      return invalid(path + ", entry " + std::to_string(names_.size()) +
                         ": expected a name, found " + std::string(json_kind(name)),
                     kNames);
    }
    names_.push_back(name.as_string());
  }
  const auto expected = static_cast<std::size_t>(split_.info().num_puzzle_identifiers);
  if (names_.size() == expected) return {};
  return invalid(path + ": has " + std::to_string(names_.size()) + " names; " + split_.path() +
                     "/dataset.json says num_puzzle_identifiers = " + std::to_string(expected),
                 kNames);
}

Result<void> TaskVotes::read_tasks() {
  const std::string path = folder_ + "/" + kTasks;
  auto json = read_task_file(path, kTasks);
  if (!json) return std::move(json).error();
  if (!json->is_object()) return invalid(path + ": expected an object of tasks", kTasks);
  for (auto& [id, board] : json->as_object()) {
    const std::string at = path + ", task " + id.substr(0, kShownName);
    const auto task = parse_task(*puzzle_, {id, std::move(board), {}, at});
    if (!task) return task.error();
    if (!task->answer) return invalid(at + ": has no answers to its tests", kTasks);
    const Span span{tests_.size(),
                    tests_.size() + static_cast<std::size_t>(puzzle_->queries(task->question))};
    for (std::size_t i = span.first; i < span.end; ++i) {
      const std::size_t query = i - span.first;
      Test test{puzzle_->encode(task->question, static_cast<int>(query)), task->answer->best(query),
                i};
      for (std::size_t before = i; before-- > span.first;) {
        if (tests_[before].tokens == test.tokens) test.ballot = before;
      }
      tests_.push_back(std::move(test));
    }
    tasks_[id] = span;
  }
  return {};
}

Result<TaskVotes::Image> TaskVotes::image_of(int identifier) const {
  const std::string_view name = names_[static_cast<std::size_t>(identifier)];
  const auto bad = [&](const std::string& what) {
    return invalid(folder_ + "/" + kNames + ", entry " + std::to_string(identifier) + ", \"" +
                       std::string(name.substr(0, kShownName)) + "\": " + what,
                   kNames);
  };
  const std::size_t end = name.find(kSeparator);
  const auto task = tasks_.find(name.substr(0, end));
  if (task == tasks_.end()) return bad("names no task of " + std::string(kTasks));
  if (end == std::string_view::npos) return Image{task->second, nullptr};
  const auto symmetry = puzzle_->symmetry_named(name.substr(end + kSeparator.size()));
  if (!symmetry) return bad(symmetry.error().message);
  return Image{task->second, (*symmetry)->inverse()};
}

Result<void> TaskVotes::add(const Question& image, int identifier) {
  const auto from = image_of(identifier);
  if (!from) return from.error();
  const auto asked = puzzle_->encode(from->back ? from->back->apply(image) : image, 0);
  for (std::size_t i = from->tests.first; i < from->tests.end; ++i) {
    if (tests_[i].tokens != asked) continue;
    voters_.push_back({i, identifier});
    return {};
  }
  return invalid(split_.path() + ", example " + std::to_string(voters_.size()) +
                     ": is no test input of its task in " + kTasks + ", \"" +
                     names_[static_cast<std::size_t>(identifier)].substr(0, kShownName) + "\"",
                 kTasks);
}

Result<std::vector<Ballot>> TaskVotes::count(const std::vector<Answer>& answers,
                                             const std::vector<double>& halts) const {
  if (answers.size() != voters_.size() || halts.size() != voters_.size())
    return fail(ErrorCode::internal, "answers to another number of boards than were added");
  std::vector<Ballot> ballots(tests_.size());
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    const auto from = image_of(voters_[i].identifier);
    if (!from) return from.error();
    const bool readable = !answers[i].queries.empty() && !answers[i].queries.front().empty();
    Grid grid;
    if (readable) grid = from->back ? from->back->apply(answers[i]).best() : answers[i].best();
    ballots[voters_[i].test].add(grid, halts[i]);
  }
  return ballots;
}

Result<PassAt> TaskVotes::score(const std::vector<Answer>& answers,
                                const std::vector<double>& halts) const {
  const auto ballots = count(answers, halts);
  if (!ballots) return ballots.error();
  PassAt sum;
  sum.votes = static_cast<std::int64_t>(voters_.size());
  sum.whole = sum.votes == split_.examples();
  for (const auto& [id, span] : tasks_) {
    int votes = 0;
    std::array<int, PassAt::attempts.size()> right{};
    for (std::size_t i = span.first; i < span.end; ++i) {
      const Ballot& ballot = (*ballots)[tests_[i].ballot];
      votes += ballot.votes();
      const std::size_t before = better(ballot.best(PassAt::attempts.back()), tests_[i].output);
      for (std::size_t k = 0; k < right.size(); ++k)
        right[k] += before < static_cast<std::size_t>(PassAt::attempts[k]);
    }
    if (votes == 0 && !sum.whole) continue;
    ++sum.tasks;
    for (std::size_t k = 0; k < right.size(); ++k)
      sum.rates[k] += static_cast<double>(right[k]) / static_cast<double>(span.end - span.first);
  }
  for (double& rate : sum.rates) rate /= static_cast<double>(std::max<std::int64_t>(1, sum.tasks));
  return sum;
}

}  // namespace trm
