// Structure, tokens, symmetries and drawing of mazes, and the official data set.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "puzzles/maze/maze_test_util.h"

using namespace trm;
using namespace trm::maze_test;

// --- Structure, problems -------------------------------------------------------------------------

TEST_CASE("structure: one grid called maze with values 0 to 3", "[maze]") {
  Draft draft = parsed("S  /  G").draft();
  CHECK(maze().make(draft).ok());
  draft.grids[0].name = "board";
  CHECK_FALSE(maze().make(draft).ok());
  draft.grids[0].name = "maze";
  draft.params["size"] = 3;
  const auto parameter = maze().make(draft);
  REQUIRE_FALSE(parameter.ok());
  CHECK(parameter.error().field == "size");
  CHECK_FALSE(maze().make(Draft{}).ok());
  CHECK(maze().apply(parsed("S  /  G"), SetCell{0, 0, 1, 2}).ok());
  CHECK_FALSE(maze().apply(parsed("S  /  G"), SetCell{0, 0, 1, 4}).ok());
  CHECK_FALSE(maze().apply(parsed("S  /  G"), Resize{0, 1, 1}).ok());
}

TEST_CASE("problems name the cells", "[maze]") {
  CHECK(maze().problems(parsed("S G/")).empty());
  CHECK(mentions(maze().problems(parsed("#  G/")), 0, 0, "no start"));
  CHECK(mentions(maze().problems(parsed("#S  /")), 0, 0, "no goal"));
  CHECK(maze().problems(parsed("    /")).size() == 2);
  const auto two = maze().problems(parsed("S G/ S "));
  CHECK(two.size() == 2);
  CHECK(mentions(two, 0, 0, "more than one start"));
  CHECK(mentions(two, 1, 1, "more than one start"));
  CHECK(mentions(maze().problems(parsed("SG/ G")), 1, 1, "more than one goal"));
  CHECK(mentions(maze().problems(parsed("S#G/")), 0, 2, "no way"));
  CHECK(mentions(maze().problems(parsed("S#/#G")), 1, 1, "no way"));  // diagonals are no moves
}

// --- Tokens --------------------------------------------------------------------------------------

TEST_CASE("tokens are those of the official charset", "[maze][tokens]") {
  CHECK(maze().tokens().vocab == 6);
  CHECK(maze().tokens().names.size() == 6);
  CHECK(maze().tokens().pad == 0);
  CHECK(maze().tokens().blank == 2);
  const Question question = parsed("# S/G #");
  CHECK(maze().encode(question, 0) == std::vector<Token>{1, 2, 3, 4, 2, 1});
  const Answer answer = answered(question, "# S/Go#");
  CHECK(maze().encode_answer(question, 0, answer.best()) == std::vector<Token>{1, 2, 3, 4, 5, 1});
  const auto decoded = maze().decode(question, 0, {1, 2, 3, 4, 5, 1});
  REQUIRE(decoded.ok());
  CHECK(*decoded == answer.best());

  const TokenMask mask = maze().mask(question, 0);
  for (int position = 0; position < 6; ++position) {
    std::set<Token> legal;
    for (Token token = 0; token < 6; ++token) {
      if (mask.at(position, token)) legal.insert(token);
    }
    const Token given = maze().encode(question, 0)[static_cast<std::size_t>(position)];
    CHECK(legal == (given == 2 ? std::set<Token>{2, 5} : std::set<Token>{given}));
  }
}

TEST_CASE("tokens that are no cell are refused with their place", "[maze][tokens]") {
  const Question question = parsed("# S/G #");
  for (const Token token : {0, 6, -1, 1000000}) {
    const auto decoded = maze().decode(question, 0, {1, 2, 3, 4, token, 1});
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.error().code == ErrorCode::invalid_data);
    CHECK(decoded.error().field == "row 2, column 2");
  }
  CHECK_FALSE(maze().decode(question, 0, {1, 2, 3}).ok());
  // Labels of a malformed answer take no part in the loss.
  CHECK(maze().encode_answer(question, 0, Grid(1, 2)) == std::vector<Token>(6, -100));
}

TEST_CASE("layout and relations cover all cells", "[maze][tokens]") {
  const Question question = parsed("S  /#  /  G/   ");
  const TokenLayout layout = maze().layout(question, 0);
  REQUIRE(layout.size() == 12);
  for (int p = 0; p < 12; ++p) {
    const Position expected{Role::cell, true, static_cast<std::int16_t>(p / 3),
                            static_cast<std::int16_t>(p % 3)};
    CHECK(layout.positions[static_cast<std::size_t>(p)] == expected);
  }
  CHECK(maze().geometry(question, 0) == near_relations(layout));
}

// --- Symmetries ----------------------------------------------------------------------------------

TEST_CASE("symmetries map mazes and valid answers, and invert", "[maze][symmetry]") {
  Rng rng(9);
  std::set<std::string> seen;
  for (int round = 0; round < 60; ++round) {
    const Question question = generated(rng, round % 2 == 0 ? "6x9" : "7x7", "medium");
    const Answer answer = maze().target(question, Answer());
    const auto symmetry = maze().symmetry(rng, question);
    seen.insert(symmetry->description());
    const Question mapped = symmetry->apply(question);
    CHECK(maze().problems(mapped).empty());
    CHECK(verified(mapped, symmetry->apply(answer)));
    CHECK(symmetry->inverse()->apply(mapped) == question);
    CHECK(symmetry->inverse()->apply(symmetry->apply(answer)) == answer);
  }
  CHECK(seen.size() == 8);
}

// --- Drawing -------------------------------------------------------------------------------------

namespace {

class Counter final : public Canvas {
 public:
  void fill_rect(const Rect&, Color) override { ++rects; }
  void line(Point, Point, float, Color) override { ++lines; }
  void fill_circle(Point centre, float, Color color) override { dots.push_back({centre, color}); }
  void text(Point, float, std::string_view text, Color) override {
    texts.insert(std::string(text));
  }
  int rects = 0;
  int lines = 0;
  std::vector<std::pair<Point, Color>> dots;
  std::set<std::string> texts;
};

}  // namespace

TEST_CASE("the path is drawn as dots, paler where the model doubts", "[maze][draw]") {
  const Question question = parsed("S  G/");
  View view;
  view.question = &question;
  view.area = {0, 0, 400, 100};
  Counter bare;
  maze().draw(bare, view);
  CHECK(bare.rects == 5);
  CHECK(bare.dots.empty());
  CHECK(bare.texts == std::set<std::string>{"S", "G"});

  const Answer answer = answered(question, "SooG/");
  const std::vector<float> confidence = {1, 1, 0, 1};
  view.answer = &answer;
  view.confidence = &confidence;
  view.conflicts = {{{0, 0, 1}, "marked"}};
  Counter counter;
  maze().draw(counter, view);
  REQUIRE(counter.dots.size() == 2);
  CHECK(counter.dots[0].first.x == Approx(150));
  CHECK(counter.dots[0].first.y == Approx(50));
  CHECK((counter.dots[0].second & 0xff) == 0xff);
  CHECK((counter.dots[1].second & 0xff) < 0x80);
  CHECK(counter.texts == std::set<std::string>{"S", "G"});
  CHECK(counter.lines == 4);

  const Answer none;
  view.answer = &none;
  Counter empty;
  maze().draw(empty, view);
  CHECK(empty.dots.empty());
  Counter nothing;
  maze().draw(nothing, View{});
  CHECK(nothing.rects == 0);
}

// --- The official data set -----------------------------------------------------------------------

namespace {

/// The data set's file: below the folder named by TRM_SHARED, or below ../shared beside the
/// sources.
std::filesystem::path official_file() {
  const char* const named = std::getenv("TRM_SHARED");
  const auto folder = named != nullptr ? std::filesystem::path(named)
                                       : std::filesystem::path(TRM_SOURCE_DIR) / "../shared";
  return folder / "data/maze/maze_hard_train.csv";
}

}  // namespace

TEST_CASE("every official label is verified and equals target()", "[maze][data]") {
  std::ifstream file(official_file());
  if (!file) {
    WARN("skipped: the official mazes are not here (set TRM_SHARED)");
    return;
  }
  std::string line;
  std::getline(file, line);
  REQUIRE(line == "source,question,answer,rating");
  int mazes = 0;
  while (std::getline(file, line)) {
    INFO("maze " << ++mazes);
    const Question question = parsed(line);
    const Answer answer = answered(question, line);
    REQUIRE(verified(question, answer));
    REQUIRE(maze().target(question, Answer()) == answer);
    const auto exact = maze().solve_exact(question, {1, 100'000});
    REQUIRE(exact.ok());
    REQUIRE(exact->solutions.at(0) == answer);
    // The question's notation is the data set's: 900 characters.
    REQUIRE(line.find("," + maze().format_answer(question, answer) + ",") != std::string::npos);
    REQUIRE(line.find("," + maze().format(question) + ",") != std::string::npos);
  }
  CHECK(mazes == 1000);
}
