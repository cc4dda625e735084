// Playing mazes: what is wrong on the way, reasons, and how a path looks.
#include "puzzles/maze/maze_test_util.h"
#include "tests/puzzles/recorder.h"

using namespace trm;
using namespace trm::maze_test;

namespace {

std::vector<Conflict> conflicts(const Question& question, std::string_view text) {
  return maze().partial_conflicts(question, answered(question, text));
}

}  // namespace

TEST_CASE("players draw a path; start and goal are moved, not copied", "[maze][play]") {
  const Question question = parsed("S  /  G");
  const auto answers = maze().answer_palette(question);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].value == 0);
  CHECK(answers[1].value == 4);
  CHECK(answers[1].name == "path");
  CHECK(answers[1].key != 0);
  CHECK_FALSE(answers[1].label.empty());
  for (const PaletteEntry& entry : maze().palette(question))
    CHECK(entry.unique == (entry.value == 2 || entry.value == 3));
}

TEST_CASE("an unfinished path is not wrong, wherever its pieces are", "[maze][play]") {
  const Question question = parsed("S   /## #/G   ");
  CHECK(conflicts(question, "S   /## #/G   ").empty());
  CHECK(conflicts(question, "So  /## #/G   ").empty());  // begun at the start
  CHECK(conflicts(question, "S   /## #/Goo ").empty());  // at the goal
  CHECK(conflicts(question, "S   /##o#/G   ").empty());  // in the middle
  CHECK(conflicts(question, "Soo /##o#/Goo ").empty());  // finished
  const Question open = parsed("S  /   /  G");
  CHECK(conflicts(open, "So /   / oG").empty());
}

TEST_CASE("cells that cannot belong to the path are wrong at once", "[maze][play]") {
  const Question question = parsed("S   /## #/G   ");
  CHECK(mentions(conflicts(question, "S  o/## #/G   "), 0, 3, "no shortest path"));
  CHECK(mentions(conflicts(question, "So  /#o #/G   "), 1, 1, "wall became a path"));
  Answer changed(question.grid());
  changed.queries[0][0].at(0, 0) = 4;
  CHECK(mentions(maze().partial_conflicts(question, changed), 0, 0, "start became a path"));

  // A fork: the branch that leads further is the path.
  const Question open = parsed("S  /   /  G");
  const auto fork = conflicts(open, "Soo/o  /  G");
  REQUIRE(fork.size() == 1);
  CHECK(mentions(fork, 1, 0, "another way"));
  // A finished path: what lies beside it is too much.
  CHECK(mentions(conflicts(open, "So /oo / oG"), 0, 1, "beside"));
  // Nothing can be said without ends, nor about an answer of another size.
  CHECK(maze().partial_conflicts(parsed("S  /   "), Answer(parsed("S  /   ").grid())).empty());
  CHECK_FALSE(maze().partial_conflicts(question, Answer(Grid(2, 2))).empty());
}

TEST_CASE("what belongs to some shortest path is never wrong, what belongs to none always is",
          "[maze][play]") {
  Rng rng(21);
  int clean = 0, wrong = 0;
  for (int round = 0; round < 60; ++round) {
    const Question question = generated(rng, round % 2 == 0 ? "4x4" : "5x6", "easy");
    INFO(maze().format_line(question));
    const auto exact = maze().solve_exact(question, {1000, 1'000'000});
    REQUIRE((exact.ok() && exact->complete));
    CellSet useful;
    for (const Answer& path : exact->solutions) {
      const CellSet cells = path_cells(path.best());
      useful.insert(cells.begin(), cells.end());
      Answer partial(question.grid());
      for (const int cell : cells) {
        if (rng.chance(0.6)) partial.queries[0][0].cells[static_cast<std::size_t>(cell)] = 4;
      }
      CHECK(maze().partial_conflicts(question, partial).empty());
      ++clean;
    }
    for (int cell = 0; cell < question.grid().size(); ++cell) {
      const auto at = static_cast<std::size_t>(cell);
      if (question.grid().cells[at] != 0 || useful.contains(cell)) continue;
      Answer partial = exact->solutions.front();
      partial.queries[0][0].cells[at] = 4;
      CHECK_FALSE(maze().partial_conflicts(question, partial).empty());
      ++wrong;
    }
  }
  CHECK(clean > 60);
  CHECK(wrong > 60);
}

TEST_CASE("cells that every way passes have a reason, others have none", "[maze][play]") {
  Rng rng(22);
  int said = 0, silent = 0;
  for (int round = 0; round < 40; ++round) {
    const Question question = generated(rng, "5x6", round % 2 == 0 ? "easy" : "medium");
    INFO(maze().format_line(question));
    const auto exact = maze().solve_exact(question, {1000, 1'000'000});
    REQUIRE((exact.ok() && exact->complete));
    const Answer start = maze().start_answer(question);
    const auto hint = maze().hint(question, start);
    for (int cell = 0; cell < question.grid().size(); ++cell) {
      const CellRef place{0, cell / question.grid().cols, cell % question.grid().cols};
      const bool hinted = hint.ok() && hint->cell == place;
      bool everywhere = true;
      for (const Answer& path : exact->solutions)
        everywhere = everywhere && path.best().at(place.row, place.col) == 4;
      const auto reason = maze().reason(question, start, place, 4);
      CHECK(reason.has_value() == (everywhere || hinted));
      if (everywhere && !hinted) CHECK(reason == "every shortest path passes here");
      CHECK_FALSE(maze().reason(question, start, place, 1).has_value());
      ++(reason ? said : silent);
    }
  }
  CHECK(said > 40);
  CHECK(silent > 100);
}

TEST_CASE("reasons follow the path that was begun, and say what to take back", "[maze][play]") {
  const Question open = parsed("S  /   /  G");
  const auto reason = [&](std::string_view partial, int row, int col, Cell value) {
    return maze().reason(open, answered(open, partial), {0, row, col}, value);
  };
  CHECK_FALSE(reason("S  /   /  G", 1, 2, 4).has_value());  // two other ways
  CHECK(reason("Soo/   /  G", 1, 2, 4) == maze().hint(open, answered(open, "Soo/   /  G"))->reason);
  const Question longer = parsed("S   /  ##/   G");
  CHECK(maze().reason(longer, answered(longer, "So  /  ##/   G"), {0, 2, 2}, 4) ==
        "however the path goes on, it passes here");
  CHECK(maze().reason(longer, Answer(), {0, 2, 2}, 4) == "every shortest path passes here");
  // Two wrong cells: both say what is wrong with them, not only the first, which hint() names.
  const auto two = answered(longer, "S oo/  ##/   G");
  for (const int col : {2, 3})
    CHECK(maze().reason(longer, two, {0, 0, col}, 0) == "no shortest path passes here");
  CHECK_FALSE(maze().reason(longer, two, {0, 2, 2}, 4).has_value());
}

TEST_CASE("hints take back the shorter branch of a fork", "[maze][play]") {
  const Question open = parsed("S  /   /  G");
  const auto hint = maze().hint(open, answered(open, "Soo/o  /  G"));
  REQUIRE(hint.ok());
  CHECK(hint->cell == CellRef{0, 1, 0});
  CHECK(hint->value == 0);
}

TEST_CASE("walls, path and ends can be told apart by day and by night", "[maze][play]") {
  const Question question = parsed("S #/  G");
  const Answer answer = answered(question, "S #/ooG");
  View view;
  view.question = &question;
  view.answer = &answer;
  for (const bool dark : {false, true}) {
    view.dark = dark;
    const auto picture = test::recorded(view);
    REQUIRE(picture.circles.size() == 2);
    REQUIRE(picture.fills.size() == 7);
    const Color ground = picture.fills[2].color, wall = picture.fills[3].color;
    CHECK(contrast(ground, wall) >= 3);
    CHECK(contrast(ground, picture.circles[0]) >= 3);
    CHECK(contrast(ground, picture.fills[1].color) >= 1.5f);  // the start's ground
    CHECK(contrast(ground, picture.fills[6].color) >= 1.5f);
  }
}
