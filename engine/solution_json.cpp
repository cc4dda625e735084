#include "engine/solution_json.h"

#include <cmath>

#include "puzzles/grid_json.h"

namespace trm {
namespace {

Json conflicts_json(const std::vector<Conflict>& conflicts, bool queries) {
  Json list = Json::array();
  for (const Conflict& conflict : conflicts) {
    Json one = Json::object();
    if (queries) one.set("query", conflict.cell.grid);
    one.set("row", conflict.cell.row)
        .set("col", conflict.cell.col)
        .set("message", conflict.message);
    list.push(std::move(one));
  }
  return list;
}

// Six decimals are enough for a probability, three for milliseconds.
double rounded(double value, double per_unit) { return std::round(value * per_unit) / per_unit; }

std::string_view solutions_name(int solutions) {
  return solutions == 0 ? "none" : solutions == 1 ? "one" : "several";
}

bool complete(const Answer& answer) {
  if (answer.queries.empty()) return false;
  for (const auto& candidates : answer.queries) {
    if (candidates.empty()) return false;
  }
  return true;
}

Json numbers(const std::vector<int>& values) {
  Json list = Json::array();
  for (const int value : values) list.push(value);
  return list;
}

Json strings(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push(value);
  return list;
}

}  // namespace

Json solution_to_json(const Solution& s) {
  const Puzzle& puzzle = s.question.puzzle();
  Json json = Json::object();
  json.set("puzzle", puzzle.name()).set("board", puzzle.to_json(s.question));
  json.set("solution", complete(s.answer) ? puzzle.answer_to_json(s.question, s.answer) : Json());
  json.set("verified", s.verified()).set("status", status_name(s.verdict.status));
  if (!s.verdict.evidence.empty()) json.set("evidence", s.verdict.evidence);
  json.set("steps", s.steps).set("attempt", s.attempt);
  if (s.attempt_description != "plain") json.set("attempt_description", s.attempt_description);
  json.set("attempts", s.attempts).set("total_steps", s.total_steps);
  json.set("halt_probability", rounded(s.halt_probability, 1e6));
  json.set("conflicts", conflicts_json(s.verdict.conflicts, puzzle.queries(s.question) > 1));
  if (s.rules) {
    json.set("rule_solver", Json::object().set("solutions", solutions_name(s.rules->solutions)));
  }
  if (s.fit) {
    Json votes = Json::array(), all = Json::array();
    for (const auto& of_query : s.fit->votes) votes.push(numbers(of_query));
    json.set("fit", fit_to_json(s.fit->state)
                        .set("votes", std::move(votes))
                        .set("all_votes", numbers(s.fit->all_votes)));
  }
  json.set("stopped", stopped_name(s.stopped)).set("time_ms", rounded(s.time_ms, 1e3));
  json.set("model", s.model).set("source", s.source);
  return json;
}

Json fit_to_json(const FitState& state) {
  Json json = Json::object();
  json.set("seconds", rounded(state.seconds, 1e3)).set("steps", state.steps);
  json.set("loss", rounded(state.loss, 1e6));
  json.set("demonstrations", state.demonstrations).set("reproduced", state.reproduced);
  return json.set("held_out", state.held_out)
      .set("part", state.learning_all ? "all" : "without one");
}

Json verdict_to_json(const Question& question, const Verdict& verdict) {
  const Puzzle& puzzle = question.puzzle();
  Json json = Json::object();
  json.set("puzzle", puzzle.name()).set("verified", verdict.status == Status::verified);
  json.set("status", status_name(verdict.status));
  if (!verdict.evidence.empty()) json.set("evidence", verdict.evidence);
  return json.set("conflicts", conflicts_json(verdict.conflicts, puzzle.queries(question) > 1));
}

Json hint_to_json(const Question& question, const Hint& hint) {
  const Puzzle& puzzle = question.puzzle();
  Json json = Json::object();
  if (puzzle.queries(question) > 1) json.set("query", hint.cell.grid);
  json.set("row", hint.cell.row)
      .set("col", hint.cell.col)
      .set("value", static_cast<int>(hint.value));
  for (const PaletteEntry& entry : puzzle.palette(question)) {
    if (entry.value == hint.value) json.set("name", entry.name).set("label", entry.label);
  }
  return json.set("reason", hint.reason);
}

Json error_members(const Error& error) {
  std::string_view type = "invalid_request_error";
  switch (error.code) {
    case ErrorCode::busy:
    case ErrorCode::unavailable:
    case ErrorCode::out_of_memory:
    case ErrorCode::cancelled:
    case ErrorCode::deadline_exceeded:
    case ErrorCode::no_model:
      type = "unavailable_error";
      break;
    case ErrorCode::io_error:
    case ErrorCode::backend_failed:
    case ErrorCode::invalid_weights:
    case ErrorCode::invalid_checkpoint:
    case ErrorCode::invalid_config:
    case ErrorCode::invalid_data:
    case ErrorCode::internal:
      type = "server_error";
      break;
    case ErrorCode::unauthorized:
    case ErrorCode::forbidden:
      type = "authentication_error";
      break;
    default:
      break;
  }
  Json inner = Json::object();
  inner.set("code", error_name(error.code)).set("message", error.message);
  inner.set("field", error.field.empty() ? Json() : Json(error.field)).set("type", type);
  return inner;
}

Json error_to_json(const Error& error) { return Json::object().set("error", error_members(error)); }

Json attempt_to_json(const event::Attempt& attempt) {
  return Json::object().set("attempt", attempt.attempt).set("description", attempt.description);
}

Json step_to_json(const Question& question, const event::Step& step) {
  const Puzzle& puzzle = question.puzzle();
  Json json = Json::object();
  json.set("query", step.query).set("attempt", step.attempt).set("step", step.step);
  // One query's board in the question's notation.
  const bool single = puzzle.queries(question) == 1;
  json.set("board", single ? puzzle.answer_to_json(question, Answer(step.answer))
                           : number_rows(step.answer));
  Json confidence = Json::array();
  for (const float value : step.confidence) confidence.push(rounded(value, 1e4));
  json.set("confidence", std::move(confidence));
  json.set("halt_probability", rounded(step.q_halt, 1e6));
  json.set("conflicts", conflicts_json(step.conflicts, !single));
  return json;
}

Json puzzle_to_json(const Puzzle& puzzle) {
  const PuzzleInfo& info = puzzle.info();
  Json json = Json::object();
  json.set("name", info.name)
      .set("title", info.title)
      .set("summary", info.summary)
      .set("rules", info.rules);
  Json forms = Json::array();
  for (const TextForm& form : info.forms) {
    Json one = Json::object();
    one.set("name", form.name).set("description", form.description).set("example", form.example);
    forms.push(std::move(one));
  }
  Json options = Json::array();
  for (const GenerateOption& option : info.options) {
    Json one = Json::object();
    one.set("name", option.name).set("minimum", option.minimum).set("maximum", option.maximum);
    one.set("default", option.standard).set("help", option.help);
    options.push(std::move(one));
  }
  json.set("forms", std::move(forms)).set("sizes", strings(info.sizes));
  json.set("difficulties", strings(info.difficulties)).set("options", std::move(options));
  json.set("tokens", strings(puzzle.tokens().names));
  json.set("generates", info.generates).set("solves", info.solves).set("checks", info.checks);
  json.set("examples", info.examples);
  return json;
}

Json model_to_json(const ModelInfo& model) {
  Json json = Json::object();
  json.set("name", model.name).set("puzzle", model.puzzle).set("sizes", strings(model.sizes));
  json.set("parameters", model.parameters).set("arch", arch_to_json(model.arch));
  json.set("sha256", model.sha256).set("licence", model.licence);
  const Json* figures = model.training.find("figures");
  json.set("figures", figures != nullptr ? *figures : Json());
  return json;
}

}  // namespace trm
