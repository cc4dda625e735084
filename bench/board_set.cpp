#include "bench/board_set.h"

#include <filesystem>

#include "bench/boards.h"
#include "puzzles/registry.h"

namespace trm::bench {
namespace {

std::string name_of(const std::string& path) {
  std::string name = std::filesystem::path(path).filename().string();
  for (const char* ending : {".gz", ".csv", ".txt"}) {
    if (name.ends_with(ending)) name.erase(name.size() - std::string_view(ending).size());
  }
  return name;
}

}  // namespace

std::vector<std::size_t> choose_sample(std::size_t total, std::size_t count, std::uint64_t seed) {
  Rng rng = Rng::stream(seed, 0);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < total && chosen.size() < count; ++i) {
    if (rng.below(static_cast<std::uint32_t>(total - i)) < count - chosen.size()) {
      chosen.push_back(i);
    }
  }
  return chosen;
}

Result<BoardSet> read_board_set(const std::string& path, const std::string& puzzle,
                                std::size_t count, std::uint64_t seed) {
  const auto module = puzzle.empty() ? puzzle_of_file(path) : find_puzzle(puzzle);
  if (!module) return module.error();
  auto file = BoardFile::read(**module, path);
  if (!file) return file.error();
  if (count > 0) {
    std::vector<BoardEntry> chosen;
    for (const std::size_t i : choose_sample(file->entries.size(), count, seed)) {
      chosen.push_back(std::move(file->entries[i]));
    }
    file->entries = std::move(chosen);
  }
  return BoardSet{name_of(path), *module, std::move(*file)};
}

}  // namespace trm::bench
