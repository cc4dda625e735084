// Data sets in the layout of the official builders (TinyRecursiveModels, dataset/common.py): a
// folder for each split with dataset.json and five arrays, all__inputs.npy [N, L],
// all__labels.npy [N, L], all__puzzle_identifiers.npy [P], all__puzzle_indices.npy [P + 1] and
// all__group_indices.npy [G + 1]. A group holds puzzles that are one puzzle under augmentation, a
// puzzle holds examples. Torch-free.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/learn/example.h"
#include "puzzles/puzzle.h"
#include "puzzles/rng.h"
#include "trainer/npy.h"

namespace trm {

/// What dataset.json says. The first fields are the official ones; the official loader ignores
/// ours.
struct DatasetInfo {
  int pad_id = 0;
  std::optional<int> ignore_label_id;  ///< label of positions without loss; none: all count
  int blank_identifier_id = 0;
  int vocab_size = 0;
  int seq_len = 0;  ///< L
  int num_puzzle_identifiers = 1;
  std::int64_t total_groups = 0;
  std::int64_t total_puzzles = 0;  ///< missing in the older builders' files: 0
  double mean_puzzle_examples = 1;
  std::vector<std::string> sets = {"all"};
  std::string puzzle;  ///< ours: the module's name; may be empty
  std::string size;    ///< ours: the size as generate() takes it; may be empty
};

/// The JSON of dataset.json and back. Keys that nobody here knows are passed over, as the official
/// loader does. Error: invalid_data naming the key.
Result<DatasetInfo> parse_dataset_info(std::string_view json);
Json dataset_info_to_json(const DatasetInfo& info);

/// One split of a data set, memory-mapped. Immutable; thread-safe; cheap to copy.
class Dataset {
 public:
  /// Opens DIR (a split's folder) and checks that its parts agree: counts, rising indices,
  /// identifiers in range. Tokens are checked where they are read. Errors: not_found, io_error,
  /// unsupported (more than one set), invalid_data naming the file and what is wrong.
  static Result<Dataset> open(const std::string& dir);

  const DatasetInfo& info() const { return info_; }
  const std::string& path() const { return dir_; }
  std::int64_t examples() const { return inputs_.shape()[0]; }
  std::int64_t puzzles() const { return identifiers_.elements(); }
  std::int64_t groups() const { return group_indices_.elements() - 1; }

  /// Example i, 0 <= i < examples(). Error: invalid_data for a token outside the vocabulary.
  Result<Example> example(std::int64_t i) const;
  /// First example of puzzle p; p = puzzles() gives examples().
  std::int64_t puzzle_start(std::int64_t p) const { return puzzle_indices_.at(p); }
  /// First puzzle of group g; g = groups() gives puzzles().
  std::int64_t group_start(std::int64_t g) const { return group_indices_.at(g); }
  /// Row of the embedding table that puzzle p has.
  int identifier_of(std::int64_t p) const { return static_cast<int>(identifiers_.at(p)); }
  /// The puzzle that example i belongs to.
  std::int64_t puzzle_of(std::int64_t i) const;

 private:
  Result<void> check() const;

  std::string dir_;
  DatasetInfo info_;
  NpyArray inputs_, labels_, identifiers_, puzzle_indices_, group_indices_;
};

/// The order in which training meets the examples, as the official loader's: every epoch goes
/// through the groups in a new random order and takes one random puzzle of each with all its
/// examples in random order. No example is dropped at the end of a batch or an epoch. The order
/// depends on the seed only; a checkpoint stores the number drawn.
class GroupSampler {
 public:
  GroupSampler(const Dataset& data, std::uint64_t seed) : data_(data), seed_(seed) { seek(0); }

  /// Index of the next example. The data set must hold one.
  std::int64_t next();
  std::int64_t drawn() const { return drawn_; }
  /// Continues as if so many had been drawn.
  void seek(std::int64_t drawn);
  std::int64_t epoch() const { return epoch_; }

 private:
  void start_epoch();
  void start_group();

  Dataset data_;
  std::uint64_t seed_;
  Rng rng_;
  std::int64_t drawn_ = 0, epoch_ = 0, group_ = 0;
  std::vector<std::int64_t> order_;    // groups of this epoch
  std::vector<std::int64_t> pending_;  // examples of the current puzzle, last first
};

}  // namespace trm
