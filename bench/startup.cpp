// `trm_bench startup`: from starting the program `trm` to the printed solution.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "bench/bench.h"
#include "bench/boards.h"
#include "bench/process.h"
#include "engine/backends/backend.h"
#include "puzzles/registry.h"

namespace trm::bench {
namespace {

struct Arguments {
  CommonArguments common;
  std::string program;
  std::vector<std::string> puzzles, backends;
  int repeats = 10;
  std::uint64_t seed = 1;
};

std::vector<Column> columns() {
  return {{"puzzle", "puzzle", 8, kText},    {"backend", "backend", 8, kText},
          {"least_ms", "least ms", 9, 1},    {"median_ms", "median ms", 9, 1},
          {"exit_ms", "to exit ms", 10, 1},  {"peak_bytes", "peak MB", 8, 0, 1e-6},
          {"verified", "verified", 8, kText}};
}

/// One run of the program.
struct Start {
  double answer = 0;  ///< seconds to the first line of output
  double exit = 0;    ///< seconds to its end
  std::int64_t peak_bytes = 0;
  std::string line;
  int status = 0;
};

/// Runs the program with a board on its standard input. Error: io_error.
Result<Start> run_once(const std::vector<std::string>& words, const std::string& board) {
  Pipe in, out;
  const std::string text = board + "\n";
  Start start;
  const auto begun = Clock::now();
  const pid_t child = in.made && out.made ? spawn(words, in, out) : -1;
  if (child < 0) return fail(ErrorCode::io_error, "cannot start " + words.front(), "program");
  in.shut(0), out.shut(1);
  // A program that ends without reading says why itself.
  [[maybe_unused]] const ssize_t written = write(in.ends[1], text.data(), text.size());
  in.shut(1);
  char buffer[4096];
  for (ssize_t got = 0; (got = read(out.ends[0], buffer, sizeof buffer)) > 0;) {
    start.line.append(buffer, static_cast<std::size_t>(got));
    if (start.answer == 0 && start.line.find('\n') != std::string::npos) {
      start.answer = seconds_since(begun);
    }
  }
  rusage usage{};
  if (wait4(child, &start.status, 0, &usage) != child) {
    return fail(ErrorCode::io_error, "lost " + words.front(), "program");
  }
  start.exit = seconds_since(begun);
  start.peak_bytes = usage.ru_maxrss * 1024;
  return start;
}

std::vector<std::string> default_puzzles() {
  std::vector<std::string> names;
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (puzzle->info().generates) names.push_back(puzzle->name());
  }
  return names;
}

// Every backend that answers: chance does not.
std::vector<std::string> default_backends() {
  auto names = backend_names();
  std::erase(names, "random");
  return names;
}

Result<std::string> easy_board(const std::string& name, std::uint64_t seed) {
  const auto puzzle = find_puzzle(name);
  if (!puzzle) return puzzle.error();
  BoardArguments wanted;
  wanted.puzzle = name;
  wanted.count = 1;
  wanted.seed = seed;
  const auto& difficulties = (*puzzle)->info().difficulties;
  if (!difficulties.empty()) wanted.difficulty = difficulties.front();
  const auto list = make_boards(wanted);
  if (!list) return list.error();
  return (*puzzle)->format_line(list->boards.front());
}

Result<Json> measure(const std::string& program, const std::string& puzzle,
                     const std::string& backend, const Arguments& a) {
  const auto board = easy_board(puzzle, a.seed);
  if (!board) return board.error();
  const std::vector<std::string> words{
      program, "solve",     "--json", "--lines",   "--puzzle",
      puzzle,  "--backend", backend,  "--threads", std::to_string(a.common.threads),
      "-"};
  std::vector<double> answers, exits;
  Start last;
  for (int i = 0; i <= a.repeats; ++i) {
    auto start = run_once(words, *board);
    if (!start) return start.error();
    last = std::move(*start);
    const int status = WIFEXITED(last.status) ? WEXITSTATUS(last.status) : 128;
    if (last.answer == 0 || (status != 0 && status != 2)) {  // 2: unverified
      return fail(ErrorCode::backend_failed,
                  program + " ended with status " + std::to_string(status) +
                      (last.answer == 0 ? " and printed nothing" : ": " + last.line),
                  "program");
    }
    if (i == 0) continue;  // brings the files into the page cache
    answers.push_back(1000 * last.answer);
    exits.push_back(1000 * last.exit);
  }
  const auto printed = parse_json(last.line.substr(0, last.line.find('\n')));
  const Json* verified = printed ? printed->find("verified") : nullptr;
  Json row = Json::object();
  row.set("puzzle", puzzle).set("backend", backend).set("repeats", a.repeats);
  row.set("least_ms", percentile(answers, 0)).set("median_ms", percentile(answers, 50));
  row.set("exit_ms", percentile(exits, 0)).set("peak_bytes", last.peak_bytes);
  return row.set("verified", verified != nullptr ? *verified : Json());
}

int run(const Arguments& a) {
  const std::string program = a.program.empty() ? neighbour("trm") : a.program;
  if (access(program.c_str(), X_OK) != 0) {
    return complain(fail(ErrorCode::not_found, "there is no program " + program, "program"));
  }
  std::signal(SIGPIPE, SIG_IGN);  // of a program that ends without reading
  const auto puzzles = a.puzzles.empty() ? default_puzzles() : a.puzzles;
  const auto backends = a.backends.empty() ? default_backends() : a.backends;
  Report report("startup", columns(), a.common.json);
  for (const auto& puzzle : puzzles) {
    for (const auto& backend : backends) {
      const auto row = measure(program, puzzle, backend, a);
      if (!row) return complain(row.error());
      report.row(*row);
    }
  }
  return 0;
}

}  // namespace

void add_startup_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("startup", "From starting trm to the printed solution");
  command->add_option("--program", a->program, "The program (default: trm beside this one)");
  command->add_option("--puzzle", a->puzzles, "Puzzles (default: all that are generated)");
  command->add_option("--backend", a->backends, "Backends (default: all but random)");
  command->add_option("--repeats", a->repeats, "Runs that count; one before them does not")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", a->seed, "Of the easy board")->capture_default_str();
  add_threads_option(*command, a->common);
  add_json_option(*command, a->common);
  command->footer(
      "Runs trm solve --json on one easy board: loading libraries and model, solving, printing.\n"
      "Files are in the page cache. peak: of the program, as the system counts it.\n"
      "Examples:\n"
      "  trm_bench startup\n"
      "  trm_bench startup --backend torch --repeats 50 --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
