// Building data sets in the official layout, from generators, text files or tasks. Torch-free.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm {

/// What to build.
struct BuildRequest {
  std::string out;  ///< folder to make; it must not exist
  /// Text, one puzzle a line (.gz too), or tasks: folders and .json files; none: the generator.
  std::vector<std::string> files;
  std::vector<std::string> eval_files;  ///< tasks to evaluate with: folders and .json files
  std::vector<std::string> test_files;
  GenerateRequest generate;     ///< with files only its size counts: boards of another are left out
  std::int64_t count = 1000;    ///< training puzzles of the generator
  std::int64_t test_count = 0;  ///< test puzzles of the generator
  double test_share = 0;        ///< with files: share of the puzzles that goes to the test split
  std::int64_t subsample = 0;   ///< with files: so many training puzzles, drawn at random; 0: all
  int augment = 0;              ///< further images of each training puzzle or task
  std::uint64_t seed = 0;
  bool skip_bad = false;  ///< leave out (and count) puzzles without a solution, instead of an error
};

/// What was built and what was left out.
struct BuildReport {
  std::int64_t train_puzzles = 0, train_examples = 0;
  std::int64_t test_puzzles = 0;
  std::int64_t test_examples = 0;  ///< of tasks
  std::int64_t identifiers = 0;    ///< of tasks: rows of the puzzle table, with the blank one
  std::int64_t fewer_images = 0;   ///< tasks with fewer different images than asked for
  std::int64_t unanswered = 0;     ///< left out: tests of training tasks, their answers unknown
  std::int64_t duplicates = 0;     ///< left out: isomorphic to a puzzle of the same split
  std::int64_t overlapping = 0;    ///< left out of training: isomorphic to a test puzzle
  std::int64_t other_size = 0;     ///< left out: of another size than asked for
  std::int64_t bad = 0;            ///< left out: broken rules or no solution (skip_bad)
  std::int64_t ambiguous = 0;      ///< kept, with several right answers
  double minutes = 0;
};

/// Builds OUT/train and, where test puzzles are asked for, OUT/test, each in the layout of
/// dataset.h, and OUT/identifiers.json. A group is a puzzle with its augmentations. The same
/// request gives the same bytes. A puzzle and its isomorphs never stand in both splits: which split
/// a file's puzzle goes to depends on the hash of its isomorph_key. Requests that name tasks:
/// build_tasks.h; there train_puzzles and test_puzzles count tasks. The folder appears under its
/// name when it is complete. `progress(done, total)` is called now and then; total 0: unknown.
/// Errors: invalid_field for a request that contradicts itself, io_error, invalid_data naming the
/// line, exhausted, those of the generator.
Result<BuildReport> build_dataset(
    const Puzzle& puzzle, const BuildRequest& request,
    const std::function<void(std::int64_t done, std::int64_t total)>& progress);

}  // namespace trm
