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
  return fail(
      ErrorCode::unknown_field,
      "unknown field \"" + key.substr(0, 60) +
          "\": expected puzzle, board, boards, model, max_steps, attempts, symmetries, noise, "
          "start_noise, settle_steps, halt, seed, deadline_ms, fallback, rules_ms, "
          "answers_per_query, priority, replace_key, trace, async",
      key.substr(0, 60));
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

Error unknown_field(const std::string& key, const char* expected) {
  return fail(ErrorCode::unknown_field,
              "unknown field \"" + key.substr(0, 60) + "\": expected " + expected,
              key.substr(0, 60));
}

// Every field but the boards, put into `request`.
Result<void> read_members(const Json& json, std::chrono::milliseconds longest,
                          SolveRequest& request) {
  request.deadline = longest;
  for (const auto& [key, value] : json.as_object()) {
    if (key == "puzzle" || key == "board" || key == "boards" || key == "async") continue;
    if (auto done = read_member(key, value, longest, request); !done) return done;
  }
  return {};
}

}  // namespace

Result<SolveBody> read_solve_body(std::string_view body, std::chrono::milliseconds longest) {
  const auto json = read_object(body);
  if (!json) return json.error();
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  SolveBody read_body;
  if (const Json* async = json->find("async")) {
    if (auto done = read("async", *async, read_body.async); !done) return done.error();
  }
  const Json* boards = json->find("boards");
  if (boards == nullptr) {
    const auto board = member(*json, "board");
    if (!board) return board.error();
    auto question = (*puzzle)->from_json(**board);
    if (!question) return std::move(question).error();
    SolveRequest request(std::move(question).value());
    if (auto done = read_members(*json, longest, request); !done) return done.error();
    read_body.requests.emplace_back(std::move(request));
    return read_body;
  }
  if (json->find("board") != nullptr) {
    return fail(ErrorCode::invalid_field, "give \"board\" or \"boards\", not both", "boards");
  }
  if (!boards->is_array() || boards->as_array().empty()) {
    return wrong("boards", "an array of boards", *boards);
  }
  read_body.many = true;
  std::optional<SolveRequest> common;  // the options, which all boards share
  for (std::size_t i = 0; i < boards->as_array().size(); ++i) {
    auto question = (*puzzle)->from_json(boards->as_array()[i]);
    if (!question) {
      Error error = std::move(question).error();
      error.message = "boards[" + std::to_string(i) + "]: " + error.message;
      error.field = "boards[" + std::to_string(i) + "]";
      read_body.requests.emplace_back(std::move(error));
      continue;
    }
    if (common) {
      common->question = std::move(question).value();
    } else {
      common.emplace(std::move(question).value());
      if (auto done = read_members(*json, longest, *common); !done) return done.error();
    }
    read_body.requests.emplace_back(*common);
  }
  return read_body;
}

Result<BoardBody> read_board_body(std::string_view body, bool needs_answer) {
  const auto json = read_object(body);
  if (!json) return json.error();
  for (const auto& [key, value] : json->as_object()) {
    if (key != "puzzle" && key != "board" && key != "answer") {
      return unknown_field(key, "puzzle, board, answer");
    }
  }
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  const auto board = member(*json, "board");
  if (!board) return board.error();
  auto question = (*puzzle)->from_json(**board);
  if (!question) return std::move(question).error();
  BoardBody read_body{std::move(question).value(), std::nullopt};
  const Json* text = json->find("answer");
  if (text == nullptr && needs_answer) return member(*json, "answer").error();
  if (text != nullptr) {
    auto answer = (*puzzle)->answer_from_json(read_body.question, *text);
    if (!answer) {
      Error error = std::move(answer).error();
      error.message = "answer: " + error.message;
      error.field = "answer";
      return error;
    }
    read_body.answer = std::move(answer).value();
  }
  return read_body;
}

Result<GenerateBody> read_generate_body(std::string_view body) {
  const auto json = read_object(body);
  if (!json) return json.error();
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  GenerateBody wanted;
  wanted.puzzle = *puzzle;
  for (const auto& [key, value] : json->as_object()) {
    Result<void> done;
    if (key == "puzzle") continue;
    if (key == "size") {
      done = read(key, value, wanted.request.size);
    } else if (key == "difficulty") {
      done = read(key, value, wanted.request.difficulty);
    } else if (key == "seed") {
      done = read(key, value, wanted.seed.emplace());
    } else if (key == "count") {
      done = read(key, value, wanted.count);
    } else if (key != "options") {
      return unknown_field(key, "puzzle, size, difficulty, options, seed, count");
    } else if (!value.is_object()) {
      return wrong("options", "an object of numbers", value);
    } else {
      for (const auto& [name, number] : value.as_object()) {
        if (done = read("options." + name, number, wanted.request.options[name]); !done) break;
      }
    }
    if (!done) return done.error();
  }
  if (wanted.count < 1 || wanted.count > GenerateBody::kMaxCount) {
    return fail(ErrorCode::invalid_field,
                "count: expected 1 to " + std::to_string(GenerateBody::kMaxCount), "count");
  }
  return wanted;
}

}  // namespace trm::http
