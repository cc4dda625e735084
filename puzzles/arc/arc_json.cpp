// The official JSON of tasks, and the containers that answers come in.
#include <algorithm>

#include "puzzles/arc/arc_internal.h"
#include "puzzles/arc/arc_module.h"
#include "puzzles/grid_json.h"
#include "puzzles/text.h"

namespace trm::arc {
namespace {

Error wrong(const std::string& place, const std::string& what) {
  return fail(ErrorCode::invalid_field, place + ": " + what, place);
}

Result<void> check_side(std::size_t length, const std::string& place, const std::string& what) {
  if (length == 0) return wrong(place, "has no " + what + "; expected 1 to 30");
  if (length > longest_side) {
    return fail(ErrorCode::too_large,
                place + " has " + std::to_string(length) + " " + what + "; sides are 1 to 30",
                place);
  }
  return {};
}

Result<void> read_row(const Json& json, const std::string& place, int row, Grid& grid) {
  if (!json.is_array()) return wrong_kind(place, "an array of colours", json);
  const auto& cells = json.as_array();
  if (auto fits = check_side(cells.size(), place, "cells"); !fits) return fits;
  if (row == 0) grid = Grid(grid.rows, static_cast<int>(cells.size()));
  if (static_cast<int>(cells.size()) != grid.cols) {
    return wrong(place, "has " + std::to_string(cells.size()) + " cells; the rows above " +
                            std::to_string(grid.cols));
  }
  for (int col = 0; col < grid.cols; ++col) {
    const Json& cell = cells[static_cast<std::size_t>(col)];
    const std::string at = place + ", column " + std::to_string(col + 1);
    const auto colour = cell.whole();
    if (!colour) return wrong_kind(at, "a colour from 0 to 9", cell);
    if (*colour < 0 || *colour >= colours)
      return wrong(at, std::to_string(*colour) + " is no colour; they are 0 to 9");
    grid.at(row, col) = static_cast<Cell>(*colour);
  }
  return {};
}

Result<Grid> read_grid(const Json& json, const std::string& place) {
  if (!json.is_array()) return wrong_kind(place, "an array of rows", json);
  const auto& rows = json.as_array();
  if (auto fits = check_side(rows.size(), place, "rows"); !fits) return std::move(fits).error();
  Grid grid;
  grid.rows = static_cast<int>(rows.size());
  for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
    auto read = read_row(rows[static_cast<std::size_t>(row)],
                         place + ", row " + std::to_string(row + 1), row, grid);
    if (!read) return std::move(read).error();
  }
  return grid;
}

// The only members that an object may have.
Result<void> check_members(const Json& object, const std::string& place,
                           std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.as_object()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const auto name : known) names += (names.empty() ? "" : ", ") + std::string(name);
    return fail(ErrorCode::unknown_field,
                place + ": \"" + key.substr(0, 40) + "\" is none of its members " + names, key);
  }
  return {};
}

// The pairs of "train" or "test".
Result<const Json::Array*> pairs_of(const Json& object, const char* key) {
  const Json* list = object.find(key);
  if (list == nullptr) return wrong(key, "is missing; expected an array of pairs");
  if (!list->is_array()) return wrong_kind(key, "an array of pairs", *list);
  if (list->as_array().size() > most_pairs) {
    return fail(ErrorCode::too_large, std::string(key) + " has more than 100 pairs", key);
  }
  return &list->as_array();
}

Result<Grid> grid_of(const Json& pair, bool demo, int number, bool output) {
  const std::string name = (demo ? "demonstration " : "test ") + std::to_string(number + 1);
  if (!pair.is_object()) return wrong_kind(name, "an object with input and output", pair);
  if (auto ok = check_members(pair, name, {"input", "output"}); !ok) return std::move(ok).error();
  const Json* grid = pair.find(output ? "output" : "input");
  if (grid == nullptr) return wrong(name, output ? "has no output" : "has no input");
  return read_grid(*grid, grid_name(demo, number, output));
}

std::string answer_place(std::size_t query) {
  return "test " + std::to_string(query + 1) + ", answer";
}

// {"attempt_1": GRID, "attempt_2": GRID, ...}
Result<std::vector<Grid>> read_attempts(const Json& object, std::size_t query) {
  const std::string place = answer_place(query);
  if (!object.is_object()) return wrong_kind(place, "an object with attempt_1", object);
  std::vector<Grid> candidates;
  for (const auto& [key, value] : object.as_object()) {
    const std::string expected = "attempt_" + std::to_string(candidates.size() + 1);
    if (key != expected) return wrong(place, "expected " + expected + ", in order");
    auto grid = read_grid(value, place + " " + std::to_string(candidates.size() + 1));
    if (!grid) return std::move(grid).error();
    candidates.push_back(std::move(*grid));
  }
  if (candidates.empty()) return wrong(place, "has no attempt_1");
  return candidates;
}

Result<void> check_count(const Question& question, std::size_t found) {
  const auto asked = static_cast<std::size_t>(question.puzzle().queries(question));
  if (found == asked) return {};
  return wrong("answer", "answers to " + std::to_string(found) + " tests; the task has " +
                             std::to_string(asked));
}

}  // namespace

Result<Task> read_task(const Json& object) {
  if (!object.is_object()) return wrong_kind("task", "an object with train and test", object);
  // Some published tasks carry their name.
  if (auto ok = check_members(object, "task", {"train", "test", "name"}); !ok)
    return std::move(ok).error();
  const auto train = pairs_of(object, "train");
  if (!train) return train.error();
  const auto test = pairs_of(object, "test");
  if (!test) return test.error();
  if ((*test)->empty()) return wrong("test", "expected at least one test input");
  Task task;
  for (const Json& pair : **train) {
    const auto number = static_cast<int>(task.demos.size());
    auto input = grid_of(pair, true, number, false);
    if (!input) return std::move(input).error();
    auto output = grid_of(pair, true, number, true);
    if (!output) return std::move(output).error();
    task.demos.emplace_back(std::move(*input), std::move(*output));
  }
  for (const Json& pair : **test) {
    auto input = grid_of(pair, false, static_cast<int>(task.tests.size()), false);
    if (!input) return std::move(input).error();
    task.tests.push_back(std::move(*input));
  }
  return task;
}

Result<std::optional<Answer>> read_outputs(const Question& question, const Json& object) {
  if (object.find("test") == nullptr) return std::optional<Answer>();
  const auto tests = pairs_of(object, "test");
  if (!tests) return tests.error();
  if (auto ok = check_count(question, (*tests)->size()); !ok) return std::move(ok).error();
  const auto given = std::count_if((*tests)->begin(), (*tests)->end(),
                                   [](const Json& pair) { return pair.find("output") != nullptr; });
  if (given == 0) return std::optional<Answer>();
  Answer answer;
  for (const Json& pair : **tests) {
    auto grid = grid_of(pair, false, static_cast<int>(answer.queries.size()), true);
    if (!grid) return std::move(grid).error();
    answer.queries.push_back({std::move(*grid)});
  }
  return std::optional<Answer>(std::move(answer));
}

Json task_object(const Question& question, const Answer* answer) {
  Json train = Json::array(), test = Json::array();
  for (int demo = 0; demo < demos(question); ++demo) {
    const auto at = static_cast<std::size_t>(2 * demo);
    train.push(Json::object()
                   .set("input", number_rows(question.grid(at)))
                   .set("output", number_rows(question.grid(at + 1))));
  }
  for (int query = 0; query < question.puzzle().queries(question); ++query) {
    Json pair = Json::object().set("input", number_rows(test_input(question, query)));
    const auto at = static_cast<std::size_t>(query);
    if (answer != nullptr && at < answer->queries.size() && !answer->queries[at].empty())
      pair.set("output", number_rows(answer->best(at)));
    test.push(std::move(pair));
  }
  return Json::object().set("train", std::move(train)).set("test", std::move(test));
}

Json attempts_array(const Answer& answer) {
  Json list = Json::array();
  for (const auto& candidates : answer.queries) {
    Json attempts = Json::object();
    for (std::size_t i = 0; i < candidates.size(); ++i)
      attempts.set("attempt_" + std::to_string(i + 1), number_rows(candidates[i]));
    list.push(std::move(attempts));
  }
  return list;
}

Result<std::optional<Answer>> read_answer_array(const Question& question, const Json& array) {
  const auto& list = array.as_array();
  const bool attempts = !list.empty() && list.front().is_object();
  const bool rows = !list.empty() && list.front().is_array();
  if (!attempts && !rows) return std::optional<Answer>();
  const auto& first = list.front();
  if (rows && (first.as_array().empty() || !first.as_array().front().is_array())) {
    if (auto ok = check_count(question, 1); !ok) return std::move(ok).error();
    auto grid = read_grid(array, answer_place(0));
    if (!grid) return std::move(grid).error();
    return std::optional<Answer>(Answer(std::move(*grid)));
  }
  if (auto ok = check_count(question, list.size()); !ok) return std::move(ok).error();
  Answer answer;
  for (const Json& element : list) {
    const std::size_t query = answer.queries.size();
    if (attempts) {
      auto candidates = read_attempts(element, query);
      if (!candidates) return std::move(candidates).error();
      answer.queries.push_back(std::move(*candidates));
    } else {
      auto grid = read_grid(element, answer_place(query));
      if (!grid) return std::move(grid).error();
      answer.queries.push_back({std::move(*grid)});
    }
  }
  return std::optional<Answer>(std::move(answer));
}

Result<Question> Arc::from_json(const Json& board) const {
  if (!board.is_object()) return Puzzle::from_json(board);
  auto task = read_task(board);
  if (!task) return std::move(task).error();
  return make(std::move(*task).draft({"json", Notation::Json::object}));
}

Json Arc::to_json(const Question& question) const {
  if (question.notation().json == Notation::Json::object) return task_object(question, nullptr);
  return Puzzle::to_json(question);
}

Json Arc::answer_to_json(const Question& question, const Answer& answer) const {
  const Notation::Json container = question.notation().json;
  // Rows of numbers hold one grid only.
  const bool several = answer.queries.size() != 1 || answer.queries.front().size() != 1;
  if (container == Notation::Json::object ||
      (container == Notation::Json::number_rows && several)) {
    return attempts_array(answer);
  }
  return Puzzle::answer_to_json(question, answer);
}

Result<Answer> Arc::answer_from_json(const Question& question, const Json& answer) const {
  if (answer.is_object()) {
    auto outputs = read_outputs(question, answer);
    if (!outputs) return std::move(outputs).error();
    if (!*outputs) return wrong("answer", "expected a task whose tests have outputs");
    return std::move(**outputs);
  }
  if (answer.is_array()) {
    auto read = read_answer_array(question, answer);
    if (!read) return std::move(read).error();
    if (*read) return std::move(**read);
  }
  return Puzzle::answer_from_json(question, answer);
}

Result<std::optional<Answer>> Arc::answer_within_json(const Question& question,
                                                      const Json& board) const {
  if (!board.is_object()) return std::optional<Answer>();
  return read_outputs(question, board);
}

Json Arc::to_json_with_answer(const Question& question, const Answer& answer) const {
  return task_object(question, &answer);
}

}  // namespace trm::arc
