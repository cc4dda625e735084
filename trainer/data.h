// Training examples from generators, text files and data sets, with symmetries on the fly.
// Torch-free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/learn/example.h"
#include "puzzles/puzzle.h"
#include "trainer/config.h"
#include "trainer/dataset.h"

namespace trm {

/// A question with its training label.
struct Labelled {
  Question question;
  Answer target;
  std::int64_t guesses = -1;  ///< branches of the exact search, a rank of difficulty; -1: unknown
};

/// One [[data]] source. Example i depends on (seed, source, i) only: its place in the pool and its
/// symmetry are drawn from a stream of its own, and question n of the pool is generated from stream
/// n when it is first needed. So a checkpoint stores just the number of examples drawn. Data sets
/// are met in the order of GroupSampler. Not thread-safe.
class ExampleSource {
 public:
  /// Errors: those of the module for a file that cannot be read (invalid_data with the line), those
  /// of Dataset::open, invalid_data for a data set of another module or vocabulary.
  static Result<ExampleSource> open(const Puzzle& puzzle, const DataSource& spec,
                                    std::uint64_t seed);

  /// The question that fixes layout and geometry of the source's lane.
  const Question& prototype() const { return prototype_; }

  /// The next example, under a fresh random symmetry and with cells given away where the source
  /// asks for it. Symmetries that change layout or geometry (a transposed board with other boxes)
  /// are left out. Errors: exhausted from the generator, invalid_data from a data set.
  Result<Example> next();

  std::int64_t drawn() const { return drawn_; }
  void set_drawn(std::int64_t drawn);
  /// From now on this source gives every `ranks`-th example, beginning with number `rank`: several
  /// processes share one stream of examples.
  void set_share(int rank, int ranks) { rank_ = rank, ranks_ = ranks; }
  const DataSource& spec() const { return spec_; }
  /// Distinct examples: the pool's size, the file's puzzles, the data set's examples.
  std::int64_t size() const;

 private:
  ExampleSource(const Puzzle& puzzle, const DataSource& spec, std::uint64_t seed,
                Question prototype);
  static Result<ExampleSource> open_dataset(const Puzzle& puzzle, const DataSource& spec,
                                            std::uint64_t seed);
  Result<const Labelled*> pooled(std::uint32_t n);
  Result<Example> next_stored();
  Example presented(const Labelled& board, Rng& rng) const;
  std::int64_t number() const { return drawn_ * ranks_ + rank_; }  // of the next example

  const Puzzle* puzzle_;
  DataSource spec_;
  std::uint64_t seed_;
  Question prototype_;
  TokenLayout layout_;
  Geometry geometry_;
  std::vector<std::optional<Labelled>> pool_;
  std::optional<Dataset> dataset_;
  std::optional<GroupSampler> sampler_;
  std::int64_t drawn_ = 0;  // by this process
  int rank_ = 0, ranks_ = 1;
};

/// Generates question n of a stream, solves it and computes its label; used for training and for
/// held-out sets. A generator that gives up is asked again a few times. Errors: of generate and
/// solve_exact; exhausted when the exact solver finds nothing.
Result<Labelled> generate_labelled(const Puzzle& puzzle, const GenerateRequest& request,
                                   std::uint64_t seed, std::uint64_t n);

/// The label of a question that has a solution. Error: exhausted where none is found.
Result<Labelled> label(const Puzzle& puzzle, Question question);

/// A question of the data set's size: its layout and parameters. Errors: invalid_data if the module
/// has no board with seq_len positions.
Result<Question> dataset_prototype(const Puzzle& puzzle, const DatasetInfo& info);

/// The module that a data set is for: what dataset.json says, else `name`. Errors: invalid_field
/// where neither says it or both disagree, unknown_puzzle.
Result<const Puzzle*> dataset_puzzle(const DatasetInfo& info, const std::string& name);

/// Stored tokens as a board; positions without label take the question's token. Errors:
/// invalid_data naming the cell, unsupported (Puzzle::question_from_tokens).
Result<Labelled> stored_board(const Question& prototype, const Example& example);

}  // namespace trm
