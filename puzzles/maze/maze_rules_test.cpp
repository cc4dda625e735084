// Rules, exact solver and hints, against a brute force that shares no code with them.
#include <set>

#include "puzzles/maze/maze_test_util.h"

using namespace trm;
using namespace trm::maze_test;

namespace {

/// One start, one goal, walls with probability p; perhaps no way.
Question random_maze(Rng& rng, int rows, int cols, double p) {
  Draft draft;
  draft.grids.push_back({"maze", Grid(rows, cols)});
  auto& cells = draft.grids[0].grid.cells;
  for (Cell& cell : cells) cell = rng.chance(p) ? 1 : 0;
  const auto from = rng.below(static_cast<std::uint32_t>(cells.size()));
  auto to = rng.below(static_cast<std::uint32_t>(cells.size()) - 1);
  if (to >= from) ++to;
  cells[from] = 2;
  cells[to] = 3;
  return maze().make(draft).value();
}

/// The shortest of all simple paths from start to goal, as the sets of cells between them.
class BruteForce {
 public:
  explicit BruteForce(const Grid& grid) : grid_(grid) {
    for (int cell = 0; cell < grid.size(); ++cell) {
      if (grid.cells[static_cast<std::size_t>(cell)] == 2) walk(cell);
    }
  }
  std::set<CellSet> shortest;

 private:
  void walk(int cell) {
    if (!shortest.empty() && trail_.size() > shortest.begin()->size() + 1) return;
    const Cell value = grid_.cells[static_cast<std::size_t>(cell)];
    if (value == 1 || trail_.count(cell) > 0) return;
    if (value == 3) return arrive();
    trail_.insert(cell);
    const int row = cell / grid_.cols;
    const int col = cell % grid_.cols;
    if (row > 0) walk(cell - grid_.cols);
    if (row + 1 < grid_.rows) walk(cell + grid_.cols);
    if (col > 0) walk(cell - 1);
    if (col + 1 < grid_.cols) walk(cell + 1);
    trail_.erase(cell);
  }
  void arrive() {
    CellSet between;
    for (const int cell : trail_) {
      if (grid_.cells[static_cast<std::size_t>(cell)] == 0) between.insert(cell);
    }
    if (!shortest.empty() && between.size() < shortest.begin()->size()) shortest.clear();
    if (shortest.empty() || between.size() == shortest.begin()->size()) shortest.insert(between);
  }

  const Grid& grid_;
  CellSet trail_;
};

Answer with_cells(const Question& question, const CellSet& cells) {
  Grid grid = question.grid();
  for (const int cell : cells) grid.cells[static_cast<std::size_t>(cell)] = 4;
  return Answer(grid);
}

}  // namespace

// --- Rules ---------------------------------------------------------------------------------------

TEST_CASE("check accepts exactly the shortest paths of a brute force", "[maze][rules]") {
  Rng rng(5);
  int solvable = 0;
  int several = 0;
  for (int round = 0; round < 160; ++round) {
    const int rows = rng.between(1, 4);
    const int cols = rng.between(rows == 1 ? 2 : 1, 4);
    const Question question = random_maze(rng, rows, cols, 0.3);
    INFO(maze().format_line(question));
    const auto shortest = BruteForce(question.grid()).shortest;
    solvable += !shortest.empty();
    several += shortest.size() > 1;
    CHECK(maze().problems(question).empty() == !shortest.empty());

    std::vector<int> free_cells;
    for (int cell = 0; cell < question.grid().size(); ++cell) {
      if (question.grid().cells[static_cast<std::size_t>(cell)] == 0) free_cells.push_back(cell);
    }
    if (free_cells.size() > 9) continue;
    for (unsigned subset = 0; subset < (1u << free_cells.size()); ++subset) {
      CellSet cells;
      for (std::size_t i = 0; i < free_cells.size(); ++i) {
        if (((subset >> i) & 1u) != 0) cells.insert(free_cells[i]);
      }
      REQUIRE(verified(question, with_cells(question, cells)) == (shortest.count(cells) > 0));
    }
  }
  CHECK(solvable > 40);
  CHECK(several > 10);
}

TEST_CASE("check catches every change of one cell", "[maze][rules]") {
  Rng rng(6);
  for (int round = 0; round < 12; ++round) {
    const Question question = generated(rng, round % 2 == 0 ? "9x7" : "2x12", "medium");
    const Answer right = maze().target(question, Answer());
    REQUIRE(verified(question, right));
    for (std::size_t cell = 0; cell < right.best().cells.size(); ++cell) {
      for (int value = 0; value < 7; ++value) {
        if (right.best().cells[cell] == value) continue;
        Answer wrong = right;
        wrong.queries[0][0].cells[cell] = static_cast<Cell>(value);
        CHECK_FALSE(verified(question, wrong));
      }
    }
  }
}

TEST_CASE("conflicts show what is wrong where", "[maze][rules]") {
  const Question question = parsed("S   /## #/G   ");
  const auto conflicts = [&](std::string_view text) {
    return maze().check(question, answered(question, text)).conflicts;
  };
  CHECK(conflicts("Soo /##o#/Goo ").empty());
  CHECK(mentions(conflicts("So  /##o#/Goo "), 0, 1, "breaks off"));
  CHECK(mentions(conflicts("S   /## #/G   "), 0, 0, "breaks off here, 6 moves"));
  CHECK(mentions(conflicts("Sooo/##o#/Goo "), 0, 3, "no shortest path"));
  CHECK(mentions(conflicts("Soo /#oo#/Goo "), 1, 1, "wall became a path"));
  CHECK(mentions(conflicts("Soo#/##o#/Goo "), 0, 3, "free cell became a wall"));
  CHECK(mentions(conflicts("ooo /##o#/Goo "), 0, 0, "start became a path"));
  CHECK(conflicts("So  /##o#/Goo ").size() == 1);

  const Question open = parsed("S /  / G");
  const auto beside = maze().check(open, answered(open, "So/oo/oG")).conflicts;
  CHECK_FALSE(beside.empty());
  for (const Conflict& conflict : beside) {
    CHECK(conflict.message.find("beside") != std::string::npos);
  }
}

TEST_CASE("check survives answers that are none", "[maze][rules]") {
  const Question question = parsed("S G/");
  CHECK_FALSE(verified(question, Answer()));
  Answer two = answered(question, "SoG/");
  two.queries[0].push_back(two.queries[0][0]);
  CHECK_FALSE(verified(question, two));
  Answer no_candidate;
  no_candidate.queries.resize(1);
  CHECK_FALSE(verified(question, no_candidate));
  CHECK_FALSE(verified(question, Answer(Grid(3, 1))));
  Grid torn(1, 3);
  torn.cells.clear();
  CHECK_FALSE(verified(question, Answer(torn)));
  CHECK_FALSE(verified(parsed("S#G/"), answered(parsed("S#G/"), "S#G/")));
  CHECK_FALSE(verified(parsed("   /"), answered(parsed("   /"), "   /")));
  CHECK(verified(parsed("SG/"), answered(parsed("SG/"), "SG/")));
}

// --- Exact solver, label -------------------------------------------------------------------------

TEST_CASE("solve_exact finds all shortest paths, the label first", "[maze][solve]") {
  Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    const int rows = rng.between(1, 5);
    const int cols = rng.between(rows == 1 ? 2 : 1, 5);
    const Question question = random_maze(rng, rows, cols, 0.25);
    INFO(maze().format_line(question));
    const auto shortest = BruteForce(question.grid()).shortest;
    const auto exact = maze().solve_exact(question, {1000, 1'000'000});
    REQUIRE(exact.ok());
    CHECK(exact->complete);
    std::set<CellSet> found;
    for (const Answer& answer : exact->solutions) {
      CHECK(verified(question, answer));
      found.insert(path_cells(answer.best()));
    }
    CHECK(found.size() == exact->solutions.size());
    CHECK(found == shortest);
    if (shortest.empty()) continue;
    CHECK(maze().target(question, exact->solutions.back()) == exact->solutions.front());

    const int few = static_cast<int>(shortest.size()) - 1;
    const auto limited = maze().solve_exact(question, {few, 1'000'000});
    CHECK(limited->solutions.size() == shortest.size() - 1);
    CHECK_FALSE(limited->complete);
    const auto exactly = maze().solve_exact(question, {few + 1, 1'000'000});
    CHECK(exactly->complete);
  }
}

TEST_CASE("the label prefers down, left, right, up", "[maze][solve]") {
  const auto label = [](std::string_view text) {
    const Question question = parsed(text);
    return maze().format_answer(question, maze().target(question, Answer()));
  };
  CHECK(label("S  /   /  G") == "S  /o  /ooG");
  CHECK(label("  S/   /G  ") == "  S/  o/Goo");
  CHECK(label("G  /   /  S") == "G  /o  /ooS");
  CHECK(label("  G/   /S  ") == "  G/  o/Soo");
  CHECK(label("G  /#  /  S") == "Go /#o / oS");
}

TEST_CASE("search limits", "[maze][solve]") {
  std::string text = "S" + std::string(29, ' ') + "/";
  for (int row = 1; row < 29; ++row) text += std::string(30, ' ') + "/";
  text += std::string(29, ' ') + "G";
  const Question open = parsed(text);
  const auto two = maze().solve_exact(open, {});
  REQUIRE(two.ok());
  CHECK(two->solutions.size() == 2);
  CHECK_FALSE(two->complete);
  const auto starved = maze().solve_exact(open, {2, 10});
  REQUIRE(starved.ok());
  CHECK(starved->solutions.empty());
  CHECK_FALSE(starved->complete);
  const auto no_start = maze().solve_exact(parsed("  G/"), {});
  REQUIRE_FALSE(no_start.ok());
  CHECK(no_start.error().code == ErrorCode::invalid_board);
  CHECK(no_start.error().field == "row 1, column 1");
  const auto walled = maze().solve_exact(parsed("S#G/"), {});
  REQUIRE(walled.ok());
  CHECK((walled->complete && walled->solutions.empty()));
}

TEST_CASE("following hints solves the maze", "[maze][hint]") {
  Rng rng(8);
  for (int round = 0; round < 20; ++round) {
    const Question question = generated(rng, "9x11", "hard");
    Answer answer(question.grid());
    int given = 0;
    while (!verified(question, answer)) {
      const auto hint = maze().hint(question, answer);
      REQUIRE(hint.ok());
      REQUIRE(++given < 99);
      CHECK(hint->value == 4);
      CHECK_FALSE(hint->reason.empty());
      answer.queries[0][0].at(hint->cell.row, hint->cell.col) = hint->value;
    }
    CHECK(answer == maze().target(question, Answer()));
    CHECK_FALSE(maze().hint(question, answer).ok());
  }
}

TEST_CASE("hints continue the player's path and take back wrong cells", "[maze][hint]") {
  const Question question = parsed("S  /   /  G");
  const auto continued = maze().hint(question, answered(question, "Soo/   /  G"));
  REQUIRE(continued.ok());
  CHECK(continued->cell == CellRef{0, 1, 2});
  CHECK(maze().hint(question, Answer())->cell == CellRef{0, 1, 0});

  const Question detour = parsed("S G/   ");
  const auto back = maze().hint(detour, answered(detour, "S G/ o "));
  REQUIRE(back.ok());
  CHECK(back->cell == CellRef{0, 1, 1});
  CHECK(back->value == 0);
  CHECK(maze().hint(parsed("S#G/"), Answer()).error().code == ErrorCode::invalid_board);
  CHECK_FALSE(maze().hint(question, Answer(Grid(1, 1))).ok());
}
