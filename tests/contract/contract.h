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

/// `count` generated boards of each size and difficulty that the module offers; of large sizes,
/// where hard boards take long, the easiest difficulty only. Of modules without a generator the
/// boards of their text forms.
inline std::vector<Question> boards(const Puzzle& puzzle, int count) {
  if (!puzzle.info().generates) return examples(puzzle);
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

/// The right answer; of modules without a rule solver some well-formed one: what the first
/// demonstration shows, for every query.
inline Answer solved(const Question& question) {
  const Puzzle& puzzle = question.puzzle();
  if (!puzzle.info().solves) {
    const auto shown = puzzle.examples(question);
    REQUIRE_FALSE(shown.empty());
    Answer answer;
    answer.queries.resize(static_cast<std::size_t>(puzzle.queries(question)),
                          {shown.front().second.best()});
    return answer;
  }
  const auto exact = puzzle.solve_exact(question, {1, 2'000'000});
  if (!exact) FAIL(exact.error().message);
  REQUIRE(exact->solutions.size() == 1);
  return exact->solutions.front();
}

/// The status of solved(): the best that the module can give. Without rules and without a solver
/// nothing is known about it.
inline Status right(const Puzzle& puzzle) {
  if (puzzle.info().checks) return Status::verified;
  return puzzle.info().solves ? Status::plausible : Status::unverified;
}

}  // namespace trm::contract
