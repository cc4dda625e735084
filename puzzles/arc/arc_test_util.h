// What the module's tests share.
#pragma once

#include <string>
#include <string_view>

#include "puzzles/arc/arc.h"
#include "puzzles/puzzle.h"
#include "tests/catch.h"

namespace trm {

inline const Puzzle& arc_module() { return arc_puzzle(); }

inline Question arc_task(std::string_view text) {
  auto question = arc_module().parse(text);
  if (!question) FAIL(question.error().message);
  return std::move(*question);
}

inline Answer arc_answer(const Question& question, std::string_view text) {
  auto answer = arc_module().parse_answer(question, text);
  if (!answer) FAIL(answer.error().message);
  return std::move(*answer);
}

}  // namespace trm
