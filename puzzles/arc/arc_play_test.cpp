// Drawing tasks and answering them: demonstrations, sizes, and places of answers.
#include <algorithm>
#include <set>

#include "puzzles/arc/arc_test_util.h"
#include "tests/puzzles/recorder.h"

namespace trm {
namespace {

std::string line(const Result<Question>& question) {
  return question ? arc_module().format_line(*question) : question.error().message;
}

}  // namespace

TEST_CASE("arc: a new task has one pair and one test", "[arc][play]") {
  CHECK(line(arc_module().empty("")) == "000/000/000>000/000/000|000/000/000>?");
  CHECK(line(arc_module().empty("1x2")) == "00>00|00>?");
  CHECK(arc_module().empty("30x30").ok());
  CHECK(arc_module().empty("31x30").error().code == ErrorCode::too_large);
}

TEST_CASE("arc: a new demonstration has the sizes of the last one", "[arc][play]") {
  CHECK(arc_module().info().examples);
  const Question task = arc_task("12>1/2|345>6|7>?|8>?");
  const auto added = arc_module().apply(task, AddExample{});
  CHECK(line(added) == "12>1/2|345>6|000>0|7>?|8>?");
  CHECK(added->grids()[4].name == "demonstration 3, input");
  CHECK(added->grids()[6].name == "test 1, input");
  CHECK(line(arc_module().apply(arc_task("7>?"), AddExample{})) == "000/000/000>000/000/000|7>?");
  CHECK(line(arc_module().apply(task, RemoveExample{0})) == "345>6|7>?|8>?");
  CHECK(line(arc_module().apply(arc_task("1>2|7>?"), RemoveExample{0})) == "7>?");
}

TEST_CASE("arc: demonstrations that are not there, or too many, are named", "[arc][play]") {
  const Question task = arc_task("1>2|3>4|5>?");
  CHECK(line(arc_module().apply(task, RemoveExample{2})) ==
        "demonstration 3 does not exist; the task has 1 to 2");
  CHECK(line(arc_module().apply(task, RemoveExample{-1})) ==
        "demonstration 0 does not exist; the task has 1 to 2");
  CHECK(line(arc_module().apply(arc_task("5>?"), RemoveExample{0})) ==
        "demonstration 1 does not exist; the task has none");
  Question full = task;
  for (int i = 2; i < 100; ++i) full = arc_module().apply(full, AddExample{}).value();
  const auto one_more = arc_module().apply(full, AddExample{});
  CHECK(one_more.error().code == ErrorCode::too_large);
  CHECK(one_more.error().message.find("100 demonstrations") != std::string::npos);
}

TEST_CASE("arc: every grid has its own size, 1 to 30", "[arc][play]") {
  const Question task = arc_task("12>34|56>?");
  CHECK(line(arc_module().apply(task, Resize{1, 2, 1})) == "12>3/0|56>?");
  CHECK(line(arc_module().apply(task, Resize{2, 1, 3})) == "12>34|560>?");
  CHECK(arc_module().apply(task, Resize{2, 30, 30}).ok());
  CHECK(line(arc_module().apply(task, Resize{2, 31, 30})) ==
        "test 1, input is 31x30; sides are 1 to 30");
  CHECK_FALSE(arc_module().apply(task, Resize{2, 0, 3}).ok());
  CHECK_FALSE(arc_module().apply(task, Resize{3, 3, 3}).ok());
}

TEST_CASE("arc: players begin with black grids of the tests' sizes", "[arc][play]") {
  const Question task = arc_task("12>34|567>?|8/9>?");
  const Answer start = arc_module().start_answer(task);
  REQUIRE(start.queries.size() == 2);
  CHECK(start.best(0) == Grid(1, 3));
  CHECK(start.best(1) == Grid(2, 1));
  CHECK(arc_module().query_grid(task, 0) == 2);
  CHECK(arc_module().query_grid(task, 1) == 3);
}

TEST_CASE("arc: an unfinished answer is wrong only if it is none", "[arc][play]") {
  const Question known = arc_task("12>34|12>?");  // the demonstrations show the answer
  const auto conflicts = [&](const Answer& answer) {
    return arc_module().partial_conflicts(known, answer).size();
  };
  CHECK(conflicts(arc_answer(known, "30")) == 0);
  CHECK(conflicts(arc_answer(known, "9/9/9")) == 0);
  CHECK(conflicts(Answer()) == 0);
  CHECK(conflicts(Answer(Grid(2, 2, 10))) == 4);
  CHECK(conflicts(Answer(Grid(31, 1))) == 1);
}

TEST_CASE("arc: answers of any size stand in the place that they are drawn in", "[arc][play]") {
  const Question task = arc_task("12>34|567>?|8/9>?");
  View view;
  view.question = &task;
  view.area = {7, 9, 500, 300};
  for (const auto& [rows, cols] : {std::pair{1, 1}, {30, 30}, {1, 30}, {30, 1}, {4, 7}}) {
    Answer answer;
    answer.queries = {{Grid(rows, cols, 2)}, {Grid(cols, rows, 3)}};
    view.answer = &answer;
    const auto places = arc_module().answer_areas(task, answer, view.area);
    const auto picture = test::recorded(view);
    for (std::size_t query = 0; query < 2; ++query) {
      const Color wanted = query == 0 ? 0xff4136ff : 0x2ecc40ff;
      const Grid& grid = answer.best(query);
      std::set<CellRef> filled;
      for (const auto& fill : picture.fills) {
        if (fill.color != wanted) continue;
        const auto cell = cell_at(places[query], grid, test::centre_of(fill.rect));
        if (cell) filled.insert(*cell);
      }
      CHECK(static_cast<int>(filled.size()) == grid.size());
    }
  }
  // Without an answer: a frame where one of the input's size would stand.
  const auto bare = arc_module().answer_areas(task, Answer(), view.area);
  CHECK(bare[0].width / bare[0].height == Approx(3));
}

TEST_CASE("arc: colours are the same by night, lines and arrows are not", "[arc][play]") {
  const Question task = arc_task("0123456789>1|5>?");
  const Answer answer = arc_answer(task, "67");
  View view;
  view.question = &task;
  view.answer = &answer;
  const auto day = test::recorded(view);
  view.dark = true;
  const auto dark = test::recorded(view);
  const auto colours_of = arc_module().palette(task);
  int same = 0;
  REQUIRE(day.fills.size() == dark.fills.size());
  for (std::size_t i = 0; i < day.fills.size(); ++i) {
    const bool cell = std::any_of(colours_of.begin(), colours_of.end(), [&](const auto& entry) {
      return entry.fill == day.fills[i].color;
    });
    CHECK((day.fills[i].color == dark.fills[i].color) == cell);
    same += cell;
  }
  CHECK(same == 10 + 1 + 1 + 2);
  REQUIRE((!day.lines.empty() && day.lines.size() == dark.lines.size()));
  CHECK(contrast(dark.lines.front(), night(0xffffffff)) >= 3);  // the arrow on the ground
  CHECK(contrast(day.lines.front(), 0xffffffff) >= 3);
}

TEST_CASE("arc: doubtful cells of the first answer are drawn smaller", "[arc][play]") {
  const Question task = arc_task("1>1|00>?");
  const Answer answer = arc_answer(task, "22");
  const std::vector<float> confidence = {1, 0.2f};
  const std::vector<float> too_few = {0.5f};
  View view;
  view.question = &task;
  view.answer = &answer;
  const auto widths = [&](const std::vector<float>* values) {
    view.confidence = values;
    std::vector<float> found;
    for (const auto& fill : test::recorded(view).fills) {
      if (fill.color == 0xff4136ff) found.push_back(fill.rect.width);
    }
    return found;
  };
  const auto plain = widths(nullptr), doubt = widths(&confidence);
  REQUIRE((plain.size() == 2 && doubt.size() == 2));
  CHECK(plain[0] == plain[1]);
  CHECK(doubt[0] == plain[0]);
  CHECK(doubt[1] < 0.7f * plain[1]);
  CHECK(widths(&too_few) == plain);
}

}  // namespace trm
