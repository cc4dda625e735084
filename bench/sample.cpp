// `trm_bench sample`: some lines of a file of boards, chosen by a seed.
#include <iostream>
#include <memory>

#include "bench/bench.h"
#include "bench/board_set.h"
#include "bench/boards.h"
#include "engine/weights/atomic_file.h"
#include "puzzles/registry.h"
#include "trainer/lines.h"

namespace trm::bench {
namespace {

struct Arguments {
  std::string file, puzzle, out;
  std::size_t count = 1000;
  std::uint64_t seed = 0;
};

/// The lines of the file with these numbers, and those before its first board, as they are.
Result<std::string> copy_lines(const std::string& path, const std::vector<BoardEntry>& entries,
                               const std::vector<std::size_t>& chosen) {
  auto reader = LineReader::open(path);
  if (!reader) return reader.error();
  std::string text, line;
  for (auto next = chosen.begin();;) {
    const auto more = reader->next(line);
    if (!more) return more.error();
    if (!*more) return text;
    const bool heading = reader->number() < entries.front().line;
    const bool wanted = next != chosen.end() && reader->number() == entries[*next].line;
    if (wanted) ++next;
    if (heading || wanted) text += line + '\n';
  }
}

Result<std::string> sampled(const Arguments& a) {
  const auto puzzle = a.puzzle.empty() ? puzzle_of_file(a.file) : find_puzzle(a.puzzle);
  if (!puzzle) return puzzle.error();
  const auto file = BoardFile::read(**puzzle, a.file);
  if (!file) return file.error();
  if (a.count > file->entries.size()) {
    return fail(ErrorCode::invalid_field,
                a.file + " holds " + std::to_string(file->entries.size()) + " boards, not " +
                    std::to_string(a.count),
                "count");
  }
  return copy_lines(a.file, file->entries, choose_sample(file->entries.size(), a.count, a.seed));
}

Result<void> write_text(const std::string& path, const std::string& text) {
  if (path.empty()) {
    std::cout << text << std::flush;
    if (!std::cout) return fail(ErrorCode::io_error, "the output cannot be written");
    return {};
  }
  if (!path.ends_with(".gz")) return write_file_atomic(path, text);
  const auto bytes = gzip(text);
  return bytes ? write_file_atomic(path, *bytes) : bytes.error();
}

int run(const Arguments& a) {
  const auto text = sampled(a);
  if (!text) return complain(text.error());
  const auto written = write_text(a.out, *text);
  return written ? 0 : complain(written.error());
}

}  // namespace

void add_sample_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("sample", "Some boards of a file, chosen by a seed");
  command->add_option("file", a->file, "Boards, one a line, or CSV with named columns; .gz too")
      ->required();
  command->add_option("--puzzle", a->puzzle, "Puzzle (default: the one that reads the file)");
  command->add_option("--count", a->count, "Boards")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}))
      ->capture_default_str();
  command->add_option("--seed", a->seed, "Of the choice")->capture_default_str();
  command->add_option("-o,--out", a->out,
                      "File to write; .gz: compressed (default: standard output)");
  command->footer(
      "The lines stay as they are and in their order, with the names of the columns; every board\n"
      "is as likely to be chosen as any other. The same file, count and seed give the same lines "
      "on\n"
      "every machine.\n"
      "Examples:\n"
      "  trm_bench sample boards.csv.gz --count 1000 --seed 7 -o sample.csv.gz\n"
      "  trm_bench sample boards.txt --count 3");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
