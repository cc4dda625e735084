// Text of any kind through every module's parse, and what parses through the rest of the contract.
//
// Input: one byte that picks the module ('0' the first), then the question; a byte 0 ends it, and
// behind it stands an answer. Without that byte the question's text is tried as the answer as well.
#include <string_view>

#include "puzzles/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/puzzle_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trm;
  if (size == 0) return 0;
  const auto& modules = registered_puzzles();
  const auto number = static_cast<std::uint8_t>(data[0] - '0');
  const Puzzle& puzzle = *modules[number % modules.size()];
  const std::string_view text = fuzz::as_text(data + 1, size - 1);
  const auto end = text.find('\0');
  const bool has_answer = end != std::string_view::npos;
  const auto question = puzzle.parse(text.substr(0, end));
  if (!question) {
    FUZZ_CHECK(!question.error().message.empty(), "an error without words");
    return 0;
  }
  fuzz::check_question(*question, fuzz::seed_of(text));
  fuzz::check_answer_text(*question, has_answer ? text.substr(end + 1) : text);
  return 0;
}
