#include "http/fields.h"

#include <algorithm>
#include <limits>

#include "puzzles/registry.h"

namespace trm::http {

Error wrong(const std::string& field, const std::string& expected, const Json& found) {
  return fail(ErrorCode::invalid_field,
              field + ": expected " + expected + ", found " + std::string(json_kind(found)), field);
}

Result<void> read_field(const std::string& field, const Json& value, std::string& out) {
  if (!value.is_string()) return wrong(field, "a string", value);
  out = value.as_string();
  return {};
}
Result<void> read_field(const std::string& field, const Json& value, bool& out) {
  if (!value.is_bool()) return wrong(field, "true or false", value);
  out = value.as_bool();
  return {};
}
Result<void> read_field(const std::string& field, const Json& value, double& out) {
  if (!value.is_number()) return wrong(field, "a number", value);
  out = value.as_double();
  return {};
}
Result<void> read_field(const std::string& field, const Json& value, int& out) {
  const auto number = value.whole();
  if (!number) return wrong(field, "a whole number", value);
  if (*number < std::numeric_limits<int>::min() || *number > std::numeric_limits<int>::max()) {
    return fail(ErrorCode::invalid_field, field + " is out of range", field);
  }
  out = static_cast<int>(*number);
  return {};
}
Result<void> read_field(const std::string& field, const Json& value, std::uint64_t& out) {
  const auto number = value.whole();
  if (!number || *number < 0) return wrong(field, "a whole number from 0", value);
  out = static_cast<std::uint64_t>(*number);
  return {};
}

Result<const Json*> member(const Json& json, const char* key) {
  const Json* value = json.find(key);
  if (value != nullptr) return value;
  return fail(ErrorCode::invalid_field, std::string("the field \"") + key + "\" is missing", key);
}

Result<Json> read_object(std::string_view body) {
  auto json = parse_json(body);
  if (json && !json->is_object()) return wrong("body", "an object", *json);
  return json;
}

Result<const Puzzle*> read_puzzle(const Json& json) {
  const auto name = member(json, "puzzle");
  if (!name) return name.error();
  if (!(*name)->is_string()) return wrong("puzzle", "a string", **name);
  return find_puzzle((*name)->as_string());
}

Error unknown_field(const std::string& key, const std::string& expected) {
  return fail(ErrorCode::unknown_field,
              "unknown field \"" + key.substr(0, 60) + "\": expected " + expected,
              key.substr(0, 60));
}

Result<void> only_fields(const Json& json, const std::vector<std::string>& known) {
  for (const auto& [key, value] : json.as_object()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name;
    return unknown_field(key, names);
  }
  return {};
}

Result<Question> read_board(const Puzzle& puzzle, const Json& json) {
  const auto board = member(json, "board");
  return board ? puzzle.from_json(**board) : board.error();
}

Result<Answer> read_answer(const Question& question, const Json& json) {
  const auto answer = member(json, "answer");
  if (!answer) return answer.error();
  auto read = question.puzzle().answer_from_json(question, **answer);
  if (read) return read;
  Error error = std::move(read).error();
  if (!error.message.starts_with("answer")) error.message = "answer: " + error.message;
  error.field = "answer";
  return error;
}

}  // namespace trm::http
