// Nonograms in JSON: {"rows": [[1, 1], [3]], "columns": [[2], [1], [1]]}, answers as rows of
// numbers.
#include <utility>

#include "puzzles/grid_json.h"
#include "puzzles/module_help.h"
#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

Json clue_lists(const std::vector<Clue>& clues) {
  Json lists = Json::array();
  for (const Clue& clue : clues) {
    Json numbers = Json::array();
    for (const int run : clue) numbers.push(run);
    lists.push(std::move(numbers));
  }
  return lists;
}

Result<Clue> clue_from(const Json& numbers, const std::string& place) {
  if (!numbers.is_array()) return wrong_kind(place, "an array of numbers", numbers);
  Clue clue;
  for (const Json& number : numbers.as_array()) {
    const auto run = number.whole();
    if (!run) return wrong_kind(place, "whole numbers", number);
    if (*run < 0 || *run > largest_side) {
      return fail(ErrorCode::invalid_field,
                  place + ": " + std::to_string(*run) + " is no run of 1 to 30 cells", place);
    }
    if (*run > 0) clue.push_back(static_cast<int>(*run));
  }
  if (clue.size() < numbers.as_array().size() && numbers.as_array().size() > 1) {
    return fail(ErrorCode::invalid_field, place + ": a clue of 0 has no other numbers", place);
  }
  return clue;
}

Result<std::vector<Clue>> clues_from(const Json& board, const std::string& name) {
  const Json* lists = board.find(name);
  const std::string place = "board." + name;
  if (lists == nullptr) return fail(ErrorCode::invalid_field, place + " is missing", place);
  if (!lists->is_array()) return wrong_kind(place, "an array of clues", *lists);
  const auto& all = lists->as_array();
  if (all.empty() || all.size() > largest_side) {
    return fail(all.empty() ? ErrorCode::invalid_field : ErrorCode::too_large,
                place + " has " + std::to_string(all.size()) + " clues; expected 1 to 30", place);
  }
  std::vector<Clue> clues;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto clue = clue_from(all[i], place + "[" + std::to_string(i) + "]");
    if (!clue) return clue.error();
    clues.push_back(std::move(*clue));
  }
  return clues;
}

/// Error: invalid_field naming the clue that has no room in its margin.
Result<void> check_runs(const std::vector<Clue>& clues, std::size_t cells, const char* name) {
  for (std::size_t i = 0; i < clues.size(); ++i) {
    const std::string problem = too_many_runs(clues[i], cells);
    if (problem.empty()) continue;
    const std::string place = std::string("board.") + name + "[" + std::to_string(i) + "]";
    return fail(ErrorCode::invalid_field, place + ": " + problem, place);
  }
  return {};
}

/// The cells that are given, as an array of strings of # . _ in the size of the clues.
Result<Grid> board_from(const Json& rows, std::size_t height, std::size_t width) {
  const std::string place = "board.board";
  if (!rows.is_array()) return wrong_kind(place, "an array of strings of # . _", rows);
  const auto& all = rows.as_array();
  if (all.size() != height) {
    return fail(ErrorCode::invalid_field,
                place + " has " + std::to_string(all.size()) + " rows; the clues are for " +
                    std::to_string(height),
                place);
  }
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string element = place + "[" + std::to_string(i) + "]";
    if (!all[i].is_string()) return wrong_kind(element, "a string of # . _", all[i]);
    const std::string& text = all[i].as_string();
    if (text.size() != width || text.find_first_not_of("#._") != std::string::npos) {
      return fail(ErrorCode::invalid_field,
                  element + ": expected " + std::to_string(width) + " of # . _", element);
    }
    for (const char c : text) {
      cells.push_back(c == '#' ? filled : c == '.' ? empty_cell : open);
    }
  }
  Grid board(static_cast<int>(height), static_cast<int>(width));
  board.cells = std::move(cells);
  return board;
}

/// A picture of one row, which in text ends with '/'; an array of one string cannot be a part of
/// another picture.
Json closed_row(const Json& board) {
  if (!board.is_array() || board.as_array().size() != 1 || !board.as_array().front().is_string()) {
    return board;
  }
  const std::string& row = board.as_array().front().as_string();
  if (row.empty() || row.find_first_not_of("#.") != std::string::npos) return board;
  return Json(Json::Array{Json(row + "/")});
}

bool in_numbers(const Question& question) {
  const Notation::Json json = question.notation().json;
  return json == Notation::Json::object || json == Notation::Json::number_rows;
}

}  // namespace

Result<Question> Nonogram::from_json(const Json& board) const {
  if (!board.is_object()) return Puzzle::from_json(closed_row(board));
  for (const auto& [key, value] : board.as_object()) {
    if (key == "rows" || key == "columns" || key == "board") continue;
    return fail(ErrorCode::unknown_field,
                "board." + key.substr(0, 40) + ": expected rows, columns, board",
                "board." + key.substr(0, 40));
  }
  auto rows = clues_from(board, "rows");
  if (!rows) return rows.error();
  auto columns = clues_from(board, "columns");
  if (!columns) return columns.error();
  const Clues clues{std::move(*rows), std::move(*columns)};
  const std::size_t height = clues.rows.size(), width = clues.columns.size();
  if (auto fits = check_runs(clues.rows, width, "rows"); !fits) return std::move(fits).error();
  if (auto fits = check_runs(clues.columns, height, "columns"); !fits)
    return std::move(fits).error();
  Grid cells(static_cast<int>(height), static_cast<int>(width), open);
  if (const Json* given = board.find("board"); given != nullptr) {
    auto read = board_from(*given, height, width);
    if (!read) return read.error();
    cells = std::move(*read);
  }
  Draft draft = make_draft(clues, std::move(cells));
  draft.notation = {std::string(line_form), Notation::Json::object};
  return make(std::move(draft));
}

Result<Question> Nonogram::parse_numbers(const Grid& numbers) const {
  Grid picture(numbers.rows, numbers.cols);
  for (int cell = 0; cell < numbers.size(); ++cell) {
    const auto at = static_cast<std::size_t>(cell);
    if (numbers.cells[at] > 1) {
      const std::string place = cell_place(cell / numbers.cols, cell % numbers.cols);
      return fail(ErrorCode::invalid_field,
                  place +
                      ": a picture has only 1 (filled) and 0 (empty); clues come as "
                      "{\"rows\": [[2, 1], ...], \"columns\": [...]}",
                  place);
    }
    picture.cells[at] = numbers.cells[at] == 1 ? filled : empty_cell;
  }
  Draft draft = make_draft(clues_of_picture(picture), Grid(numbers.rows, numbers.cols));
  draft.notation = {std::string(line_form), Notation::Json::number_rows};
  return make(std::move(draft));
}

Json Nonogram::to_json(const Question& question) const {
  if (!in_numbers(question)) return Puzzle::to_json(question);
  const Clues clues = clues_of(question);
  const Grid& board = question.grid(board_grid);
  Json json = Json::object();
  json.set("rows", clue_lists(clues.rows)).set("columns", clue_lists(clues.columns));
  if (!has_givens(board)) return json;
  Json rows = Json::array();
  const std::string text = format_rows(board, '\n');
  for (const TextLine& line : split_lines(text)) rows.push(line.text);
  return json.set("board", std::move(rows));
}

Json Nonogram::answer_to_json(const Question& question, const Answer& answer) const {
  const Grid* grid = answer_grid(question, answer);
  if (!in_numbers(question) || grid == nullptr) return Puzzle::answer_to_json(question, answer);
  Grid numbers = *grid;
  for (Cell& value : numbers.cells) value = value == filled ? 1 : value == empty_cell ? 0 : 2;
  return number_rows(numbers);
}

Result<Answer> Nonogram::answer_from_json(const Question& question, const Json& answer) const {
  auto read = Puzzle::answer_from_json(question, answer);
  const bool numbers =
      answer.is_array() && !answer.as_array().empty() && answer.as_array().front().is_array();
  if (!read || !numbers) return read;
  Grid grid = read->best();
  for (int cell = 0; cell < grid.size(); ++cell) {
    Cell& value = grid.cells[static_cast<std::size_t>(cell)];
    if (value > 2) {
      const std::string place = cell_place(cell / grid.cols, cell % grid.cols);
      return fail(ErrorCode::invalid_field, place + ": expected 1 (filled), 0 (empty) or 2 (open)",
                  place);
    }
    value = value == 1 ? filled : value == 0 ? empty_cell : open;
  }
  return Answer(std::move(grid));
}

}  // namespace trm::nonogram
