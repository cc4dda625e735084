#include "bench/boards.h"

#include <filesystem>

#include "bench/bench.h"
#include "puzzles/registry.h"
#include "trainer/board_file.h"

namespace trm::bench {
namespace {

Result<const Puzzle*> choose_puzzle(const BoardArguments& arguments) {
  if (!arguments.puzzle.empty()) return find_puzzle(arguments.puzzle);
  if (!arguments.file.empty()) return puzzle_of_file(arguments.file);
  for (const Puzzle* puzzle : registered_puzzles()) {
    if (puzzle->info().generates) return puzzle;
  }
  return fail(ErrorCode::unsupported, "no puzzle of this build generates boards: give --file",
              "file");
}

Result<BoardList> generated(const Puzzle& puzzle, const BoardArguments& arguments) {
  const GenerateRequest request{arguments.size, arguments.difficulty, {}};
  const auto& sizes = puzzle.info().sizes;
  std::string size = arguments.size;
  if (size.empty() && !sizes.empty()) size = sizes.front();
  BoardList list{&puzzle,
                 size + (arguments.difficulty.empty() ? "" : " " + arguments.difficulty) +
                     ", seed " + std::to_string(arguments.seed),
                 {}};
  Ticker ticker("generating boards");
  for (std::int64_t i = 0; i < arguments.count; ++i) {
    Rng rng = Rng::stream(arguments.seed, static_cast<std::uint64_t>(i));
    auto question = puzzle.generate(rng, request);
    if (!question) return question.error();
    list.boards.push_back(std::move(*question));
    ticker(i + 1, arguments.count);
  }
  return list;
}

}  // namespace

Result<const Puzzle*> puzzle_of_file(const std::string& file) {
  const Puzzle* found = nullptr;
  std::vector<std::string> accepting, refusals;
  for (const Puzzle* puzzle : registered_puzzles()) {
    const auto first = BoardFile::read(*puzzle, file, 1);
    if (first) {
      found = puzzle;
      accepting.push_back(puzzle->name());
    } else {
      if (first.error().code == ErrorCode::not_found) return first.error();
      refusals.push_back(puzzle->name() + ": " + first.error().message);
    }
  }
  if (accepting.size() == 1) return found;
  if (accepting.empty()) {
    return fail(ErrorCode::invalid_data, "no puzzle reads " + file + " (" + joined(refusals) + ")",
                "file");
  }
  return fail(ErrorCode::invalid_field,
              "several puzzles read " + file + ": " + joined(accepting) + "; say which", "puzzle");
}

void add_board_options(CLI::App& command, BoardArguments& a) {
  command.add_option("--puzzle", a.puzzle,
                     "Puzzle; without it the one that reads the file, or the first that generates");
  auto* file = command.add_option("--file", a.file,
                                  "Boards, one a line, or a CSV list of them; .gz too (default: "
                                  "generated)");
  command.add_option("--count", a.count, "Boards: the first so many of the file")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
      ->capture_default_str();
  command.add_option("--size", a.size, "Of generated boards, such as 9x9")->excludes(file);
  command.add_option("--difficulty", a.difficulty, "Of generated boards")->excludes(file);
  command.add_option("--seed", a.seed, "Of generated boards, symmetries and noise")
      ->capture_default_str();
}

Result<BoardList> make_boards(const BoardArguments& arguments) {
  const auto puzzle = choose_puzzle(arguments);
  if (!puzzle) return puzzle.error();
  if (arguments.file.empty()) return generated(**puzzle, arguments);
  auto boards = read_questions(**puzzle, arguments.file, static_cast<std::size_t>(arguments.count));
  if (!boards) return boards.error();
  return BoardList{*puzzle, std::filesystem::path(arguments.file).filename().string(),
                   std::move(*boards)};
}

}  // namespace trm::bench
