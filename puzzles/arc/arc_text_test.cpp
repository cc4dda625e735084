// Tasks and answers as text and JSON: the forms, and what is refused with which words.
#include "puzzles/arc/arc_test_util.h"

namespace trm {
namespace {

const char* const official =
    R"({"train":[{"input":[[1,0],[0,3]],"output":[[0,1],[3,0]]},{"input":[[0,2,3]],"output":[[3,2,0]]}],)"
    R"("test":[{"input":[[1,2,3],[4,5,6]]}]})";
const char* const same_line = "10/03>01/30|023>320|123/456>?";

Json json_of(std::string_view text) {
  auto json = parse_json(text);
  if (!json) FAIL(json.error().message);
  return std::move(*json);
}

Error refused(std::string_view text) {
  const auto question = arc_module().parse(text);
  INFO(text);
  REQUIRE_FALSE(question.ok());
  return question.error();
}

// A task object with one demonstration and one test of these grids.
std::string object(const std::string& input, const std::string& output, const std::string& test) {
  return R"({"train":[{"input":)" + input + R"(,"output":)" + output + R"(}],"test":[{"input":)" +
         test + "}]}";
}

void check_says(const Error& error, const char* words) {
  INFO(error.message);
  CHECK(error.message.find(words) != std::string::npos);
  CHECK_FALSE(error.field.empty());
}

}  // namespace

TEST_CASE("arc: line, JSON and headings are the same task", "[arc]") {
  const Question line = arc_task(same_line);
  CHECK(arc_module().queries(line) == 1);
  CHECK(arc_module().examples(line).size() == 2);
  CHECK(line.grids()[3].name == "demonstration 2, output");
  CHECK(line.grids()[4].name == "test 1, input");
  CHECK(arc_task(official) == line);
  CHECK(arc_task(std::string("  ") + official + "\n") == line);
  CHECK(arc_module().format_line(line) == same_line);
  CHECK(arc_module().format(arc_task(official)) == official);
  const std::string readable =
      "demonstration 1\n10 > 01\n03 > 30\ndemonstration 2\n023 > 320\ntest 1\n123\n456\n";
  CHECK(arc_module().format_readable(line) == readable);
  CHECK(arc_task(readable) == line);
  CHECK(arc_module().format(arc_task(readable)) == readable);
}

TEST_CASE("arc: grids of unequal height stand side by side", "[arc]") {
  const Question question = arc_task("12/34/56>7|8>90/01|2>?|3/4>?");
  const std::string readable =
      "demonstration 1\n12 > 7\n34 >\n56 >\ndemonstration 2\n8 > 90\n  > 01\ntest 1\n2\ntest "
      "2\n3\n4\n";
  CHECK(arc_module().format_readable(question) == readable);
  CHECK(arc_task(readable) == question);
  check_says(refused("demonstration 1\n1 > 2\n  > 3\n1 > 4\ntest 1\n1\n"), "line 4");
  check_says(refused("demonstration 2\n1 > 2\ntest 1\n1\n"), "expected \"demonstration 1\"");
  check_says(refused("test 1\n1\ndemonstration 1\n1 > 2\n"), "come before the tests");
  check_says(refused("demonstration 1\ntest 1\n1\n"), "demonstration 1, input has no rows");
  check_says(refused("demonstration 1\n1 >\ntest 1\n1\n"), "demonstration 1, output has no rows");
  check_says(refused("demonstration 1\n1 > 2\n"), "no test");
  check_says(refused("demonstration 1\n12 > 2\ntest 1\n1x\n"), "line 4, column 2: test 1, input");
}

TEST_CASE("arc: a line that is no task is refused by pair, row and column", "[arc]") {
  check_says(refused("12/3>1|1>?"), "demonstration 1, input, row 2 has 1 cells");
  check_says(refused("12>1|34>5x|1>?"), "column 10: demonstration 2, output, row 1, column 2");
  check_says(refused("12>1|34>|1>?"), "demonstration 2 has no output");
  check_says(refused(">1|1>?"), "demonstration 1, input, row 1 has no cells");
  check_says(refused("1>?|1>2"), "demonstrations come before the tests");
  check_says(refused("1>2"), "no test");
  check_says(refused("1>2|3"), "expected a pair");
  check_says(refused("1>2|1>?\n1>2"), "line 2");
  std::string rows = "1";
  for (int i = 0; i < 29; ++i) rows += "/1";
  CHECK(arc_task(rows + ">?").grid().rows == 30);
  CHECK(refused(rows + "/1>?").code == ErrorCode::too_large);
  CHECK(arc_task(std::string(30, '5') + ">?").grid().cols == 30);
  CHECK(refused(std::string(31, '5') + ">?").code == ErrorCode::too_large);
  std::string many = "1>?";
  for (int i = 0; i < 99; ++i) many += "|1>?";
  CHECK(arc_module().queries(arc_task(many)) == 100);
  CHECK(refused(many + "|1>?").code == ErrorCode::too_large);
}

TEST_CASE("arc: other puzzles' lines are not taken for tasks", "[arc]") {
  for (const char* line : {"1234341221434321", "201/101/103", "0"}) refused(line);
}

TEST_CASE("arc: JSON that is no task is refused by pair, row and column", "[arc]") {
  check_says(refused(object("[[1,2],[3]]", "[[1]]", "[[1]]")),
             "demonstration 1, input, row 2: has 1 cells");
  check_says(refused(object("[[1]]", "[[1,2,12]]", "[[1]]")),
             "demonstration 1, output, row 1, column 3: 12 is no colour");
  check_says(refused(object("[[1]]", "[[1,-1]]", "[[1]]")), "column 2: -1 is no colour");
  check_says(refused(object("[[1]]", "[[1.5]]", "[[1]]")), "column 1: expected a colour");
  check_says(refused(object("[[1]]", "[[1]]", "[]")), "test 1, input: has no rows");
  check_says(refused(object("[[1]]", "[[1]]", "[[]]")), "test 1, input, row 1: has no cells");
  check_says(refused(object("[[1]]", "7", "[[1]]")), "demonstration 1, output: expected an array");
  check_says(refused(R"({"train":[{"input":[[1]]}],"test":[{"input":[[1]]}]})"),
             "demonstration 1: has no output");
  check_says(refused(R"({"train":[],"test":[]})"), "at least one test");
  check_says(refused(R"({"train":[]})"), "test: is missing");
  check_says(refused(R"({"train":[],"test":[{"input":[[1]],"hint":1}]})"), "\"hint\"");
  check_says(refused(R"({"train":[)"), "not JSON");
  std::string tall = "[[1]";
  for (int i = 0; i < 30; ++i) tall += ",[1]";
  const Error too_tall = refused(object("[[1]]", tall + "]", "[[1]]"));
  CHECK(too_tall.code == ErrorCode::too_large);
  check_says(too_tall, "demonstration 1, output has 31 rows");
  // Through the JSON door it is a field that is wrong, in text the text.
  CHECK(refused(R"({"train":[],"test":[]})").code == ErrorCode::invalid_text);
  CHECK(arc_module().from_json(json_of(R"({"train":[],"test":[]})")).error().code ==
        ErrorCode::invalid_field);
  CHECK(
      arc_module().from_json(json_of(R"({"train":[],"test":[{"input":[[1]]}],"name":"x"})")).ok());
}

TEST_CASE("arc: outputs of tests are the answer, not part of the question", "[arc]") {
  const Json both = json_of(
      R"({"train":[],"test":[{"input":[[1]],"output":[[2,2]]},{"input":[[3]],"output":[[4]]}]})");
  const auto question = arc_module().from_json(both);
  REQUIRE(question.ok());
  CHECK(question->grids().size() == 2);
  const auto answer = arc_module().answer_within_json(*question, both);
  REQUIRE(answer.ok());
  REQUIRE(answer->has_value());
  CHECK(**answer == arc_answer(*question, "22|4"));
  CHECK(arc_module().to_json_with_answer(*question, **answer) == both);
  // Some of the outputs only: more likely a mistake than a wish.
  const Json some =
      json_of(R"({"train":[],"test":[{"input":[[1]],"output":[[2]]},{"input":[[3]]}]})");
  const auto partly = arc_module().answer_within_json(*question, some);
  REQUIRE_FALSE(partly.ok());
  check_says(partly.error(), "test 2: has no output");
  const Json ragged = json_of(
      R"({"train":[],"test":[{"input":[[1]],"output":[[2],[]]},{"input":[[3]],"output":[[2]]}]})");
  CHECK_FALSE(arc_module().answer_within_json(*question, ragged).ok());
}

TEST_CASE("arc: answers keep the container of their task", "[arc]") {
  const std::string attempts = R"([{"attempt_1":[[1,2]],"attempt_2":[[3]]}])";
  const auto object_task = arc_module().from_json(json_of(official));
  REQUIRE(object_task.ok());
  const Answer answer = arc_answer(*object_task, "12,3");
  CHECK(arc_module().to_json(*object_task) == json_of(official));
  CHECK(arc_module().answer_to_json(*object_task, answer) == json_of(attempts));
  CHECK(*arc_module().answer_from_json(*object_task, json_of(attempts)) == answer);
  CHECK(*arc_module().answer_from_json(*object_task, json_of("[[[1,2]]]")) ==
        Answer(answer.best()));
  CHECK(*arc_module().answer_from_json(*object_task, json_of("[[1,2]]")) == Answer(answer.best()));
  CHECK(arc_module().format_answer(*object_task, answer) == attempts);

  const Question line_task = arc_task(same_line);
  CHECK(arc_module().format_answer(line_task, answer) == "12,3");
  CHECK(arc_module().answer_to_json(line_task, answer) == Json("12,3"));
  CHECK(arc_module().format_answer_readable(line_task, Answer(answer.best())) == "12\n");
  const auto rows_task = arc_module().from_json(json_of("[[1,2],[3,4]]"));
  REQUIRE(rows_task.ok());
  CHECK(arc_module().answer_to_json(*rows_task, Answer(answer.best())) == json_of("[[1,2]]"));
  CHECK(arc_module().answer_to_json(*rows_task, answer) == json_of(attempts));

  for (const char* wrong : {R"([{"attempt_2":[[1]]}])", "[{}]", "[[[1]],[[2]]]", "[[10]]", "[]",
                            R"([{"attempt_1":[[1],[]]}])", R"({"train":[]})"}) {
    INFO(wrong);
    CHECK_FALSE(arc_module().answer_from_json(*object_task, json_of(wrong)).ok());
  }
  const auto other = arc_module().parse_answer(line_task, "1|2");
  REQUIRE_FALSE(other.ok());
  check_says(other.error(), "the task has 1");
  check_says(arc_module().parse_answer(line_task, "1,2x").error(),
             "test 1, answer, row 1, column 2");
}

}  // namespace trm
