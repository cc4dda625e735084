// Figures of accuracy: samples, bands, images, and judging answers.
#include "bench/tally.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "bench/images.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm::bench {
namespace {

BoardEntry entry(const char* puzzle, const std::string& board, const std::string& label = "") {
  const Puzzle& module = **find_puzzle(puzzle);
  BoardEntry made{module.parse(board).value(), {}, {}, 1};
  if (!label.empty()) made.answer = module.parse_answer(made.question, label).value();
  return made;
}

BoardEntry small_board() { return entry("sudoku", "1.34.41.2.4.4.21", "1234341221434321"); }

Judged judged(bool solved) {
  Judged one;
  one.measured = true;
  one.solved = solved;
  one.steps = 4;
  one.attempts = 2;
  one.seconds = 0.5;
  return one;
}

TEST_CASE("A sample is rising, complete where it must be, and the same on every machine",
          "[accuracy]") {
  CHECK(choose_sample(1'000'000, 4, 7) == std::vector<std::size_t>{85863, 780586, 836290, 927668});
  CHECK(choose_sample(5, 5, 1) == std::vector<std::size_t>{0, 1, 2, 3, 4});
  CHECK(choose_sample(5, 9, 1).size() == 5);
  CHECK(choose_sample(0, 9, 1).empty());
  std::map<std::size_t, int> times;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto sample = choose_sample(10, 3, seed);
    REQUIRE(sample.size() == 3);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    for (const std::size_t i : sample) ++times[i];
  }
  // Each of ten is chosen with probability 0.3: 1200 times, give or take five deviations of 29.
  for (std::size_t i = 0; i < 10; ++i) CHECK(std::abs(times[i] - 1200) < 145);
}

TEST_CASE("An answer called verified that breaks the rules is a false claim", "[accuracy]") {
  const BoardEntry board = small_board();
  Solution solution(board.question);
  solution.answer = *board.answer;
  solution.verdict.status = Status::verified;
  CHECK(judge(board, solution, 1).solved);
  CHECK_FALSE(judge(board, solution, 1).false_claim);
  solution.answer.queries[0][0].cells[0] = 2;
  CHECK_FALSE(judge(board, solution, 1).solved);
  CHECK(judge(board, solution, 1).false_claim);
  solution.verdict.status = Status::unverified;
  CHECK_FALSE(judge(board, solution, 1).false_claim);
  solution.answer = Answer();
  CHECK_FALSE(judge(board, solution, 1).solved);
}

TEST_CASE("Puzzles without checkable rules are judged by their labels", "[accuracy]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (puzzle->info().checks) continue;
    INFO(puzzle->name());
    const Question question = puzzle->parse(puzzle->info().forms.front().example).value();
    BoardEntry board{question, puzzle->start_answer(question), {}, 1};
    Solution solution(question);
    solution.answer = *board.answer;
    CHECK(judge(board, solution, 1).solved);
    board.answer->queries.front().front().cells.front() ^= 1;
    CHECK_FALSE(judge(board, solution, 1).solved);
    board.answer.reset();
    CHECK_FALSE(judge(board, solution, 1).solved);
  }
}

TEST_CASE("A label may stand among several candidates", "[accuracy]") {
  const Grid right(1, 1, 3), wrong(1, 1, 4);
  const Answer label(right);
  Answer answer(wrong);
  CHECK_FALSE(equals_label(answer, label));
  answer.queries[0].push_back(right);
  CHECK(equals_label(answer, label));
  answer.queries.push_back({right});
  CHECK_FALSE(equals_label(answer, label));
  CHECK_FALSE(equals_label(Answer(), label));
}

TEST_CASE("Sums leave out what was not measured", "[accuracy]") {
  std::vector<Judged> boards{judged(true), judged(false), judged(true), Judged()};
  boards[0].exact = true;
  boards[1].exact = false;
  boards[2].false_claim = true;
  const Tally sum = tally(boards);
  CHECK(sum.boards == 3);
  CHECK(sum.solved == 2);
  CHECK(sum.labelled == 2);
  CHECK(sum.exact == 1);
  CHECK(sum.false_claims == 1);
  CHECK(sum.solved_steps == 8);
  Json row = Json::object();
  set_tally(row, sum);
  CHECK(row.find("mean_steps")->as_double() == 4);
  CHECK(row.find("mean_attempts")->as_double() == 2);
  CHECK(row.find("exact_rate")->as_double() == 0.5);
  CHECK(row.find("interval")->as_string() == "(20.8 % to 93.9 %)");
}

TEST_CASE("Differences count boards that both measured", "[accuracy]") {
  const std::vector<Judged> there{judged(true), judged(false), judged(true), judged(true)};
  const std::vector<Judged> here{judged(false), judged(true), judged(false), Judged()};
  const Difference difference = compare(here, there);
  CHECK(difference.won == 1);
  CHECK(difference.lost == 2);
  CHECK(difference.points == Approx(-100.0 / 3));
  CHECK(compare(there, there).points == 0);
}

TEST_CASE("Bands hold every rating once", "[accuracy]") {
  const auto bands = make_bands("0,1,10", {}).value();
  REQUIRE(bands.size() == 4);
  CHECK(bands[0].text() == "below 0");
  CHECK(bands[1].text() == "0 to below 1");
  CHECK(bands[3].text() == "10 and more");
  for (const double rating : {-1.0, 0.0, 0.5, 1.0, 9.9, 10.0, 1e9}) {
    INFO(rating);
    CHECK(std::count_if(bands.begin(), bands.end(),
                        [&](const Band& band) { return band.holds(rating); }) == 1);
  }
  std::vector<BoardEntry> entries(8, small_board());
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].rating = static_cast<double>(i);
  const auto quarters = make_bands("quartiles", entries).value();
  REQUIRE(quarters.size() == 5);  // none is below the least
  CHECK(quarters[2].text() == "2 to below 4");
  for (auto& rated : entries) rated.rating = 5;
  CHECK(make_bands("quartiles", entries)->size() == 2);
  for (const char* bad : {"", "1,1", "2,1", "x", "1,", "nan", "1;2"}) {
    INFO(bad);
    CHECK(make_bands(bad, {}).error().field == "bands");
  }
}

TEST_CASE("Images are the same boards in other clothes, with labels of their own", "[accuracy]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (!puzzle->info().generates || !puzzle->info().solves) continue;
    INFO(puzzle->name());
    std::vector<BoardEntry> entries;
    for (std::uint64_t i = 0; i < 3; ++i) {
      Rng rng(i);
      const Question question = puzzle->generate(rng, {}).value();
      const auto exact = puzzle->solve_exact(question, {1, 200'000}).value();
      entries.push_back({question, puzzle->target(question, exact.solutions.front()), 1.0, 1});
    }
    for (const Images& images : make_images(entries, 5)) {
      INFO(images.kind);
      CHECK(images.kind != "identity");
      REQUIRE(images.boards.size() == entries.size());
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (!images.boards[i]) continue;
        const BoardEntry& image = *images.boards[i];
        CHECK(puzzle->isomorph_key(image.question) == puzzle->isomorph_key(entries[i].question));
        CHECK(puzzle->target(image.question, *image.answer) == *image.answer);
        CHECK(puzzle->check(image.question, *image.answer).conflicts.empty());
      }
    }
  }
}

}  // namespace
}  // namespace trm::bench
