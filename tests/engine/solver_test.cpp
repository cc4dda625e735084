// The solver facade and its scheduler on the torch-free backends, for every module.
#include "engine/solver.h"

#include <atomic>
#include <limits>
#include <thread>

#include "engine/solution_json.h"
#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/engine/untrained.h"
#include "tests/temp_dir.h"

namespace trm {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<Solver> solver_with(const std::string& backend, int slots = 4, int queue = 256) {
  SolverOptions options;
  options.backend = backend;
  options.slots = slots;
  options.queue = queue;
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  return std::move(solver).value();
}

Question board(const Puzzle& puzzle, std::uint64_t seed = 1) {
  Rng rng(seed);
  auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                          : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return *question;
}

const Puzzle& named(const char* name) { return **find_puzzle(name); }

// A board that random answers practically never hit, with a budget that outlasts any test.
SolveRequest endless() {
  SolveRequest request(board(named("sudoku")));
  request.max_steps = 1024;
  request.attempts = 64;
  return request;
}

TEST_CASE("The exact backend solves every module in one step", "[solver]") {
  const auto solver = solver_with("exact");
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const auto solution = solver->solve(SolveRequest(board(*puzzle)));
    if (!puzzle->info().solves) {
      REQUIRE_FALSE(solution.ok());
      CHECK(solution.error().code == ErrorCode::unsupported_by_model);
      continue;
    }
    if (!solution) FAIL(solution.error().message);
    CHECK(solution->source == "exact");
    CHECK(solution->attempts == 1);
    CHECK(solution->confidence.size() == solution->answer.queries.size());
    if (puzzle->info().checks) {
      CHECK(solution->verified());
      CHECK(solution->steps == 1);
      CHECK(solution->stopped == Stopped::verified);
    } else {
      CHECK(solution->verdict.status == Status::plausible);
      CHECK_FALSE(solution->verified());
    }
  }
}

TEST_CASE("A solver counts its steps and the rows in them", "[solver]") {
  const auto solver = solver_with("random");
  CHECK(solver->stats().steps == 0);
  const auto counted = find_puzzle("sudoku");
  REQUIRE(counted.ok());
  SolveRequest request(board(**counted));
  request.max_steps = 3;
  request.attempts = 1;
  REQUIRE(solver->solve(std::move(request)).ok());
  CHECK(solver->stats().steps == 3);
  CHECK(solver->stats().rows == 3);
  CHECK(solver->stats().waiting == 0);
  SolveRequest more(board(**counted));
  more.max_steps = 2;
  more.attempts = 3;
  REQUIRE(solver->solve(std::move(more)).ok());
  CHECK(solver->stats().rows == 3 + 3 * 2);
  CHECK(solver->stats().steps == 3 + 2 * 2);  // the second and third attempt side by side
}

TEST_CASE("An unverified answer is never presented as solved", "[solver]") {
  const auto solver = solver_with("random");
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    SolveRequest request(board(*puzzle));
    request.max_steps = 3;
    const auto solution = solver->solve(std::move(request));
    REQUIRE(solution.ok());
    const Verdict verdict = puzzle->check(solution->question, solution->answer);
    CHECK(solution->verdict.status == verdict.status);
    CHECK(solution->verified() == (verdict.status == Status::verified));
    if (!solution->verified() && puzzle->info().checks) {
      CHECK(solution->stopped == Stopped::max_steps);
      CHECK(solution->steps <= 3);
    }
  }
}

TEST_CASE("Attempts run the plain board first, then symmetries mapped back", "[solver]") {
  const auto solver = solver_with("random");
  SolveRequest request(board(named("sudoku")));
  request.max_steps = 2;
  request.attempts = 5;
  request.trace = true;
  const Grid givens = request.question.grid();
  std::vector<std::string> attempts;
  int steps = 0;
  const auto solution = solver->solve(std::move(request), [&](const Event& event) {
    if (const auto* attempt = std::get_if<event::Attempt>(&event)) {
      CHECK(attempt->attempt == static_cast<int>(attempts.size()));
      attempts.push_back(attempt->description);
    } else if (const auto* step = std::get_if<event::Step>(&event)) {
      ++steps;
      REQUIRE(step->answer.cells.size() == givens.cells.size());
      // Mapped back: each given stands where it stood.
      for (std::size_t i = 0; i < givens.cells.size(); ++i) {
        if (givens.cells[i] != 0) CHECK(step->answer.cells[i] == givens.cells[i]);
      }
      CHECK(step->confidence.size() == givens.cells.size());
      CHECK((step->q_halt >= 0 && step->q_halt <= 1));
    }
  });
  REQUIRE(solution.ok());
  CHECK(attempts.size() == 5);
  CHECK(attempts.front() == "plain");
  CHECK(attempts.back() != "plain");
  CHECK(steps == 10);
  CHECK(solution->attempts == 5);
}

TEST_CASE("Attempts that suppose cells answer the question as it was asked", "[solver]") {
  const auto solver = solver_with("random");
  SolveRequest asked(board(named("sudoku")));
  asked.attempts = 24;
  asked.max_steps = 1;
  asked.suppose = 3;
  std::vector<std::string> descriptions;
  const auto solution = solver->solve(std::move(asked), [&](const Event& e) {
    if (const auto* attempt = std::get_if<event::Attempt>(&e)) {
      descriptions.push_back(attempt->description);
    }
  });
  REQUIRE(solution.ok());
  CHECK_FALSE(solution->verified());
  CHECK(solution->attempts == 24);
  REQUIRE(descriptions.size() == 24);
  CHECK(descriptions.front() == "plain");
  const auto supposing = std::count_if(descriptions.begin(), descriptions.end(), [](auto& text) {
    return text.find("supposed") != std::string::npos;
  });
  CHECK(supposing > 8);
  CHECK(supposing < 23);  // none is among the numbers that are drawn
}

TEST_CASE("The same seed gives the same answer", "[solver]") {
  const auto solver = solver_with("random");
  const auto answer = [&](std::uint64_t seed) {
    SolveRequest request(board(named("maze")));
    request.max_steps = 4;
    request.attempts = 3;
    request.seed = seed;
    return solver->solve(std::move(request))->answer;
  };
  CHECK(answer(5) == answer(5));
}

TEST_CASE("Two queries of a module with two candidates are answered", "[solver]") {
  const auto solver = solver_with("exact");
  const auto solution = solver->solve(SolveRequest(board(named("pairs"))));
  REQUIRE(solution.ok());
  REQUIRE(solution->answer.queries.size() == 2);
  for (const auto& candidates : solution->answer.queries) {
    CHECK_FALSE(candidates.empty());
    CHECK(candidates.size() <= 2);
  }
  // One slot cannot hold two queries.
  const auto refused = solver_with("exact", 1)->solve(SolveRequest(board(named("pairs"))));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported);
}

TEST_CASE("A board goes to the model that was trained on its size, else to the most general one",
          "[solver]") {
  const test::TempDir folder;
  const Puzzle& sudoku = named("sudoku");
  const testing::Model weights = testing::untrained(sudoku);
  (void)testing::written(weights, folder / "a-many.safetensors", {"9x9", "16x16"});
  (void)testing::written(weights, folder / "b-one.safetensors", {"9x9"});
  SolverOptions options;
  options.backend = "native";
  options.model_dir = folder.path.string();
  const auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  const auto model_for = [&](const char* size, const char* name = "") {
    SolveRequest request(sudoku.empty(size).value());
    request.model = name;
    request.attempts = request.max_steps = 1;
    request.rules_ms = 0;
    const auto solution = (*solver)->solve(std::move(request));
    if (!solution) FAIL(solution.error().message);
    return solution->model;
  };
  CHECK(model_for("9x9") == "b-one");
  CHECK(model_for("16x16") == "a-many");
  CHECK(model_for("4x4") == "a-many");
  CHECK(model_for("4x4", "b-one") == "b-one");
}

TEST_CASE("Fields out of range and fields of later versions are refused by name", "[solver]") {
  const auto solver = solver_with("exact");
  const auto code_and_field = [&](auto&& change) {
    SolveRequest request(board(named("maze")));
    change(request);
    const auto handle = solver->submit(std::move(request));
    REQUIRE_FALSE(handle.ok());
    return std::pair(handle.error().code, handle.error().field);
  };
  using Pair = std::pair<ErrorCode, std::string>;
  const auto invalid = ErrorCode::invalid_field;
  CHECK(code_and_field([](auto& r) { r.max_steps = 0; }) == Pair(invalid, "max_steps"));
  CHECK(code_and_field([](auto& r) { r.max_steps = 1025; }) == Pair(invalid, "max_steps"));
  CHECK(code_and_field([](auto& r) { r.attempts = 1025; }) == Pair(invalid, "attempts"));
  CHECK(code_and_field([](auto& r) { r.deadline = milliseconds(0); }) ==
        Pair(invalid, "deadline_ms"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {-0.1, 10.1, nan, std::numeric_limits<double>::infinity()}) {
    CHECK(code_and_field([&](auto& r) { r.noise = wrong; }) == Pair(invalid, "noise"));
    CHECK(code_and_field([&](auto& r) { r.start_noise = wrong; }) == Pair(invalid, "start_noise"));
  }
  CHECK(code_and_field([](auto& r) { r.suppose = -1; }) == Pair(invalid, "suppose"));
  CHECK(code_and_field([](auto& r) { r.suppose = 65; }) == Pair(invalid, "suppose"));
  CHECK(code_and_field([](auto& r) { r.settle_steps = 1025; }) == Pair(invalid, "settle_steps"));
  CHECK(code_and_field([](auto& r) { r.rules_ms = -1; }) == Pair(invalid, "rules_ms"));
  CHECK(code_and_field([](auto& r) { r.priority = 1001; }) == Pair(invalid, "priority"));
  CHECK(code_and_field([](auto& r) { r.replace_key = std::string(65, 'k'); }) ==
        Pair(invalid, "replace_key"));
  for (const double wrong : {1.0, -1.0, 3601.0, nan})
    CHECK(code_and_field([&](auto& r) { r.fit_seconds = wrong; }) == Pair(invalid, "fit_seconds"));
  CHECK(code_and_field([](auto& r) { r.model = "nope"; }).first == ErrorCode::unknown_model);
}

TEST_CASE("Boards with problems are refused with their places", "[solver]") {
  const auto solver = solver_with("exact");
  const auto question = named("sudoku").parse("55" + std::string(79, '.'));
  REQUIRE(question.ok());
  const auto handle = solver->submit(SolveRequest(*question));
  REQUIRE_FALSE(handle.ok());
  CHECK(handle.error().code == ErrorCode::invalid_board);
  CHECK(handle.error().message.find("row 1") != std::string::npos);
}

TEST_CASE("Cancelling ends a request at once", "[solver]") {
  const auto solver = solver_with("random", 1);
  auto handle = solver->submit(endless());
  REQUIRE(handle.ok());
  REQUIRE(handle->next(milliseconds(10'000)).has_value());  // it runs
  handle->cancel();
  const auto result = handle->wait();
  if (result.ok()) {
    CHECK(result->stopped == Stopped::cancelled);
  } else {
    CHECK(result.error().code == ErrorCode::cancelled);
  }
  // The slot is free again.
  CHECK(solver->solve(SolveRequest(board(named("resize")))).ok());
}

TEST_CASE("A dropped handle cancels, also while it waits in the queue", "[solver]") {
  const auto solver = solver_with("random", 1);
  {
    auto running = solver->submit(endless());
    auto waiting = solver->submit(endless());
    REQUIRE(running.ok());
    REQUIRE(waiting.ok());
  }
  SolveRequest request(board(named("maze")));
  request.max_steps = 1;
  CHECK(solver->solve(std::move(request)).ok());
}

TEST_CASE("A deadline ends a request with what it has", "[solver]") {
  const auto solver = solver_with("random", 1);
  SolveRequest request = endless();
  request.deadline = milliseconds(30);
  const auto result = solver->solve(std::move(request));
  if (result.ok()) {
    CHECK(result->stopped == Stopped::deadline);
    CHECK_FALSE(result->verified());
  } else {
    CHECK(result.error().code == ErrorCode::deadline_exceeded);
  }
}

TEST_CASE("A full queue answers busy", "[solver]") {
  const auto solver = solver_with("random", 1, 2);
  std::vector<SolveHandle> handles;
  bool busy = false;
  for (int i = 0; i < 8 && !busy; ++i) {
    auto handle = solver->submit(endless());
    if (handle.ok()) {
      handles.push_back(std::move(handle).value());
    } else {
      CHECK(handle.error().code == ErrorCode::busy);
      busy = true;
    }
  }
  CHECK(busy);
  CHECK(handles.size() >= 2);
}

TEST_CASE("Destroying the solver ends what runs and what waits", "[solver]") {
  std::vector<SolveHandle> handles;
  {
    const auto solver = solver_with("random", 1);
    for (int i = 0; i < 4; ++i) {
      auto handle = solver->submit(endless());
      REQUIRE(handle.ok());
      handles.push_back(std::move(handle).value());
    }
  }
  for (auto& handle : handles) {
    const auto result = handle.wait();
    CHECK((!result.ok() || !result->verified()));
  }
}

TEST_CASE("A slow reader loses old steps, never the end", "[solver]") {
  const auto solver = solver_with("random", 1);
  SolveRequest request(board(named("sudoku")));
  request.max_steps = 1024;
  request.trace = true;
  auto handle = solver->submit(std::move(request));
  REQUIRE(handle.ok());
  REQUIRE(handle->wait().ok());  // reads no event
  int steps = 0, last = 0;
  bool done = false;
  while (const auto event = handle->next(milliseconds(0))) {
    if (const auto* step = std::get_if<event::Step>(&*event)) {
      ++steps;
      CHECK(step->step > last);
      last = step->step;
    }
    done = std::holds_alternative<event::Done>(*event);
  }
  CHECK(done);
  CHECK(steps > 0);
  CHECK(steps <= 256);
  CHECK(last == 1024);
  CHECK_FALSE(handle->next(milliseconds(0)).has_value());
}

TEST_CASE("A reader who asks for room loses no step", "[solver]") {
  const auto solver = solver_with("random", 1);
  SolveRequest request(board(named("sudoku")));
  request.max_steps = 1024;
  request.attempts = 1;
  request.trace = true;
  request.max_events = 1025;  // the attempt's own event is one of them
  auto handle = solver->submit(std::move(request));
  REQUIRE(handle.ok());
  REQUIRE(handle->wait().ok());
  int steps = 0;
  while (const auto event = handle->next(milliseconds(0))) {
    if (const auto* step = std::get_if<event::Step>(&*event)) CHECK(step->step == ++steps);
  }
  CHECK(steps == 1024);
  SolveRequest none(board(named("sudoku")));
  none.max_events = 0;
  CHECK(solver->submit(none).error().field == "max_events");
}

TEST_CASE("The fallback answers exactly and says so", "[solver]") {
  const auto solver = solver_with("random");
  SolveRequest request(board(named("sudoku"), 4));
  request.max_steps = 1;
  request.fallback = Fallback::exact;
  const auto solution = solver->solve(std::move(request));
  REQUIRE(solution.ok());
  CHECK(solution->verified());
  CHECK(solution->source == "exact");
  CHECK(solution->stopped == Stopped::fallback);
}

TEST_CASE("2,000 requests from 8 threads each get their own answer", "[solver][threads]") {
  const auto solver = solver_with("exact", 6, 4000);
  std::atomic<int> right{0}, cancelled{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      auto puzzles = registered_puzzles();
      std::erase_if(puzzles, [](const Puzzle* puzzle) { return !puzzle->info().generates; });
      for (std::uint64_t i = 0; i < 250; ++i) {
        const Puzzle& puzzle = *puzzles[(t + i) % puzzles.size()];
        GenerateRequest small;
        small.size = puzzle.name() == "sudoku" ? "4x4" : puzzle.name() == "maze" ? "5x5" : "";
        const auto question = solver->generate(puzzle.name(), small, t * 1000 + i);
        if (!question) continue;
        auto handle = solver->submit(SolveRequest(*question));
        if (!handle) continue;
        if (i % 10 == 0) handle->cancel();
        const auto solution = handle->wait();
        if (i % 10 == 0) {
          ++cancelled;
        } else if (solution.ok() && solution->question == *question &&
                   solution->verdict.status != Status::unverified) {
          ++right;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 1800);
  CHECK(cancelled == 200);
}

TEST_CASE("Solutions and errors as JSON have their promised fields", "[json]") {
  const auto solver = solver_with("exact");
  const auto solution = solver->solve(SolveRequest(*named("maze").parse("S  /# G")));
  REQUIRE(solution.ok());
  const Json json = solution_to_json(*solution);
  CHECK(json.find("puzzle")->as_string() == "maze");
  CHECK(json.find("solution")->as_string() == "So /#oG");
  CHECK(json.find("verified")->as_bool());
  CHECK(json.find("stopped")->as_string() == "verified");
  CHECK(json.find("conflicts")->as_array().empty());
  const Json error = error_to_json(fail(ErrorCode::invalid_field, "message", "board"));
  CHECK(
      error.dump() ==
      R"({"error":{"code":"invalid_field","message":"message","field":"board","type":"invalid_request_error"}})");
}

TEST_CASE("Options out of range and unknown backends are refused", "[solver]") {
  SolverOptions options;
  options.backend = "luck";
  CHECK(Solver::create(options).error().field == "backend");
  options.backend = "exact";
  options.slots = 0;
  CHECK(Solver::create(options).error().field == "slots");
  options.slots = 257;
  CHECK_FALSE(Solver::create(options).ok());
}

}  // namespace
}  // namespace trm
