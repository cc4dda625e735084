#include "puzzles/module_help.h"

#include <algorithm>

#include "puzzles/text.h"

namespace trm {
namespace {

constexpr std::size_t shown_name = 40;  // a name may come from anywhere: a long one is cut

/// "easy, medium or hard".
std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

Result<void> check_option(const PuzzleInfo& info, const std::string& name, double value) {
  const auto known = std::find_if(info.options.begin(), info.options.end(),
                                  [&](const GenerateOption& o) { return o.name == name; });
  const std::string shown = name.substr(0, shown_name);
  if (known == info.options.end()) {
    std::vector<std::string> names;
    for (const GenerateOption& option : info.options) names.push_back(option.name);
    return fail(
        ErrorCode::unknown_field,
        "unknown option " + shown + ": expected " + (names.empty() ? "none" : one_of(names)),
        shown);
  }
  // Not a number is in no range.
  if (value >= known->minimum && value <= known->maximum) return {};
  return fail(ErrorCode::invalid_field, shown + " is out of range: " + known->help, shown);
}

}  // namespace

Result<int> chosen_difficulty(const PuzzleInfo& info, const GenerateRequest& request) {
  for (const auto& [name, value] : request.options) {
    if (auto fine = check_option(info, name, value); !fine) return std::move(fine).error();
  }
  if (request.difficulty.empty()) return -1;
  const auto& names = info.difficulties;
  const auto found = std::find(names.begin(), names.end(), request.difficulty);
  if (found != names.end()) return static_cast<int>(found - names.begin());
  return fail(ErrorCode::invalid_field,
              "unknown difficulty " + request.difficulty.substr(0, shown_name) + ": expected " +
                  (names.empty() ? "none" : one_of(names)),
              "difficulty");
}

const Grid* answer_grid(const Question& question, const Answer& answer) {
  if (answer.queries.size() != 1 || answer.queries.front().size() != 1) return nullptr;
  const Grid& grid = answer.best();
  const Grid& board = question.grid();
  const bool same =
      grid.rows == board.rows && grid.cols == board.cols && grid.cells.size() == board.cells.size();
  return same ? &grid : nullptr;
}

Result<const Grid*> player_grid(const Question& question, const Answer& partial) {
  const Grid& board = question.grid();
  const Grid* grid = partial.queries.empty() ? &board : answer_grid(question, partial);
  if (grid == nullptr) {
    return fail(ErrorCode::invalid_board, "the partial answer is no grid of the board's size",
                "partial");
  }
  for (int cell = 0; cell < grid->size(); ++cell) {
    const auto at = static_cast<std::size_t>(cell);
    if (board.cells[at] == 0 || board.cells[at] == grid->cells[at]) continue;
    const std::string place = cell_place(cell / grid->cols, cell % grid->cols);
    return fail(ErrorCode::invalid_board, place + ": the partial answer changes the board", place);
  }
  return grid;
}

}  // namespace trm
