// `trm generate`: boards that `trm solve` reads, one a line.
#include <charconv>
#include <cmath>

#include "cli/commands.h"
#include "cli/run.h"
#include "puzzles/registry.h"

namespace trm::cli {
namespace {

/// Reads "option=value" into the request; whether the option exists is the module's business.
Result<void> add_setting(const std::string& setting, GenerateRequest& request) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorCode::invalid_field, "'" + setting + "' is no option=value", "--set");
  }
  const std::string name = setting.substr(0, equals);
  const char* begin = setting.data() + equals + 1;
  const char* end = setting.data() + setting.size();
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    return fail(ErrorCode::invalid_field,
                "'" + setting.substr(equals + 1) + "' is no number for the option '" + name + "'",
                "--set");
  }
  if (!request.options.emplace(name, value).second) {
    return fail(ErrorCode::invalid_field, "the option '" + name + "' is set twice", "--set");
  }
  return {};
}

/// The board's line: the question and, where asked for, a TAB and its exact answer.
Result<std::string> board_line(const GenerateOptions& options, const Puzzle& puzzle,
                               const GenerateRequest& request, std::int64_t number) {
  Rng rng = Rng::stream(options.seed, static_cast<std::uint64_t>(number));
  const auto question = puzzle.generate(rng, request);
  if (!question) return question.error();
  std::string line = puzzle.format_line(*question);
  if (!options.solution) return line;
  const auto exact = puzzle.solve_exact(*question, ExactLimits{.solutions = 1});
  if (!exact) return exact.error();
  if (exact->solutions.empty()) {
    return fail(ErrorCode::exhausted,
                "the rule solver gave up on board " + std::to_string(number + 1));
  }
  return line + '\t' + puzzle.format_answer(*question, exact->solutions.front());
}

}  // namespace

int generate_command(const GenerateOptions& options, const Streams& streams) {
  const auto puzzle = find_puzzle(options.puzzle);
  if (!puzzle) return complain(streams, puzzle.error());
  GenerateRequest request;
  request.size = options.size;
  request.difficulty = options.difficulty;
  for (const std::string& setting : options.settings) {
    if (auto added = add_setting(setting, request); !added) return complain(streams, added.error());
  }
  for (std::int64_t i = 0; i < options.count; ++i) {
    const auto line = board_line(options, **puzzle, request, i);
    if (!line) return complain(streams, line.error());
    streams.out << *line << std::endl;
    if (!streams.out.good()) {
      return complain(streams, fail(ErrorCode::io_error, "the output cannot be written"));
    }
  }
  return exit_ok;
}

}  // namespace trm::cli
