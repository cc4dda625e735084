// Sets of boards with labels and ratings, from files: what accuracy is measured on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/board_file.h"

namespace trm::bench {

/// `count` of the numbers 0 .. total - 1, in rising order, each choice as likely as any other
/// (selection sampling, Knuth's algorithm S). The same seed chooses the same ones on every machine.
/// All of them where there are no more than `count`.
std::vector<std::size_t> choose_sample(std::size_t total, std::size_t count, std::uint64_t seed);

/// Boards of one file.
struct BoardSet {
  std::string name;  ///< the file's, without folder and endings
  const Puzzle* puzzle = nullptr;
  BoardFile file;  ///< only the boards that were chosen
};

/// `count` boards of a file, chosen by choose_sample; 0: all. `puzzle` empty: the module that reads
/// it. Errors: unknown_puzzle, those of puzzle_of_file and BoardFile::read.
Result<BoardSet> read_board_set(const std::string& path, const std::string& puzzle,
                                std::size_t count, std::uint64_t seed);

}  // namespace trm::bench
