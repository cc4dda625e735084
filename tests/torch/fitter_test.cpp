// The network that is fitted at solve time: it learns small tasks, and the solver answers with it.
#include "engine/learn/fitter.h"

#include "engine/fit/fit_run.h"
#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

Question arc_task(const std::string& text) {
  const auto question = (*find_puzzle("arc"))->parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

// 1 becomes 2 and everything else stays.
const char* const kRecolour =
    "103/010/001>203/020/002|110/400/011>220/400/022|051/105/010>052/205/020|016/610/101>?";

std::shared_ptr<const FitTask> shared_task(const Question& question, int poses) {
  auto task = FitTask::make(question, {{question, 0}}, poses);
  if (!task) FAIL(task.error().message);
  return std::make_shared<const FitTask>(std::move(*task));
}

std::unique_ptr<Fitter> fitter_of(std::shared_ptr<const FitTask> task, std::uint64_t seed) {
  auto fitter =
      Fitter::make(std::move(task), fit_recipe(), seed, std::make_shared<native::ThreadTeam>(1));
  if (!fitter) FAIL(fitter.error().message);
  return std::move(*fitter);
}

TEST_CASE("A fitted network reproduces the demonstrations of a small task", "[fit]") {
  const Question question = arc_task(kRecolour);
  const auto task = shared_task(question, 1);
  const auto fitter = fitter_of(task, 1);
  double first = 0, last = 0;
  for (int step = 0; step < 150; ++step) {
    const double loss = fitter->train(1);
    REQUIRE(std::isfinite(loss));
    if (step < 5) first += loss / 5;
    if (step >= 145) last += loss / 5;
  }
  CHECK(last < 0.3 * first);
  for (int board = 0; board < task->demonstrations(); ++board) {
    const auto proposals = fitter->propose(board, 1);
    REQUIRE(proposals.size() == 1);
    CHECK(proposals.front().plain);
    CHECK(proposals.front().grid == task->output(board));
    CHECK(proposals.front().confidence.size() == task->output(board).cells.size());
  }
}

TEST_CASE("The same seed fits the same network", "[fit]") {
  const auto task = shared_task(arc_task(kRecolour), 4);
  const auto a = fitter_of(task, 3), b = fitter_of(task, 3), c = fitter_of(task, 4);
  std::vector<double> losses[3];
  for (int step = 0; step < 8; ++step) {
    int i = 0;
    for (const auto* fitter : {&a, &b, &c}) losses[i++].push_back((*fitter)->train(1));
  }
  CHECK(losses[0] == losses[1]);
  CHECK(losses[0] != losses[2]);
}

TEST_CASE("A fitted network goes on with another task of its module", "[fit]") {
  const auto fitter = fitter_of(shared_task(arc_task(kRecolour), 2), 1);
  fitter->train(1);
  REQUIRE(fitter->move_to(shared_task(arc_task("10/01>12/21|3>4|12/34>?"), 3)).ok());
  CHECK(std::isfinite(fitter->train(1)));
  CHECK_FALSE(fitter->propose(2, 4).empty());
}

TEST_CASE("The solver fits tasks with demonstrations and never verifies them", "[fit][solver]") {
  SolverOptions options;
  options.threads = 1;
  const auto solver = Solver::create(options);
  REQUIRE(solver.ok());
  SolveRequest request(arc_task(kRecolour));
  REQUIRE((*solver)->fits(request.question.puzzle(), request.model));
  request.fit_seconds = 250;  // it takes a few when nothing else runs
  const auto solution = (*solver)->solve(std::move(request));
  REQUIRE(solution.ok());
  CHECK(solution->stopped == Stopped::fitted);
  CHECK(solution->verdict.status == Status::plausible);
  CHECK_FALSE(solution->verified());
  Grid right(3, 3);
  right.cells = {0, 2, 6, 6, 2, 0, 2, 0, 2};
  CHECK(solution->answer.best() == right);
  REQUIRE(solution->fit.has_value());
  CHECK(solution->fit->state.demonstrations == 3);

  CHECK_FALSE((*solver)->fits(**find_puzzle("arc"), "another"));
  const auto none = (*solver)->submit(SolveRequest(arc_task("12>?")));
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::invalid_board);
}

}  // namespace
}  // namespace trm
