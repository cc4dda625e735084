// Hostile boards of every module, made of what the contract offers: nothing empty, full, spoilt or
// random is ever called verified wrongly, or waited for without end.
#include "tests/engine/adversarial.h"

#include <algorithm>

namespace trm::adversarial {
namespace {

Question generated(const Puzzle& puzzle, std::uint64_t seed) {
  Rng rng(seed);
  auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                          : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return std::move(*question);
}

void add(std::vector<Board>& boards, const std::string& what, Result<Question> question) {
  if (!question) return;  // no board of the module at all: nothing reaches the solver
  const Truth truth = truth_of(*question);
  boards.push_back({question->puzzle().name() + ", " + what, std::move(*question), truth});
}

/// The question with an answer's cells written into it, but for the last `blanks` that differ.
Result<Question> filled(Question question, const Answer& answer, int blanks) {
  const Puzzle& puzzle = question.puzzle();
  const Grid target = answer.best();
  std::vector<int> open;
  for (int cell = 0; cell < target.size(); ++cell) {
    if (target.cells[static_cast<std::size_t>(cell)] !=
        question.grid().cells[static_cast<std::size_t>(cell)]) {
      open.push_back(cell);
    }
  }
  const int count = static_cast<int>(open.size()) - blanks;
  for (int i = 0; i < count; ++i) {
    const int cell = open[static_cast<std::size_t>(i)];
    auto changed = puzzle.apply(question, SetCell{0, cell / target.cols, cell % target.cols,
                                                  target.cells[static_cast<std::size_t>(cell)]});
    if (!changed) return changed.error();
    question = std::move(*changed);
  }
  return question;
}

/// The question with `count` cells set to values of its palette at random.
Result<Question> spoilt(Question question, int count, Rng& rng) {
  const Puzzle& puzzle = question.puzzle();
  const auto palette = puzzle.palette(question);
  for (int i = 0; i < count; ++i) {
    const Grid& grid = question.grid();
    const auto& entry = palette[rng.below(static_cast<std::uint32_t>(palette.size()))];
    auto changed = puzzle.apply(question, SetCell{0, rng.between(0, grid.rows - 1),
                                                  rng.between(0, grid.cols - 1), entry.value});
    if (!changed) return changed.error();
    question = std::move(*changed);
  }
  return question;
}

std::vector<Board> hostile_boards(const Puzzle& puzzle) {
  std::vector<Board> boards;
  add(boards, "empty", puzzle.empty(""));
  for (const std::string& size : puzzle.info().sizes) {
    add(boards, "empty " + size, puzzle.empty(size));
  }
  Rng rng(11);
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const Question question = generated(puzzle, seed);
    add(boards, "as generated", question);
    if (puzzle.info().solves) {
      const auto exact = puzzle.solve_exact(question, {1, 200'000});
      REQUIRE(exact.ok());
      const Answer& answer = exact->solutions.front();
      if (puzzle.queries(question) == 1 && answer.best().rows == question.grid().rows &&
          answer.best().cols == question.grid().cols) {
        add(boards, "filled in", filled(question, answer, 0));
        add(boards, "one blank", filled(question, answer, 1));
      }
    }
    for (const int cells : {1, 2, 5, 1000}) {
      add(boards, std::to_string(cells) + " cells spoilt", spoilt(question, cells, rng));
    }
  }
  return boards;
}

TEST_CASE("Hostile boards of every module get honest answers", "[adversarial]") {
  const auto model = make_solver("native"), exact = make_solver("exact");
  const auto random = make_solver("random");
  std::size_t refused = 0, asked = 0;
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    const auto models = model->models();
    const bool trained = std::any_of(models.begin(), models.end(), [&](const ModelInfo& info) {
      return info.puzzle == puzzle->name();
    });
    const auto boards = hostile_boards(*puzzle);
    REQUIRE_FALSE(boards.empty());
    for (const Board& board : boards) {
      refused += board.truth == Truth::refused ? 1u : 0u;
      ++asked;
      challenge(*random, board, {2, 3});
      if (!puzzle->info().solves) continue;
      challenge_all(trained ? *model : *random, *exact, board);
    }
  }
  CHECK(refused > 5);
  CHECK(asked > 2 * refused);
}

}  // namespace
}  // namespace trm::adversarial
