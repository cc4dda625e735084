#include "http/schema.h"

#include "http/fields.h"

namespace trm::http {
namespace {

Result<void> read_fallback(const std::string& field, const Json& value, Fallback& out) {
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
  if (auto done = read_field("deadline_ms", value, milliseconds); !done) return done;
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
  if (key == "model") return read_field(key, value, request.model);
  if (key == "max_steps") return read_field(key, value, request.max_steps);
  if (key == "attempts") return read_field(key, value, request.attempts);
  if (key == "seed") return read_field(key, value, request.seed);
  if (key == "deadline_ms") return read_deadline(value, longest, request);
  if (key == "fallback") return read_fallback(key, value, request.fallback);
  if (key == "trace") return read_field(key, value, request.trace);
  if (key == "noise") return read_field(key, value, request.noise);
  if (key == "start_noise") return read_field(key, value, request.start_noise);
  if (key == "suppose") return read_field(key, value, request.suppose);
  if (key == "symmetries") return read_field(key, value, request.symmetries);
  if (key == "settle_steps") return read_field(key, value, request.settle_steps);
  if (key == "halt") return read_field(key, value, request.halt);
  if (key == "rules_ms") return read_field(key, value, request.rules_ms);
  if (key == "fit_seconds") return read_field(key, value, request.fit_seconds);
  if (key == "answers_per_query") return read_field(key, value, request.answers_per_query);
  if (key == "priority") return read_field(key, value, request.priority);
  if (key == "replace_key") return read_field(key, value, request.replace_key);
  return unknown_field(
      key,
      "puzzle, board, boards, model, max_steps, attempts, suppose, symmetries, noise, "
      "start_noise, settle_steps, halt, seed, deadline_ms, fallback, rules_ms, "
      "fit_seconds, answers_per_query, priority, replace_key, trace, async");
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
  read_body.deadline_given = json->find("deadline_ms") != nullptr;
  if (const Json* async = json->find("async")) {
    if (auto done = read_field("async", *async, read_body.async); !done) return done.error();
  }
  const Json* boards = json->find("boards");
  if (boards == nullptr) {
    auto question = read_board(**puzzle, *json);
    if (!question) return std::move(question).error();
    SolveRequest request(std::move(question).value());
    if (auto done = read_members(*json, longest, request); !done) return done.error();
    read_body.requests.emplace_back(std::move(request));
    return read_body;
  }
  if (json->find("board") != nullptr) {
    return fail(ErrorCode::invalid_field, "give \"board\" or \"boards\", not both", "boards");
  }
  if (!boards->is_array()) return wrong("boards", "an array of boards", *boards);
  if (boards->as_array().empty()) {
    return fail(ErrorCode::invalid_field, "boards: expected at least one board", "boards");
  }
  read_body.many = true;
  if (boards->as_array().size() > SolveBody::kMaxBoards) {
    return fail(ErrorCode::too_large,
                "boards: expected at most " + std::to_string(SolveBody::kMaxBoards), "boards");
  }
  // The options, which all boards share; until there is a board the module's example stands for it.
  auto example = (*puzzle)->parse((*puzzle)->info().forms.front().example);
  if (!example) return std::move(example).error();
  SolveRequest request(std::move(example).value());
  if (auto done = read_members(*json, longest, request); !done) return done.error();
  for (std::size_t i = 0; i < boards->as_array().size(); ++i) {
    auto question = (*puzzle)->from_json(boards->as_array()[i]);
    if (!question) {
      Error error = std::move(question).error();
      error.message = "boards[" + std::to_string(i) + "]: " + error.message;
      error.field = "boards[" + std::to_string(i) + "]";
      read_body.requests.emplace_back(std::move(error));
      continue;
    }
    request.question = std::move(question).value();
    read_body.requests.emplace_back(request);
  }
  return read_body;
}

Result<BoardBody> read_board_body(std::string_view body, bool needs_answer) {
  const auto json = read_object(body);
  if (!json) return json.error();
  if (const auto known = only_fields(*json, {"puzzle", "board", "answer"}); !known) {
    return known.error();
  }
  const auto puzzle = read_puzzle(*json);
  if (!puzzle) return puzzle.error();
  auto question = read_board(**puzzle, *json);
  if (!question) return std::move(question).error();
  BoardBody read_body{std::move(question).value(), std::nullopt};
  if (needs_answer || json->find("answer") != nullptr) {
    auto answer = read_answer(read_body.question, *json);
    if (!answer) return std::move(answer).error();
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
      done = read_field(key, value, wanted.request.size);
    } else if (key == "difficulty") {
      done = read_field(key, value, wanted.request.difficulty);
    } else if (key == "seed") {
      done = read_field(key, value, wanted.seed.emplace());
    } else if (key == "count") {
      done = read_field(key, value, wanted.count);
    } else if (key != "options") {
      return unknown_field(key, "puzzle, size, difficulty, options, seed, count");
    } else if (!value.is_object()) {
      return wrong("options", "an object of numbers", value);
    } else {
      for (const auto& [name, number] : value.as_object()) {
        if (done = read_field("options." + name, number, wanted.request.options[name]); !done)
          break;
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
