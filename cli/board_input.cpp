#include "cli/board_input.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "puzzles/registry.h"

namespace trm::cli {
namespace {

/// A question that can be solved as it stands.
bool is_finished(const Result<Question>& question) {
  return question.ok() && question->puzzle().problems(*question).empty();
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

}  // namespace

std::optional<InputLine> LineReader::read() {
  InputLine line;
  char c = 0;
  bool any = false;
  // get() turns a failure of the file below into badbit.
  while (in_.get(c)) {
    any = true;
    if (c == '\n') break;
    if (line.text.size() < longest) {
      line.text += c;
    } else {
      line.too_long = true;
    }
  }
  if (!any) return std::nullopt;
  if (c == '\n' && !line.too_long && line.text.ends_with('\r')) line.text.pop_back();
  line.number = ++number_;
  return line;
}

std::optional<InputLine> LineReader::next() {
  while (!waiting_) {
    waiting_ = read();
    if (!waiting_) return std::nullopt;  // the empty lines before the end are dropped
    if (!waiting_->text.empty()) break;
    ++empty_;
    waiting_.reset();
  }
  if (empty_ > 0) {
    const std::int64_t number = waiting_->number - empty_--;
    return InputLine{number, {}, false};
  }
  return std::exchange(waiting_, std::nullopt);
}

Result<Question> parse_board(const Puzzle* puzzle, std::string_view text) {
  if (puzzle != nullptr) return puzzle->parse(text);
  std::optional<Question> found;
  std::vector<std::string> accepting;
  std::vector<std::string> refusals;
  for (const Puzzle* candidate : registered_puzzles()) {
    auto question = candidate->parse(text);
    if (question) {
      accepting.push_back(candidate->name());
      found = std::move(question).value();
    } else {
      refusals.push_back(candidate->name() + ": " + question.error().message);
    }
  }
  if (accepting.size() == 1) return std::move(*found);
  if (accepting.empty()) {
    return fail(ErrorCode::invalid_text,
                "no puzzle reads this board (" + joined(refusals, "; ") + ")", "board");
  }
  return fail(
      ErrorCode::invalid_text,
      "several puzzles read this board: " + joined(accepting, ", ") + "; say which with --puzzle",
      "puzzle");
}

/// The one board that the first lines make up, if they are all there is. Lines that were read stay
/// in ahead_.
std::optional<Question> BoardReader::recognise_one() {
  if (mode_ == Mode::lines) return std::nullopt;
  std::string whole;
  bool all_finished = true;
  bool any_finished = false;
  for (;;) {
    auto line = lines_.next();
    if (!line) break;
    const bool finished = is_finished(parse_board(puzzle_, line->text));
    all_finished = all_finished && finished;
    any_finished = any_finished || finished;
    if (!ahead_.empty()) whole += '\n';
    whole += line->text;
    const bool cut = line->too_long;
    ahead_.push_back(std::move(*line));
    const bool settled = mode_ == Mode::stream && ahead_.size() == 1 && finished;
    if (settled || cut || whole.size() > look_ahead) return std::nullopt;
  }
  if (ahead_.size() < 2 || all_finished) return std::nullopt;
  auto question = parse_board(puzzle_, whole);
  if (!question || (any_finished && !is_finished(question))) return std::nullopt;
  return std::move(question).value();
}

std::optional<InputBoard> BoardReader::next() {
  if (!begun_) {
    begun_ = true;
    if (auto one = recognise_one()) {
      const std::int64_t line = ahead_.front().number;
      ahead_.clear();
      return InputBoard{line, std::move(*one)};
    }
  }
  std::optional<InputLine> line;
  if (ahead_.empty()) {
    line = lines_.next();
    if (!line) return std::nullopt;
  } else {
    line = std::move(ahead_.front());
    ahead_.pop_front();
  }
  if (line->too_long) {
    return InputBoard{
        line->number,
        fail(ErrorCode::too_large,
             "the line is longer than " + std::to_string(LineReader::longest) + " bytes", "line")};
  }
  if (line->text.empty()) {
    return InputBoard{line->number,
                      fail(ErrorCode::invalid_text, "the line is empty; expected a board", "line")};
  }
  return InputBoard{line->number, parse_board(puzzle_, line->text)};
}

Result<InputFile> InputFile::open(const std::string& name, std::istream& standard_input) {
  InputFile input;
  if (name == "-") {
    input.standard_input_ = &standard_input;
    return input;
  }
  std::error_code code;
  const auto status = std::filesystem::status(name, code);
  if (!std::filesystem::exists(status)) {
    return fail(ErrorCode::not_found, "there is no file '" + name + "'", "FILE");
  }
  if (std::filesystem::is_directory(status)) {
    return fail(ErrorCode::io_error, "'" + name + "' is a folder; expected a file", "FILE");
  }
  input.file_.open(name, std::ios::binary);
  if (!input.file_) return fail(ErrorCode::io_error, "'" + name + "' cannot be read", "FILE");
  return input;
}

}  // namespace trm::cli
