// Defaults of the puzzle contract: boards and answers as JSON.
#include <utility>

#include "puzzles/grid_json.h"
#include "puzzles/puzzle.h"
#include "puzzles/text.h"

namespace trm {
namespace {

std::string element(std::size_t row) { return "board[" + std::to_string(row) + "]"; }
std::string element(std::size_t row, std::size_t col) {
  return element(row) + "[" + std::to_string(col) + "]";
}

/// The container of a board, told by its first element.
Result<Notation::Json> container_of(const Json& board) {
  if (board.is_string()) return Notation::Json::text;
  if (!board.is_array()) {
    return wrong_kind("board", "a string, an array of strings or an array of arrays of numbers",
                      board);
  }
  const auto& rows = board.as_array();
  if (rows.empty()) return fail(ErrorCode::invalid_field, "board: the array has no rows", "board");
  if (rows.front().is_string()) return Notation::Json::text_rows;
  if (rows.front().is_array()) return Notation::Json::number_rows;
  return wrong_kind(element(0), "a string or an array of numbers", rows.front());
}

/// The strings of an array joined by line ends.
Result<std::string> joined_rows(const Json& board) {
  std::string text;
  const auto& rows = board.as_array();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row].is_string()) return wrong_kind(element(row), "a string", rows[row]);
    const std::string& line = rows[row].as_string();
    // A line end inside would shift the line numbers of all errors below it.
    if (line.find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::invalid_field, element(row) + " contains a line end", element(row));
    }
    if (row > 0) text += '\n';
    text += line;
  }
  return text;
}

Result<Cell> cell_value(const Json& value, const std::string& place) {
  const auto number = value.whole();
  if (!number) return wrong_kind(place, "a whole number", value);
  if (*number < 0 || *number > 255) {
    return fail(ErrorCode::invalid_field,
                place + " is " + std::to_string(*number) + "; expected 0 to 255", place);
  }
  return static_cast<Cell>(*number);
}

Result<void> check_length(std::size_t length, const std::string& place) {
  if (length == 0) return fail(ErrorCode::invalid_field, place + " is empty", place);
  if (length > static_cast<std::size_t>(Puzzle::max_side)) {
    return fail(ErrorCode::too_large,
                place + " has " + std::to_string(length) + " elements; at most " +
                    std::to_string(Puzzle::max_side) + " are allowed",
                place);
  }
  return {};
}

/// Rows of numbers as a grid: rectangular, 1..max_side a side, values 0..255.
Result<Grid> number_grid(const Json& board) {
  const auto& rows = board.as_array();
  if (auto fits = check_length(rows.size(), "board"); !fits) return std::move(fits).error();
  Grid grid;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row].is_array()) return wrong_kind(element(row), "an array of numbers", rows[row]);
    const auto& cells = rows[row].as_array();
    if (auto fits = check_length(cells.size(), element(row)); !fits) {
      return std::move(fits).error();
    }
    if (row == 0) grid = Grid(static_cast<int>(rows.size()), static_cast<int>(cells.size()));
    if (cells.size() != static_cast<std::size_t>(grid.cols)) {
      return fail(ErrorCode::invalid_field,
                  element(row) + " has " + std::to_string(cells.size()) + " numbers; the rows " +
                      "above have " + std::to_string(grid.cols),
                  element(row));
    }
    for (std::size_t col = 0; col < cells.size(); ++col) {
      const auto value = cell_value(cells[col], element(row, col));
      if (!value) return value.error();
      grid.at(static_cast<int>(row), static_cast<int>(col)) = *value;
    }
  }
  return grid;
}

Json text_rows(const std::string& text) {
  Json rows = Json::array();
  for (const TextLine& line : split_lines(text)) rows.push(line.text);
  return rows;
}

}  // namespace

Error wrong_kind(const std::string& place, std::string_view expected, const Json& found) {
  return fail(
      ErrorCode::invalid_field,
      place + ": expected " + std::string(expected) + ", found " + std::string(json_kind(found)),
      place);
}

Json number_rows(const Grid& grid) {
  Json rows = Json::array();
  for (int row = 0; row < grid.rows; ++row) {
    Json cells = Json::array();
    for (int col = 0; col < grid.cols; ++col) cells.push(static_cast<int>(grid.at(row, col)));
    rows.push(std::move(cells));
  }
  return rows;
}

Result<Question> Puzzle::parse_numbers(const Grid& numbers) const {
  Draft draft;
  draft.grids.push_back({"board", numbers});
  draft.notation.json = Notation::Json::number_rows;
  return make(std::move(draft));
}

Result<Question> Puzzle::from_json(const Json& board) const {
  const auto container = container_of(board);
  if (!container) return container.error();
  const auto read = [&]() -> Result<Question> {
    if (*container == Notation::Json::text) return parse(board.as_string());
    if (*container == Notation::Json::text_rows) {
      auto text = joined_rows(board);
      return text ? parse(*text) : Result<Question>(std::move(text).error());
    }
    auto numbers = number_grid(board);
    return numbers ? parse_numbers(*numbers) : Result<Question>(std::move(numbers).error());
  };
  auto question = read();
  if (!question) return question;
  Draft draft = question->draft();
  draft.notation.json = *container;
  return make(std::move(draft));
}

Json Puzzle::to_json(const Question& question) const {
  switch (question.notation().json) {
    case Notation::Json::text_rows:
      return text_rows(format(question));
    case Notation::Json::number_rows:
      // Rows of numbers hold one grid; a question of several has only its text.
      if (question.grids().size() == 1) return number_rows(question.grid());
      break;
    case Notation::Json::text:
    case Notation::Json::object:
      break;
  }
  return format(question);
}

Json Puzzle::answer_to_json(const Question& question, const Answer& answer) const {
  switch (question.notation().json) {
    case Notation::Json::text_rows:
      return text_rows(format_answer(question, answer));
    case Notation::Json::number_rows:
      if (answer.queries.size() == 1 && !answer.queries.front().empty()) {
        return number_rows(answer.best());
      }
      break;
    case Notation::Json::text:
    case Notation::Json::object:
      break;
  }
  return format_answer(question, answer);
}

Result<Answer> Puzzle::answer_from_json(const Question& question, const Json& answer) const {
  const auto container = container_of(answer);
  if (!container) return container.error();
  if (*container == Notation::Json::text) return parse_answer(question, answer.as_string());
  if (*container == Notation::Json::text_rows) {
    const auto text = joined_rows(answer);
    if (!text) return text.error();
    return parse_answer(question, *text);
  }
  auto numbers = number_grid(answer);
  if (!numbers) return std::move(numbers).error();
  return Answer(std::move(numbers).value());
}

Result<std::optional<Answer>> Puzzle::answer_within_json(const Question&, const Json&) const {
  return std::optional<Answer>();
}

Json Puzzle::to_json_with_answer(const Question& question, const Answer&) const {
  return to_json(question);
}

}  // namespace trm
