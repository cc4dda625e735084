// `trm_bench load`: the engine under N callers at once.
#include <memory>

#include "bench/solving.h"

namespace trm::bench {
namespace {

struct Arguments : SolvingArguments {
  std::vector<int> callers{1, 2, 4, 8, 16, 32, 64};
};

std::vector<Column> columns() {
  return {{"callers", "callers"},
          {"boards", "boards", 6},
          {"boards_per_second", "boards/s", 9, 2},
          {"solved_per_second", "solved/s", 9, 2},
          {"verified_share", "verified", 8, 1, 100, " %"},
          {"mean_steps", "steps", 6, 2},
          {"rows_per_step", "rows/step", 9, 2},
          {"p50_ms", "p50 ms", 9, 1},
          {"p95_ms", "p95 ms", 9, 1},
          {"p99_ms", "p99 ms", 9, 1},
          {"resident_bytes", "RSS MB", 7, 0, 1e-6},
          {"peak_bytes", "peak MB", 7, 0, 1e-6}};
}

// One level: every board of the list once, by so many callers.
Result<Json> measure(Solver& solver, const BoardList& list, int callers, const Arguments& a) {
  reset_peak();
  Ticker ticker(std::to_string(callers) + " callers, boards");
  const SolverStats before = solver.stats();
  const auto start = Clock::now();
  const auto outcomes = solve_boards(solve_by(solver, request_maker(a.engine, a.boards.seed)),
                                     list.boards, callers, &ticker);
  const double seconds = seconds_since(start);
  if (!outcomes) return outcomes.error();
  const SolverStats after = solver.stats();
  const Memory memory = process_memory();
  const Summary sum = summarise(*outcomes);
  Json row = level_row(list, callers, sum, seconds);
  set_engine(row, solver, outcomes->front().model);
  set_attempts(row, a.engine);
  row.set("solved_per_second", share(static_cast<double>(sum.verified), seconds));
  row.set("mean_steps", sum.mean_steps());
  row.set("rows_per_step", share(static_cast<double>(after.rows - before.rows),
                                 static_cast<double>(after.steps - before.steps)));
  return row.set("resident_bytes", memory.resident).set("peak_bytes", memory.peak);
}

int run(const Arguments& arguments) {
  const auto list = make_boards(arguments.boards);
  if (!list) return complain(list.error());
  auto solver = make_solver(arguments.engine, arguments.common);
  if (!solver) return complain(solver.error());
  // What happens once (layouts, buffers of the numeric library) is no part of any level.
  const std::vector<Question> first(list->boards.begin(), list->boards.begin() + 1);
  const auto make = request_maker(arguments.engine, arguments.boards.seed);
  const auto warm = solve_boards(solve_by(**solver, make), first, 1, nullptr);
  if (!warm) return complain(warm.error());
  Report report("load", columns(), arguments.common.json);
  for (const int callers : arguments.callers) {
    const auto row = measure(**solver, *list, callers, arguments);
    if (!row) return complain(row.error());
    report.row(*row);
  }
  return 0;
}

}  // namespace

void add_load_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("load", "The engine under many callers: throughput and latency");
  command->add_option("--callers", a->callers, "Threads that each submit one board after another")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  add_solving_options(*command, *a);
  add_attempt_options(*command, a->engine);
  add_precision_option(*command, a->engine);
  command->footer(
      "Every level solves the whole list once. Latency is what a caller sees, from submit to "
      "answer;\n"
      "with more callers than slots it holds the wait for a slot.\n"
      "Examples:\n"
      "  trm_bench load --count 500 --slots 32\n"
      "  trm_bench load --file boards.txt --callers 1 8 64 --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
