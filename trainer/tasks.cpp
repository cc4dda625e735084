#include "trainer/tasks.h"

#include <algorithm>
#include <filesystem>

#include "engine/weights/file_map.h"
#include "puzzles/text.h"

namespace trm {
namespace {

namespace fs = std::filesystem;

// Collections of a thousand tasks hold a million numbers and more, their images as many names.
constexpr JsonLimits kLimits{std::size_t{512} << 20, 32, 200'000'000};

constexpr std::string_view kChallenges = "_challenges.json", kSolutions = "_solutions.json";

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_data, std::move(message), std::move(field));
}

bool is_collection(const Json& json) {
  if (!json.is_object() || json.as_object().empty()) return false;
  const auto& members = json.as_object();
  return std::none_of(members.begin(), members.end(),
                      [](const Json::Member& member) { return member.second.is_array(); });
}

std::optional<TaskPart> part_named(std::string_view name) {
  if (name == "train" || name == "training") return TaskPart::train;
  if (name == "eval" || name == "evaluation") return TaskPart::evaluation;
  return std::nullopt;
}

// Whether all members of a collection are parts, so that its tasks lie one level below.
bool has_parts(const Json& collection) {
  const auto& members = collection.as_object();
  return std::all_of(members.begin(), members.end(), [](const Json::Member& member) {
    return part_named(member.first) && member.second.is_object();
  });
}

// The answers that stand in another file; null: there is none.
Result<Json> solutions_of(const std::string& path) {
  if (!path.ends_with(kChallenges)) return Json();
  const std::string other =
      path.substr(0, path.size() - kChallenges.size()) + std::string(kSolutions);
  std::error_code failed;
  if (!fs::exists(other, failed)) return Json();
  auto json = read_task_file(other, "from");
  if (json && !json->is_object()) return invalid(other + ": expected an object of answers", "from");
  return json;
}

Result<std::vector<NamedJson>> collected(const std::string& path, Json collection) {
  const auto solutions = solutions_of(path);
  if (!solutions) return solutions.error();
  std::vector<NamedJson> tasks;
  for (auto& [id, board] : collection.as_object()) {
    NamedJson task{id, std::move(board), {}, path + ", task " + id};
    if (solutions->is_object()) {
      const Json* answer = solutions->find(id);
      if (answer == nullptr)
        return invalid(task.place + ": its file of solutions lacks it", "from");
      task.answer = *answer;
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<std::vector<NamedJson>> read_folder(const std::string& path) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (failed) return fail(ErrorCode::io_error, "cannot read the folder " + path, "from");
  if (files.empty())
    return fail(ErrorCode::not_found, "the folder " + path + " holds no .json file", "from");
  std::sort(files.begin(), files.end());
  std::vector<NamedJson> tasks;
  for (const auto& file : files) {
    auto json = read_task_file(file, "from");
    if (!json) return json.error();
    if (is_collection(*json)) {
      return invalid(file + ": expected one task in each file of a folder; name this file itself",
                     "from");
    }
    tasks.push_back({fs::path(file).stem().string(), std::move(*json), {}, file});
  }
  return tasks;
}

}  // namespace

Result<Json> read_task_file(const std::string& path, const char* field) {
  const auto file = FileMap::open(path);
  if (!file) return file.error();
  const auto bytes = file->bytes();
  auto json = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, kLimits);
  if (json) return json;
  const bool large = json.error().code == ErrorCode::too_large;
  return fail(large ? ErrorCode::too_large : ErrorCode::invalid_data,
              path + ": " + json.error().message, field);
}

Result<std::vector<NamedJson>> read_tasks(const std::string& path, TaskPart part) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return read_folder(path);
  if (path.ends_with(kSolutions)) {
    return invalid(
        path + ": answers only; give the file ..." + std::string(kChallenges) + " beside it",
        "from");
  }
  auto json = read_task_file(path, "from");
  if (!json) return json.error();
  if (!is_collection(*json)) {
    std::vector<NamedJson> one;
    one.push_back({fs::path(path).stem().string(), std::move(*json), {}, path});
    return one;
  }
  if (!has_parts(*json)) return collected(path, std::move(*json));
  for (auto& [name, tasks] : json->as_object()) {
    if (part_named(name) == part) return collected(path, std::move(tasks));
  }
  return invalid(path + ": has no part \"" + (part == TaskPart::train ? "train" : "eval") + "\"",
                 "from");
}

Result<Task> parse_task(const Puzzle& puzzle, const NamedJson& json) {
  const auto bad = [&](const Error& error) {
    return invalid(json.place + ": " + error.message, error.field);
  };
  auto question = puzzle.from_json(json.board);
  if (!question) return bad(question.error());
  Task task{json.id, std::move(*question), {}};
  if (json.answer) {
    auto answer = puzzle.answer_from_json(task.question, *json.answer);
    if (!answer) return bad(answer.error());
    task.answer = std::move(*answer);
  } else {
    auto answer = puzzle.answer_within_json(task.question, json.board);
    if (!answer) return bad(answer.error());
    task.answer = std::move(*answer);
  }
  if (!task.answer) return task;
  const auto conflicts = puzzle.check(task.question, *task.answer).conflicts;
  if (!conflicts.empty()) {
    const CellRef& cell = conflicts.front().cell;
    return invalid(json.place + ": answer " + std::to_string(cell.grid + 1) + ", " +
                       cell_place(cell.row, cell.col) + ": " + conflicts.front().message,
                   "answer");
  }
  return task;
}

}  // namespace trm
