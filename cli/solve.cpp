// `trm solve`: every board gets its answer or its error, in order.
#include <functional>
#include <thread>

#include "cli/board_input.h"
#include "cli/commands.h"
#include "cli/fit_line.h"
#include "cli/run.h"
#include "cli/solve_stream.h"
#include "cli/watch.h"
#include "engine/solution_json.h"
#include "puzzles/registry.h"

namespace trm::cli {
namespace {

constexpr std::chrono::milliseconds watch_pause{120};

/// Writes what happened to each board and remembers the worst of it. Used by one thread at a time.
class Report {
 public:
  Report(const SolveOptions& options, const Streams& streams)
      : options_(options), streams_(streams) {}

  void error(std::int64_t line, const Error& error) {
    failed_ = true;
    if (options_.json) {
      const Json object = Json::object().set("line", line).set("error", error_members(error));
      streams_.out << object.dump() << std::endl;
      return;
    }
    streams_.out << std::flush;
    streams_.err << "trm: line " << line << ": " << error.message << std::endl;
  }

  void solution(std::int64_t line, const Solution& solution) {
    unverified_ = unverified_ || solution.verdict.status == Status::unverified;
    if (options_.json) {
      streams_.out << solution_to_json(solution).dump() << std::endl;
      return;
    }
    const Terminal& terminal = streams_.terminal;
    streams_.out << "line " << line << ": " << solution.question.puzzle().info().title << "\n\n"
                 << describe_boards(solution, terminal) << '\n'
                 << describe_outcome(solution, terminal) << std::endl;
  }

  void result(std::int64_t line, const Result<Solution>& result) {
    if (result) {
      solution(line, *result);
    } else {
      error(line, result.error());
    }
  }

  void step(std::int64_t line, const Question& question, const event::Step& step) {
    Json object = Json::object();
    object.set("line", line).set("event", "step");
    const Json rendered = step_to_json(question, step);
    for (const auto& [key, value] : rendered.as_object()) object.set(key, value);
    streams_.out << object.dump() << std::endl;
  }

  /// The output takes no more: nobody will see the answers.
  bool output_failed() const { return !streams_.out.good(); }

  int status() const {
    if (failed_) return exit_error;
    return unverified_ ? exit_unverified : exit_ok;
  }

 private:
  const SolveOptions& options_;
  const Streams& streams_;
  bool failed_ = false;
  bool unverified_ = false;
};

PendingBoard submitted(Solver& solver, const SolveOptions& options, InputBoard board) {
  if (!board.question) return {board.line, std::move(board.question).error()};
  auto handle = solver.submit(make_request(options, std::move(board.question).value()));
  if (!handle) return {board.line, std::move(handle).error()};
  return {board.line, std::move(handle).value()};
}

/// follow(), with a line that tells how far a fit is until the answer is there.
Result<Solution> follow_with_line(SolveHandle& handle, const Streams& streams,
                                  const std::function<void(const Event&)>& on_event) {
  FitLine line(streams.err, streams.terminal);
  return follow(handle, [&](const Event& event) {
    line.on_event(event);
    on_event(event);
  });
}

/// Waits for the answers in order and writes them; closes the queue when the output fails.
void write_answers(BoundedQueue<PendingBoard>& pending, Report& report, const Streams& streams) {
  while (auto board = pending.pop()) {
    if (auto* handle = std::get_if<SolveHandle>(&board->request)) {
      report.result(board->line, follow_with_line(*handle, streams, [](const Event&) {}));
    } else {
      report.error(board->line, std::get<Error>(board->request));
    }
    if (report.output_failed()) {
      pending.close();
      return;
    }
  }
}

/// This thread reads and submits while another one writes, so that an answer never waits for the
/// next line of a slow pipe. Returns the number of boards.
std::int64_t solve_stream(Solver& solver, const SolveOptions& options, BoardReader& boards,
                          Report& report, const Streams& streams) {
  BoundedQueue<PendingBoard> pending(2 * static_cast<std::size_t>(options.engine.slots));
  std::thread writer([&] { write_answers(pending, report, streams); });
  std::int64_t count = 0;
  while (auto board = boards.next()) {
    ++count;
    if (!pending.push(submitted(solver, options, std::move(*board)))) break;
  }
  pending.close();
  writer.join();
  return count;
}

/// One board after another, with all its steps.
std::int64_t solve_traced(Solver& solver, const SolveOptions& options, BoardReader& boards,
                          Report& report, const Streams& streams) {
  std::int64_t count = 0;
  while (auto board = boards.next()) {
    ++count;
    if (!board->question) {
      report.error(board->line, board->question.error());
      continue;
    }
    const Question question = *board->question;
    auto handle = solver.submit(make_request(options, question));
    if (!handle) {
      report.error(board->line, handle.error());
      continue;
    }
    Terminal terminal = streams.terminal;
    terminal.interactive = terminal.interactive && options.watch;  // a trace keeps every picture
    Watch watch(streams.out, terminal, question, watch_pause);
    const auto on_event = [&](const Event& event) {
      if (!options.json) return watch.on_event(event);
      if (const auto* step = std::get_if<event::Step>(&event)) {
        report.step(board->line, question, *step);
      }
    };
    report.result(board->line, follow_with_line(*handle, streams, on_event));
    if (report.output_failed()) break;
  }
  return count;
}

BoardReader::Mode input_mode(const SolveOptions& options, const InputFile& input) {
  if (options.lines) return BoardReader::Mode::lines;
  return input.is_file() ? BoardReader::Mode::whole_file : BoardReader::Mode::stream;
}

}  // namespace

SolveRequest make_request(const SolveOptions& options, Question question) {
  SolveRequest request(std::move(question));
  request.model = options.model;
  static_cast<AttemptPolicy&>(request) = options.policy;
  request.rules_ms = options.rules_ms;
  request.fallback = options.fallback;
  request.fit_seconds = options.fit_seconds;
  request.seed = options.engine.seed;
  request.trace = options.trace || options.watch;
  if (options.deadline_ms) request.deadline = std::chrono::milliseconds(*options.deadline_ms);
  return request;
}

int solve_command(const SolveOptions& options, const Streams& streams) {
  const Puzzle* puzzle = nullptr;
  if (!options.puzzle.empty()) {
    const auto found = find_puzzle(options.puzzle);
    if (!found) return complain(streams, found.error());
    puzzle = *found;
  }
  auto input = InputFile::open(options.file, streams.in);
  if (!input) return complain(streams, input.error());
  auto solver = make_solver(options.engine);
  if (!solver) return complain(streams, solver.error());

  BoardReader boards(input->stream(), puzzle, input_mode(options, *input));
  Report report(options, streams);
  const bool traced = options.trace || options.watch;
  const std::int64_t count = traced ? solve_traced(**solver, options, boards, report, streams)
                                    : solve_stream(**solver, options, boards, report, streams);
  if (boards.failed()) {
    return complain(streams, fail(ErrorCode::io_error, "'" + options.file + "' cannot be read"));
  }
  if (report.output_failed()) {
    return complain(streams, fail(ErrorCode::io_error, "the output cannot be written"));
  }
  if (count == 0) {
    return complain(streams, fail(ErrorCode::invalid_text, "the input holds no board"));
  }
  return report.status();
}

}  // namespace trm::cli
