// Default drawing and picking.
#include "tests/catch.h"
#include "tests/puzzles/recorder.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

namespace {

Recorder drawn(const View& view) {
  Recorder recorder;
  toy().draw(recorder, view);
  return recorder;
}

/// A puzzle whose answer stands elsewhere, and takes a value that its question does not know.
class Beside final : public Toy {
 public:
  std::vector<PaletteEntry> answer_palette(const Question&) const override {
    return {{1, "one", "i", '1', 0xff0000ff, 0x000000ff},
            {3, "dot", "*", '3', 0xffffffff, 0x000000ff}};
  }
  std::vector<Rect> areas(const Question&, const Rect& area) const override {
    return {{area.x, area.y, area.width / 2, area.height}};
  }
  std::vector<Rect> answer_areas(const Question&, const Answer&, const Rect& area) const override {
    return {{area.x + area.width / 2, area.y, area.width / 2, area.height}};
  }
};

}  // namespace

TEST_CASE("grid_areas: cells square, side by side, inside the area", "[draw]") {
  Draft draft = board_draft(Grid(2, 3));
  draft.grids.push_back({"second", Grid(4, 1)});
  const Question question = toy().make(draft).value();
  const Rect area{10, 20, 100, 40};
  const auto areas = grid_areas(question, area);
  REQUIRE(areas.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const Grid& grid = question.grid(i);
    CHECK(areas[i].width / static_cast<float>(grid.cols) == Approx(10));
    CHECK(areas[i].height / static_cast<float>(grid.rows) == Approx(10));
    CHECK(areas[i].x >= area.x);
    CHECK(areas[i].y >= area.y);
    CHECK(areas[i].x + areas[i].width <= area.x + area.width + 0.01f);
    CHECK(areas[i].y + areas[i].height <= area.y + area.height + 0.01f);
  }
  CHECK(areas[1].x == Approx(areas[0].x + areas[0].width + 10));
}

TEST_CASE("hit finds each cell and nothing outside", "[draw]") {
  Draft draft = board_draft(Grid(7, 3));
  draft.grids.push_back({"second", Grid(2, 5)});
  const Question question = toy().make(draft).value();
  const Rect area{3, 5, 333, 177};
  const auto areas = grid_areas(question, area);
  for (int i = 0; i < 2; ++i) {
    const Grid& grid = question.grid(static_cast<std::size_t>(i));
    const Rect& rect = areas[static_cast<std::size_t>(i)];
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        const Point centre{
            rect.x + rect.width * (static_cast<float>(col) + 0.5f) / static_cast<float>(grid.cols),
            rect.y +
                rect.height * (static_cast<float>(row) + 0.5f) / static_cast<float>(grid.rows)};
        const auto found = toy().hit(question, area, centre);
        REQUIRE(found.has_value());
        CHECK(*found == CellRef{i, row, col});
      }
    }
  }
  CHECK_FALSE(toy().hit(question, area, {areas[0].x - 1, areas[0].y + 1}).has_value());
  CHECK_FALSE(toy().hit(question, area, {areas[0].x + areas[0].width + 1, areas[0].y + 1}));
}

TEST_CASE("the default draws cells, labels and conflicts", "[draw]") {
  const Question question = toy_question(1, 4, {0, 1, 2, 3});
  View view;
  view.question = &question;
  const Recorder plain = drawn(view);
  CHECK(plain.fills.size() == 5);  // the ground and four cells
  REQUIRE(plain.labels.size() == 3);
  CHECK(plain.labels[0].text == "1");
  CHECK(plain.labels[1].color == 0x444444ffu);
  CHECK(plain.labels[2].text == "3");  // no palette entry: the number
  CHECK(plain.lines.empty());

  view.conflicts = {{{0, 0, 2}, "here"}, {{0, 9, 9}, "outside"}, {{4, 0, 0}, "no such grid"}};
  const Recorder marked = drawn(view);
  CHECK(marked.fills.size() == 6);
  CHECK(marked.lines.size() == 4);
}

TEST_CASE("the default shows the answer, and doubt in what was not given", "[draw]") {
  const Question question = toy_question(1, 3, {2, 0, 0});
  const Answer answer(grid_of(1, 3, {2, 2, 2}));
  const std::vector<float> confidence = {0.1f, 1.0f, 0.1f};
  View view;
  view.question = &question;
  view.answer = &answer;
  view.confidence = &confidence;
  const Recorder recorder = drawn(view);
  REQUIRE(recorder.labels.size() == 3);
  CHECK((recorder.labels[0].color & 0xff) == 0xff);  // given
  CHECK((recorder.labels[1].color & 0xff) == 0xff);  // certain
  CHECK((recorder.labels[2].color & 0xff) < 0x80);   // doubtful
  CHECK((recorder.labels[2].color & 0xff) > 0x20);   // but visible
}

TEST_CASE("the default survives odd views", "[draw]") {
  const Question question = toy_question(1, 2, {1, 2});
  CHECK(drawn(View{}).fills.empty());
  View view;
  view.question = &question;
  const std::vector<float> short_confidence = {0.5f};
  view.confidence = &short_confidence;
  const Answer empty;
  view.answer = &empty;
  CHECK(drawn(view).labels.size() == 2);
  const Answer other_size(grid_of(3, 3, {1, 1, 1, 1, 1, 1, 1, 1, 1}));
  view.answer = &other_size;
  CHECK(drawn(view).labels.size() == 9);
}

TEST_CASE("the default shows what is filled in: blue letters, or a tile on the open cell",
          "[draw]") {
  Draft draft = board_draft(grid_of(1, 4, {0, 3, 0, 0}));
  const Question question = toy().make(draft).value();
  const Answer answer(grid_of(1, 4, {2, 3, 3, 0}));
  View view;
  view.question = &question;
  view.answer = &answer;
  const Recorder recorder = drawn(view);
  REQUIRE(recorder.fills.size() == 1 + 2 + 1 + 2 + 1);
  CHECK(recorder.fills[1].color == 0xffffffffu);  // the open cell
  CHECK(recorder.fills[2].color == 0x333333ffu);
  CHECK(recorder.fills[2].rect.width < recorder.fills[1].rect.width);
  REQUIRE(recorder.labels.size() == 3);
  CHECK(recorder.labels[0].color == 0x444444ffu);

  const Question white = toy_question(1, 2, {0, 0});
  const Answer letters(grid_of(1, 2, {1, 0}));
  view.question = &white;
  view.answer = &letters;
  class Letters final : public Toy {
   public:
    std::vector<PaletteEntry> palette(const Question&) const override {
      return {{0, "empty", "", '0', 0xffffffff, 0x000000ff},
              {1, "one", "1", '1', 0xffffffff, 0x000000ff}};
    }
  } puzzle;
  Recorder entry, given;
  puzzle.draw(entry, view);
  const Question full = toy_question(1, 2, {1, 0});
  view.question = &full;
  puzzle.draw(given, view);
  REQUIRE((entry.labels.size() == 1 && given.labels.size() == 1));
  CHECK(entry.fills.size() == given.fills.size());
  CHECK(given.labels[0].color == 0x000000ffu);
  CHECK(entry.labels[0].color == 0x1d4ed8ffu);
}

TEST_CASE("the default draws an answer where the module puts it, beside its question", "[draw]") {
  const Beside puzzle;
  const Question question = puzzle.make(board_draft(grid_of(1, 2, {1, 0}))).value();
  const Answer answer(grid_of(2, 2, {3, 3, 0, 1}));
  View view;
  view.question = &question;
  view.answer = &answer;
  view.area = {0, 0, 200, 100};
  view.conflicts = {{{0, 1, 1}, "only the answer has this cell"}};
  Recorder recorder;
  puzzle.draw(recorder, view);
  CHECK(recorder.fills.size() == 1 + 2 + 1 + 4 + 1);
  CHECK(recorder.lines.size() == 4);
  REQUIRE(recorder.labels.size() == 4);
  CHECK(recorder.labels[0].centre.x < 100);
  CHECK(recorder.labels[1].text == "*");  // a value of answers only
  CHECK(recorder.labels[1].centre.x > 100);
  CHECK(recorder.labels[3].text == "1");  // the question's looks come first
}

TEST_CASE("the default draws an answer of another size with square cells", "[draw]") {
  const Question question = toy_question(2, 2, {0, 0, 0, 0});
  const Answer answer(grid_of(1, 4, {2, 2, 2, 2}));
  const Rect area{0, 0, 80, 80};
  const auto places = toy().answer_areas(question, answer, area);
  REQUIRE(places.size() == 1);
  CHECK(places[0].height == Approx(20));
  CHECK(places[0].y == Approx(30));
  View view;
  view.question = &question;
  view.answer = &answer;
  view.area = area;
  const Recorder recorder = drawn(view);
  CHECK(recorder.fills.front().rect.height == Approx(20));
  CHECK(recorder.fills.size() == 5);
}

TEST_CASE("the default draws with night colours on a dark ground", "[draw]") {
  const Question question = toy_question(1, 3, {0, 2, 3});
  const Answer answer(grid_of(1, 3, {2, 2, 3}));
  View view;
  view.question = &question;
  view.answer = &answer;
  const Recorder light = drawn(view);
  view.dark = true;
  const Recorder dark = drawn(view);
  REQUIRE(dark.fills.size() == light.fills.size());
  for (std::size_t i = 0; i < light.fills.size(); ++i)
    CHECK(dark.fills[i].color == night(light.fills[i].color));
  REQUIRE(dark.labels.size() == light.labels.size());
  for (std::size_t i = 0; i < light.labels.size(); ++i)
    CHECK(dark.labels[i].color == night(light.labels[i].color));
}

TEST_CASE("the default leaves out answers that are no grids", "[draw]") {
  const Question question = toy_question(1, 2, {1, 2});
  Grid torn(3, 3);
  torn.cells.resize(4);
  View view;
  view.question = &question;
  Answer answers[] = {Answer(torn), Answer(Grid(0, 5)), Answer(grid_of(-1, -1, {1}))};
  for (Answer& answer : answers) {
    answer.queries.push_back({Grid(1, 2)});  // nobody asked
    view.answer = &answer;
    view.conflicts = {{{0, 0, 1}, ""}, {{0, 2, 2}, ""}, {{1, 0, 0}, ""}, {{-1, 0, 0}, ""}};
    const Recorder recorder = drawn(view);
    CHECK(recorder.labels.size() == 2);
    CHECK(recorder.lines.size() == 4);
  }
}
