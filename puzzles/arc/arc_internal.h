// What the module's files share: limits, and the parts of a task.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm::arc {

inline constexpr int longest_side = 30;
inline constexpr int colours = 10;
inline constexpr int most_pairs = 100;  ///< demonstrations, and test inputs
inline constexpr const char* demos_param = "demonstrations";

// Tokens as in the official builder. Ids never change, so that weights stay readable.
inline constexpr Token pad_token = 0;
inline constexpr Token end_token = 1;
inline constexpr Token first_colour_token = 2;
inline constexpr int frame_cells = longest_side * longest_side;

/// Number of demonstrations of a question.
inline int demos(const Question& question) { return question.param(demos_param); }
/// Index of a test input among the question's grids.
inline std::size_t test_grid(const Question& question, int query) {
  return static_cast<std::size_t>(2 * demos(question) + query);
}
inline const Grid& test_input(const Question& question, int query) {
  return question.grid(test_grid(question, query));
}

/// "demonstration 2, output", "test 1, input": the grid's name in a question and in messages.
/// `pair` counts from 0.
std::string grid_name(bool demonstration, int pair, bool output);

/// The parts of a task while they are read.
struct Task {
  std::vector<std::pair<Grid, Grid>> demos;
  std::vector<Grid> tests;
  Draft draft(Notation notation) &&;
};

// --- arc_text.cpp: rows of digits ---

/// Rows joined by `separator`; a value that is no colour is written '?'.
std::string format_rows(const Grid& grid, char separator);
Result<Task> parse_line(std::string_view text);
Result<Task> parse_readable(std::string_view text);
std::string format_task_line(const Question& question);
std::string format_task_readable(const Question& question);
/// Queries separated by '|', candidates by ','.
std::string format_answer_line(const Answer& answer);
Result<Answer> parse_answer_line(const Question& question, std::string_view text);

// --- arc_json.cpp: the official objects ---

/// Errors: invalid_field, unknown_field, too_large, naming pair, row and column.
Result<Task> read_task(const Json& object);
/// Test outputs, if the object is an ARC task whose tests all have one.
Result<std::optional<Answer>> read_outputs(const Question& question, const Json& object);
/// The object of a question; with an answer its best candidates stand as the tests' outputs.
Json task_object(const Question& question, const Answer* answer);
/// Candidates as in Kaggle submissions: [{"attempt_1": GRID, "attempt_2": GRID}, ...].
Json attempts_array(const Answer& answer);
/// Candidates of attempts_array(), one grid for each query as in Kaggle's files of solutions, or
/// the rows of the only grid; nothing: some other container.
Result<std::optional<Answer>> read_answer_array(const Question& question, const Json& array);

// --- arc_symmetry.cpp ---

std::shared_ptr<const Symmetry> random_symmetry(Rng& rng);
/// Renames only colours that some demonstration does without, and none if such a colour comes from
/// nowhere in an output: what stands for it in the input must keep its name then. With `turn` grids
/// are turned too.
std::shared_ptr<const Symmetry> random_variation(Rng& rng, const Question& question, bool turn);
/// A key of the question's grids with the best candidates of an answer behind them (may be null).
std::string canonical_text(const Question& question, const Answer* answer);
/// Reads what the description of a symmetry says. Errors: invalid_text.
Result<std::shared_ptr<const Symmetry>> named_symmetry(std::string_view description);

}  // namespace trm::arc
