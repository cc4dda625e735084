// Many callers at once: whatever they do, every request ends exactly once.
#include <atomic>
#include <thread>

#include "engine/solver.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

using std::chrono::milliseconds;

constexpr int kThreads = 16;
constexpr int kRequests = 5000;  // for each of two backends

/// What became of the requests.
struct Counts {
  std::atomic<int> refused{0}, answered{0}, failed{0}, dropped{0}, unexpected{0};
};

/// Boards that generate quickly, the smallest size of each module that makes some.
std::vector<Question> boards() {
  std::vector<Question> all;
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    Rng rng(3);
    for (int i = 0; i < 3; ++i) {
      auto question = puzzle->generate(rng, {puzzle->info().sizes.front(), "", {}});
      if (question) all.push_back(std::move(*question));
    }
  }
  REQUIRE(all.size() >= 2);
  return all;
}

SolveRequest random_request(Rng& rng, const std::vector<Question>& questions) {
  SolveRequest request(questions[rng.below(static_cast<std::uint32_t>(questions.size()))]);
  request.max_steps = 1 + static_cast<int>(rng.below(6));
  request.attempts = 1 + static_cast<int>(rng.below(4));
  request.priority = static_cast<int>(rng.below(3)) - 1;
  request.trace = rng.below(4) == 0;
  request.settle_steps = static_cast<int>(rng.below(3));
  request.rules_ms = rng.below(16) == 0 ? 1 : 0;
  request.seed = rng.below(1000);
  if (rng.below(4) == 0) request.deadline = milliseconds(1 + rng.below(20));
  if (rng.below(8) == 0) request.replace_key = "key" + std::to_string(rng.below(4));
  if (rng.below(16) == 0) request.fallback = Fallback::exact;
  return request;
}

/// Follows a handle in one of the ways that callers do; counts how it ended.
void follow(SolveHandle handle, Rng& rng, Counts& counts) {
  const auto way = rng.below(4);
  if (way == 0) {  // a caller that goes away
    ++counts.dropped;
    return;
  }
  if (way == 1) handle.cancel();
  const auto result = handle.wait();
  ++(result ? counts.answered : counts.failed);
  int ends = 0;
  while (const auto event = handle.next(milliseconds(0))) {
    if (const auto* done = std::get_if<event::Done>(&*event)) {
      ++ends;
      if (done->result.ok() != result.ok()) ++counts.unexpected;
    }
  }
  if (ends != 1) ++counts.unexpected;
  if (!result && result.error().code != ErrorCode::cancelled &&
      result.error().code != ErrorCode::deadline_exceeded) {
    ++counts.unexpected;
  }
}

void storm(const std::string& backend) {
  SolverOptions options;
  options.backend = backend;
  options.slots = 8;
  options.queue = 64;
  auto solver = Solver::create(options);
  if (!solver) FAIL(solver.error().message);
  const auto questions = boards();
  Counts counts;
  std::atomic<int> next{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      Rng rng = Rng::stream(77, static_cast<std::uint64_t>(t));
      while (next.fetch_add(1) < kRequests) {
        auto handle = (*solver)->submit(random_request(rng, questions));
        if (handle) {
          follow(std::move(*handle), rng, counts);
        } else if (handle.error().code == ErrorCode::busy) {
          ++counts.refused;
        } else {
          ++counts.unexpected;
        }
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(counts.unexpected == 0);
  CHECK(counts.refused + counts.answered + counts.failed + counts.dropped == kRequests);
  CHECK(counts.answered > 0);
  // Nothing was left behind: the engine still answers.
  CHECK((*solver)->solve(SolveRequest(questions.front())).ok());
}

TEST_CASE("Of 10,000 requests from 16 threads none is lost", "[solver][storm]") {
  storm("random");
  storm("exact");
}

TEST_CASE("A solver that goes ends what is under way", "[solver][storm]") {
  const auto questions = boards();
  for (int round = 0; round < 5; ++round) {
    SolverOptions options;
    options.backend = "random";
    options.slots = 4;
    auto solver = Solver::create(options);
    REQUIRE(solver.ok());
    std::vector<SolveHandle> handles;
    for (int i = 0; i < 30; ++i) {
      SolveRequest request(questions[static_cast<std::size_t>(i) % questions.size()]);
      request.max_steps = 1024;
      request.attempts = 8;
      auto handle = (*solver)->submit(std::move(request));
      REQUIRE(handle.ok());
      handles.push_back(std::move(*handle));
    }
    solver->reset();
    for (auto& handle : handles) {
      const auto result = handle.wait();
      CHECK((result.ok() || result.error().code == ErrorCode::unavailable));
    }
  }
}

}  // namespace
}  // namespace trm
