// Where held-out boards come from.
#include <algorithm>
#include <limits>

#include "trainer/board_file.h"
#include "trainer/evaluate.h"

namespace trm {
namespace {

void add(HeldOut& held_out, Labelled board, int identifier) {
  held_out.boards.push_back(std::move(board));
  held_out.identifiers.push_back(identifier);
}

// The boards of a text file.
Result<void> read_boards(const Puzzle& puzzle, const EvalSet& spec, HeldOut& held_out) {
  const std::size_t limit = spec.count > 0 ? static_cast<std::size_t>(spec.count)
                                           : std::numeric_limits<std::size_t>::max();
  auto questions = read_questions(puzzle, spec.file, limit);
  if (!questions) return questions.error();
  for (std::size_t i = 0; i < questions->size(); ++i) {
    auto board = label(puzzle, std::move((*questions)[i]));
    if (!board) {
      return fail(board.error().code,
                  spec.file + ", puzzle " + std::to_string(i + 1) + ": " + board.error().message,
                  board.error().field);
    }
    add(held_out, std::move(*board), 0);
  }
  return {};
}

// The boards of a data set's split, with the labels that it stores.
Result<void> read_stored(const Puzzle& puzzle, const EvalSet& spec, HeldOut& held_out) {
  const auto data = Dataset::open(spec.dataset);
  if (!data) return data.error();
  if (auto fits = dataset_puzzle(data->info(), puzzle.name()); !fits) return fits.error();
  const auto prototype = dataset_prototype(puzzle, data->info());
  if (!prototype) return prototype.error();
  auto votes = TaskVotes::open(puzzle, *data);
  if (!votes) return votes.error();
  held_out.votes = std::move(*votes);
  const std::int64_t count =
      spec.count > 0 ? std::min<std::int64_t>(spec.count, data->examples()) : data->examples();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto example = data->example(i);
    if (!example) return example.error();
    auto board = stored_board(*prototype, *example);
    if (!board) {
      return fail(board.error().code,
                  spec.dataset + ", example " + std::to_string(i) + ": " + board.error().message,
                  board.error().field);
    }
    if (puzzle.info().solves) {  // a rank of difficulty
      const auto solved = puzzle.solve_exact(board->question, {1, ExactLimits().nodes});
      if (solved) board->guesses = solved->guesses;
    }
    if (held_out.votes) {
      if (auto added = held_out.votes->add(board->question, example->identifier); !added)
        return added;
    }
    add(held_out, std::move(*board), example->identifier);
  }
  return {};
}

}  // namespace

Result<HeldOut> HeldOut::make(const Puzzle& puzzle, const EvalSet& spec) {
  HeldOut held_out{spec.name, spec.max_steps, {}, {}};
  if (!spec.dataset.empty() || !spec.file.empty()) {
    const auto read = spec.dataset.empty() ? read_boards(puzzle, spec, held_out)
                                           : read_stored(puzzle, spec, held_out);
    if (!read) return read.error();
    return held_out;
  }
  for (int i = 0; i < spec.count; ++i) {
    auto board = generate_labelled(puzzle, spec.request(), static_cast<std::uint64_t>(spec.seed),
                                   static_cast<std::uint64_t>(i));
    if (!board) return board.error();
    add(held_out, std::move(*board), 0);
  }
  return held_out;
}

}  // namespace trm
