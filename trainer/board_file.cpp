#include "trainer/board_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "puzzles/text.h"
#include "trainer/lines.h"

namespace trm {
namespace {

using UseEntry = std::function<Result<bool>(BoardEntry entry)>;

// --- One board a line ----------------------------------------------------------------------------

// The board of a line. An answer may stand behind a TAB. Where a module takes TABs within its
// boards both could be read as one board, so that a board with its answer comes first, as the
// editor writes it.
Result<BoardEntry> entry_of(const Puzzle& puzzle, std::string_view line, std::int64_t number) {
  const auto tab = line.find('\t');
  std::optional<Question> before;
  if (tab != line.npos) {
    if (auto board = puzzle.parse(line.substr(0, tab))) before = std::move(*board);
    if (before) {
      auto answer = puzzle.parse_answer(*before, line.substr(tab + 1));
      if (answer) return BoardEntry{std::move(*before), std::move(*answer), {}, number};
    }
  }
  auto whole = puzzle.parse(line);
  if (!whole && tab != line.npos) {
    if (before) return BoardEntry{std::move(*before), {}, {}, number};
    return puzzle.parse(line.substr(0, tab)).error();
  }
  if (!whole) return whole.error();
  return BoardEntry{std::move(*whole), {}, {}, number};
}

Result<void> for_each_line(const Puzzle& puzzle, const std::string& path, const UseEntry& use) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.error();
  std::string line;
  std::optional<Error> heading;  // why the first line is no puzzle: forgiven if the second is one
  std::int64_t puzzles = 0;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) return more.error();
    if (!*more) break;
    if (line.empty()) continue;
    auto entry = entry_of(puzzle, line, reader->number());
    if (!entry) {
      const Error error =
          fail(ErrorCode::invalid_data,
               path + ", line " + std::to_string(reader->number()) + ": " + entry.error().message,
               "file");
      if (puzzles > 0 || heading) return heading && puzzles == 0 ? *heading : error;
      heading = error;
      continue;
    }
    ++puzzles;
    const auto go_on = use(std::move(*entry));
    if (!go_on) return go_on.error();
    if (!*go_on) return {};
  }
  if (puzzles == 0 && heading) return *heading;
  return {};
}

// --- Columns -------------------------------------------------------------------------------------

constexpr int kNone = -1;

/// Which field of a line is what.
struct Columns {
  int question = kNone, answer = kNone, rating = kNone, count = 0;
  std::string question_name, rating_name;
};

bool names_question(std::string_view name) { return name == "puzzle" || name == "question"; }

/// The columns that a file's first line names; nothing: it is a file of one board a line.
Result<std::optional<Columns>> read_columns(const std::string& path) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.error();
  std::string line;
  for (;;) {
    const auto more = reader->next(line);
    if (!more) return more.error();
    if (!*more) return std::optional<Columns>();
    if (!line.empty()) break;
  }
  const auto names = split(line, ',');
  if (std::none_of(names.begin(), names.end(), names_question)) return std::optional<Columns>();
  const auto refuse = [&](std::string_view name, const std::string& why) {
    return fail(ErrorCode::invalid_data,
                path + ", line " + std::to_string(reader->number()) + ": the column \"" +
                    std::string(name.substr(0, 40)) + "\" " + why,
                std::string(name.substr(0, 40)));
  };
  Columns columns;
  for (const std::string_view name : names) {
    const int index = columns.count++;
    int* place = nullptr;
    if (names_question(name)) place = &columns.question, columns.question_name = name;
    if (name == "answer") place = &columns.answer;
    if (name == "rating" || name == "guesses") place = &columns.rating, columns.rating_name = name;
    if (name == "source") continue;
    if (place == nullptr) {
      return refuse(name,
                    "is unknown: expected puzzle or question, answer, rating or guesses, source");
    }
    if (*place != kNone) return refuse(name, "says again what an earlier one says");
    *place = index;
  }
  return std::optional(std::move(columns));
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Reads the lines below the names of columns.
class ColumnReader {
 public:
  ColumnReader(const Puzzle& puzzle, const std::string& path, const Columns& columns)
      : puzzle_(puzzle), path_(path), columns_(columns) {}

  Result<void> read(const UseEntry& use) {
    auto reader = LineReader::open(path_);
    if (!reader) return reader.error();
    std::string line;
    for (bool headed = false;;) {
      const auto more = reader->next(line);
      if (!more) return more.error();
      if (!*more) return {};
      if (line.empty()) continue;
      if (!std::exchange(headed, true)) continue;
      number_ = reader->number();
      auto entry = entry_of_fields(split(line, ','));
      if (!entry) return entry.error();
      const auto go_on = use(std::move(*entry));
      if (!go_on) return go_on.error();
      if (!*go_on) return {};
    }
  }

 private:
  Error refuse(const std::string& column, const std::string& why) const {
    return fail(ErrorCode::invalid_data,
                path_ + ", line " + std::to_string(number_) + ", " + column + ": " + why, column);
  }

  Result<BoardEntry> entry_of_fields(const std::vector<std::string_view>& fields) const {
    if (static_cast<int>(fields.size()) != columns_.count) {
      return refuse(columns_.question_name, std::to_string(fields.size()) +
                                                " fields, but the first line names " +
                                                std::to_string(columns_.count) + " columns");
    }
    const auto field = [&](int column) { return fields[static_cast<std::size_t>(column)]; };
    auto question = puzzle_.parse(field(columns_.question));
    if (!question) return refuse(columns_.question_name, question.error().message);
    BoardEntry entry{std::move(*question), {}, {}, number_};
    if (columns_.answer != kNone) {
      auto answer = puzzle_.parse_answer(entry.question, field(columns_.answer));
      if (!answer) return refuse("answer", answer.error().message);
      entry.answer = std::move(*answer);
    }
    if (columns_.rating != kNone) {
      entry.rating = number_of(field(columns_.rating));
      if (!entry.rating) return refuse(columns_.rating_name, "expected a number");
    }
    return entry;
  }

  const Puzzle& puzzle_;
  const std::string& path_;
  const Columns& columns_;
  std::int64_t number_ = 0;
};

}  // namespace

Result<void> for_each_question(
    const Puzzle& puzzle, const std::string& path,
    const std::function<Result<bool>(Question question, std::int64_t line)>& use) {
  return for_each_line(
      puzzle, path, [&](BoardEntry entry) { return use(std::move(entry.question), entry.line); });
}

Result<std::vector<Question>> read_questions(const Puzzle& puzzle, const std::string& path,
                                             std::size_t limit) {
  std::vector<Question> questions;
  const auto read =
      for_each_question(puzzle, path, [&](Question question, std::int64_t) -> Result<bool> {
        questions.push_back(std::move(question));
        return questions.size() < limit;
      });
  if (!read) return read.error();
  if (questions.empty()) return fail(ErrorCode::invalid_data, path + " holds no puzzle", "file");
  return questions;
}

Result<BoardFile> BoardFile::read(const Puzzle& puzzle, const std::string& path,
                                  std::size_t limit) {
  const auto columns = read_columns(path);
  if (!columns) return columns.error();
  BoardFile file;
  const UseEntry keep = [&](BoardEntry entry) -> Result<bool> {
    // A label that breaks the rules would count right answers as wrong.
    if (entry.answer && puzzle.info().checks &&
        puzzle.check(entry.question, *entry.answer).status != Status::verified) {
      return fail(ErrorCode::invalid_data,
                  path + ", line " + std::to_string(entry.line) + ", answer: it breaks the rules",
                  "answer");
    }
    file.answers = file.answers || entry.answer.has_value();
    file.entries.push_back(std::move(entry));
    return file.entries.size() < limit;
  };
  if (*columns) file.rating = (*columns)->rating_name;
  const auto read = *columns ? ColumnReader(puzzle, path, **columns).read(keep)
                             : for_each_line(puzzle, path, keep);
  if (!read) return read.error();
  if (file.entries.empty()) {
    return fail(ErrorCode::invalid_data, path + " holds no puzzle", "file");
  }
  return file;
}

}  // namespace trm
