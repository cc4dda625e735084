// Many threads, everything at once: no request is lost and none ends twice.
#include <atomic>
#include <thread>

#include "puzzles/registry.h"
#include "tests/catch.h"
#include "tests/engine/bench.h"

namespace trm {
namespace {

using std::chrono::milliseconds;

constexpr int kThreads = 16, kEach = 625;  // 10,000 requests

/// Every submit ends in exactly one of these.
struct Counters {
  std::atomic<int> submitted{0}, busy{0}, solved{0}, failed{0}, wrong{0};
  int ends() const { return busy + solved + failed; }
};

std::vector<Question> small_boards() {
  std::vector<Question> boards;
  for (const Puzzle* puzzle : registered_puzzles()) {
    const PuzzleInfo& info = puzzle->info();
    if (!info.generates || !info.solves) continue;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      Rng rng(seed);
      GenerateRequest small;
      small.size = info.name == "sudoku" ? "4x4" : info.name == "maze" ? "5x5" : "";
      if (auto question = puzzle->generate(rng, small)) boards.push_back(*question);
    }
  }
  return boards;
}

SolveRequest random_request(Rng& rng, const std::vector<Question>& boards) {
  SolveRequest asked(boards[rng.below(static_cast<std::uint32_t>(boards.size()))]);
  asked.max_steps = rng.between(1, 6);
  asked.attempts = rng.chance(0.3) ? rng.between(2, 12) : 1;
  asked.symmetries = rng.chance(0.5);
  asked.noise = rng.chance(0.5) ? 0.5 : 0;
  asked.settle_steps = rng.between(0, 2);
  asked.halt = rng.chance(0.2);
  asked.trace = rng.chance(0.1);
  asked.priority = rng.between(-2, 2);
  asked.rules_ms = rng.chance(0.5) ? 5 : 0;
  asked.seed = rng.next();
  if (rng.chance(0.05)) asked.fallback = Fallback::exact;
  if (rng.chance(0.2)) asked.replace_key = "key " + std::to_string(rng.below(8));
  if (rng.chance(0.2)) asked.deadline = milliseconds(rng.between(1, 20));
  return asked;
}

// Reads to the end in one of the ways a caller may.
Result<Solution> end_of(SolveHandle& handle, Rng& rng) {
  if (rng.chance(0.2)) handle.cancel();
  if (rng.chance(0.5)) return handle.wait();
  for (;;) {
    auto event = handle.next(milliseconds(rng.between(0, 3)));
    if (rng.chance(0.01)) handle.cancel();
    if (!event) continue;
    if (auto* done = std::get_if<event::Done>(&*event)) return std::move(done->result);
  }
}

bool as_promised(const Question& question, const Result<Solution>& result) {
  if (result) {
    return result->question == question &&
           (!result->verified() ||
            question.puzzle().check(question, result->answer).status == Status::verified);
  }
  const ErrorCode code = result.error().code;
  return code == ErrorCode::cancelled || code == ErrorCode::deadline_exceeded ||
         code == ErrorCode::unavailable;
}

void ask_many(Solver& solver, const std::vector<Question>& boards, std::uint64_t seed,
              Counters& counters) {
  Rng rng = Rng::stream(seed, 1);
  std::vector<std::pair<Question, SolveHandle>> held;
  const auto take_one = [&] {
    auto& [question, handle] = held.back();
    const auto result = end_of(handle, rng);
    ++(result ? counters.solved : counters.failed);
    counters.wrong += !as_promised(question, result);
    held.pop_back();
  };
  for (int i = 0; i < kEach; ++i) {
    SolveRequest asked = random_request(rng, boards);
    Question question = asked.question;
    ++counters.submitted;
    auto handle = solver.submit(std::move(asked));
    if (handle) {
      held.emplace_back(std::move(question), std::move(handle).value());
    } else {
      ++counters.busy;
      counters.wrong += handle.error().code != ErrorCode::busy;
      if (!held.empty()) take_one();
    }
    while (held.size() > 8 || (!held.empty() && rng.chance(0.3))) take_one();
  }
  while (!held.empty()) take_one();
}

TEST_CASE("10,000 mixed requests from 16 threads: none is lost", "[scheduler][threads]") {
  const auto boards = small_boards();
  REQUIRE(boards.size() > 8);
  for (const char* backend : {"random", "exact"}) {
    INFO(backend);
    SolverOptions options;
    options.backend = backend;
    options.slots = 6;
    options.queue = 40;
    auto solver = Solver::create(options);
    REQUIRE(solver.ok());
    Counters counters;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] { ask_many(**solver, boards, t, counters); });
    }
    for (auto& thread : threads) thread.join();
    CHECK(counters.submitted == kThreads * kEach);
    CHECK(counters.ends() == counters.submitted);
    CHECK(counters.wrong == 0);
    CHECK(counters.solved > 1000);
    // And it still answers.
    SolveRequest last(boards.front());
    CHECK((*solver)->solve(std::move(last)).ok());
  }
}

TEST_CASE("The end of the solver ends everything under way", "[scheduler][threads]") {
  const auto boards = small_boards();
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::vector<SolveHandle> handles;
    {
      SolverOptions options;
      options.backend = "random";
      options.slots = 3;
      auto solver = Solver::create(options);
      REQUIRE(solver.ok());
      Rng rng(round);
      for (int i = 0; i < 60; ++i) {
        SolveRequest asked = random_request(rng, boards);
        asked.max_steps = 1024;
        asked.attempts = 100;
        if (auto handle = (*solver)->submit(std::move(asked))) {
          handles.push_back(std::move(handle).value());
        }
      }
    }
    for (auto& handle : handles) {
      (void)handle.wait();
      int done = 0;
      while (const auto event = handle.next(milliseconds(0))) {
        done += std::holds_alternative<event::Done>(*event);
      }
      CHECK(done == 1);
    }
  }
}

// What a caller sees of an answer but its time.
std::string seen(const Solution& solution) {
  std::string text = solution.question.puzzle().format_answer(solution.question, solution.answer);
  for (const int n : {solution.attempt, solution.steps, solution.attempts,
                      static_cast<int>(solution.total_steps), static_cast<int>(solution.stopped)}) {
    text += " " + std::to_string(n);
  }
  return text + " " + std::to_string(solution.halt_probability);
}

// 150 requests with the same seeds, submitted in an order of their own.
std::vector<std::string> answers(const SolverOptions& options, std::uint64_t order, int attempts) {
  const auto boards = small_boards();
  auto solver = Solver::create(options);
  REQUIRE(solver.ok());
  std::vector<std::size_t> turn(150);
  for (std::size_t i = 0; i < turn.size(); ++i) turn[i] = i;
  Rng rng(order);
  if (order > 0) rng.shuffle(turn);
  std::vector<std::string> all(turn.size());
  std::vector<std::pair<std::size_t, SolveHandle>> handles;
  for (const std::size_t i : turn) {
    SolveRequest asked(boards[i % boards.size()]);
    asked.max_steps = 4;
    asked.attempts = attempts;
    asked.rules_ms = 0;
    asked.seed = i;
    auto handle = (*solver)->submit(std::move(asked));
    REQUIRE(handle.ok());
    if (order == 0) REQUIRE(handle->wait().ok());  // each one alone
    handles.emplace_back(i, std::move(handle).value());
  }
  for (auto& [i, handle] : handles) all[i] = seen(*handle.wait());
  return all;
}

TEST_CASE("The same answers and steps for any neighbours and any slot", "[scheduler][threads]") {
  SolverOptions options;
  options.backend = "random";
  options.deterministic = true;
  options.slots = 5;
  const auto alone = answers(options, 0, 6);
  CHECK(answers(options, 1, 6) == alone);
  options.slots = 32;
  CHECK(answers(options, 2, 6) == alone);
  // One attempt each: the same without asking for it.
  options.deterministic = false;
  const auto single = answers(options, 0, 1);
  options.slots = 7;
  CHECK(answers(options, 3, 1) == single);
}

}  // namespace
}  // namespace trm
