// `trm_bench answers`: a signature of what the engine answers, so that a change of behaviour is
// seen (as Stockfish's bench).
#include <iostream>
#include <memory>
#include <span>

#include "bench/solving.h"
#include "engine/weights/sha256.h"

namespace trm::bench {
namespace {

struct Arguments : SolvingArguments {
  int callers = 8;
  bool deterministic = false, list = false;
};

std::vector<Column> columns() {
  return {{"puzzle", "puzzle", 8, kText},
          {"source", "boards from", 24, kText},
          {"boards", "boards", 6},
          {"verified", "verified", 8},
          {"steps", "steps", 7},
          {"seconds", "seconds", 8, 2},
          {"signature", "signature", 64, kText}};
}

/// "question TAB answer TAB status TAB steps", what the signature is made of.
std::string answer_line(const Question& question, const Outcome& outcome) {
  return question.puzzle().format_line(question) + '\t' + outcome.answer + '\t' + outcome.status +
         '\t' + std::to_string(outcome.steps);
}

std::string signature(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return sha256_hex(std::as_bytes(std::span(text)));
}

int run(const Arguments& a) {
  const auto list = make_boards(a.boards);
  if (!list) return complain(list.error());
  auto solver = make_solver(a.engine, a.common, a.deterministic);
  if (!solver) return complain(solver.error());
  Ticker ticker("boards");
  const auto start = Clock::now();
  const auto make = request_maker(a.engine, a.boards.seed);
  const auto outcomes = solve_boards(solve_by(**solver, make), list->boards, a.callers, &ticker);
  const double seconds = seconds_since(start);
  if (!outcomes) return complain(outcomes.error());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    lines.push_back(answer_line(list->boards[i], (*outcomes)[i]));
    if (a.list) std::cout << lines.back() << '\n';
  }
  if (a.list) return 0;
  const Summary sum = summarise(*outcomes);
  Json row = Json::object();
  row.set("puzzle", list->puzzle->name()).set("source", list->source);
  set_engine(row, **solver, outcomes->front().model);
  set_attempts(row, a.engine);
  row.set("boards", sum.boards).set("verified", sum.verified).set("steps", sum.steps);
  row.set("seconds", seconds).set("signature", signature(lines));
  Report("answers", columns(), a.common.json).row(row);
  return 0;
}

}  // namespace

void add_answers_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("answers", "A signature of all answers to a fixed list of boards");
  add_solving_options(*command, *a);
  add_attempt_options(*command, a->engine);
  add_precision_option(*command, a->engine);
  command->add_option("--callers", a->callers, "Boards submitted at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--deterministic", a->deterministic,
                    "Answers never depend on what else runs; slower");
  auto* list = command->add_flag("--list", a->list, "Print the lines that are signed instead");
  list->excludes(command->get_option("--json"));
  command->footer(
      "The SHA-256 of one line a board: question, answer, status, steps. The same program on the\n"
      "same machine gives the same signature; another one means that some answer or number of "
      "steps\n"
      "changed. Without --deterministic rounding may depend on which boards shared a step.\n"
      "Examples:\n"
      "  trm_bench answers --deterministic\n"
      "  trm_bench answers --deterministic --list > before.txt    (then diff)");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
