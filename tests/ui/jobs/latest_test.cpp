// A worker of which only the newest request matters.
#include "ui/jobs/latest.h"

#include <chrono>
#include <memory>

#include "tests/catch.h"

namespace trm::ui {
namespace {

using namespace std::chrono_literals;

template <class T>
T taken(Latest<T>& latest) {
  for (int i = 0; i < 2000; ++i) {
    if (auto result = latest.take()) return *result;
    std::this_thread::sleep_for(1ms);
  }
  FAIL("no result came");
  return T();
}

template <class Condition>
bool soon(Condition&& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST_CASE("A result comes once, and somebody is woken for it", "[jobs]") {
  std::atomic<int> woken = 0;
  Latest<int> latest([&] { ++woken; });
  CHECK_FALSE(latest.busy());
  CHECK_FALSE(latest.take());
  latest.ask([](const auto&) { return 7; });
  CHECK(taken(latest) == 7);
  CHECK_FALSE(latest.take());
  CHECK(soon([&] { return woken == 1; }));
  CHECK_FALSE(latest.busy());
  latest.ask([](const auto&) { return 8; });
  CHECK(taken(latest) == 8);
}

TEST_CASE("The newest request wins: older ones are stopped and their results dropped", "[jobs]") {
  std::atomic<int> woken = 0;
  std::atomic<bool> first_runs = false, first_stopped = false, second_ran = false;
  Latest<int> latest([&] { ++woken; });
  latest.ask([&](const std::atomic<bool>& stop) {
    first_runs = true;
    while (!stop) std::this_thread::sleep_for(1ms);
    first_stopped = true;
    std::this_thread::sleep_for(20ms);
    return 1;
  });
  REQUIRE(soon([&] { return first_runs.load(); }));
  CHECK(latest.busy());
  latest.ask([&](const auto&) { return second_ran = true, 2; });  // never begins
  latest.ask([](const std::atomic<bool>& stop) { return stop ? -1 : 3; });
  CHECK(latest.busy());
  CHECK(taken(latest) == 3);
  CHECK(first_stopped);
  CHECK_FALSE(second_ran);
  CHECK(soon([&] { return woken == 1; }));
}

TEST_CASE("A result that nobody took goes when something else is asked or cancelled", "[jobs]") {
  Latest<int> latest(nullptr);
  latest.ask([](const auto&) { return 1; });
  REQUIRE(soon([&] { return !latest.busy(); }));
  latest.cancel();
  CHECK_FALSE(latest.take());
  CHECK_FALSE(latest.busy());
  latest.ask([](const auto&) { return 2; });
  REQUIRE(soon([&] { return !latest.busy(); }));
  latest.ask([](const auto&) { return 3; });
  CHECK(taken(latest) == 3);
}

TEST_CASE("What was cancelled stops and tells nothing", "[jobs]") {
  std::atomic<bool> runs = false, ended = false;
  Latest<int> latest(nullptr);
  latest.ask([&](const std::atomic<bool>& stop) {
    runs = true;
    while (!stop) std::this_thread::sleep_for(1ms);
    ended = true;
    return 1;
  });
  REQUIRE(soon([&] { return runs.load(); }));
  latest.cancel();
  CHECK_FALSE(latest.busy());
  REQUIRE(soon([&] { return ended.load(); }));
  std::this_thread::sleep_for(5ms);
  CHECK_FALSE(latest.take());
}

TEST_CASE("The destructor stops what runs and waits for it, and for nothing else", "[jobs]") {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> runs = false;
  {
    Latest<int> latest(nullptr);
    latest.ask([&runs, ended](const std::atomic<bool>& stop) {
      runs = true;
      while (!stop) std::this_thread::sleep_for(1ms);
      *ended = true;
      return 1;
    });
    REQUIRE(soon([&] { return runs.load(); }));
  }
  CHECK(*ended);
  CHECK(ended.use_count() == 1);
  { Latest<int> unused(nullptr); }
}

}  // namespace
}  // namespace trm::ui
