// `trm_bench precision`: what computing in fewer bits costs in solved boards.
#include <memory>

#include "bench/solving.h"

namespace trm::bench {
namespace {

struct Arguments : SolvingArguments {
  std::vector<std::string> precisions{"float32", "bfloat16"};
  int callers = 0;
};

std::vector<Column> columns() {
  return {{"precision", "precision", 10, kText},
          {"boards", "boards", 6},
          {"verified", "verified", 8},
          {"verified_share", "share", 7, 1, 100, " %"},
          {"mean_steps", "steps", 6, 2},
          {"same_answers", "same answer", 11},
          {"agreement", "agreement", 9, 1, 100, " %"},
          {"only_here", "only here", 9},
          {"only_reference", "only first", 10},
          {"boards_per_second", "boards/s", 9, 2}};
}

/// How two precisions agree, board by board.
struct Agreement {
  std::int64_t same = 0;            ///< the same answer, right or wrong
  std::int64_t only_here = 0;       ///< verified here, not by the reference
  std::int64_t only_reference = 0;  ///< the other way round
};
Agreement compare(const std::vector<Outcome>& here, const std::vector<Outcome>& reference) {
  Agreement agreement;
  for (std::size_t i = 0; i < here.size(); ++i) {
    agreement.same += here[i].answer == reference[i].answer ? 1 : 0;
    agreement.only_here += here[i].verified && !reference[i].verified ? 1 : 0;
    agreement.only_reference += !here[i].verified && reference[i].verified ? 1 : 0;
  }
  return agreement;
}

Result<std::vector<Outcome>> solve(Solver& solver, const Arguments& a, const std::string& precision,
                                   const BoardList& list, double& seconds) {
  Ticker ticker(precision + ", boards");
  const auto start = Clock::now();
  auto outcomes = solve_boards(solve_by(solver, request_maker(a.engine, a.boards.seed)),
                               list.boards, a.callers > 0 ? a.callers : a.engine.slots, &ticker);
  seconds = seconds_since(start);
  return outcomes;
}

int run(const Arguments& a) {
  const auto list = make_boards(a.boards);
  if (!list) return complain(list.error());
  Report report("precision", columns(), a.common.json);
  std::vector<Outcome> reference;
  for (const auto& precision : a.precisions) {
    EngineArguments engine = a.engine;
    engine.precision = precision;
    auto solver = make_solver(engine, a.common);
    if (!solver) return complain(solver.error());
    double seconds = 0;
    auto outcomes = solve(**solver, a, precision, *list, seconds);
    if (!outcomes) return complain(outcomes.error());
    if (reference.empty()) reference = *outcomes;
    const Summary sum = summarise(*outcomes);
    const Agreement agreement = compare(*outcomes, reference);
    Json row = Json::object();
    row.set("puzzle", list->puzzle->name()).set("source", list->source);
    set_engine(row, **solver, outcomes->front().model);
    set_attempts(row, a.engine);
    row.set("reference", a.precisions.front());
    row.set("boards", sum.boards).set("verified", sum.verified);
    row.set("verified_share", sum.verified_share()).set("mean_steps", sum.mean_steps());
    row.set("same_answers", agreement.same);
    row.set("agreement",
            share(static_cast<double>(agreement.same), static_cast<double>(sum.boards)));
    row.set("only_here", agreement.only_here).set("only_reference", agreement.only_reference);
    row.set("boards_per_second", share(static_cast<double>(sum.boards), seconds));
    report.row(row);
  }
  return 0;
}

}  // namespace

void add_precision_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  a->boards.count = 1000;
  auto* command = commands.add("precision", "Solved boards of one precision against another");
  command
      ->add_option("--precision", a->precisions, "The first is what the others are compared with")
      ->capture_default_str();
  add_solving_options(*command, *a);
  add_attempt_options(*command, a->engine);
  command->add_option("--callers", a->callers, "Boards submitted at once; 0: as many as slots")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->footer(
      "agreement: the same answer, right or wrong. only here, only first: verified by one of the "
      "two.\n"
      "Examples:\n"
      "  trm_bench precision --difficulty hard\n"
      "  trm_bench precision --precision float32 bfloat16 --file boards.csv.gz --count 5000");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
