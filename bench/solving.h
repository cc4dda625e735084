// Solving a list of boards through the facade, as the programs do.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "bench/boards.h"
#include "engine/solver.h"

namespace trm::bench {

/// The engine that boards are given to.
struct EngineArguments {
  std::string backend = "auto", models, model, precision = "auto", device = "cpu";
  int slots = 8, attempts = 1, max_steps = 16;
};

/// What every command has that solves boards.
struct SolvingArguments {
  CommonArguments common;
  EngineArguments engine;
  BoardArguments boards;
};
/// --backend, --models, --model, --device, --slots, --threads, --json.
void add_engine_options(CLI::App& command, EngineArguments& engine, CommonArguments& common);
/// The same and the options of boards.
void add_solving_options(CLI::App& command, SolvingArguments& arguments);
/// --attempts, --max-steps: one attempt unless somebody asks for more, so that what is measured is
/// what the model does by itself.
void add_attempt_options(CLI::App& command, EngineArguments& arguments);
void add_precision_option(CLI::App& command, EngineArguments& arguments);

/// Errors: invalid_field, not_found, those of Solver::create.
Result<std::unique_ptr<Solver>> make_solver(const EngineArguments& engine,
                                            const CommonArguments& common,
                                            bool deterministic = false);

/// Adds what answered: backend, model, precision, slots, deterministic.
void set_engine(Json& row, const Solver& solver, const std::string& model);

/// Adds attempts and max_steps.
void set_attempts(Json& row, const EngineArguments& engine);

/// What became of one board.
struct Outcome {
  bool verified = false;
  std::int64_t steps = 0;  ///< supervision steps of all attempts
  double seconds = 0;      ///< from before submit() until wait() returned
  std::string answer;      ///< as text in the question's notation
  std::string status, model;
};

/// The request for a board; an error ends the run.
using MakeRequest = std::function<Result<SolveRequest>(const Question& question)>;
/// With the engine's model, attempts and steps, and this seed.
MakeRequest request_maker(const EngineArguments& engine, std::uint64_t seed);

/// Solves one board; one whose deadline came first is unverified. Errors: of `make` and
/// Solver::solve, naming the board by `number`.
Result<Outcome> solve_board(Solver& solver, const Question& board, std::size_t number,
                            const MakeRequest& make);

/// Calls `work` with 0 .. count - 1, from `callers` threads at once, until one of them returns
/// false or an error, which is passed on.
Result<void> share_out(std::size_t count, int callers,
                       const std::function<Result<bool>(std::size_t index)>& work);

/// Solves one board in some way; called by several threads. An error ends the run.
using SolveOne = std::function<Result<Outcome>(const Question& board, std::size_t number)>;
/// Through the facade; the solver must outlive it.
SolveOne solve_by(Solver& solver, MakeRequest make);
/// Solves the boards with `callers` threads, each of which submits one after another. The first
/// error ends it. `ticker` may be null.
Result<std::vector<Outcome>> solve_boards(const SolveOne& solve,
                                          const std::vector<Question>& boards, int callers,
                                          Ticker* ticker);

/// Sums over boards.
struct Summary {
  std::int64_t boards = 0, verified = 0, steps = 0;
  std::vector<double> seconds;  ///< of each board
  double mean_steps() const {
    return share(static_cast<double>(steps), static_cast<double>(boards));
  }
  double verified_share() const {
    return share(static_cast<double>(verified), static_cast<double>(boards));
  }
};
Summary summarise(const std::vector<Outcome>& outcomes);

/// The row of a list that so many callers solved in so many seconds: puzzle, source, callers,
/// boards, seconds, boards_per_second, verified_share, p50_ms, p95_ms, p99_ms.
Json level_row(const BoardList& list, int callers, const Summary& summary, double seconds);

}  // namespace trm::bench
