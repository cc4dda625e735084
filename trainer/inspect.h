// Looking into data sets: every label against the rules, duplicates, leaks between the splits.
// Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "puzzles/puzzle.h"
#include "trainer/dataset.h"

namespace trm {

/// What a look at one split found.
struct SplitCheck {
  std::int64_t examples = 0, puzzles = 0, groups = 0;
  std::int64_t verified = 0;     ///< labels that the module's rules confirm
  std::int64_t unchecked = 0;    ///< labels that no rule can judge: plausible, or nothing said
  std::int64_t wrong = 0;        ///< labels that break the rules, or tokens that are no board
  std::int64_t other_label = 0;  ///< right, but not the module's own choice among right answers
  std::int64_t repeated = 0;     ///< examples whose tokens stand in the split before
  std::int64_t isomorphic = 0;   ///< groups that are isomorphic to an earlier group
  std::vector<std::string> first_wrong;  ///< the first ten, "example 12: r1c2: ..."
};

/// What a look at a data set found.
struct DatasetCheck {
  SplitCheck train, test;
  /// Test groups with a pair that stands in training: under any symmetry, or, where both have one
  /// identifier (a task and its demonstrations), as it is.
  std::int64_t leaked = 0;
  bool ok() const { return train.wrong == 0 && test.wrong == 0 && leaked == 0; }
};

/// Checks one or two splits; `test` may be null. `progress(done, total)` is called now and then.
/// Errors: those of dataset_prototype; unsupported where the module cannot read questions from
/// tokens.
Result<DatasetCheck> check_dataset(
    const Puzzle& puzzle, const Dataset& train, const Dataset* test,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress);

/// Examples [from, from + count) as boards for people: the question and the answer side by side.
/// Errors: as above, naming the example.
Result<std::string> show_examples(const Puzzle& puzzle, const Dataset& data, std::int64_t from,
                                  std::int64_t count);

/// Two texts of several lines side by side, `gap` blanks between them.
std::string side_by_side(const std::string& left, const std::string& right, int gap = 4);

}  // namespace trm
