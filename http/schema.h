// The bodies of POST requests.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/solver.h"
#include "puzzles/json.h"

namespace trm::http {

/// POST /solve.
struct SolveBody {
  bool deadline_given = false;  ///< else the requests' deadline is the default
  /// One for "board", one for each element of "boards"; an element that is no board is an error of
  /// its own.
  std::vector<Result<SolveRequest>> requests;
  bool many = false;   ///< "boards", at most kMaxBoards of them
  bool async = false;  ///< answer with a job
  static constexpr std::size_t kMaxBoards = 4096;
};

/// Reads {"puzzle", "board" or "boards", and any of "model", "max_steps", "attempts", "suppose",
/// "symmetries", "noise", "start_noise", "settle_steps", "halt", "seed", "deadline_ms", "fallback",
/// "rules_ms", "answers_per_query", "priority", "replace_key", "trace", "fit_seconds", "async"}:
/// the fields of SolveRequest, whose ranges submit() checks. A board is text, an array of rows of
/// text, an array of rows of numbers, or what else the puzzle takes. Without deadline_ms, `longest`
/// is the deadline; a longer one is refused. Errors: invalid_json, unknown_field, invalid_field,
/// unknown_puzzle, and for "board" those of the puzzle; each names its field.
Result<SolveBody> read_solve_body(std::string_view body, std::chrono::milliseconds longest);

/// POST /check and /hint: {"puzzle","board","answer"}; /hint takes it without an answer too.
struct BoardBody {
  Question question;
  std::optional<Answer> answer;
};
/// Errors: as read_solve_body.
Result<BoardBody> read_board_body(std::string_view body, bool needs_answer);

/// POST /generate: {"puzzle", and any of "size", "difficulty", "options":{name:number}, "seed",
/// "count"}.
struct GenerateBody {
  const Puzzle* puzzle = nullptr;
  GenerateRequest request;
  std::optional<std::uint64_t> seed;
  int count = 1;  ///< 1..kMaxCount
  static constexpr int kMaxCount = 100;
};
/// Errors: as read_solve_body.
Result<GenerateBody> read_generate_body(std::string_view body);

}  // namespace trm::http
