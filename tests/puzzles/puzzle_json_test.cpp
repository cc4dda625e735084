// Defaults of the contract: boards and answers as JSON.
#include "tests/catch.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

namespace {

Json strings(std::initializer_list<const char*> rows) {
  Json array = Json::array();
  for (const char* row : rows) array.push(row);
  return array;
}

Json numbers(const std::vector<std::vector<int>>& rows) {
  Json array = Json::array();
  for (const auto& row : rows) {
    Json cells = Json::array();
    for (const int value : row) cells.push(value);
    array.push(std::move(cells));
  }
  return array;
}

/// "CODE FIELD" of a refusal.
std::string refusal(const Json& board) {
  const auto question = toy().from_json(board);
  if (question.ok()) return "accepted";
  return std::string(error_name(question.error().code)) + " " + question.error().field;
}

}  // namespace

TEST_CASE("a board comes in three containers and leaves in its own", "[puzzle][json]") {
  const Json boards[] = {Json("12\n30"), strings({"12", "30"}), numbers({{1, 2}, {3, 0}})};
  for (const Json& board : boards) {
    const auto question = toy().from_json(board);
    REQUIRE(question.ok());
    CHECK(question->grid() == grid_of(2, 2, {1, 2, 3, 0}));
    CHECK(toy().to_json(*question) == board);
    const Answer answer(grid_of(2, 2, {1, 2, 3, 0}));
    CHECK(toy().answer_to_json(*question, answer) == board);
    const auto back = toy().answer_from_json(*question, board);
    REQUIRE(back.ok());
    CHECK(*back == answer);
  }
}

TEST_CASE("refused boards name the element", "[puzzle][json]") {
  CHECK(refusal(Json()) == "invalid_field board");
  CHECK(refusal(Json(7)) == "invalid_field board");
  CHECK(refusal(Json::object()) == "invalid_field board");
  CHECK(refusal(Json::array()) == "invalid_field board");
  CHECK(refusal(Json::array().push(1)) == "invalid_field board[0]");
  CHECK(refusal(strings({"12"}).push(3)) == "invalid_field board[1]");
  CHECK(refusal(strings({"12", "3\n0"})) == "invalid_field board[1]");
  CHECK(refusal(strings({"12", "3x"})) == "invalid_text line 2");
  CHECK(refusal(numbers({{1, 2}, {3}})) == "invalid_field board[1]");
  CHECK(refusal(numbers({{1, 2}, {3, -1}})) == "invalid_field board[1][1]");
  CHECK(refusal(numbers({{1, 2}, {256, 1}})) == "invalid_field board[1][0]");
  CHECK(refusal(numbers({{}})) == "invalid_field board[0]");
  CHECK(refusal(numbers({{1}}).push("2")) == "invalid_field board[1]");
  CHECK(refusal(numbers({{4}})) == "invalid_board board");
  CHECK(refusal(numbers(std::vector<std::vector<int>>(65, {1}))) == "too_large board");
  CHECK(refusal(numbers({std::vector<int>(65, 1)})) == "too_large board[0]");
  Json halves = Json::array();
  halves.push(Json::array().push(0.5));
  CHECK(refusal(halves) == "invalid_field board[0][0]");
}
