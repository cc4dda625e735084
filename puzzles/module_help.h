// What most modules would otherwise write themselves: reading a generator's request, and finding
// the grid of an answer or of a player. For modules with one query whose answer has the size of the
// question's first grid. All functions are pure and thread-safe.
#pragma once

#include "puzzles/puzzle.h"

namespace trm {

/// Looks through difficulty and options. Returns the difficulty's index in info.difficulties; -1:
/// none was given. Errors: invalid_field (no such difficulty, an option out of range),
/// unknown_field (no such option), each naming what there is. The size is the module's.
Result<int> chosen_difficulty(const PuzzleInfo& info, const GenerateRequest& request);

/// The grid of an answer that has one query with one candidate of the size of the question's first
/// grid; else null. What its cells hold is not looked at.
const Grid* answer_grid(const Question& question, const Answer& answer);

/// answer_grid(); for an answer without queries (a player who has not begun) the question's first
/// grid. Errors: invalid_board if the answer is no such grid, or has another value in a cell that
/// is not 0 in the question.
Result<const Grid*> player_grid(const Question& question, const Answer& partial);

}  // namespace trm
