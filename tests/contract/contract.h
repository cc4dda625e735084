// What the contract tests share: the modules, and boards of each.
#pragma once

#include <string>
#include <vector>

#include "puzzles/blank/blank.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "tests/catch.h"

namespace trm::contract {

/// Every registered module (with the fakes and the renamed template) and the template itself.
inline std::vector<const Puzzle*> modules() {
  std::vector<const Puzzle*> all = registered_puzzles();
  all.push_back(&blank_puzzle());
  return all;
}

/// `count` generated boards of each size and difficulty that the module offers; of large sizes,
/// where hard boards take long, the easiest difficulty only.
inline std::vector<Question> boards(const Puzzle& puzzle, int count) {
  std::vector<Question> all;
  std::vector<std::string> difficulties = puzzle.info().difficulties;
  difficulties.emplace_back();
  for (const std::string& size : puzzle.info().sizes) {
    const auto cells = parse_size(size.substr(0, size.find(':')));
    REQUIRE(cells.ok());
    for (const std::string& difficulty : difficulties) {
      if (cells->rows * cells->cols > 150 && difficulty != difficulties.front()) continue;
      for (int i = 0; i < count; ++i) {
        Rng rng = Rng::stream(7, all.size());
        const auto question = puzzle.generate(rng, {size, difficulty, {}});
        // A small board may have no hard ones: then the generator says so.
        if (!question) {
          INFO(puzzle.name() << " " << size << " " << difficulty);
          CHECK(question.error().code == ErrorCode::exhausted);
          CHECK_FALSE(difficulty.empty());
          break;
        }
        all.push_back(*question);
      }
    }
  }
  REQUIRE_FALSE(all.empty());
  return all;
}

/// The boards of the module's text forms: partly unfinished.
inline std::vector<Question> examples(const Puzzle& puzzle) {
  std::vector<Question> all;
  for (const TextForm& form : puzzle.info().forms) {
    const auto question = puzzle.parse(form.example);
    INFO(puzzle.name() << " " << form.name);
    if (!question) FAIL(question.error().message);
    all.push_back(*question);
  }
  return all;
}

inline Answer solved(const Question& question) {
  const auto exact = question.puzzle().solve_exact(question, {1, 2'000'000});
  if (!exact) FAIL(exact.error().message);
  REQUIRE(exact->solutions.size() == 1);
  return exact->solutions.front();
}

/// The best status that the module can give.
inline Status right(const Puzzle& puzzle) {
  return puzzle.info().checks ? Status::verified : Status::plausible;
}

}  // namespace trm::contract
