// What the tests of the nonogram share.
#pragma once

#include <string_view>

#include "puzzles/nonogram/nonogram_internal.h"
#include "tests/catch.h"

namespace trm::nonogram {

inline const Puzzle& module() { return nonogram_puzzle(); }

inline Question read(std::string_view text) {
  auto question = module().parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

}  // namespace trm::nonogram
