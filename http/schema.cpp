#include "http/schema.h"

#include <limits>

#include "puzzles/registry.h"

namespace trm::http {
namespace {

Error wrong(const std::string& field, const std::string& expected, const Json& found) {
  return fail(ErrorCode::invalid_field,
              field + ": expected " + expected + ", found " + std::string(json_kind(found)), field);
}

Result<void> read(const std::string& field, const Json& value, std::string& out) {
  if (!value.is_string()) return wrong(field, "a string", value);
  out = value.as_string();
  return {};
}
Result<void> read(const std::string& field, const Json& value, bool& out) {
  if (!value.is_bool()) return wrong(field, "true or false", value);
  out = value.as_bool();
  return {};
}
Result<void> read(const std::string& field, const Json& value, double& out) {
  if (!value.is_number()) return wrong(field, "a number", value);
  out = value.as_double();
  return {};
}
Result<void> read(const std::string& field, const Json& value, int& out) {
  if (!value.is_int()) return wrong(field, "a whole number", value);
  if (value.as_int() < std::numeric_limits<int>::min() ||
      value.as_int() > std::numeric_limits<int>::max()) {
    return fail(ErrorCode::invalid_field, field + " is out of range", field);
  }
  out = static_cast<int>(value.as_int());
  return {};
}
Result<void> read(const std::string& field, const Json& value, std::uint64_t& out) {
  if (!value.is_int() || value.as_int() < 0) return wrong(field, "a whole number from 0", value);
  out = static_cast<std::uint64_t>(value.as_int());
  return {};
}
Result<void> read(const std::string& field, const Json& value, Fallback& out) {
  if (!value.is_string()) return wrong(field, "\"none\" or \"exact\"", value);
  if (value.as_string() != "none" && value.as_string() != "exact") {
    return fail(ErrorCode::invalid_field, field + ": expected \"none\" or \"exact\"", field);
  }
  out = value.as_string() == "exact" ? Fallback::exact : Fallback::none;
  return {};
}

Result<void> read_deadline(const Json& value, std::chrono::milliseconds longest,
                           SolveRequest& request) {
  int milliseconds = 0;
  if (auto done = read("deadline_ms", value, milliseconds); !done) return done;
  if (milliseconds < 1 || milliseconds > longest.count()) {
    return fail(ErrorCode::invalid_field,
                "deadline_ms: expected 1 to " + std::to_string(longest.count()), "deadline_ms");
  }
  request.deadline = std::chrono::milliseconds(milliseconds);
  return {};
}

// One member beside puzzle and board.
Result<void> read_member(const std::string& key, const Json& value,
                         std::chrono::milliseconds longest, SolveRequest& request) {
  if (key == "model") return read(key, value, request.model);
  if (key == "max_steps") return read(key, value, request.max_steps);
  if (key == "attempts") return read(key, value, request.attempts);
  if (key == "seed") return read(key, value, request.seed);
  if (key == "deadline_ms") return read_deadline(value, longest, request);
  if (key == "fallback") return read(key, value, request.fallback);
  if (key == "trace") return read(key, value, request.trace);
  if (key == "noise") return read(key, value, request.noise);
  if (key == "start_noise") return read(key, value, request.start_noise);
  if (key == "symmetries") return read(key, value, request.symmetries);
  if (key == "settle_steps") return read(key, value, request.settle_steps);
  if (key == "halt") return read(key, value, request.halt);
  if (key == "rules_ms") return read(key, value, request.rules_ms);
  if (key == "fit_seconds") return read(key, value, request.fit_seconds);
  if (key == "answers_per_query") return read(key, value, request.answers_per_query);
  if (key == "priority") return read(key, value, request.priority);
  if (key == "replace_key") return read(key, value, request.replace_key);
  return fail(ErrorCode::unknown_field,
              "unknown field \"" + key.substr(0, 60) +
                  "\": expected puzzle, board, model, max_steps, attempts, symmetries, noise, "
                  "start_noise, settle_steps, halt, seed, deadline_ms, fallback, rules_ms, "
                  "answers_per_query, priority, replace_key, trace",
              key.substr(0, 60));
}

Result<const Json*> member(const Json& json, const char* key) {
  const Json* value = json.find(key);
  if (value != nullptr) return value;
  return fail(ErrorCode::invalid_field, std::string("the field \"") + key + "\" is missing", key);
}

}  // namespace

Result<SolveRequest> read_solve_request(std::string_view body, std::chrono::milliseconds longest) {
  const auto json = parse_json(body);
  if (!json) return json.error();
  if (!json->is_object()) return wrong("body", "an object", *json);
  const auto name = member(*json, "puzzle");
  if (!name) return name.error();
  if (!(*name)->is_string()) return wrong("puzzle", "a string", **name);
  const auto puzzle = find_puzzle((*name)->as_string());
  if (!puzzle) return puzzle.error();
  const auto board = member(*json, "board");
  if (!board) return board.error();
  auto question = (*puzzle)->from_json(**board);
  if (!question) return std::move(question).error();

  SolveRequest request(std::move(question).value());
  request.deadline = longest;
  for (const auto& [key, value] : json->as_object()) {
    if (key == "puzzle" || key == "board") continue;
    if (auto done = read_member(key, value, longest, request); !done) return done.error();
  }
  return request;
}

}  // namespace trm::http
