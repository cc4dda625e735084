// POST /draw: boards as pictures and values, edited.
#include "http/draw.h"

#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

Json draw(const std::string& body) {
  const auto read = http::read_draw_body(body);
  if (!read) FAIL(read.error().message);
  return http::drawing_to_json(*read);
}

Error refusal(const std::string& body) {
  const auto read = http::read_draw_body(body);
  REQUIRE_FALSE(read.ok());
  return read.error();
}

std::string maze(const std::string& more) {
  return R"({"puzzle":"maze","board":[[2,0],[0,3]])" + more + "}";
}

Json values_of(const Json& drawing) {
  return *drawing.find("grids")->as_array().front().find("values");
}

Json parsed(const char* text) { return parse_json(text).value(); }

TEST_CASE("Every module's boards can be drawn", "[http]") {
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    for (const TextForm& form : puzzle->info().forms) {
      Json body = Json::object().set("puzzle", puzzle->name()).set("board", form.example);
      const Json drawing = draw(body.dump());
      const auto question = puzzle->parse(form.example);
      REQUIRE(question.ok());
      CHECK(drawing.find("line")->as_string() == puzzle->format_line(*question));
      CHECK(drawing.find("svg")->as_string().starts_with("<svg "));
      CHECK(drawing.find("palette")->as_array().size() == puzzle->palette(*question).size());
      const auto& grids = drawing.find("grids")->as_array();
      REQUIRE(grids.size() == question->grids().size());
      for (std::size_t i = 0; i < grids.size(); ++i) {
        const Grid& grid = question->grid(i);
        const auto& rows = grids[i].find("values")->as_array();
        REQUIRE(rows.size() == static_cast<std::size_t>(grid.rows));
        CHECK(rows.back().as_array().back().as_int() == grid.at(grid.rows - 1, grid.cols - 1));
        CHECK(grids[i].find("x")->as_double() + grids[i].find("width")->as_double() <= 600.5);
      }
      CHECK(drawing.find("verdict") == nullptr);
    }
  }
}

TEST_CASE("Edits are applied in their order and come back in the board's notation", "[http]") {
  const Json drawing = draw(maze(
      R"(,"edits":[{"row":0,"col":1,"value":1},{"rows":3,"cols":2},{"grid":0,"row":2,"col":0,"value":1},
      {"row":0,"col":1,"value":0}])"));
  CHECK(*drawing.find("board") == parsed("[[2,0],[0,3],[1,0]]"));
  CHECK(values_of(drawing) == parsed("[[2,0],[0,3],[1,0]]"));
  CHECK(drawing.find("line")->as_string() == "S / G/# ");
  CHECK(drawing.find("problems")->as_array().empty());
  const Json broken = draw(maze(R"(,"edits":[{"row":0,"col":0,"value":0}])"));
  CHECK_FALSE(broken.find("problems")->as_array().empty());
}

TEST_CASE("An answer is drawn over its question, with what the rules say of it", "[http]") {
  const Json right = draw(maze(R"(,"answer":[[2,0],[4,3]],"confidence":[1,0.5,0.25,1])"));
  CHECK(values_of(right) == parsed("[[2,0],[4,3]]"));
  CHECK(right.find("verdict")->find("verified")->as_bool());
  CHECK(*right.find("board") == parsed("[[2,0],[0,3]]"));
  const Json wrong = draw(maze(R"(,"answer":[[2,0],[0,3]],"width":50,"height":40)"));
  CHECK_FALSE(wrong.find("verdict")->find("verified")->as_bool());
  CHECK(wrong.find("svg")->as_string().find("width=\"50\" height=\"40\"") != std::string::npos);
}

TEST_CASE("What cannot be drawn is refused by name", "[http]") {
  const auto refused = [](const std::string& more, ErrorCode code, const std::string& field) {
    INFO(more);
    const Error error = refusal(maze(more));
    CHECK(error.code == code);
    CHECK(error.field == field);
    CHECK_FALSE(error.message.empty());
  };
  refused(R"(,"colour":1)", ErrorCode::unknown_field, "colour");
  refused(R"(,"edits":{})", ErrorCode::invalid_field, "edits");
  refused(R"(,"edits":[1])", ErrorCode::invalid_field, "edits[0]");
  refused(R"(,"edits":[{"row":0,"col":0}])", ErrorCode::invalid_field, "edits[0]");
  refused(R"(,"edits":[{"row":0,"col":0,"value":1,"rows":2}])", ErrorCode::invalid_field,
          "edits[0]");
  refused(R"(,"edits":[{"row":-1,"col":0,"value":1}])", ErrorCode::invalid_field, "edits[0].row");
  refused(R"(,"edits":[{"row":0,"col":0,"value":256}])", ErrorCode::invalid_field,
          "edits[0].value");
  refused(R"(,"edits":[{"grid":1,"row":0,"col":0,"value":1}])", ErrorCode::invalid_field,
          "edits[0].grid");
  refused(R"(,"edits":[{"row":0,"col":0,"to":1}])", ErrorCode::unknown_field, "edits[0].to");
  for (const char* edit : {R"({"row":0,"col":9,"value":1})", R"({"row":0,"col":0,"value":77})",
                           R"({"rows":0,"cols":2})", R"({"rows":99999,"cols":2})",
                           R"({"rows":2147483647,"cols":2147483647})",
                           R"({"row":2147483647,"col":2147483647,"value":1})"}) {
    const Error error = refusal(maze(std::string(R"(,"edits":[)") + edit + "]"));
    CHECK(error.field == "edits[0]");
    CHECK(error.message.starts_with("edits[0]: "));
  }
  refused(R"(,"answer":[[2,300]])", ErrorCode::invalid_field, "answer");
  refused(R"(,"confidence":[1,1,1,1])", ErrorCode::invalid_field, "confidence");
  refused(R"(,"answer":[[2,0],[4,3]],"confidence":[1,1,1])", ErrorCode::invalid_field,
          "confidence");
  refused(R"(,"answer":[[2,0],[4,3]],"confidence":[1,1,1,"a"])", ErrorCode::invalid_field,
          "confidence");
  refused(R"(,"width":15)", ErrorCode::invalid_field, "width");
  refused(R"(,"height":2001)", ErrorCode::invalid_field, "height");
  std::string edits = R"(,"edits":[)";
  for (int i = 0; i < 4097; ++i) {
    edits += std::string(i == 0 ? "" : ",") + R"({"row":0,"col":1,"value":1})";
  }
  refused(edits + "]", ErrorCode::too_large, "edits");
}

}  // namespace
}  // namespace trm
