#include "bench/solving.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "bench/policy.h"
#include "engine/backends/backend.h"
#include "engine/model_dirs.h"

namespace trm::bench {

void add_engine_options(CLI::App& command, EngineArguments& a, CommonArguments& common) {
  command.add_option("--backend", a.backend, "Who answers: auto, " + joined(backend_names()))
      ->capture_default_str();
  command.add_option("--models", a.models, "Folder of the models (default: TRM_MODELS, assets)");
  command.add_option("--model", a.model, "Name of the model (default: the most specific one)");
  command.add_option("--device", a.device, "cpu, cuda, cuda:N, or auto")->capture_default_str();
  command.add_option("--slots", a.slots, "Rows stepped together")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_threads_option(command, common);
  add_json_option(command, common);
}

void add_solving_options(CLI::App& command, SolvingArguments& arguments) {
  add_board_options(command, arguments.boards);
  add_engine_options(command, arguments.engine, arguments.common);
}

void add_attempt_options(CLI::App& command, EngineArguments& a) {
  command
      .add_option("--attempts", a.attempts, "Attempts a board; 1: what the model does by itself")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option("--max-steps", a.max_steps, "Supervision steps of an attempt")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

void add_precision_option(CLI::App& command, EngineArguments& a) {
  command.add_option("--precision", a.precision, "float32, bfloat16 or auto")
      ->capture_default_str();
}

Result<std::unique_ptr<Solver>> make_solver(const EngineArguments& engine,
                                            const CommonArguments& common, bool deterministic) {
  auto options = solver_options(engine.backend, engine.device, engine.models);
  if (!options) return options.error();
  options->precision = engine.precision;
  options->slots = engine.slots;
  options->threads = common.threads;
  if (deterministic) set_deterministic(*options);
  return Solver::create(*options);
}

void set_engine(Json& row, const Solver& solver, const std::string& model) {
  const SolverOptions& options = solver.options();
  row.set("backend", options.backend).set("model", model).set("precision", options.precision);
  row.set("slots", options.slots).set("deterministic", options.deterministic);
}

void set_attempts(Json& row, const EngineArguments& engine) {
  row.set("attempts", engine.attempts).set("max_steps", engine.max_steps);
}

MakeRequest request_maker(const EngineArguments& engine, std::uint64_t seed) {
  return [engine, seed](const Question& question) -> Result<SolveRequest> {
    SolveRequest request = plain_request(question);
    request.model = engine.model;
    request.attempts = engine.attempts;
    request.max_steps = engine.max_steps;
    request.seed = seed;
    return request;
  };
}

Result<Outcome> solve_board(Solver& solver, const Question& board, std::size_t number,
                            const MakeRequest& make) {
  const auto start = Clock::now();
  auto request = make(board);
  if (!request) return request.error();
  auto solved = solver.solve(std::move(*request));
  const double seconds = seconds_since(start);
  if (!solved && solved.error().code == ErrorCode::deadline_exceeded) {
    return Outcome{false, 0, seconds, "", "unverified", ""};
  }
  if (!solved) {
    return fail(solved.error().code,
                "board " + std::to_string(number + 1) + ": " + solved.error().message,
                solved.error().field);
  }
  return Outcome{solved->verified(),
                 solved->total_steps,
                 seconds,
                 board.puzzle().format_answer(board, solved->answer),
                 std::string(status_name(solved->verdict.status)),
                 solved->model};
}

SolveOne solve_by(Solver& solver, MakeRequest make) {
  return [&solver, make = std::move(make)](const Question& board, std::size_t number) {
    return solve_board(solver, board, number, make);
  };
}

Result<void> share_out(std::size_t count, int callers,
                       const std::function<Result<bool>(std::size_t index)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // of the failure
  std::optional<Error> failure;
  const auto call = [&] {
    for (std::size_t i; (i = next++) < count;) {
      const auto go_on = work(i);
      if (go_on && *go_on) continue;
      next = count;
      const std::lock_guard lock(mutex);
      if (!go_on && !failure) failure = go_on.error();
      return;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < callers; ++i) threads.emplace_back(call);
  }
  if (failure) return *failure;
  return {};
}

Result<std::vector<Outcome>> solve_boards(const SolveOne& solve,
                                          const std::vector<Question>& boards, int callers,
                                          Ticker* ticker) {
  std::vector<Outcome> outcomes(boards.size());
  std::mutex mutex;  // of what follows
  std::int64_t done = 0;
  const auto shared = share_out(boards.size(), callers, [&](std::size_t i) -> Result<bool> {
    auto outcome = solve(boards[i], i);
    if (!outcome) return outcome.error();
    const std::lock_guard lock(mutex);
    outcomes[i] = std::move(*outcome);
    if (ticker != nullptr) (*ticker)(++done, static_cast<std::int64_t>(boards.size()));
    return true;
  });
  if (!shared) return shared.error();
  return outcomes;
}

Summary summarise(const std::vector<Outcome>& outcomes) {
  Summary sum;
  for (const Outcome& outcome : outcomes) {
    ++sum.boards;
    sum.verified += outcome.verified ? 1 : 0;
    sum.steps += outcome.steps;
    sum.seconds.push_back(outcome.seconds);
  }
  return sum;
}

Json level_row(const BoardList& list, int callers, const Summary& summary, double seconds) {
  Json row = Json::object();
  row.set("puzzle", list.puzzle->name()).set("source", list.source);
  row.set("callers", callers).set("boards", summary.boards).set("seconds", seconds);
  row.set("boards_per_second", share(static_cast<double>(summary.boards), seconds));
  row.set("verified_share", summary.verified_share());
  for (const int percent : {50, 95, 99}) {
    row.set("p" + std::to_string(percent) + "_ms", 1000 * percentile(summary.seconds, percent));
  }
  return row;
}

}  // namespace trm::bench
