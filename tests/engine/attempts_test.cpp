// Attempts: which slots they take, what they see, when they end, which one wins.
#include <map>
#include <set>

#include "tests/engine/bench.h"

namespace trm {
namespace {

using namespace test;
using Counts = std::vector<int>;

TEST_CASE("The plain board runs alone, further attempts side by side in free slots",
          "[scheduler][attempts]") {
  Bench bench(4);
  const auto solution = bench.solve(request(question(1), 3, 7));
  REQUIRE(solution.ok());
  CHECK(bench.stage().rows() == Counts{1, 1, 1, 4, 4, 4, 2, 2, 2});
  CHECK(solution->attempts == 7);
  CHECK(solution->total_steps == 21);
  CHECK(solution->stopped == Stopped::max_steps);
}

TEST_CASE("Attempts of a request run one after another where asked to be deterministic",
          "[scheduler][attempts]") {
  Bench bench(4, {}, {true, 0});
  REQUIRE(bench.solve(request(question(1), 3, 3)).ok());
  CHECK(bench.stage().rows() == Counts(9, 1));
}

TEST_CASE("A further attempt only takes a slot that nobody waits for", "[scheduler][attempts]") {
  Bench bench(2);
  bench.stage().close();
  auto many = bench.submit(request(question(1), 2, 9));
  bench.stage().wait_at(0);
  std::vector<SolveHandle> others;
  for (int tag = 2; tag < 6; ++tag) others.push_back(bench.submit(request(question(tag), 2)));
  bench.stage().open();
  for (auto& other : others) CHECK(other.wait().ok());
  REQUIRE(many.wait().ok());
  // One slot stays with the first request, the other serves those who wait; then both are its own.
  const auto steps = bench.stage().steps();
  std::size_t served = 0;
  for (const auto& step : steps) {
    const auto own = static_cast<std::size_t>(std::count(step.begin(), step.end(), 1));
    CHECK(own >= 1);
    if (served < 8) CHECK(own == 1);
    served += step.size() - own;
  }
  CHECK(served == 8);
  CHECK(std::count(steps.begin(), steps.end(), std::vector<int>{1, 1}) > 0);
}

TEST_CASE("The first verified attempt wins and frees the rows of the others",
          "[scheduler][attempts]") {
  Script script;
  script.play = [](Row& row) {
    if (row.tag == 1 && row.input.noise > 0 && row.step == 2) answer_right(row);
  };
  Bench bench(4, script);
  SolveRequest asked = request(question(1), 3, 60);
  asked.symmetries = false;
  asked.noise = 0.5;
  asked.start_noise = 2;
  const auto solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK(solution->verified());
  CHECK(solution->attempt == 1);
  CHECK(solution->attempt_description == "noise 0.5, start noise 2");
  CHECK(solution->steps == 2);
  CHECK(solution->attempts == 5);
  CHECK(solution->total_steps == 3 + 4 * 2);
  CHECK(bench.stage().rows() == Counts{1, 1, 1, 4, 4});
  CHECK(bench.solve(request(question(2), 1)).ok());
}

TEST_CASE("Attempt 0 has no noise; each attempt's seed follows from the request's",
          "[scheduler][attempts]") {
  const auto seeds = [](int slots, std::uint64_t seed) {
    Bench bench(slots);
    SolveRequest asked = request(question(1, {}, 2), 1, 5);
    asked.seed = seed;
    asked.noise = 0.25;
    asked.start_noise = 0.5;
    REQUIRE(bench.solve(std::move(asked)).ok());
    const auto loads = bench.stage().loads();
    REQUIRE(loads.size() == 10);
    std::vector<std::uint64_t> found;
    for (std::size_t i = 0; i < loads.size(); ++i) {
      CHECK(loads[i].input.noise == (i < 2 ? 0.0f : 0.25f));
      CHECK(loads[i].input.start_noise == (i < 2 ? 0.0f : 0.5f));
      found.push_back(loads[i].input.seed);
    }
    return found;
  };
  const auto alone = seeds(2, 7);
  CHECK(seeds(6, 7) == alone);
  const auto other = seeds(2, 8);
  std::set<std::uint64_t> distinct(alone.begin(), alone.end());
  distinct.insert(other.begin(), other.end());
  CHECK(distinct.size() == 20);
}

// Right or wrong by the seed and the step alone.
void play_by_seed(Row& row) {
  Rng rng = Rng::stream(row.input.seed, static_cast<std::uint64_t>(row.step));
  for (Token& token : row.output.tokens) token = rng.chance(0.6) ? 3 : rng.between(0, 2);
  row.output.q_halt = static_cast<float>(rng.uniform());
}

std::string outcome(const Result<Solution>& solution) {
  REQUIRE(solution.ok());
  return probe().format_answer(solution->question, solution->answer) + " " +
         std::to_string(solution->attempt) + " " + std::to_string(solution->steps) + " " +
         std::to_string(solution->attempts) + " " + std::to_string(solution->total_steps) + " " +
         std::string(stopped_name(solution->stopped));
}

// Outcomes of 40 requests, submitted in an order of their own.
std::vector<std::string> outcomes(int slots, LaneOptions options, std::uint64_t order,
                                  int attempts) {
  Script script;
  script.play = play_by_seed;
  Bench bench(slots, script, options);
  std::vector<int> tags(40);
  for (std::size_t i = 0; i < tags.size(); ++i) tags[i] = static_cast<int>(i);
  Rng rng(order);
  rng.shuffle(tags);
  std::map<int, SolveHandle> handles;
  for (const int tag : tags) {
    SolveRequest asked = request(question(tag, {}, 1 + tag % 2), 2, attempts);
    asked.seed = static_cast<std::uint64_t>(tag);
    asked.priority = static_cast<int>(rng.below(3));
    handles.emplace(tag, bench.submit(std::move(asked)));
  }
  std::vector<std::string> all;
  for (auto& [tag, handle] : handles) all.push_back(outcome(handle.wait()));
  return all;
}

TEST_CASE("Answers and winning attempts never depend on load, slots or order",
          "[scheduler][attempts]") {
  const auto alone = outcomes(2, {true, 0}, 1, 5);
  CHECK(std::set<std::string>(alone.begin(), alone.end()).size() > 10);
  CHECK(outcomes(2, {true, 0}, 2, 5) == alone);
  CHECK(outcomes(16, {true, 0}, 3, 5) == alone);
  // Without attempts there is nothing that could run side by side.
  CHECK(outcomes(16, {}, 5, 1) == outcomes(3, {true, 0}, 4, 1));
}

TEST_CASE("An attempt that has settled makes room for the next", "[scheduler][attempts]") {
  Script script;
  script.play = [](Row& row) {
    row.output.tokens.assign(4, static_cast<Token>(std::min(row.step, 3) % 3));
    row.output.confidence.assign(4, 0.5f);
  };
  Bench bench(1, script);
  SolveRequest asked = request(question(1), 100);
  asked.settle_steps = 2;
  auto solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK(solution->stopped == Stopped::settled);
  CHECK(stopped_name(solution->stopped) == "settled");
  CHECK(solution->total_steps == 5);  // 3 boards, then 2 steps without a change

  asked = request(question(1), 100, 3);
  asked.settle_steps = 2;
  solution = bench.solve(std::move(asked));
  REQUIRE(solution.ok());
  CHECK(solution->attempts == 3);
  CHECK(solution->total_steps == 15);

  CHECK(bench.solve(request(question(1), 20))->total_steps == 20);  // off by default
}

TEST_CASE("A board whose confidences still move has not settled", "[scheduler][attempts]") {
  Script script;
  script.play = [](Row& row) {
    row.output.confidence.assign(4, 0.1f + 0.0006f * static_cast<float>(row.step));
  };
  Bench bench(1, script);
  SolveRequest asked = request(question(1), 30);
  asked.settle_steps = 2;
  CHECK(bench.solve(std::move(asked))->stopped == Stopped::max_steps);
}

TEST_CASE("The halt head ends attempts where asked, and where no rules can", "[scheduler]") {
  Script script;
  script.play = [](Row& row) { row.output.q_halt = row.step >= 2 ? 0.9f : 0.1f; };
  Bench bench(2, script);
  CHECK(bench.solve(request(question(1), 6))->stopped == Stopped::max_steps);
  SolveRequest asked = request(question(1), 6);
  asked.halt = true;
  const auto halted = bench.solve(std::move(asked));
  CHECK(halted->stopped == Stopped::halted);
  CHECK(halted->total_steps == 2);
  const auto unchecked = bench.solve(request(question(1, {}, 1, false), 6));
  CHECK(unchecked->stopped == Stopped::halted);
  CHECK(unchecked->verdict.status == Status::plausible);
}

TEST_CASE("Steps are reported with trace only; the end has its confidences either way",
          "[scheduler][trace]") {
  for (const bool trace : {false, true}) {
    Bench bench(3);
    SolveRequest asked = request(question(1), 2, 3);
    asked.trace = trace;
    auto handle = bench.submit(std::move(asked));
    int steps = 0, attempts = 0;
    for (;;) {
      const auto event = handle.next(milliseconds(10'000));
      REQUIRE(event.has_value());
      steps += std::holds_alternative<event::Step>(*event);
      attempts += std::holds_alternative<event::Attempt>(*event);
      if (const auto* done = std::get_if<event::Done>(&*event)) {
        REQUIRE(done->result.ok());
        CHECK(done->result->confidence == std::vector(1, std::vector<float>(4, 0.5f)));
        break;
      }
    }
    CHECK(attempts == 3);
    CHECK(steps == (trace ? 6 : 0));
  }
}

}  // namespace
}  // namespace trm
