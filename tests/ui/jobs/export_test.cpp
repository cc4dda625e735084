// Boards and thinking as files.
#include "ui/jobs/export.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "puzzles/svg_canvas.h"
#include "tests/engine/gif.h"
#include "tests/temp_dir.h"
#include "tests/ui/jobs/bench.h"
#include "ui/jobs/marks_drawing.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;
using test::board_of;
using test::content;
using test::files_in;
using test::named;
using test::parsed;
using test::random_thinking;
using test::solution_of;
using test::TempDir;

const std::atomic<bool> going{false}, stopped{true};

/// What lies outside of a picture.
class Edges final : public Canvas {
 public:
  Edges(float width, float height) : width_(width), height_(height) {}
  void fill_rect(const Rect& r, Color) override {
    see(r.x, r.y), see(r.x + r.width, r.y + r.height);
  }
  void line(Point from, Point to, float, Color color) override {
    see(from.x, from.y), see(to.x, to.y);
    lines.push_back(color);
  }
  void fill_circle(Point centre, float radius, Color) override {
    see(centre.x - radius, centre.y - radius), see(centre.x + radius, centre.y + radius);
  }
  void text(Point centre, float, std::string_view text, Color) override {
    see(centre.x, centre.y);
    texts.emplace_back(text);
  }
  bool outside = false;
  std::vector<Color> lines;
  std::vector<std::string> texts;

 private:
  void see(float x, float y) {
    outside |= x < -0.01f || y < -0.01f || x > width_ + 0.01f || y > height_ + 0.01f;
  }
  float width_, height_;
};

// --- Pages ---------------------------------------------------------------------------------------

TEST_CASE("Every puzzle has pages: the board, and the solution on a second one", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const BoardState state = fresh_state(board_of(*puzzle));
    PageOptions options;
    options.note = "an id with <signs> & such";
    const auto plain = page_svgs(state, options);
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].find(xml_escaped(puzzle->info().title)) != std::string::npos);
    CHECK(plain[0].find("an id with &lt;signs&gt; &amp; such") != std::string::npos);
    const auto pixels = svg_to_pixels(plain[0]);
    if (!pixels) FAIL(pixels.error().message);
    CHECK(std::min(pixels->width, pixels->height) == 595);
    CHECK(std::max(pixels->width, pixels->height) == 842);
    if (!puzzle->info().solves) continue;
    const Answer solution = solution_of(state.question);
    options.solution = &solution;
    options.title = "My own";
    const auto both = page_svgs(state, options);
    REQUIRE(both.size() == 2);
    CHECK(both[0].find("My own") != std::string::npos);
    CHECK(both[1].find("My own: solution") != std::string::npos);
    CHECK(svg_to_pixels(both[1]).ok());
  }
}

TEST_CASE("Pages show what was filled in only where it is asked for", "[jobs]") {
  BoardState state = fresh_state(parsed("maze", "S  /   /  G"));
  const auto fresh = page_svgs(state, {}).front();
  state.entries.queries[0][0].at(0, 1) = 4;
  CHECK(page_svgs(state, {}).front() == fresh);
  PageOptions options;
  options.entries = true;
  CHECK(page_svgs(state, options).front() != fresh);
}

TEST_CASE("Pencil marks are printed with the entries, in open cells", "[jobs]") {
  BoardState state = fresh_state(parsed("sudoku", "1....41..1.34..."));
  PageOptions options;
  options.entries = true;
  const auto plain = page_svgs(state, options).front();
  state.marks = {MarkSet(16, 0)};
  state.marks[0][1] = 1 << 2 | 1 << 3;
  state.marks[0][2] = 1 << 4;
  const auto marked = page_svgs(state, options).front();
  CHECK(marked != plain);
  CHECK(page_svgs(state, {}).front() == plain);
  Edges edges(100, 100);
  draw_marks(edges, state, {0, 0, 100, 100}, false);
  CHECK(edges.texts == std::vector<std::string>{"2", "3", "4"});
  CHECK_FALSE(edges.outside);
  state.entries.queries[0][0].at(0, 2) = 3;
  Edges filled(100, 100);
  draw_marks(filled, state, {0, 0, 100, 100}, true);
  CHECK(filled.texts == std::vector<std::string>{"2", "3"});
  CHECK(mark_notes(board_of(named("maze"))).empty());
}

TEST_CASE("Exports that are stopped write nothing", "[jobs]") {
  const TempDir dir;
  const BoardState state = fresh_state(board_of(named("sudoku")));
  const Answer solution = solution_of(state.question);
  PageOptions options;
  options.solution = &solution;
  const Thinking thinking = random_thinking(state.question);
  for (const char* name : {"a.svg", "a.pdf", "a.png"}) {
    CHECK(write_page(dir / name, state, options, &stopped).error().code == ErrorCode::cancelled);
  }
  for (const char* name : {"a.gif", "a.png", "a.json"}) {
    CHECK(write_thinking(dir / name, thinking, 0, &stopped).error().code == ErrorCode::cancelled);
  }
  CHECK(files_in(dir) == 0);
  CHECK(write_page(dir / "a.svg", state, options, &going).ok());
  CHECK(write_thinking(dir / "a.gif", thinking, 0, &going).ok());
  CHECK(files_in(dir) == 3);
}

TEST_CASE("A long animation can be stopped under way", "[jobs]") {
  const TempDir dir;
  Thinking thinking(parsed("maze", "S  /   /  G"));
  for (int i = 1; i <= 128; ++i) {
    Grid answer = thinking.question.grid();
    answer.at(1, i % 3) = 4;
    thinking.steps.push_back({0, 0, i, answer, {}, 0, {}});
  }
  std::atomic<bool> stop{false};
  std::jthread impatient([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stop = true;
  });
  const auto written = write_thinking(dir / "a.gif", thinking, 0, &stop);
  impatient.join();
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().code == ErrorCode::cancelled);
  CHECK(files_in(dir) == 0);
}

TEST_CASE("Wide boards lie on the long side of the paper", "[jobs]") {
  const auto size = [](const std::string& text) {
    const auto pixels = svg_to_pixels(page_svgs(fresh_state(parsed("maze", text)), {}).front());
    REQUIRE(pixels.ok());
    return std::pair(pixels->width, pixels->height);
  };
  CHECK(size("S    /    G") == std::pair(842, 595));
  CHECK(size("S  /   /  G") == std::pair(595, 842));
  CHECK(size("S /  /  /  / G") == std::pair(595, 842));
}

TEST_CASE("Pages are written in the form that their name ends in", "[jobs]") {
  const TempDir dir;
  const BoardState state = fresh_state(board_of(named("sudoku")));
  const Answer solution = solution_of(state.question);
  PageOptions options;
  options.solution = &solution;
  for (const char* name : {"a.svg", "a.pdf", "a.PNG"}) {
    const auto written = write_page(dir / name, state, options);
    if (!written) FAIL(written.error().message);
  }
  CHECK(content(dir / "a.svg").starts_with("<svg "));
  CHECK(content(dir / "a-solution.svg").starts_with("<svg "));
  CHECK(content(dir / "a.pdf").starts_with("%PDF-"));
  CHECK(test::png_size(content(dir / "a.PNG")) == std::pair(1190, 1684));
  CHECK(test::png_size(content(dir / "a-solution.PNG")) == std::pair(1190, 1684));
  CHECK(files_in(dir) == 5);
}

TEST_CASE("Other names are refused, and what cannot be written leaves nothing", "[jobs]") {
  const TempDir dir;
  const BoardState state = fresh_state(board_of(named("sudoku")));
  for (const char* name : {"a.txt", "a", "", ".svg", "a.svg.gz"}) {
    const auto written = write_page(*name == '\0' ? "" : dir / name, state, {});
    REQUIRE_FALSE(written.ok());
    CHECK(written.error().code == ErrorCode::invalid_field);
  }
  const Thinking thinking = random_thinking(state.question);
  for (const char* name : {"none/a.svg", "none/a.pdf", "none/a.png"})
    CHECK(write_page(dir / name, state, {}).error().code == ErrorCode::io_error);
  for (const char* name : {"none/a.gif", "none/a.png", "none/a.json"})
    CHECK(write_thinking(dir / name, thinking, 0).error().code == ErrorCode::io_error);
  CHECK(write_thinking(dir / "a.bmp", thinking, 0).error().code == ErrorCode::invalid_field);
  CHECK(write_thinking(dir / "a.gif", thinking, 99).error().code == ErrorCode::invalid_field);
  CHECK(write_thinking(dir / "a.json", Thinking(state.question), 0).error().code ==
        ErrorCode::invalid_field);
  CHECK(files_in(dir) == 0);
}

// --- Thinking ------------------------------------------------------------------------------------

TEST_CASE("Every puzzle's thinking becomes an animation, a strip and a trace", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const TempDir dir;
    const Thinking thinking = random_thinking(board_of(*puzzle));
    for (const char* name : {"a.gif", "a.png", "a.json"}) {
      const auto written = write_thinking(dir / name, thinking, 0);
      if (!written) FAIL(written.error().message);
    }
    const auto gif = test::read_gif(content(dir / "a.gif"));
    const std::size_t steps = thinking.steps_of(0, 0).size();
    REQUIRE(gif.frames.size() == steps);
    CHECK(gif.endless);
    CHECK(gif.frames.front().pixels.width <= 480);
    CHECK(gif.frames.back().centiseconds == 300);
    if (steps > 1) CHECK(gif.frames.front().centiseconds == 50);
    const auto width = static_cast<std::size_t>(test::png_size(content(dir / "a.png")).first);
    CHECK(width % steps == 0);
    CHECK(width / steps > 200);
    const auto json = parse_json(content(dir / "a.json"));
    REQUIRE(json.ok());
    CHECK(json->find("steps")->as_array().size() == thinking.steps.size());
    CHECK(files_in(dir) == 3);
  }
}

TEST_CASE("A frame shows the board of its step", "[jobs]") {
  const TempDir dir;
  Thinking thinking(parsed("maze", "S  /   /  G"));
  Grid answer = thinking.question.grid();
  answer.at(0, 1) = 4;
  thinking.steps.push_back({0, 0, 1, answer, {}, 0.25f, {}});
  REQUIRE(write_thinking(dir / "one.gif", thinking, 0).ok());
  thinking.steps.push_back({0, 0, 2, answer, {}, 0.25f, {{{0, 0, 1}, "no way on"}}});
  REQUIRE(write_thinking(dir / "two.gif", thinking, 0).ok());
  const auto one = test::read_gif(content(dir / "one.gif"));
  const auto two = test::read_gif(content(dir / "two.gif"));
  REQUIRE(two.frames.size() == 2);
  CHECK(one.frames[0].pixels.width == two.frames[0].pixels.width);

  // The board's middle as draw_step() draws it, found again in the frame.
  const auto [width, height] = std::pair(two.frames[0].pixels.width, two.frames[0].pixels.height);
  SvgCanvas canvas;
  draw_step(canvas, thinking, 1, {12, static_cast<float>(height - 12 - 456), 456, 456}, false);
  const Pixels drawn =
      svg_to_pixels(canvas.document(static_cast<float>(width), static_cast<float>(height))).value();
  std::size_t same = 0, all = 0, unlike_first = 0;
  int furthest = 0;
  for (int y = height - 12 - 456; y < height - 12; ++y) {
    for (int x = 12; x < 12 + 456; ++x, ++all) {
      const auto i = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x));
      const auto difference = [&](const Pixels& a, const Pixels& b) {
        int most = 0;
        for (std::size_t k = i; k < i + 3; ++k)
          most = std::max(most, std::abs(a.rgb[k] - b.rgb[k]));
        return most;
      };
      same += difference(two.frames[1].pixels, drawn) == 0;
      furthest = std::max(furthest, difference(two.frames[1].pixels, drawn));
      unlike_first += difference(two.frames[0].pixels, two.frames[1].pixels) > 0;
    }
  }
  CHECK(same > all * 99 / 100);  // smooth edges have more than 256 colours
  CHECK(furthest < 80);
  CHECK(unlike_first > 1000);  // the conflict's wash instead of the change's frame
}

TEST_CASE("Strips have rows of eight, and long thinking is thinned out", "[jobs]") {
  const TempDir dir;
  const Question question = parsed("maze", "S  /   /  G");
  const auto size_of = [&](int steps) {
    Thinking thinking(question);
    for (int i = 1; i <= steps; ++i) {
      Grid answer = question.grid();
      answer.at(1, i % 3) = 4;
      thinking.steps.push_back({0, 0, i, answer, {}, 0, {}});
    }
    REQUIRE(write_thinking(dir / "a.png", thinking, 0).ok());
    return test::png_size(content(dir / "a.png"));
  };
  const auto one = size_of(1), eight = size_of(8), nine = size_of(9), many = size_of(500);
  CHECK(eight == std::pair(8 * one.first, one.second));
  CHECK(nine == std::pair(8 * one.first, 2 * one.second));
  CHECK(many == std::pair(8 * one.first, 8 * one.second));
}

TEST_CASE("A step is drawn inside its area, changed cells framed, by day and by night", "[jobs]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const Thinking thinking = random_thinking(board_of(*puzzle));
    for (std::size_t i = 0; i < thinking.steps.size(); ++i) {
      Edges day(300, 200), night(300, 200);
      draw_step(day, thinking, i, {0, 0, 300, 200}, false);
      draw_step(night, thinking, i, {0, 0, 300, 200}, true);
      CHECK_FALSE(day.outside);
      const auto framed = static_cast<std::ptrdiff_t>(4 * thinking.changed_at(i).size());
      CHECK(std::count(day.lines.begin(), day.lines.end(), 0xd97706ffu) >= framed);
      CHECK(std::count(night.lines.begin(), night.lines.end(), 0xd97706ffu) == 0);
    }
  }
}

}  // namespace
}  // namespace trm::ui
