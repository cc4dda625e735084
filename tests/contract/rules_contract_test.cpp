// The contract of rules, tokens, relations, symmetries and drawing, for every module.
#include <algorithm>
#include <map>
#include <set>

#include "tests/contract/contract.h"

namespace trm {
namespace {

using contract::boards;
using contract::examples;
using contract::modules;
using contract::right;
using contract::solved;

TEST_CASE("Generated boards are clean, solvable, and the same for the same seed", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    Rng rng(1);
    if (!puzzle->info().generates) {
      CHECK(puzzle->generate(rng, {}).error().code == ErrorCode::unsupported);
      continue;
    }
    REQUIRE(puzzle->info().solves);
    const auto once = boards(*puzzle, 3);
    const auto twice = boards(*puzzle, 3);
    CHECK(once == twice);
    CHECK(std::count(once.begin(), once.end(), once.front()) < static_cast<int>(once.size()));
    for (const Question& question : once) {
      INFO(puzzle->format_line(question));
      CHECK(puzzle->problems(question).empty());
      const Answer answer = solved(question);
      CHECK(puzzle->check(question, answer).status == right(*puzzle));
      CHECK(puzzle->check(question, answer).conflicts.empty());
      const Answer target = puzzle->target(question, answer);
      CHECK(puzzle->check(question, target).status == right(*puzzle));
    }
    CHECK_FALSE(puzzle->generate(rng, {"0x0", "", {}}).ok());
    CHECK_FALSE(puzzle->generate(rng, {"999x999", "", {}}).ok());
    CHECK_FALSE(puzzle->generate(rng, {"", "impossible", {}}).ok());
    const auto option = puzzle->generate(rng, {"", "", {{"no such option", 1}}});
    REQUIRE_FALSE(option.ok());
    CHECK(option.error().field == "no such option");
  }
}

TEST_CASE("Modules without a rule solver say so, and their demonstrations give answers",
          "[contract]") {
  int without = 0;
  for (const Puzzle* puzzle : modules()) {
    if (puzzle->info().solves) continue;
    INFO(puzzle->name());
    ++without;
    CHECK_FALSE(puzzle->info().checks);
    for (const Question& question : boards(*puzzle, 1)) {
      CHECK(puzzle->problems(question).empty());
      CHECK(puzzle->solve_exact(question, {}).error().code == ErrorCode::unsupported);
      const Verdict verdict = puzzle->check(question, solved(question));
      CHECK(verdict.status == right(*puzzle));
      CHECK(verdict.conflicts.empty());
    }
  }
  CHECK(without > 0);
}

TEST_CASE("Every wrong cell of an answer is caught", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    if (!puzzle->info().solves) continue;  // no cell is known to be wrong
    // On a small board each cell, on others some.
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      std::set<Cell> values;
      for (int value = 0; value < 20; ++value) values.insert(static_cast<Cell>(value));
      for (const PaletteEntry& entry : puzzle->answer_palette(question)) values.insert(entry.value);
      Rng rng(3);
      for (std::size_t query = 0; query < answer.queries.size(); ++query) {
        const Grid& grid = answer.best(query);
        for (std::size_t cell = 0; cell < grid.cells.size(); ++cell) {
          if (grid.size() > 100 && !rng.chance(100.0 / grid.size())) continue;
          for (const Cell value : values) {
            if (value == grid.cells[cell]) continue;
            Answer wrong = answer;
            wrong.queries[query].front().cells[cell] = value;
            const Verdict verdict = puzzle->check(question, wrong);
            INFO("cell " << cell << " = " << int{value});
            REQUIRE(verdict.status == Status::unverified);
            REQUIRE_FALSE(verdict.conflicts.empty());
          }
        }
      }
    }
  }
}

TEST_CASE("Malformed answers are unverified, not a crash", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      Answer no_candidate;
      no_candidate.queries.resize(static_cast<std::size_t>(puzzle->queries(question)));
      Answer short_cells = solved(question);
      short_cells.queries.front().front().cells.pop_back();
      Answer too_many = solved(question);
      too_many.queries.push_back(too_many.queries.front());
      for (const Answer& answer : {Answer(), no_candidate, Answer(Grid(0, 0)),
                                   Answer(Grid(64, 64, 255)), too_many, short_cells}) {
        CHECK(puzzle->check(question, answer).status == Status::unverified);
        CHECK_FALSE(puzzle->check(question, answer).conflicts.empty());
      }
      CHECK(puzzle->check(question, Answer(Grid(1, 1))).status == Status::unverified);
    }
  }
}

TEST_CASE("Tokens: boards and answers go there and back", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    const TokenSpec& spec = puzzle->tokens();
    CHECK(static_cast<int>(spec.names.size()) == spec.vocab);
    CHECK(std::set<std::string>(spec.names.begin(), spec.names.end()).size() == spec.names.size());
    CHECK((spec.pad >= 0 && spec.pad < spec.vocab && spec.blank >= 0 && spec.blank < spec.vocab));
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      REQUIRE(static_cast<int>(answer.queries.size()) == puzzle->queries(question));
      for (int query = 0; query < puzzle->queries(question); ++query) {
        const TokenLayout layout = puzzle->layout(question, query);
        REQUIRE(static_cast<int>(layout.positions.size()) == layout.size());
        const auto tokens = puzzle->encode(question, query);
        const Grid& grid = answer.best(static_cast<std::size_t>(query));
        const auto labels = puzzle->encode_answer(question, query, grid);
        const TokenMask mask = puzzle->mask(question, query);
        REQUIRE(tokens.size() == layout.positions.size());
        REQUIRE(labels.size() == layout.positions.size());
        REQUIRE(mask.vocab == spec.vocab);
        REQUIRE(mask.legal.size() ==
                layout.positions.size() * static_cast<std::size_t>(spec.vocab));
        std::vector<Token> full = tokens;
        for (int i = 0; i < layout.size(); ++i) {
          const auto at = static_cast<std::size_t>(i);
          CHECK((tokens[at] >= 0 && tokens[at] < spec.vocab));
          const Position& position = layout.positions[at];
          if (labels[at] == Puzzle::ignore_label) {
            // Every cell of the answer counts; what lies behind a smaller answer may not.
            const bool cell = position.answer && position.role == Role::cell;
            CHECK_FALSE((cell && grid.contains(position.row, position.col)));
            continue;
          }
          CHECK(position.answer);
          CHECK(mask.at(i, labels[at]));
          full[at] = labels[at];
        }
        const auto decoded = puzzle->decode(question, query, full);
        if (!decoded) FAIL(decoded.error().message);
        CHECK(*decoded == grid);
        CHECK_FALSE(puzzle->decode(question, query, {}).ok());
        full.assign(full.size(), spec.vocab);
        CHECK_FALSE(puzzle->decode(question, query, full).ok());
      }
    }
  }
}

TEST_CASE("A pair encoded elsewhere in its frame reads back as the same pair", "[contract]") {
  int offered = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      const auto plain = puzzle->encode(question, 0);
      Rng rng(8);
      std::set<std::vector<Token>> different;
      for (int i = 0; i < 8; ++i) {
        const auto pair = puzzle->encode_displaced(rng, question, 0, answer.best());
        if (!pair) break;
        ++offered;
        different.insert(pair->tokens);
        REQUIRE(pair->tokens.size() == plain.size());
        REQUIRE(pair->labels.size() == plain.size());
        const auto back = puzzle->question_from_tokens(question, pair->tokens);
        if (!back) FAIL(back.error().message);
        CHECK(puzzle->encode(*back, 0) == plain);
        std::vector<Token> full = pair->tokens;
        for (std::size_t at = 0; at < full.size(); ++at) {
          if (pair->labels[at] != Puzzle::ignore_label) full[at] = pair->labels[at];
        }
        const auto decoded = puzzle->decode(question, 0, full);
        if (!decoded) FAIL(decoded.error().message);
        CHECK(*decoded == answer.best());
      }
      CHECK(different.size() != 1);
    }
  }
  CHECK(offered > 0);
}

void check_relation(const Relation& relation, int length) {
  INFO(relation.name);
  const auto inside = [&](std::int32_t p) { return p >= 0 && p < length; };
  switch (relation.kind) {
    case RelationKind::groups:
    case RelationKind::line:
      REQUIRE(relation.starts.size() >= 2);
      CHECK(relation.starts.front() == 0);
      CHECK(relation.starts.back() == static_cast<std::int32_t>(relation.members.size()));
      CHECK(std::is_sorted(relation.starts.begin(), relation.starts.end()));
      CHECK(std::all_of(relation.members.begin(), relation.members.end(), inside));
      break;
    case RelationKind::edges:
      CHECK(relation.from.size() == relation.to.size());
      CHECK(relation.from.size() == relation.type.size());
      CHECK(std::all_of(relation.from.begin(), relation.from.end(), inside));
      CHECK(std::all_of(relation.to.begin(), relation.to.end(), inside));
      break;
    case RelationKind::offset:
      REQUIRE(static_cast<int>(relation.neighbour.size()) == length);
      CHECK((relation.dr != 0 || relation.dc != 0));
      CHECK(std::all_of(relation.neighbour.begin(), relation.neighbour.end(),
                        [&](std::int32_t p) { return p == -1 || inside(p); }));
      break;
  }
}

TEST_CASE("Relations are well-formed and named alike on every board", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::set<std::string> names;
    for (const Question& question : boards(*puzzle, 1)) {
      for (int query = 0; query < puzzle->queries(question); ++query) {
        std::set<std::string> here;
        for (const Relation& relation : puzzle->geometry(question, query)) {
          CHECK(here.insert(relation.name).second);
          check_relation(relation, puzzle->layout(question, query).size());
        }
        if (names.empty()) names = here;
        CHECK(here == names);  // weights name the relations that they were trained with
      }
    }
  }
}

TEST_CASE("Symmetries are exact and keep answers right", "[contract]") {
  Rng rng(5);
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      for (int i = 0; i < 12; ++i) {
        const auto symmetry = puzzle->symmetry(rng, question);
        const auto inverse = symmetry->inverse();
        INFO(symmetry->description());
        const Question mapped = symmetry->apply(question);
        CHECK(puzzle->problems(mapped).empty());
        CHECK(inverse->apply(mapped) == question);
        CHECK(inverse->inverse()->apply(question) == mapped);
        const auto named = puzzle->symmetry_named(symmetry->description());
        if (named) {
          CHECK((*named)->apply(question) == mapped);
        } else {
          CHECK(named.error().code == ErrorCode::unsupported);
        }
        const Answer mapped_answer = symmetry->apply(answer);
        CHECK(puzzle->check(mapped, mapped_answer).status == right(*puzzle));
        CHECK(inverse->apply(mapped_answer) == answer);
        CHECK(puzzle->parse(puzzle->format_line(mapped)).ok());
        // Values of cells go the way of the cells.
        std::vector<float> values;
        for (int cell = 0; cell < answer.best().size(); ++cell) {
          values.push_back(static_cast<float>(cell));
        }
        const auto there = symmetry->apply_cells(0, values);
        if (there.empty()) continue;
        CHECK(inverse->apply_cells(0, there) == values);
      }
    }
  }
}

TEST_CASE("Variations are symmetries; those of level 0 leave every cell in its place",
          "[contract]") {
  Rng rng(6);
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    REQUIRE(puzzle->variation_levels() >= 1);
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      for (int i = 0; i < 12; ++i) {
        const int level = i % puzzle->variation_levels();
        const auto variation = puzzle->variation(rng, question, level);
        const Question mapped = variation->apply(question);
        CHECK(variation->inverse()->apply(mapped) == question);
        CHECK(variation->inverse()->apply(variation->apply(answer)) == answer);
        if (level > 0) continue;
        for (int query = 0; query < puzzle->queries(question); ++query) {
          CHECK(puzzle->layout(mapped, query) == puzzle->layout(question, query));
          CHECK(puzzle->content_relations(mapped, query) ==
                puzzle->content_relations(question, query));
        }
      }
    }
  }
}

TEST_CASE(
    "Relations that depend on the cells have the same names everywhere and stay in the layout",
    "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::optional<std::vector<std::string>> names;
    for (const Question& question : boards(*puzzle, 3)) {
      const int length = puzzle->layout(question, 0).size();
      std::vector<std::string> now;
      for (const Relation& relation : puzzle->content_relations(question, 0)) {
        now.push_back(relation.name);
        for (const auto* list :
             {&relation.members, &relation.neighbour, &relation.from, &relation.to}) {
          for (const std::int32_t position : *list) CHECK(position < length);
        }
      }
      CHECK(now == names.value_or(now));
      names = now;
    }
  }
}

TEST_CASE("A question with guesses is the same board, and its answers are the question's",
          "[contract]") {
  Rng rng(8);
  int guessing = 0, solvable = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      for (int i = 0; i < 12; ++i) {
        const auto guessed = puzzle->suppose(rng, question, 1 + i % 3);
        if (!guessed) continue;
        ++guessing;
        CHECK_FALSE(*guessed == question);
        CHECK(guessed->params() == question.params());
        CHECK(puzzle->queries(*guessed) == puzzle->queries(question));
        CHECK(puzzle->layout(*guessed, 0) == puzzle->layout(question, 0));
        if (!puzzle->info().solves) continue;
        const auto exact = puzzle->solve_exact(*guessed, {});
        if (!exact || exact->solutions.empty()) continue;  // a wrong guess
        ++solvable;
        CHECK(puzzle->check(question, exact->solutions.front()).status == right(*puzzle));
      }
    }
  }
  CHECK(guessing > 0);
  CHECK(solvable > 0);
}

TEST_CASE("Isomorphic questions share a key, others do not", "[contract]") {
  Rng rng(6);
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::map<std::string, Question> keys;
    for (const Question& question : boards(*puzzle, 2)) {
      const Answer answer = solved(question);
      const std::string key = puzzle->isomorph_key(question);
      const std::string pair_key = puzzle->pair_key(question, answer);
      for (int i = 0; i < 6; ++i) {
        const auto symmetry = puzzle->symmetry(rng, question);
        INFO(puzzle->format_line(question) << ", " << symmetry->description());
        const Question mapped = symmetry->apply(question);
        CHECK(puzzle->isomorph_key(mapped) == key);
        CHECK(puzzle->pair_key(mapped, symmetry->apply(answer)) == pair_key);
      }
      keys.emplace(key, question);
    }
    // Tiny boards are often isomorphic; all of them being so would mean that the key says nothing.
    CHECK(keys.size() > 1);
    const Question& question = keys.begin()->second;
    for (int cell = 0; cell < question.grid().size(); ++cell) {
      // Another number of cells of some value is another puzzle under every symmetry.
      const auto changed = puzzle->apply(
          question, SetCell{0, cell / question.grid().cols, cell % question.grid().cols, 0});
      if (!changed || *changed == question) continue;
      CHECK(puzzle->isomorph_key(*changed) != keys.begin()->first);
    }
  }
}

TEST_CASE("Questions come back from their tokens, or the module says that it cannot",
          "[contract]") {
  int told = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const auto tokens = puzzle->encode(question, 0);
      const auto back = puzzle->question_from_tokens(question, tokens);
      if (!back) {
        CHECK(back.error().code == ErrorCode::unsupported);
        continue;
      }
      ++told;
      CHECK(puzzle->encode(*back, 0) == tokens);
      // Tokens of one query do not show the others, nor what is shown beside them.
      const bool whole = puzzle->queries(question) == 1 && puzzle->examples(question).empty();
      if (whole) CHECK(*back == question);
      for (const Token wrong : {-1, puzzle->tokens().vocab, 1 << 20}) {
        auto bad = tokens;
        bad.back() = wrong;
        CHECK_FALSE(puzzle->question_from_tokens(question, bad).ok());
      }
      CHECK_FALSE(puzzle->question_from_tokens(question, {}).ok());
    }
  }
  CHECK(told > 10);
}

// Counts what is drawn, and that it lies near the area.
class Recorder final : public Canvas {
 public:
  explicit Recorder(const Rect& area) : area_(area) {}
  void fill_rect(const Rect& rect, Color) override {
    note({rect.x, rect.y});
    note({rect.x + rect.width, rect.y + rect.height});
  }
  void line(Point from, Point to, float, Color) override { note(from), note(to); }
  void fill_circle(Point centre, float, Color) override { note(centre); }
  void text(Point centre, float, std::string_view, Color) override { note(centre); }
  int calls = 0;
  int outside = 0;

 private:
  void note(Point p) {
    ++calls;
    const float slack = 4;
    outside += !(p.x >= area_.x - slack && p.x <= area_.x + area_.width + slack &&
                 p.y >= area_.y - slack && p.y <= area_.y + area_.height + slack);
  }
  Rect area_;
};

TEST_CASE("Boards are drawn inside their area, and clicks find their cells", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::vector<Question> all = boards(*puzzle, 1);
    for (const Question& question : examples(*puzzle)) all.push_back(question);
    for (const Question& question : all) {
      View view;
      view.question = &question;
      view.area = {20, 10, 300, 200};
      view.conflicts = puzzle->problems(question);
      Recorder recorder(view.area);
      puzzle->draw(recorder, view);
      CHECK(recorder.calls > 0);
      CHECK(recorder.outside == 0);
      const auto areas = puzzle->areas(question, view.area);
      REQUIRE(areas.size() == question.grids().size());
      for (std::size_t i = 0; i < areas.size(); ++i) {
        const Grid& grid = question.grid(i);
        const float width = areas[i].width / static_cast<float>(grid.cols);
        const float height = areas[i].height / static_cast<float>(grid.rows);
        const int row = grid.rows - 1, col = grid.cols / 2;
        const Point centre{areas[i].x + (static_cast<float>(col) + 0.5f) * width,
                           areas[i].y + (static_cast<float>(row) + 0.5f) * height};
        const auto hit = puzzle->hit(question, view.area, centre);
        REQUIRE(hit.has_value());
        CHECK(*hit == CellRef{static_cast<int>(i), row, col});
      }
      CHECK_FALSE(puzzle->hit(question, view.area, {-5, -5}).has_value());
    }
    std::set<Cell> values;
    for (const PaletteEntry& entry : puzzle->palette(all.front())) {
      CHECK(values.insert(entry.value).second);
      CHECK_FALSE(entry.name.empty());
    }
    CHECK_FALSE(values.empty());
  }
}

TEST_CASE("Demonstrations are questions and right answers of their own", "[contract]") {
  bool seen = false;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    CHECK(puzzle->answers_per_query() >= 1);
    for (const Question& question : boards(*puzzle, 1)) {
      for (const auto& [shown, answer] : puzzle->examples(question)) {
        seen = true;
        CHECK(puzzle->queries(shown) == 1);
        CHECK(answer.queries.size() == 1);
        CHECK(puzzle->check(shown, answer).conflicts.empty());
        CHECK(puzzle->examples(shown).empty());
        CHECK(puzzle->parse(puzzle->format_line(shown)).ok());
      }
    }
  }
  CHECK(seen);
}

}  // namespace
}  // namespace trm
