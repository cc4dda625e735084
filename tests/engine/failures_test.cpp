// Memory that does not suffice, and modules and backends that throw.
#include "tests/engine/bench.h"

namespace trm {
namespace {

using namespace test;

Error no_memory() { return fail(ErrorCode::out_of_memory, "injected"); }

std::vector<SolveHandle> submit_many(Bench& bench, int count, int steps) {
  std::vector<SolveHandle> handles;
  for (int tag = 0; tag < count; ++tag) {
    handles.push_back(bench.submit(request(question(tag), steps)));
  }
  return handles;
}

TEST_CASE("A failed allocation halves the batch, and it grows again", "[scheduler][memory]") {
  std::vector<std::size_t> tried;  // the engine's thread until the bench is gone
  bool tight = true;
  Script script;
  script.before = [&](const std::vector<const Row*>& rows) -> Result<void> {
    tried.push_back(rows.size());
    if (tight && rows.size() > 3) return no_memory();
    if (tried.size() > 200) tight = false;
    return {};
  };
  {
    Bench bench(8, script);
    bench.stage().close();
    auto handles = submit_many(bench, 8, 200);
    bench.stage().open();
    for (auto& handle : handles) {
      const auto solution = handle.wait();
      REQUIRE(solution.ok());
      CHECK(solution->total_steps == 200);
    }
  }
  // Found once: the steps that follow do not run into it again, until they try to grow.
  CHECK(std::count_if(tried.begin(), tried.begin() + 100, [](auto n) { return n > 3; }) <= 10);
  CHECK(*std::max_element(tried.begin() + 200, tried.end()) >= 7);
}

TEST_CASE("A row for which there is no memory fails alone", "[scheduler][memory]") {
  Script script;
  script.before = [](const std::vector<const Row*>& rows) -> Result<void> {
    for (const Row* row : rows) {
      if (row->tag == 3) return no_memory();
    }
    return {};
  };
  Bench bench(8, script);
  bench.stage().close();
  auto handles = submit_many(bench, 8, 3);
  bench.stage().open();
  for (std::size_t tag = 0; tag < 8; ++tag) {
    const auto solution = handles[tag].wait();
    if (tag == 3) {
      REQUIRE_FALSE(solution.ok());
      CHECK(solution.error().code == ErrorCode::out_of_memory);
    } else {
      REQUIRE(solution.ok());
      CHECK(solution->total_steps == 3);
    }
  }
}

TEST_CASE("A row that cannot be loaded waits while others run, and fails alone",
          "[scheduler][memory]") {
  int held = 0;  // rows that are loaded and not done: the engine's thread
  Script script;
  script.load = [&](const Row& row) -> Result<void> {
    if (row.tag == 9 || held >= 2) return no_memory();
    ++held;
    return {};
  };
  script.play = [&](Row& row) {
    if (row.step == 2) --held;
  };
  Bench bench(4, script);
  bench.stage().close();
  std::vector<SolveHandle> handles;
  for (int tag = 1; tag < 6; ++tag) handles.push_back(bench.submit(request(question(tag), 2)));
  auto hopeless = bench.submit(request(question(9), 2));
  bench.stage().open();
  for (auto& handle : handles) CHECK(handle.wait().ok());
  CHECK(hopeless.wait().error().code == ErrorCode::out_of_memory);
  CHECK(bench.stage().loaded_tags() == std::vector<int>{1, 2, 3, 4, 5});
  // Further attempts wait for memory too.
  const auto spread = bench.solve(request(question(1), 2, 7));
  REQUIRE(spread.ok());
  CHECK(spread->attempts == 7);
}

TEST_CASE("max_memory bounds the rows of a step and refuses what is too large alone",
          "[scheduler][memory]") {
  Script script;
  script.row_bytes = 100;
  Bench bench(8, script, {false, 250});
  bench.stage().close();
  auto handles = submit_many(bench, 6, 3);
  handles.push_back(bench.submit(request(question(7, {}, 2), 3, 4)));
  bench.stage().open();
  for (auto& handle : handles) CHECK(handle.wait().ok());
  CHECK(bench.solve(request(question(8), 2, 9)).ok());
  for (const int rows : bench.stage().rows()) CHECK(rows <= 2);
  const auto refused = bench.try_submit(request(question(9, {}, 3)));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::out_of_memory);
  CHECK(refused.error().field == "max_memory");
  CHECK(refused.error().message.find("300") != std::string::npos);
  CHECK(refused.error().message.find("250") != std::string::npos);
}

TEST_CASE("A backend that fails or throws ends those it was stepping, not the engine",
          "[scheduler][failures]") {
  Script script;
  script.before = [](const std::vector<const Row*>& rows) -> Result<void> {
    const int tag = rows.front()->tag;
    if (tag == 1) throw std::runtime_error("lost");
    if (tag == 2) throw std::bad_alloc();
    if (tag == 3) return fail(ErrorCode::backend_failed, "gone");
    if (tag == 4) throw 4;
    return {};
  };
  script.load = [](const Row& row) -> Result<void> {
    if (row.tag == 5) throw std::runtime_error("no load");
    if (row.tag == 6) return fail(ErrorCode::unsupported_by_model, "not this one");
    return {};
  };
  Bench bench(2, script);
  const auto code = [&](int tag) { return bench.solve(request(question(tag))).error().code; };
  CHECK(code(1) == ErrorCode::internal);
  CHECK(code(2) == ErrorCode::out_of_memory);
  CHECK(code(3) == ErrorCode::backend_failed);
  CHECK(code(4) == ErrorCode::internal);
  CHECK(code(5) == ErrorCode::internal);
  CHECK(code(6) == ErrorCode::unsupported_by_model);
  CHECK(bench.solve(request(question(7))).ok());
}

TEST_CASE("A module that throws ends its own request only", "[scheduler][failures]") {
  Bench bench(4);
  bench.stage().close();
  auto good = bench.submit(request(question(1), 5));
  auto check = bench.submit(request(question(2, {{"check_throws", 1}})));
  auto decode = bench.submit(request(question(3, {{"decode_throws", 1}})));
  auto symmetry = bench.submit(request(question(4, {{"symmetry_throws", 1}}), 1, 2));
  bench.stage().open();
  CHECK(check.wait().error().code == ErrorCode::out_of_memory);
  CHECK(decode.wait().error().code == ErrorCode::internal);
  CHECK(symmetry.wait().error() == fail(ErrorCode::internal, "the probe has no mirror"));
  REQUIRE(good.wait().ok());
  CHECK(good.wait()->total_steps == 5);
}

TEST_CASE("Facade calls return what a module throws as an error", "[scheduler][failures]") {
  SolverOptions options;
  options.backend = "random";
  const auto solver = Solver::create(options);
  REQUIRE(solver.ok());
  const Question broken = question(1, {{"check_throws", 1}});
  const Verdict verdict = (*solver)->check(broken, Answer(Grid(1, 4)));
  CHECK(verdict.status == Status::unverified);
  CHECK_FALSE(verdict.conflicts.empty());
  CHECK((*solver)->solve(SolveRequest(broken)).error().code == ErrorCode::out_of_memory);
}

}  // namespace
}  // namespace trm
