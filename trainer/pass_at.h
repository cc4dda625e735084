// Tasks scored by votes, as the official evaluator does it (TinyRecursiveModels,
// evaluators/arc.py): every image of a task's test input is answered, the answers are mapped back
// and vote for what the test's output is. One evaluation's votes count; those of earlier ones,
// which the official code adds by default (aggregated_voting), do not. Torch-free.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ballot.h"
#include "puzzles/puzzle.h"
#include "trainer/dataset.h"

namespace trm {

/// How many tasks the votes get right. A task counts with the share of its test inputs whose output
/// is among the first K candidates; pass@K is the mean over the tasks.
struct PassAt {
  static constexpr std::array<int, 5> attempts{1, 2, 5, 10, 100};  ///< K

  std::int64_t tasks = 0;                       ///< scored
  std::int64_t votes = 0;                       ///< boards answered, readable or not
  bool whole = true;                            ///< of the split every board voted
  std::array<double, attempts.size()> rates{};  ///< pass@K, 0..1, parallel to attempts
};

/// Adds "tasks", "votes" and "pass@1", "pass@2", ... to an object.
void add_pass_at(const PassAt& pass_at, Json& json);

/// The tasks behind the boards of a test split, and which test input each board is an image of.
class TaskVotes {
 public:
  /// Reads DATA/identifiers.json and DATA/test_puzzles.json (see build_tasks.h) for the split
  /// DATA/test. Nothing: the split has another name (train/ holds demonstrations too), one of the
  /// files is not there, or the module does not read names of symmetries. Errors: io_error;
  /// too_large; invalid_data naming file and entry: no JSON, another structure, names for another
  /// number of identifiers, tasks that cannot be read or lack answers.
  static Result<std::optional<TaskVotes>> open(const Puzzle& puzzle, const Dataset& split);

  /// The split's next board. It belongs to the test input of its identifier's task that asks the
  /// same once the image is mapped back. Errors: invalid_data naming the identifier's entry, or the
  /// example if it is no test input of the task.
  Result<void> add(const Question& image, int identifier);

  /// The score of answers to the boards added, in their order. An answer without a grid is a vote
  /// for the empty grid, as in the official evaluator: it is never right and takes a place.
  /// `halts`: the halt head's probabilities, 0..1. Tasks without a vote count as wrong, unless only
  /// a part of the split was added: then they do not count. Error: internal for another number of
  /// answers.
  Result<PassAt> score(const std::vector<Answer>& answers, const std::vector<double>& halts) const;

 private:
  /// A test input of a task.
  struct Test {
    std::vector<Token> tokens;
    Grid output;
    std::size_t ballot = 0;  ///< index of the first test that asks the same: they share votes
  };
  /// Tests first..end - 1 are one task's.
  struct Span {
    std::size_t first = 0, end = 0;
  };
  /// A board's test and row of the embedding table.
  struct Voter {
    std::size_t test = 0;
    int identifier = 0;
  };
  /// What a name in identifiers.json says.
  struct Image {
    Span tests;
    std::shared_ptr<const Symmetry> back;  ///< null: the task itself
  };

  TaskVotes(const Puzzle& puzzle, const Dataset& split, std::string folder)
      : puzzle_(&puzzle), split_(split), folder_(std::move(folder)) {}
  Result<void> read_names();
  Result<void> read_tasks();
  Result<Image> image_of(int identifier) const;
  /// The votes for each of tests_; those without any share another's (Test::ballot) or have none.
  Result<std::vector<Ballot>> count(const std::vector<Answer>& answers,
                                    const std::vector<double>& halts) const;

  const Puzzle* puzzle_;
  Dataset split_;
  std::string folder_;              // DATA
  std::vector<std::string> names_;  // by identifier
  std::map<std::string, Span, std::less<>> tasks_;
  std::vector<Test> tests_;
  std::vector<Voter> voters_;
};

}  // namespace trm
