// Boards as JSON through every module's from_json, and back.
//
// Input: a board, or {"board": BOARD, "answer": ANSWER}; a bare board is tried as answer as well.
#include "puzzles/json.h"
#include "puzzles/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/puzzle_checks.h"

namespace trm {
namespace {

void check_error(const Error& error) {
  FUZZ_CHECK(!error.message.empty(), "an error without words");
  FUZZ_CHECK(error.code != ErrorCode::internal, error.message);
}

void check_answer_json(const Question& question, const Json& json) {
  const Puzzle& puzzle = question.puzzle();
  const auto answer = puzzle.answer_from_json(question, json);
  if (!answer) {
    check_error(answer.error());
    return;
  }
  fuzz::check_answer(question, *answer);
  // An answer in number rows may hold any values: only what the module can write reads back.
  const Json written = puzzle.answer_to_json(question, *answer);
  const auto again = puzzle.answer_from_json(question, written);
  if (again) {
    FUZZ_CHECK(puzzle.answer_to_json(question, *again) == written, written.dump());
  } else {
    FUZZ_CHECK(puzzle.check(question, *answer).status == Status::unverified, written.dump());
  }
}

}  // namespace
}  // namespace trm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  const auto text = fuzz::as_text(data, size);
  const auto json = parse_json(text);
  if (!json) return 0;
  const Json* board = json->find("board");
  if (board == nullptr) board = &*json;
  const Json* answer = json->find("answer");
  if (answer == nullptr) answer = board;
  for (const Puzzle* puzzle : registered_puzzles()) {
    const auto question = puzzle->from_json(*board);
    if (!question) {
      check_error(question.error());
      continue;
    }
    fuzz::check_question(*question, fuzz::seed_of(text));
    check_answer_json(*question, *answer);
  }
  return 0;
}
