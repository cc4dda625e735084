// `trm check`: question, TAB, answer -> verdict.
#include "cli/board_input.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "engine/solution_json.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"

namespace trm::cli {
namespace {

struct Checked {
  Question question;
  Verdict verdict;
};

Result<Checked> check_line(const Puzzle* puzzle, const InputLine& line) {
  if (line.too_long) {
    return fail(ErrorCode::too_large,
                "the line is longer than " + std::to_string(LineReader::longest) + " bytes",
                "line");
  }
  const auto fields = split(line.text, '\t');
  if (fields.size() != 2) {
    return fail(ErrorCode::invalid_text,
                "expected question and answer separated by one TAB, found " +
                    std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields"),
                "line");
  }
  auto question = parse_board(puzzle, fields[0]);
  if (!question) {
    Error error = std::move(question).error();
    error.message = "question: " + error.message;
    return error;
  }
  auto answer = question->puzzle().parse_answer(*question, fields[1]);
  if (!answer) {
    Error error = std::move(answer).error();
    error.message = "answer: " + error.message;
    return error;
  }
  const Puzzle& module = question->puzzle();
  Verdict verdict = module.check(*question, *answer);
  return Checked{std::move(*question), std::move(verdict)};
}

Json verdict_json(std::int64_t number, const Checked& checked) {
  Json object = Json::object().set("line", number);
  const Json verdict = verdict_to_json(checked.question, checked.verdict);
  for (const auto& [key, value] : verdict.as_object()) object.set(key, value);
  return object;
}

std::string verdict_text(std::int64_t number, const Verdict& verdict) {
  std::string text = "line " + std::to_string(number) + ": ";
  text += status_name(verdict.status);
  if (!verdict.evidence.empty()) text += " (" + verdict.evidence + ")";
  for (const Conflict& conflict : verdict.conflicts) {
    text += "\n  " + cell_place(conflict.cell.row, conflict.cell.col) + ": " + conflict.message;
  }
  return text;
}

void write_error(const CheckOptions& options, const Streams& streams, std::int64_t number,
                 const Error& error) {
  if (!options.json) {
    streams.out << std::flush;
    streams.err << "trm: line " << number << ": " << error.message << std::endl;
    return;
  }
  const Json object = Json::object().set("line", number).set("error", error_members(error));
  streams.out << object.dump() << std::endl;
}

}  // namespace

int check_command(const CheckOptions& options, const Streams& streams) {
  const Puzzle* puzzle = nullptr;
  if (!options.puzzle.empty()) {
    const auto found = find_puzzle(options.puzzle);
    if (!found) return complain(streams, found.error());
    puzzle = *found;
  }
  auto input = InputFile::open(options.file, streams.in);
  if (!input) return complain(streams, input.error());

  LineReader lines(input->stream());
  std::int64_t count = 0;
  bool failed = false;
  bool unverified = false;
  while (auto line = lines.next()) {
    ++count;
    const auto checked = check_line(puzzle, *line);
    if (!checked) {
      failed = true;
      write_error(options, streams, line->number, checked.error());
      continue;
    }
    unverified = unverified || checked->verdict.status == Status::unverified;
    streams.out << (options.json ? verdict_json(line->number, *checked).dump()
                                 : verdict_text(line->number, checked->verdict))
                << std::endl;
  }
  if (lines.failed()) {
    return complain(streams, fail(ErrorCode::io_error, "'" + options.file + "' cannot be read"));
  }
  if (!streams.out.good()) {
    return complain(streams, fail(ErrorCode::io_error, "the output cannot be written"));
  }
  if (count == 0) {
    return complain(streams, fail(ErrorCode::invalid_text, "the input holds no line"));
  }
  return failed ? exit_error : unverified ? exit_unverified : exit_ok;
}

}  // namespace trm::cli
