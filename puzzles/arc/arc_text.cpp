// Tasks and answers as text: one line, several lines for people, and the doors to JSON.
#include <algorithm>
#include <optional>

#include "puzzles/arc/arc_internal.h"
#include "puzzles/arc/arc_module.h"
#include "puzzles/text.h"

namespace trm::arc {
namespace {

constexpr std::string_view demo_heading = "demonstration ";
constexpr std::string_view test_heading = "test ";

// A place in a text, from 1.
struct Place {
  int line = 1;
  int column = 1;
  Error error(std::string_view message) const { return text_error(line, column, message); }
};

Error too_long(const Place& place, const std::string& what, std::string_view of) {
  const std::string where = text_place(place.line, place.column);
  return fail(ErrorCode::too_large,
              where + ": " + what + " has more than 30 " + std::string(of) + "; sides are 1 to 30",
              where);
}

// Appends a row of digits to a grid that is named `name` in messages.
Result<void> add_row(Grid& grid, std::string_view digits, const Place& place,
                     const std::string& name) {
  const std::string row = name + ", row " + std::to_string(grid.rows + 1);
  if (digits.empty()) return place.error(row + " has no cells");
  if (grid.rows == longest_side) return too_long(place, name, "rows");
  if (digits.size() > longest_side) return too_long(place, row, "cells");
  if (grid.rows > 0 && static_cast<int>(digits.size()) != grid.cols) {
    return place.error(row + " has " + std::to_string(digits.size()) + " cells; the rows above " +
                       std::to_string(grid.cols));
  }
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') {
      return Place{place.line, place.column + static_cast<int>(i)}.error(
          row + ", column " + std::to_string(i + 1) + ": " + printable(digits[i]) +
          " is no colour; they are 0 to 9");
    }
    grid.cells.push_back(static_cast<Cell>(digits[i] - '0'));
  }
  grid.cols = static_cast<int>(digits.size());
  ++grid.rows;
  return {};
}

Result<Grid> parse_rows(std::string_view text, Place place, const std::string& name) {
  Grid grid;
  for (const std::string_view row : split(text, '/')) {
    if (auto added = add_row(grid, row, place, name); !added) return std::move(added).error();
    place.column += static_cast<int>(row.size()) + 1;
  }
  return grid;
}

// One part of the line form: IN>OUT or IN>?.
Result<void> add_part(Task& task, std::string_view part, const Place& place) {
  const auto sides = split(part, '>');
  const bool test = sides.size() == 2 && sides[1] == "?";
  const auto pair = static_cast<int>(test ? task.tests.size() : task.demos.size());
  if (sides.size() != 2) return place.error("expected a pair IN>OUT or a test IN>?");
  if (!test && !task.tests.empty()) return place.error("demonstrations come before the tests");
  if (pair == most_pairs) {
    return fail(ErrorCode::too_large, "a task has at most 100 demonstrations and 100 tests",
                "board");
  }
  auto input = parse_rows(sides[0], place, grid_name(!test, pair, false));
  if (!input) return std::move(input).error();
  if (test) return task.tests.push_back(std::move(*input)), Result<void>{};
  const Place behind{place.line, place.column + static_cast<int>(sides[0].size()) + 1};
  if (sides[1].empty()) {
    return behind.error("demonstration " + std::to_string(pair + 1) + " has no output");
  }
  auto output = parse_rows(sides[1], behind, grid_name(true, pair, true));
  if (!output) return std::move(output).error();
  task.demos.emplace_back(std::move(*input), std::move(*output));
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Reads the readable form line by line.
class ReadableReader {
 public:
  Result<Task> read(std::string_view text) {
    int number = 1;
    for (const TextLine& line : split_lines(text)) {
      number = line.number;
      const bool demo = line.text.starts_with(demo_heading);
      const bool heading = demo || line.text.starts_with(test_heading);
      auto done = heading ? begin(line, demo) : row(line);
      if (!done) return std::move(done).error();
    }
    if (auto done = finish(number); !done) return std::move(done).error();
    if (task_.tests.empty()) return line_error(number, "the task has no test");
    return std::move(task_);
  }

 private:
  Result<void> begin(const TextLine& line, bool demo) {
    if (auto done = finish(line.number); !done) return done;
    if (demo && !task_.tests.empty())
      return line_error(line.number, "demonstrations come before the tests");
    demo_ = demo;
    pair_ = static_cast<int>(demo ? task_.demos.size() : task_.tests.size());
    const std::string expected =
        std::string(demo ? demo_heading : test_heading) + std::to_string(pair_ + 1);
    if (line.text != expected) return line_error(line.number, "expected \"" + expected + "\"");
    if (pair_ == most_pairs) {
      return fail(ErrorCode::too_large, "a task has at most 100 demonstrations and 100 tests",
                  "board");
    }
    open_ = true;
    return {};
  }

  Result<void> row(const TextLine& line) {
    const auto sides = split(line.text, '>');
    if (!open_ || sides.size() != (demo_ ? 2U : 1U)) {
      return line_error(line.number,
                        demo_ ? "expected a row IN > OUT" : "expected a row of digits");
    }
    int column = 1;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const std::string_view digits = trimmed(sides[i]);
      const auto blanks = sides[i].find_first_not_of(' ');
      // Below the last row of the shorter grid its side stays empty.
      if (!digits.empty() || !demo_) {
        const std::string name = grid_name(demo_, pair_, i == 1);
        if (demo_ && grids_[i].rows != lines_) {
          return line_error(line.number, name + " goes on below a line without a row of it");
        }
        const int skipped = blanks == std::string_view::npos ? 0 : static_cast<int>(blanks);
        auto added = add_row(grids_[i], digits, {line.number, column + skipped}, name);
        if (!added) return added;
      }
      column += static_cast<int>(sides[i].size()) + 1;
    }
    ++lines_;
    return {};
  }

  // The pair read so far is complete.
  Result<void> finish(int line) {
    if (!open_) return {};
    for (std::size_t i = 0; i < (demo_ ? 2U : 1U); ++i) {
      if (grids_[i].rows == 0) {
        return line_error(line, grid_name(demo_, pair_, i == 1) + " has no rows");
      }
    }
    if (demo_) {
      task_.demos.emplace_back(std::move(grids_[0]), std::move(grids_[1]));
    } else {
      task_.tests.push_back(std::move(grids_[0]));
    }
    grids_[0] = grids_[1] = Grid();
    lines_ = 0;
    open_ = false;
    return {};
  }

  Task task_;
  bool open_ = false, demo_ = false;
  int pair_ = 0, lines_ = 0;  // of the open pair
  Grid grids_[2];
};

std::string row_text(const Grid& grid, int row) {
  std::string text;
  for (int col = 0; row < grid.rows && col < grid.cols; ++col) {
    const Cell value = grid.at(row, col);
    text += value < colours ? static_cast<char>('0' + value) : '?';
  }
  return text;
}

bool is_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

// Text that is wrong is invalid_text, whatever form it is in.
Error as_text_error(Error error) {
  if (error.code != ErrorCode::too_large) error.code = ErrorCode::invalid_text;
  return error;
}

}  // namespace

std::string format_rows(const Grid& grid, char separator) {
  std::string text;
  for (int row = 0; row < grid.rows; ++row) {
    if (row > 0) text += separator;
    text += row_text(grid, row);
  }
  return text;
}

Result<Task> parse_line(std::string_view text) {
  const auto lines = split_lines(text);
  if (lines.empty()) return text_error(1, 1, "the task is empty");
  if (lines.size() > 1) return line_error(2, "expected one line, or headings \"demonstration 1\"");
  Task task;
  Place place;
  for (const std::string_view part : split(lines.front().text, '|')) {
    if (auto added = add_part(task, part, place); !added) return std::move(added).error();
    place.column += static_cast<int>(part.size()) + 1;
  }
  if (task.tests.empty()) return place.error("the task has no test IN>?");
  return task;
}

Result<Task> parse_readable(std::string_view text) { return ReadableReader().read(text); }

std::string format_task_line(const Question& question) {
  std::string text;
  for (std::size_t i = 0; i < question.grids().size(); ++i) {
    const bool demo = i < test_grid(question, 0);
    if (i > 0) text += demo && i % 2 == 1 ? '>' : '|';
    text += format_rows(question.grid(i), '/');
    if (!demo) text += ">?";
  }
  return text;
}

std::string format_task_readable(const Question& question) {
  std::string text;
  for (int demo = 0; demo < demos(question); ++demo) {
    const Grid& in = question.grid(static_cast<std::size_t>(2 * demo));
    const Grid& out = question.grid(static_cast<std::size_t>(2 * demo + 1));
    text += std::string(demo_heading) + std::to_string(demo + 1) + "\n";
    for (int row = 0; row < std::max(in.rows, out.rows); ++row) {
      std::string left = row_text(in, row);
      left.resize(static_cast<std::size_t>(in.cols), ' ');
      const std::string right = row_text(out, row);
      text += left + (right.empty() ? " >" : " > ") + right + "\n";
    }
  }
  for (int query = 0; query < question.puzzle().queries(question); ++query) {
    text += std::string(test_heading) + std::to_string(query + 1) + "\n";
    text += format_rows(test_input(question, query), '\n') + "\n";
  }
  return text;
}

std::string format_answer_line(const Answer& answer) {
  std::string text;
  for (std::size_t query = 0; query < answer.queries.size(); ++query) {
    if (query > 0) text += '|';
    for (std::size_t i = 0; i < answer.queries[query].size(); ++i) {
      text += (i > 0 ? "," : "") + format_rows(answer.queries[query][i], '/');
    }
  }
  return text;
}

Result<Answer> parse_answer_line(const Question& question, std::string_view text) {
  const auto lines = split_lines(text);
  if (lines.size() != 1) return text_error(1, 1, "expected an answer of one line");
  Answer answer;
  Place place;
  for (const std::string_view query : split(lines.front().text, '|')) {
    const std::string name = "test " + std::to_string(answer.queries.size() + 1) + ", answer";
    answer.queries.emplace_back();
    for (const std::string_view candidate : split(query, ',')) {
      auto grid = parse_rows(candidate, place, name);
      if (!grid) return std::move(grid).error();
      answer.queries.back().push_back(std::move(*grid));
      place.column += static_cast<int>(candidate.size()) + 1;
    }
  }
  const auto asked = static_cast<std::size_t>(question.puzzle().queries(question));
  if (answer.queries.size() == asked) return answer;
  return text_error(1, 1,
                    "answers to " + std::to_string(answer.queries.size()) +
                        " tests; the task has " + std::to_string(asked));
}

Result<Question> Arc::parse(std::string_view text) const {
  Notation notation;
  Result<Task> task = Task();
  if (is_json(text)) {
    notation = {"json", Notation::Json::object};
    auto json = parse_json(text);
    task = json ? read_task(*json) : Result<Task>(std::move(json).error());
    if (!task) return as_text_error(std::move(task).error());
  } else {
    const bool headings = text.starts_with(demo_heading) || text.starts_with(test_heading);
    notation.form = headings ? "grid" : "line";
    task = headings ? parse_readable(text) : parse_line(text);
    if (!task) return std::move(task).error();
  }
  return make(std::move(*task).draft(std::move(notation)));
}

std::string Arc::format_line(const Question& question) const { return format_task_line(question); }
std::string Arc::format_readable(const Question& question) const {
  return format_task_readable(question);
}
std::string Arc::format(const Question& question) const {
  const std::string& form = question.notation().form;
  if (form == "json") return task_object(question, nullptr).dump();
  return form == "grid" ? format_task_readable(question) : format_task_line(question);
}

std::string Arc::format_answer(const Question& question, const Answer& answer) const {
  return question.notation().form == "json" ? attempts_array(answer).dump()
                                            : format_answer_line(answer);
}

Result<Answer> Arc::parse_answer(const Question& question, std::string_view text) const {
  if (!is_json(text)) return parse_answer_line(question, text);
  auto json = parse_json(text);
  auto answer = json ? answer_from_json(question, *json) : Result<Answer>(std::move(json).error());
  if (!answer) return as_text_error(std::move(answer).error());
  return answer;
}

std::string Arc::format_answer_readable(const Question&, const Answer& answer) const {
  std::string text;
  for (std::size_t query = 0; query < answer.queries.size(); ++query) {
    const auto& candidates = answer.queries[query];
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (answer.queries.size() > 1 || candidates.size() > 1) {
        text += std::string(test_heading) + std::to_string(query + 1) +
                (i == 0 ? ", answer" : ", answer " + std::to_string(i + 1)) + "\n";
      }
      text += format_rows(candidates[i], '\n') + "\n";
    }
  }
  return text;
}

}  // namespace trm::arc
