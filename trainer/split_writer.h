// Writing one split of a data set in the layout of dataset.h. Torch-free.
#pragma once

#include <string>
#include <vector>

#include "puzzles/puzzle.h"
#include "trainer/dataset.h"

namespace trm {

/// One split while it is written: examples, then end_puzzle(), then end_group(), then close().
/// Errors of all functions: io_error. Not thread-safe.
class SplitWriter {
 public:
  /// Makes the folder `dir`; examples have this layout and the module's vocabulary.
  static Result<SplitWriter> create(const Puzzle& puzzle, const TokenLayout& layout,
                                    const std::string& dir);

  /// One example of the current puzzle: a token and a label for each position of the layout.
  Result<void> add_example(std::vector<Token> tokens, std::vector<Token> labels);
  /// The examples since the last call are one puzzle, at least one; `identifier` is its row of the
  /// embedding table.
  Result<void> end_puzzle(int identifier);
  /// The puzzles since the last call are one group, at least one.
  Result<void> end_group();

  /// Writes dataset.json. `identifiers`: rows of the table, with the blank one.
  Result<void> close(const std::string& size, int identifiers);

  std::int64_t examples() const { return examples_; }
  std::int64_t puzzles() const { return info_.total_puzzles; }
  std::int64_t groups() const { return info_.total_groups; }

 private:
  SplitWriter(std::string dir, DatasetInfo info, std::vector<NpyWriter> writers)
      : dir_(std::move(dir)), info_(std::move(info)), writers_(std::move(writers)) {}

  std::string dir_;
  DatasetInfo info_;
  std::int64_t examples_ = 0;
  std::vector<NpyWriter> writers_;  // inputs, labels, identifiers, puzzle and group indices
};

/// Gives a complete folder its name. Error: io_error.
Result<void> publish(const std::string& partial, const std::string& out);

}  // namespace trm
