// Pictures of evaluated boards.
#include <algorithm>
#include <numeric>

#include "puzzles/svg_canvas.h"
#include "trainer/evaluate.h"

namespace trm {
namespace {

constexpr float kSide = 220, kGap = 24, kCaption = 14;
constexpr Color kInk = 0x202830ff, kFaint = 0x6b7280ff;

// Cells of the answer that differ from the truth, for modules whose check names none.
std::vector<Conflict> differences(const Answer& answer, const Answer& truth) {
  std::vector<Conflict> all;
  const Grid &a = answer.best(), &b = truth.best();
  if (a.rows != b.rows || a.cols != b.cols) return all;
  for (int row = 0; row < a.rows; ++row) {
    for (int col = 0; col < a.cols; ++col) {
      if (a.at(row, col) != b.at(row, col)) all.push_back({{0, row, col}, "differs"});
    }
  }
  return all;
}

std::string verdict_text(const Score& score, std::size_t board) {
  const int step = score.solved_at[board];
  return step > 0 ? "solved at step " + std::to_string(step) : "not solved";
}

}  // namespace

std::string boards_picture(const Puzzle& puzzle, const HeldOut& held_out, const Score& score,
                           int count) {
  std::vector<std::size_t> order(score.answers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return (score.solved_at[a] > 0) < (score.solved_at[b] > 0);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(count, 0))));
  SvgCanvas canvas;
  float y = kGap;
  for (const std::size_t i : order) {
    const Labelled& board = held_out.boards[i];
    const Answer& answer = score.answers[i];
    const bool readable = !answer.queries.empty();
    std::vector<Conflict> wrong;
    if (readable && puzzle.info().checks) {
      wrong = puzzle.check(board.question, answer).conflicts;
    } else if (readable) {
      wrong = differences(answer, board.target);
    }
    canvas.caption(
        {kGap, y}, kCaption,
        held_out.name + ", board " + std::to_string(i + 1) + ": " + verdict_text(score, i), kInk);
    const char* titles[] = {"question", "answer after the last step", "truth"};
    for (int k = 0; k < 3; ++k) {
      const float x = kGap + static_cast<float>(k) * (kSide + kGap);
      canvas.caption({x, y + 20}, kCaption * 0.85f, titles[k], kFaint);
      View view;
      view.question = &board.question;
      view.area = {x, y + 34, kSide, kSide};
      if (k == 1 && readable) view.answer = &answer, view.conflicts = wrong;
      if (k == 2) view.answer = &board.target;
      puzzle.draw(canvas, view);
    }
    y += 34 + kSide + kGap;
  }
  return canvas.document(3 * kSide + 4 * kGap, std::max(y, 2 * kGap));
}

}  // namespace trm
