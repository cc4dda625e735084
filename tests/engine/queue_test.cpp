// Who gets slots when: priorities, replacement, cancel and deadlines while waiting.
#include "tests/engine/bench.h"

namespace trm {
namespace {

using namespace test;
using Tags = std::vector<int>;
using Clock = std::chrono::steady_clock;

SolveRequest urgent(int tag, int priority, int queries = 1) {
  SolveRequest asked = request(question(tag, {}, queries), 1);
  asked.priority = priority;
  return asked;
}

SolveRequest keyed(int tag, const char* key) {
  SolveRequest asked = request(question(tag), 1);
  asked.replace_key = key;
  return asked;
}

// A request that holds its slot until the gate opens.
SolveHandle occupy(Bench& bench, int tag = 99, int steps = 1) {
  bench.stage().close();
  auto handle = bench.submit(request(question(tag), steps));
  bench.stage().wait_at(0);
  return handle;
}

void check_cancelled(SolveHandle& handle, const std::string& field) {
  const auto result = handle.wait();
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().field == field);
}

TEST_CASE("Higher priorities first, first come first served within one", "[scheduler][queue]") {
  Bench bench(1);
  auto first = occupy(bench);
  std::vector<SolveHandle> handles;
  const std::pair<int, int> asked[] = {{1, 0}, {2, 5}, {3, 5}, {4, -1}, {5, 7}, {6, 0}};
  for (const auto& [tag, priority] : asked) handles.push_back(bench.submit(urgent(tag, priority)));
  bench.stage().open();
  for (auto& handle : handles) CHECK(handle.wait().ok());
  CHECK(bench.stage().loaded_tags() == Tags{99, 5, 2, 3, 1, 6, 4});
}

TEST_CASE("Smaller requests do not starve one that needs several slots", "[scheduler][queue]") {
  Bench bench(2);
  auto first = occupy(bench, 99, 4);
  auto wide = bench.submit(urgent(1, 0, 2));
  std::vector<SolveHandle> small;
  for (int tag = 2; tag < 6; ++tag) small.push_back(bench.submit(urgent(tag, 0)));
  auto later = bench.submit(urgent(6, 1));  // only a higher priority overtakes it
  bench.stage().open();
  CHECK(wide.wait().ok());
  for (auto& handle : small) CHECK(handle.wait().ok());
  CHECK(later.wait().ok());
  CHECK(bench.stage().loaded_tags() == Tags{99, 6, 1, 1, 2, 3, 4, 5});
}

TEST_CASE("A newer request with the same key takes the place of a waiting one",
          "[scheduler][queue]") {
  Bench bench(1);
  auto first = occupy(bench);
  auto a = bench.submit(keyed(1, "editor"));
  auto b = bench.submit(keyed(2, "other"));
  auto c = bench.submit(keyed(3, "editor"));
  check_cancelled(a, "replace_key");  // at once: the gate is closed
  auto d = bench.submit(keyed(4, "editor"));
  check_cancelled(c, "replace_key");
  bench.stage().open();
  CHECK(d.wait().ok());
  CHECK(b.wait().ok());
  CHECK(bench.stage().loaded_tags() == Tags{99, 4, 2});
}

TEST_CASE("A newer request with the same key cancels one that runs", "[scheduler][queue]") {
  Bench bench(1);
  bench.stage().close();
  SolveRequest endless = keyed(1, "editor");
  endless.max_steps = 1024;
  endless.attempts = 1024;
  auto running = bench.submit(std::move(endless));
  bench.stage().wait_at(0);
  auto newer = bench.submit(keyed(2, "editor"));
  bench.stage().open();
  CHECK(newer.wait().ok());
  const auto result = running.wait();
  REQUIRE(result.ok());
  CHECK(result->stopped == Stopped::cancelled);
  CHECK(result->steps >= 1);
  // A key whose request has ended replaces nothing.
  CHECK(bench.solve(keyed(3, "editor")).ok());
}

TEST_CASE("A full queue is busy at once; replacing needs no further place", "[scheduler][queue]") {
  Bench bench(1, {}, {}, 2);
  SolveRequest asked = keyed(99, "running");
  asked.max_steps = 3;
  bench.stage().close();
  auto running = bench.submit(std::move(asked));
  bench.stage().wait_at(0);
  auto a = bench.submit(keyed(1, "editor"));
  auto b = bench.submit(urgent(2, 0));
  CHECK(bench.try_submit(urgent(3, 9)).error().code == ErrorCode::busy);
  auto c = bench.submit(keyed(4, "editor"));
  check_cancelled(a, "replace_key");
  // One that is refused ends nobody.
  CHECK(bench.try_submit(keyed(5, "running")).error().code == ErrorCode::busy);
  // A cancelled one leaves its place.
  b.cancel();
  check_cancelled(b, "");
  auto d = bench.submit(urgent(6, 0));
  bench.stage().open();
  const auto result = running.wait();
  REQUIRE(result.ok());
  CHECK(result->stopped == Stopped::max_steps);
  CHECK(c.wait().ok());
  CHECK(d.wait().ok());
  CHECK(bench.stage().loaded_tags() == Tags{99, 4, 6});
}

TEST_CASE("Deadlines and cancels of waiting requests do not wait for the engine",
          "[scheduler][queue]") {
  Bench bench(1);
  auto first = occupy(bench);  // the engine stands still from here
  SolveRequest asked = urgent(1, 0);
  asked.deadline = milliseconds(20);
  auto late = bench.submit(std::move(asked));
  asked = urgent(2, 0);
  asked.deadline = milliseconds(20);
  auto polled = bench.submit(std::move(asked));
  auto dropped = bench.submit(urgent(3, 0));
  const auto begun = Clock::now();
  const auto result = late.wait();
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::deadline_exceeded);
  CHECK(result.error().field == "deadline_ms");
  const auto event = polled.next(milliseconds(10'000));
  REQUIRE(event.has_value());
  CHECK(std::get<event::Done>(*event).result.error().code == ErrorCode::deadline_exceeded);
  CHECK_FALSE(polled.next(milliseconds(0)).has_value());
  dropped.cancel();
  check_cancelled(dropped, "");
  CHECK(Clock::now() - begun < std::chrono::seconds(5));
  bench.stage().open();
  CHECK(first.wait().ok());
  CHECK(bench.solve(urgent(4, 0)).ok());
  CHECK(bench.stage().loaded_tags() == Tags{99, 4});
}

TEST_CASE("A deadline ends a running request with its best board", "[scheduler][queue]") {
  Script script;
  script.play = [](Row& row) {
    row.output.tokens.assign(4, row.step == 1 ? 3 : 0);
    row.output.tokens[0] = 0;
    std::this_thread::sleep_for(milliseconds(5));
  };
  Bench bench(1, script);
  SolveRequest asked = request(question(1), 1024, 1024);
  asked.deadline = milliseconds(40);
  const auto result = bench.solve(std::move(asked));
  REQUIRE(result.ok());
  CHECK(result->stopped == Stopped::deadline);
  CHECK(result->steps == 1);
  CHECK(result->verdict.conflicts.size() == 1);
  CHECK(result->total_steps > 1);
}

TEST_CASE("Times beyond any clock are only long", "[scheduler][queue]") {
  Bench bench(1);
  SolveRequest asked = urgent(1, 0);
  asked.deadline = milliseconds::max();
  auto handle = bench.submit(std::move(asked));
  while (!std::holds_alternative<event::Done>(handle.next(milliseconds::max()).value())) {
  }
  CHECK(handle.wait().ok());
  CHECK_FALSE(handle.next(milliseconds::min()).has_value());
}

TEST_CASE("Many keys are forgotten when their requests have ended", "[scheduler][queue]") {
  Bench bench(4);
  for (int i = 0; i < 500; ++i) {
    CHECK(bench.solve(keyed(i % 256, std::to_string(i).c_str())).ok());
  }
  CHECK(bench.scheduler().waiting() == 0);
}

}  // namespace
}  // namespace trm
