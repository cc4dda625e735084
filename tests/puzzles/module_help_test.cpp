#include "puzzles/module_help.h"

#include <cmath>

#include "puzzles/blank/blank.h"
#include "tests/catch.h"

namespace trm {
namespace {

PuzzleInfo info_with(std::vector<std::string> difficulties, std::vector<GenerateOption> options) {
  PuzzleInfo info;
  info.difficulties = std::move(difficulties);
  info.options = std::move(options);
  return info;
}

TEST_CASE("Generator requests are read by what the module says about itself") {
  const PuzzleInfo info =
      info_with({"easy", "hard"}, {{"walls", 0, 0.9, 0, "share of walls"}, {"clues", 1, 9, 1, ""}});
  CHECK(chosen_difficulty(info, {"", "", {}}).value() == -1);
  CHECK(chosen_difficulty(info, {"", "easy", {{"walls", 0.9}}}).value() == 0);
  CHECK(chosen_difficulty(info, {"", "hard", {{"walls", 0}, {"clues", 9}}}).value() == 1);
  const auto refused = [&](const PuzzleInfo& of, GenerateRequest request) {
    const auto found = chosen_difficulty(of, request);
    REQUIRE_FALSE(found.ok());
    return std::string(error_name(found.error().code)) + " " + found.error().field + ": " +
           found.error().message;
  };
  CHECK(refused(info, {"", "Easy", {}}) ==
        "invalid_field difficulty: unknown difficulty Easy: expected easy or hard");
  CHECK(refused(info, {"", "easy", {{"wall", 0.1}}}) ==
        "unknown_field wall: unknown option wall: expected walls or clues");
  CHECK(refused(info, {"", "", {{"walls", 0.91}}}) ==
        "invalid_field walls: walls is out of range: share of walls");
  CHECK(refused(info, {"", "", {{"walls", std::nan("")}}}).find("out of range") !=
        std::string::npos);
  const PuzzleInfo plain = info_with({}, {});
  CHECK(refused(plain, {"", "easy", {}}).find("expected none") != std::string::npos);
  CHECK(refused(plain, {"", "", {{std::string(99, 'x'), 1}}}).size() < 200);
}

TEST_CASE("Answers and players' boards of the question's size are found, others are not") {
  const Question question = blank_puzzle().parse("1../.2.").value();
  const Answer right(Grid(2, 3, 1));
  CHECK(answer_grid(question, right) == &right.best());
  Answer torn(Grid(2, 3, 1)), two = right, many = right, none;
  torn.queries.front().front().cells.pop_back();
  two.queries.front().push_back(Grid(2, 3, 1));
  many.queries.push_back(many.queries.front());
  none.queries.emplace_back();
  for (const Answer& answer : {torn, two, many, none, Answer(), Answer(Grid(3, 2, 1))}) {
    CHECK(answer_grid(question, answer) == nullptr);
  }
  CHECK(player_grid(question, Answer()).value() == &question.grid());
  const auto changed = player_grid(question, right);  // the given 2 became 1
  REQUIRE_FALSE(changed.ok());
  CHECK(changed.error().field == "row 2, column 2");
  CHECK(player_grid(question, torn).error().field == "partial");
  Answer begun(question.grid());
  begun.queries.front().front().at(0, 2) = 2;
  CHECK(player_grid(question, begun).value() == &begun.best());
}

}  // namespace
}  // namespace trm
