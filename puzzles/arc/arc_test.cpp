// Tokens, judgement, symmetries and drawing of tasks: what the contract tests cannot know.
#include <set>

#include "puzzles/arc/arc_test_util.h"

namespace trm {
namespace {

Token token_at(const std::vector<Token>& tokens, int row, int col) {
  return tokens[static_cast<std::size_t>(row * 30 + col)];
}

int count_of(const std::vector<Token>& tokens, Token token) {
  return static_cast<int>(std::count(tokens.begin(), tokens.end(), token));
}

// The lines that 200 variations make of a task, without any turn.
std::set<std::string> variations_of(std::string_view text) {
  const Question question = arc_task(text);
  Rng rng(6);
  std::set<std::string> lines;
  for (int i = 0; i < 200; ++i)
    lines.insert(
        arc_module().format_line(arc_module().variation(rng, question, 0)->apply(question)));
  return lines;
}

}  // namespace

TEST_CASE("arc: a grid stands at the top left with end markers below and to the right", "[arc]") {
  const Question question = arc_task("123/456>?");
  const auto tokens = arc_module().encode(question, 0);
  REQUIRE(tokens.size() == 900);
  CHECK(token_at(tokens, 0, 0) == 3);
  CHECK(token_at(tokens, 1, 2) == 8);
  for (int col = 0; col < 3; ++col) CHECK(token_at(tokens, 2, col) == 1);
  for (int row = 0; row < 2; ++row) CHECK(token_at(tokens, row, 3) == 1);
  CHECK(token_at(tokens, 2, 3) == 0);  // the official corner has no marker
  CHECK(count_of(tokens, 1) == 5);
  CHECK(count_of(tokens, 0) == 900 - 6 - 5);
  CHECK(arc_module().tokens().vocab == 12);
}

TEST_CASE("arc: end markers that do not fit are left out", "[arc]") {
  const Question wide = arc_task(std::string(30, '7') + ">?");
  CHECK(count_of(arc_module().encode(wide, 0), 1) == 30);
  std::string rows = std::string(30, '0');
  for (int i = 0; i < 29; ++i) rows += "/" + std::string(30, '9');
  const Question full = arc_task(rows + ">?");
  const auto tokens = arc_module().encode(full, 0);
  CHECK(count_of(tokens, 1) == 0);
  CHECK(count_of(tokens, 0) == 0);
  CHECK(*arc_module().decode(full, 0, tokens) == full.grid());
}

TEST_CASE("arc: labels count everything but pads, and no pad is legal", "[arc]") {
  const Question question = arc_task("123/456>?");
  const auto labels = arc_module().encode_answer(question, 0, Grid(4, 1, 9));
  CHECK(count_of(labels, 11) == 4);
  CHECK(count_of(labels, 1) == 4 + 1);
  CHECK(count_of(labels, Puzzle::ignore_label) == 900 - 9);
  const TokenMask mask = arc_module().mask(question, 0);
  for (Token token = 0; token < 12; ++token) CHECK(mask.at(899, token) == (token != 0));
}

TEST_CASE("arc: decode takes the largest rectangle of colours from the corner on", "[arc]") {
  const Question question = arc_task("1>?");
  auto tokens = arc_module().encode(arc_task("1111/2222/3333>?"), 0);
  tokens[1 * 30 + 2] = 1;  // a marker inside: 1x4, 2x2 or 3x2 cells are left
  const auto cropped = arc_module().decode(question, 0, tokens);
  REQUIRE(cropped.ok());
  CHECK(*cropped == arc_task("11/22/33>?").grid());
  tokens[0] = 1;
  const auto nothing = arc_module().decode(question, 0, tokens);
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.error().field == "row 1, column 1");
  CHECK_FALSE(arc_module().decode(question, 0, std::vector<Token>(900, 0)).ok());
}

TEST_CASE("arc: displaced pairs keep input and answer at one place", "[arc]") {
  const Question question = arc_task("12/34>?");
  const Grid answer(5, 7, 6);
  Rng rng(3);
  std::set<int> tops, lefts;
  for (int i = 0; i < 400; ++i) {
    const auto pair = arc_module().encode_displaced(rng, question, 0, answer);
    REQUIRE(pair.has_value());
    const auto first = std::find(pair->tokens.begin(), pair->tokens.end(), 3);
    const auto at = static_cast<int>(first - pair->tokens.begin());
    CHECK(token_at(pair->labels, at / 30, at % 30) == 8);
    CHECK(count_of(pair->labels, 8) == 35);
    tops.insert(at / 30);
    lefts.insert(at % 30);
  }
  CHECK(*tops.rbegin() == 30 - 5);  // the larger of both grids must fit
  CHECK(*lefts.rbegin() == 30 - 7);
  CHECK(tops.size() == 26);
  CHECK(lefts.size() == 24);
  CHECK_FALSE(arc_module().encode_displaced(rng, question, 0, Grid(31, 1)).has_value());
}

TEST_CASE("arc: stored tokens must be one grid with its markers", "[arc]") {
  const Question like = arc_task("9>8|1>?");
  const Question test = arc_task("12/34>?");
  auto tokens = arc_module().encode(test, 0);
  CHECK(*arc_module().question_from_tokens(like, tokens) == test);
  tokens[29 * 30 + 29] = 2;
  const auto stray = arc_module().question_from_tokens(like, tokens);
  REQUIRE_FALSE(stray.ok());
  CHECK(stray.error().field == "row 30, column 30");
}

TEST_CASE("arc: only what the demonstrations show is judged", "[arc]") {
  const Question question = arc_task("1>2|3>4|1>?|5>?");
  const auto judged = [&](const char* answer) {
    return arc_module().check(question, arc_answer(question, answer));
  };
  CHECK(judged("2|6").status == Status::unverified);
  CHECK(judged("2|6").conflicts.empty());
  CHECK(judged("7,2|6").conflicts.empty());  // two candidates count
  const Verdict other = judged("7,8,2|6");
  REQUIRE(other.conflicts.size() == 1);
  CHECK(other.conflicts.front().cell.grid == 0);

  const Question known = arc_task("1>2|3>4|3>?");
  const Verdict plausible = arc_module().check(known, arc_answer(known, "4"));
  CHECK(plausible.status == Status::plausible);
  CHECK(plausible.evidence.find("demonstrations") != std::string::npos);
  CHECK(arc_module().check(known, arc_answer(known, "2")).status == Status::unverified);
}

TEST_CASE("arc: answers that are no grids of colours are named", "[arc]") {
  const Question question = arc_task("1>2|3>?|4>?");
  Answer answer = arc_answer(question, "1|2");
  const auto conflicts = [&] { return arc_module().check(question, answer).conflicts; };
  CHECK(conflicts().empty());
  answer.queries[1].emplace_back(31, 1);
  REQUIRE(conflicts().size() == 1);
  CHECK(conflicts().front().message.find("31x1") != std::string::npos);
  answer.queries[1] = {Grid(2, 2)};
  answer.queries[1].front().at(1, 0) = 10;
  REQUIRE(conflicts().size() == 1);
  CHECK(conflicts().front().cell == CellRef{1, 1, 0});
  answer.queries[1].clear();
  REQUIRE(conflicts().size() == 1);
  answer.queries.pop_back();
  REQUIRE(conflicts().size() == 1);
  CHECK(conflicts().front().message.find("has 2") != std::string::npos);
}

TEST_CASE("arc: drafts are checked by pair and cell", "[arc]") {
  Draft draft = arc_task("1>2|34/56>?").draft();
  draft.grids[2].grid.at(1, 1) = 10;
  const auto colour = arc_module().make(draft);
  REQUIRE_FALSE(colour.ok());
  CHECK(colour.error().field == "test 1, input, row 2, column 2");
  draft.grids[2].grid = Grid(31, 2);
  CHECK(arc_module().make(draft).error().code == ErrorCode::too_large);
  draft.grids.pop_back();
  CHECK_FALSE(arc_module().make(draft).ok());
  draft.params["box"] = 3;
  CHECK_FALSE(arc_module().make(draft).ok());
}

TEST_CASE("arc: all eight turns and many renamings occur, black stays black", "[arc]") {
  const Question question = arc_task("0123456789/0000000000>120|123/000>?");
  Rng rng(2);
  std::set<std::string> turns, names;
  std::set<std::string> images;
  for (int i = 0; i < 300; ++i) {
    const auto symmetry = arc_module().symmetry(rng, question);
    const std::string description = symmetry->description();
    REQUIRE(description.size() == 15);  // t5|||0213456789
    turns.insert(description.substr(0, 2));
    names.insert(description.substr(5));
    CHECK(description[5] == '0');
    const Question mapped = symmetry->apply(question);
    images.insert(arc_module().format_line(mapped));
    for (std::size_t grid = 0; grid < 3; ++grid) {
      CHECK(std::count(mapped.grid(grid).cells.begin(), mapped.grid(grid).cells.end(), 0) ==
            std::count(question.grid(grid).cells.begin(), question.grid(grid).cells.end(), 0));
    }
  }
  CHECK(turns.size() == 8);
  CHECK(names.size() > 290);
  CHECK(images.size() > 290);
}

TEST_CASE("arc: turns are numbered as in the official data sets", "[arc]") {
  // numpy: rot90 (k = 1, 2, 3), fliplr, flipud, T, fliplr(rot90).
  const std::string turned[] = {"123/456", "36/25/14", "654/321",  "41/52/63",
                                "321/654", "456/123",  "14/25/36", "63/52/41"};
  const Question question = arc_task("123/456>?");
  Rng rng(9);
  std::set<int> seen;
  for (int i = 0; i < 200; ++i) {
    const auto symmetry = arc_module().symmetry(rng, question);
    const std::string description = symmetry->description();
    const int kind = description[1] - '0';
    seen.insert(kind);
    std::string expected = turned[kind];
    for (char& c : expected) {
      if (c != '/') c = description[5 + static_cast<std::size_t>(c - '0')];
    }
    CHECK(arc_module().format_line(symmetry->apply(question)) == expected + ">?");
  }
  CHECK(seen.size() == 8);
}

TEST_CASE("arc: variations rename what some demonstration does without", "[arc]") {
  // 1 is in both, so the others are renamed: 8 names, two of them in use.
  const auto lines = variations_of("12>21|13>31|1>?");
  CHECK(lines.size() > 40);
  for (const std::string& line : lines) {
    CHECK(line[0] == '1');
    CHECK(line[1] == line[3]);
    CHECK(line[1] != line[7]);
  }
}

TEST_CASE("arc: where an output has a colour from nowhere, all keep their names", "[arc]") {
  // 2 stands for 5, 3 for 6: no task with other names would tell what 2 stands for.
  CHECK(variations_of("12>15|13>16|12>?").size() == 1);
  CHECK(variations_of("2>02|3>30|4>?").size() > 40);  // black is no such colour
  CHECK(variations_of("2>92|3>39|4>?").size() > 40);  // 9 is in all
  CHECK(variations_of("2>92|3>3|4>?").size() == 1);
}

TEST_CASE("arc: symmetries are read back by their names", "[arc]") {
  const Question question = arc_task("0123456789/0000000000>120|123/000>?");
  Rng rng(4);
  for (int i = 0; i < 200; ++i) {
    const auto symmetry = arc_module().symmetry(rng, question);
    const auto named = arc_module().symmetry_named(symmetry->description());
    if (!named) FAIL(named.error().message);
    CHECK((*named)->description() == symmetry->description());
    CHECK((*named)->apply(question) == symmetry->apply(question));
    CHECK((*named)->inverse()->apply(symmetry->apply(question)) == question);
  }
  const std::pair<const char*, const char*> wrong[] = {
      {"", "has another form"},
      {"identity", "has another form"},
      {"t5|||021345678", "has another form"},
      {"t5|||02134567899", "has another form"},
      {"T5|||0213456789", "has another form"},
      {"t5||00213456789", "has another form"},
      {" t5|||021345678", "has another form"},
      {"t8|||0213456789", "is no turn"},
      {"t-|||0213456789", "is no turn"},
      {"t5|||02134x6789", "is no colour"},
      {"t5|||021346789\xff", "is no colour"},
      {"t5|||0213456788", "two colours the name 8"},
      {"t5|||2013456789", "renames colour 0"}};
  for (const auto& [text, why] : wrong) {
    INFO(text);
    const auto named = arc_module().symmetry_named(text);
    REQUIRE_FALSE(named.ok());
    CHECK(named.error().code == ErrorCode::invalid_text);
    CHECK(named.error().field == "symmetry");
    CHECK(named.error().message.find(why) != std::string::npos);
  }
  CHECK(arc_module().symmetry_named(std::string(1000, 't')).error().message.size() < 200);
}

TEST_CASE("arc: keys tell other pairs apart", "[arc]") {
  const Question a = arc_task("12>?"), b = arc_task("7/4>?"), c = arc_task("11>?");
  CHECK(arc_module().isomorph_key(a) == arc_module().isomorph_key(b));
  CHECK(arc_module().isomorph_key(a) != arc_module().isomorph_key(c));
  // The same input with another rule, and the same rule in other clothes.
  CHECK(arc_module().pair_key(a, arc_answer(a, "21")) ==
        arc_module().pair_key(b, arc_answer(b, "4/7")));
  CHECK(arc_module().pair_key(a, arc_answer(a, "21")) !=
        arc_module().pair_key(b, arc_answer(b, "7/4")));
}

TEST_CASE("arc: an answer is drawn beside its test", "[arc]") {
  class Counter final : public Canvas {
   public:
    void fill_rect(const Rect& rect, Color color) override {
      if (color == 0xff4136ff) red.push_back(rect);
    }
    void line(Point, Point, float, Color) override { ++lines; }
    void fill_circle(Point, float, Color) override {}
    void text(Point, float, std::string_view, Color) override {}
    std::vector<Rect> red;
    int lines = 0;
  };
  const Question question = arc_task("1>1|0>?");
  const Answer answer = arc_answer(question, "22/22");
  View view;
  view.question = &question;
  Counter without, with;
  arc_module().draw(without, view);
  view.answer = &answer;
  arc_module().draw(with, view);
  CHECK(without.red.empty());
  REQUIRE(with.red.size() == 4);
  const Rect input = arc_module().areas(question, view.area).back();
  CHECK(with.red.front().x > input.x + input.width);
  CHECK(with.lines > 0);
}

}  // namespace trm
