// A Solution and an Error as JSON, rendered once: the command line and the server print the same.
#pragma once

#include "engine/solver.h"
#include "puzzles/json.h"

namespace trm {

/// {"puzzle","board","solution","verified","status","steps","attempt","attempts","total_steps",
///  "halt_probability","conflicts":[{"row","col","message"}],"stopped","time_ms","model","source"}:
/// board and solution in the notation of the question; rows and columns count from 0; more than one
/// query adds "query" to a conflict; an attempt that is not the plain board adds
/// "attempt_description"; where the rule solver could tell, an unverified answer adds
/// "rule_solver":{"solutions":"none"|"one"|"several"}; an answer by a fit adds "fit": its state as
/// fit_to_json with "votes":[[N of the first candidate, of the second], ...] and "all_votes":[N,
/// ...], one a query.
Json solution_to_json(const Solution& solution);

/// A fit's state: {"seconds","steps","loss","demonstrations","reproduced","held_out",
/// "part":"without one"|"all"}; held_out: how many demonstrations were answered by weights that had
/// not learned from them.
Json fit_to_json(const FitState& state);

/// {"puzzle","verified","status","evidence"?,"conflicts"}: what the rules say of an answer.
Json verdict_to_json(const Question& question, const Verdict& verdict);

/// {"code","message","field","type"}; type is "invalid_request_error", "authentication_error",
/// "unavailable_error" or "server_error".
Json error_members(const Error& error);
/// {"error":{...}} of them.
Json error_to_json(const Error& error);

/// An Attempt event: {"attempt","description"}.
Json attempt_to_json(const event::Attempt& attempt);
/// A Step event: {"query","attempt","step","board","confidence","halt_probability","conflicts"};
/// confidence: one a cell, row by row.
Json step_to_json(const Question& question, const event::Step& step);

/// {"query"?,"row","col","value","name","label","reason"}: the cell's value as a number and as its
/// palette names it.
Json hint_to_json(const Question& question, const Hint& hint);

/// A module as in GET /puzzles and `trm info --json`.
Json puzzle_to_json(const Puzzle& puzzle);
/// A model as in GET /models and `trm info --json`.
Json model_to_json(const ModelInfo& model);

}  // namespace trm
