// Puzzles with names from JSON files: what published collections of tasks come in. Torch-free.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "puzzles/json.h"
#include "puzzles/puzzle.h"

namespace trm {

/// A file of tasks or of what belongs to them, up to half a gigabyte. Errors: not_found, io_error;
/// too_large, invalid_data naming the file, with `field`.
Result<Json> read_task_file(const std::string& path, const char* field);

/// Which part of a file that holds both is meant.
enum class TaskPart { train, evaluation };

/// A puzzle with its name as it stands in a file.
struct NamedJson {
  std::string id;
  Json board;                  ///< for Puzzle::from_json
  std::optional<Json> answer;  ///< for Puzzle::answer_from_json, where a file of solutions has it
  std::string place;           ///< for messages: the file, and the id where it holds several
};

/// Reads the tasks of
/// - a folder: each *.json file is one task, its id the file's name without ending; by name;
/// - a file with one task: anything but an object, or an object with a member that is an array;
/// - a file with an object of id -> task. NAME_challenges.json takes the answers from
///   NAME_solutions.json beside it, an object of id -> answer, where that is there;
/// - a file with an object of two such objects, "train" (or "training") and "eval" (or
///   "evaluation"), of which `part` picks one.
/// Errors: not_found, io_error; too_large; invalid_data naming the file.
Result<std::vector<NamedJson>> read_tasks(const std::string& path, TaskPart part);

/// A puzzle with its name; the answer to its queries where the files tell it.
struct Task {
  std::string id;
  Question question;
  std::optional<Answer> answer;
};

/// The module's reading of a task. Errors: invalid_data with the place, also for an answer that
/// check() finds a conflict in.
Result<Task> parse_task(const Puzzle& puzzle, const NamedJson& json);

}  // namespace trm
