// The contract of text and JSON, for every module.
#include <algorithm>
#include <set>

#include "tests/contract/contract.h"

namespace trm {
namespace {

using contract::boards;
using contract::examples;
using contract::modules;
using contract::solved;

TEST_CASE("Modules tell who they are", "[contract]") {
  std::set<std::string> names;
  for (const Puzzle* puzzle : modules()) {
    const PuzzleInfo& info = puzzle->info();
    INFO(info.name);
    CHECK(names.insert(info.name).second);
    CHECK_FALSE(info.title.empty());
    CHECK_FALSE(info.summary.empty());
    CHECK_FALSE(info.rules.empty());
    CHECK_FALSE(info.forms.empty());
    CHECK(info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
          std::string::npos);
    if (info.generates) CHECK_FALSE(info.sizes.empty());
    for (const auto& option : info.options) {
      CHECK(option.minimum <= option.maximum);
      CHECK_FALSE(option.help.empty());
    }
  }
}

TEST_CASE("Questions survive every way of writing them", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::vector<Question> all = boards(*puzzle, 3);
    for (const Question& question : examples(*puzzle)) all.push_back(question);
    for (const Question& question : all) {
      const std::string line = puzzle->format_line(question);
      INFO(line);
      CHECK(line.find_first_of("\r\n") == std::string::npos);
      for (const std::string& text :
           {line, puzzle->format_readable(question), puzzle->format(question)}) {
        const auto again = puzzle->parse(text);
        if (!again) FAIL(again.error().message);
        CHECK(*again == question);
      }
      const auto json = puzzle->from_json(puzzle->to_json(question));
      if (!json) FAIL(json.error().message);
      CHECK(*json == question);
    }
  }
}

TEST_CASE("Answers survive every way of writing them", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 2)) {
      const Answer answer = solved(question);
      const auto text = puzzle->parse_answer(question, puzzle->format_answer(question, answer));
      if (!text) FAIL(text.error().message);
      CHECK(*text == answer);
      CHECK_FALSE(puzzle->format_answer_readable(question, answer).empty());
      const auto json =
          puzzle->answer_from_json(question, puzzle->answer_to_json(question, answer));
      if (!json) FAIL(json.error().message);
      CHECK(*json == answer);
    }
  }
}

TEST_CASE("A board with its answer in one JSON value reads back, where there is such a form",
          "[contract]") {
  int offered = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      const Json json = puzzle->to_json_with_answer(question, answer);
      const auto again = puzzle->from_json(json);
      if (!again) FAIL(again.error().message);
      CHECK(*again == question);
      const auto within = puzzle->answer_within_json(question, json);
      if (!within) FAIL(within.error().message);
      if (!*within) continue;
      ++offered;
      CHECK(**within == answer);
      const auto without = puzzle->answer_within_json(question, puzzle->to_json(question));
      REQUIRE(without.ok());
      CHECK_FALSE(without->has_value());
    }
  }
  CHECK(offered > 0);
}

TEST_CASE("A board given as rows is answered as rows", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    const Question question = boards(*puzzle, 1).front();
    Json rows = Json::array();
    rows.push(puzzle->format_line(question));
    const auto as_rows = puzzle->from_json(rows);
    if (!as_rows) continue;  // a module may read one row otherwise
    CHECK(puzzle->to_json(*as_rows).is_array());
    CHECK(puzzle->answer_to_json(question, solved(question)).is_string());
  }
}

TEST_CASE("Text that is no board is refused with its place", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::vector<std::string> bad{
        "", "\n", "?", std::string(1, '\0'), "\xff\xfe", std::string(100'000, 'x')};
    for (const Question& question : boards(*puzzle, 1)) {
      std::string line = puzzle->format_line(question);
      line[line.size() / 2] = '~';
      bad.push_back(line);
      bad.push_back("~" + line);
    }
    for (const std::string& text : bad) {
      const auto question = puzzle->parse(text);
      INFO(text.substr(0, 80));
      REQUIRE_FALSE(question.ok());
      CHECK_FALSE(question.error().message.empty());
      CHECK_FALSE(question.error().field.empty());
      const ErrorCode code = question.error().code;
      CHECK((code == ErrorCode::invalid_text || code == ErrorCode::too_large ||
             code == ErrorCode::invalid_board));
    }
    CHECK_FALSE(puzzle->from_json(Json(7)).ok());
    CHECK_FALSE(puzzle->from_json(Json::array()).ok());
    CHECK_FALSE(puzzle->from_json(Json::object()).ok());
  }
}

TEST_CASE("Random damage to a board's text never does harm", "[contract]") {
  Rng rng(11);
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : examples(*puzzle)) {
      const std::string line = puzzle->format(question);
      for (int i = 0; i < 200; ++i) {
        std::string text = line;
        const int edits = rng.between(1, 4);
        for (int edit = 0; edit < edits && !text.empty(); ++edit) {
          const std::size_t at = rng.below(static_cast<std::uint32_t>(text.size()));
          switch (rng.below(3)) {
            case 0:
              text[at] = static_cast<char>(rng.between(1, 127));
              break;
            case 1:
              text.erase(at, 1);
              break;
            default:
              text.insert(at, 1, text[rng.below(static_cast<std::uint32_t>(text.size()))]);
          }
        }
        const auto damaged = puzzle->parse(text);
        if (!damaged) continue;
        INFO(text);
        const auto again = puzzle->parse(puzzle->format_line(*damaged));
        REQUIRE(again.ok());
        CHECK(*again == *damaged);
      }
    }
  }
}

TEST_CASE("Edits go through the validating constructor", "[contract]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    const Question question = boards(*puzzle, 1).front();
    const Grid& grid = question.grid();
    const std::string before = puzzle->format_line(question);
    CHECK_FALSE(puzzle->apply(question, SetCell{0, grid.rows, 0, 0}).ok());
    CHECK_FALSE(puzzle->apply(question, SetCell{0, 0, -1, 0}).ok());
    CHECK_FALSE(puzzle->apply(question, SetCell{99, 0, 0, 0}).ok());
    CHECK_FALSE(puzzle->apply(question, SetCell{0, 0, 0, 250}).ok());
    CHECK_FALSE(puzzle->apply(question, Resize{0, 65, 65}).ok());
    CHECK_FALSE(puzzle->apply(question, Resize{0, 0, 3}).ok());
    for (const PaletteEntry& entry : puzzle->palette(question)) {
      const auto edited = puzzle->apply(question, SetCell{0, 0, 0, entry.value});
      if (!edited) continue;  // an answer's value, such as a path
      CHECK(edited->grid().at(0, 0) == entry.value);
      CHECK(puzzle->format_line(question) == before);
    }
    Draft draft = question.draft();
    draft.grids.clear();
    CHECK_FALSE(puzzle->make(draft).ok());
    draft = question.draft();
    draft.grids.front().grid.cells.pop_back();
    CHECK_FALSE(puzzle->make(draft).ok());
  }
}

}  // namespace
}  // namespace trm
