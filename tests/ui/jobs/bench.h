// Boards and solvers for the tests of the jobs.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/temp_dir.h"
#include "ui/jobs/solving.h"

namespace trm::test {

inline std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(dir.path),
                                                std::filesystem::directory_iterator()));
}

inline const Puzzle& named(const char* name) { return **find_puzzle(name); }

inline Question parsed(const char* puzzle, const std::string& text) {
  auto question = named(puzzle).parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

/// A generated board; of a module without a generator the board of its first text form.
inline Question board_of(const Puzzle& puzzle, std::uint64_t seed = 1) {
  Rng rng(seed);
  auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                          : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return *question;
}

inline std::unique_ptr<Solver> solver_with(const std::string& backend) {
  SolverOptions options;
  options.backend = backend;
  options.slots = 4;
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  return std::move(solver).value();
}

/// Polls until the solving has ended.
inline const ui::Thinking& finished(ui::Solving& solving) {
  for (int i = 0; i < 5000 && solving.running(); ++i) {
    if (!solving.poll()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  REQUIRE_FALSE(solving.running());
  REQUIRE(solving.thinking() != nullptr);
  REQUIRE(solving.thinking()->end.has_value());
  return *solving.thinking();
}

/// The trace of a random solver on a board.
inline ui::Thinking random_thinking(const Question& question, int attempts = 2, int steps = 3) {
  const auto solver = solver_with("random");
  ui::Solving solving;
  SolveRequest request(question);
  request.attempts = attempts;
  request.max_steps = steps;
  request.halt = false;
  solving.start(*solver, std::move(request));
  return finished(solving);
}

/// The only solution, or the first.
inline Answer solution_of(const Question& question) {
  const auto found = question.puzzle().solve_exact(question, {});
  if (!found) FAIL(found.error().message);
  REQUIRE_FALSE(found->solutions.empty());
  return found->solutions.front();
}

}  // namespace trm::test
