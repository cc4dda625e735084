// Line logic, rules, the solver and the generator.
#include <algorithm>
#include <bit>

#include "puzzles/nonogram/nonogram_test_util.h"

namespace trm::nonogram {
namespace {

/// A line written with # . _
Line line_of(std::string_view text) {
  Line line{static_cast<int>(text.size()), 0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') line.filled |= Bits{1} << i;
    if (text[i] == '.') line.empty |= Bits{1} << i;
  }
  return line;
}

std::string text_of(const Line& line) {
  std::string text;
  for (int i = 0; i < line.cells; ++i) {
    const Bits bit = Bits{1} << i;
    text += (line.filled & bit) != 0 ? '#' : (line.empty & bit) != 0 ? '.' : '_';
  }
  return text;
}

std::string settled(std::string_view line, const Clue& clue) {
  const auto found = settle(line_of(line), clue);
  return found ? text_of(*found) : "none";
}

Clue runs_of(Bits filled, int cells) {
  Grid picture(1, cells, empty_cell);
  for (int i = 0; i < cells; ++i) {
    if ((filled >> i & 1u) != 0) picture.cells[static_cast<std::size_t>(i)] = nonogram::filled;
  }
  return clues_of_picture(picture).rows.front();
}

TEST_CASE("nonogram: what a line settles", "[nonogram]") {
  CHECK(settled("__________", {7}) == "___####___");
  CHECK(settled("_____", {1, 3}) == "#.###");
  CHECK(settled("_____", {}) == ".....");
  CHECK(settled("__#__", {1}) == "..#..");
  CHECK(settled("#____", {2, 1}) == "##.__");
  CHECK(settled("__.__", {2}) == "__.__");
  CHECK(settled("_#.__", {2, 1}) == "##.__");
  CHECK(settled("_____", {3, 2}) == "none");
  CHECK(settled("#_#_#", {3}) == "none");
  CHECK(settled("#..", {}) == "none");
  CHECK(settled("_", {1}) == "#");
  CHECK(settled(std::string(30, '_'), {30}) == std::string(30, '#'));
}

TEST_CASE("nonogram: line logic is what trying all placements finds", "[nonogram]") {
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    const int cells = rng.between(1, 11);
    const Bits all = (Bits{1} << cells) - 1;
    // The clue of a random line, and some of its cells, at times with one that is wrong.
    const Bits truth = static_cast<Bits>(rng.next()) & all;
    const Bits shown = static_cast<Bits>(rng.next() & rng.next()) & all;
    const Bits lie = rng.chance(0.2) ? Bits{1} << rng.between(0, cells - 1) : 0;
    const Line line{cells, (truth ^ lie) & shown, ~(truth ^ lie) & shown & all};
    const Clue clue = runs_of(truth, cells);
    Bits always = all, never = all;
    std::int64_t count = 0;
    for (Bits candidate = 0; candidate <= all; ++candidate) {
      const bool fits = (candidate & line.filled) == line.filled && (candidate & line.empty) == 0;
      if (!fits || runs_of(candidate, cells) != clue) continue;
      ++count;
      always &= candidate;
      never &= ~candidate;
    }
    INFO(text_of(line) << " for " << clue_text(clue));
    CHECK(placements(line, clue) == count);
    const auto found = settle(line, clue);
    REQUIRE(found.has_value() == (count > 0));
    if (!found) continue;
    CHECK(found->filled == always);
    CHECK(found->empty == never);
  }
}

TEST_CASE("nonogram: the solver finds all pictures, and says when there are more", "[nonogram]") {
  const Question ambiguous = read("1/1|1/1");
  const auto both = module().solve_exact(ambiguous, {10, 1000});
  REQUIRE(both.ok());
  CHECK(both->solutions.size() == 2);
  CHECK(both->complete);
  const auto one = module().solve_exact(ambiguous, {1, 1000});
  REQUIRE(one.ok());
  CHECK(one->solutions.size() == 1);
  CHECK_FALSE(one->complete);
  const auto none = module().solve_exact(ambiguous, {10, 0});
  REQUIRE(none.ok());
  CHECK_FALSE(none->complete);

  // Every picture of 4x4 cells, against counting.
  const Question clues = read("1 1/2/1/2|1 1/2/2/1");
  int count = 0;
  for (unsigned bits = 0; bits < 1u << 16; ++bits) {
    Grid picture(4, 4, empty_cell);
    for (std::size_t i = 0; i < 16; ++i) {
      if ((bits >> i & 1u) != 0) picture.cells[i] = filled;
    }
    count += clues_of_picture(picture) == clues_of(clues);
  }
  const auto all = module().solve_exact(clues, {100, 100000});
  REQUIRE(all.ok());
  CHECK(all->complete);
  CHECK(static_cast<int>(all->solutions.size()) == count);
  CHECK(count > 0);
}

TEST_CASE("nonogram: given cells choose among pictures", "[nonogram]") {
  const Question given = read("1/1|1/1|#_/__");
  const auto exact = module().solve_exact(given, {});
  REQUIRE(exact.ok());
  REQUIRE(exact->solutions.size() == 1);
  CHECK(exact->complete);
  CHECK(module().format_answer(given, exact->solutions.front()) == "#./.#");
  const auto other = module().parse_answer(given, ".#/#.");
  REQUIRE(other.ok());
  const Verdict verdict = module().check(given, *other);
  CHECK(verdict.status == Status::unverified);
  REQUIRE(verdict.conflicts.size() == 1);
  CHECK(verdict.conflicts.front().cell == CellRef{0, 0, 0});
}

TEST_CASE("nonogram: contradictory and impossible clues are problems with their line",
          "[nonogram]") {
  const auto problem = [](std::string_view text) {
    const auto found = module().problems(read(text));
    REQUIRE_FALSE(found.empty());
    CHECK_FALSE(module().solve_exact(read(text), {}).ok());
    return found.front();
  };
  CHECK(problem("2 1/0/0|1/1/1").cell == CellRef{rows_grid, 0, 1});
  CHECK(problem("2 1/0/0|1/1/1").message == "2 1 needs 4 cells; the line has 3");
  CHECK(problem("0/0|3/0").cell == CellRef{columns_grid, 0, 0});
  CHECK(problem("2/1|1/1").message == "the rows' clues fill 3 cells, the columns' 2");
  const Conflict contradiction = problem("0/2|1/1|#_/__");
  CHECK(contradiction.cell == CellRef{board_grid, 0, 0});
  CHECK(contradiction.message == "row 1 cannot be 0");
  CHECK(module().problems(read("0|0")).empty());
}

TEST_CASE("nonogram: generated pictures are settled as their difficulty says", "[nonogram]") {
  for (const char* size : {"5x5", "10x10", "15x15", "8x12", "20x20", "30x30"}) {
    for (const char* difficulty : {"easy", "medium", "hard"}) {
      const bool hard = std::string_view(difficulty) == "hard";
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        INFO(size << " " << difficulty << " " << seed);
        Rng rng = Rng::stream(seed, 1);
        const auto question = module().generate(rng, {size, difficulty, {}});
        if (!question) FAIL(question.error().message);
        const Clues clues = clues_of(*question);
        Board board(clues, question->grid(board_grid));
        CHECK(board.propagate());
        CHECK(board.complete() == !hard);
        const auto exact = module().solve_exact(*question, {2, 2'000'000});
        REQUIRE(exact.ok());
        CHECK(exact->complete);
        REQUIRE(exact->solutions.size() == 1);
        const Grid& picture = exact->solutions.front().best();
        const auto count = std::count(picture.cells.begin(), picture.cells.end(), filled);
        CHECK(count > picture.size() / 5);
        CHECK(count < picture.size());
      }
    }
  }
}

TEST_CASE("nonogram: sizes and options that it has not are refused", "[nonogram]") {
  Rng rng(1);
  for (const char* size : {"31x5", "5x31", "64x64"}) {
    const auto refused = module().generate(rng, {size, "", {}});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::too_large);
    CHECK(module().empty(size).error().code == ErrorCode::too_large);
  }
  const auto tiny = module().generate(rng, {"1x1", "hard", {}});
  REQUIRE_FALSE(tiny.ok());
  CHECK(tiny.error().code == ErrorCode::exhausted);
  CHECK(module().generate(rng, {"1x1", "", {}}).ok());
}

}  // namespace
}  // namespace trm::nonogram
