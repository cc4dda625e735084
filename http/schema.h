// The body of POST /solve.
#pragma once

#include <chrono>
#include <string_view>

#include "engine/solver.h"

namespace trm::http {

/// Reads {"puzzle", "board", and any of "model", "max_steps", "attempts", "symmetries", "noise",
/// "start_noise", "settle_steps", "halt", "seed", "deadline_ms", "fallback", "rules_ms",
/// "answers_per_query", "priority", "replace_key", "trace", "fit_seconds"}: the fields of
/// SolveRequest, whose ranges submit() checks. The board is
/// text, an array of rows of text, an array of rows of numbers, or what else the puzzle takes.
/// Without deadline_ms, `longest` is the deadline; a longer one is refused. Errors: invalid_json,
/// unknown_field, invalid_field, unknown_puzzle, those of the puzzle for its board; each names its
/// field.
Result<SolveRequest> read_solve_request(std::string_view body, std::chrono::milliseconds longest);

}  // namespace trm::http
