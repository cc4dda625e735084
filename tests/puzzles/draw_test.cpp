// Default drawing and picking.
#include "tests/catch.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

namespace {

/// Remembers what was drawn.
class Recorder final : public Canvas {
 public:
  struct Fill {
    Rect rect;
    Color color;
  };
  struct Label {
    Point centre;
    std::string text;
    Color color;
  };
  void fill_rect(const Rect& rect, Color color) override { fills.push_back({rect, color}); }
  void line(Point, Point, float, Color color) override { lines.push_back(color); }
  void fill_circle(Point, float, Color) override {}
  void text(Point centre, float, std::string_view text, Color color) override {
    labels.push_back({centre, std::string(text), color});
  }
  std::vector<Fill> fills;
  std::vector<Color> lines;
  std::vector<Label> labels;
};

Recorder drawn(const View& view) {
  Recorder recorder;
  toy().draw(recorder, view);
  return recorder;
}

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
