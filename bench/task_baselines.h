// Answers to tasks that need no learning: what a fit has to beat. No puzzle's name.
#pragma once

#include "puzzles/puzzle.h"

namespace trm::bench {

bool same_size(const Grid& a, const Grid& b);
/// Cells that hold the same, in grids of one size.
int equal_cells(const Grid& a, const Grid& b);

/// The input of each query as its answer.
Answer copied_input(const Question& question);

/// Each value of the input replaced by the one that the demonstrations put in its place most often,
/// in pairs of one size; values that they do not show stay.
Answer mapped_values(const Question& question);

/// The output of the demonstration whose input is most like the query's: of the same size first,
/// then with the most equal cells.
Answer nearest_output(const Question& question);

}  // namespace trm::bench
