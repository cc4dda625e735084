// Training examples from generators or files, with symmetries on the fly. Torch-free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/learn/example.h"
#include "puzzles/puzzle.h"
#include "trainer/config.h"

namespace trm {

/// A question with its training label.
struct Labelled {
  Question question;
  Answer target;
};

/// One [[data]] source. Example i depends on (seed, source, i) only: its place in the pool and its
/// symmetry are drawn from a stream of its own, and question n of the pool is generated from stream
/// n when it is first needed. So a checkpoint stores just the number of examples drawn. Not
/// thread-safe.
class ExampleSource {
 public:
  /// Errors: those of the module for a file that cannot be read (invalid_data with the line).
  static Result<ExampleSource> open(const Puzzle& puzzle, const DataSource& spec,
                                    std::uint64_t seed);

  /// The question that fixes layout and geometry of the source's lane.
  const Question& prototype() const { return prototype_; }

  /// The next example under a fresh random symmetry. Symmetries that change layout or geometry (a
  /// transposed board with other boxes) are left out. Error: exhausted from the generator.
  Result<Example> next();

  std::int64_t drawn() const { return drawn_; }
  void set_drawn(std::int64_t drawn) { drawn_ = drawn; }
  const DataSource& spec() const { return spec_; }

 private:
  ExampleSource(const Puzzle& puzzle, const DataSource& spec, std::uint64_t seed,
                Question prototype);
  Result<const Labelled*> pooled(std::uint32_t n);

  const Puzzle* puzzle_;
  DataSource spec_;
  std::uint64_t seed_;
  Question prototype_;
  TokenLayout layout_;
  Geometry geometry_;
  std::vector<std::optional<Labelled>> pool_;
  std::int64_t drawn_ = 0;
};

/// Generates question n of a stream, solves it and computes its label; used for training and for
/// held-out sets. A generator that gives up is asked again a few times. Errors: of generate and
/// solve_exact; exhausted when the exact solver finds nothing.
Result<Labelled> generate_labelled(const Puzzle& puzzle, const GenerateRequest& request,
                                   std::uint64_t seed, std::uint64_t n);

/// The label of a question that has a solution.
Result<Labelled> label(const Puzzle& puzzle, Question question);

/// The questions of a text file, one a line. Errors: not_found, invalid_data naming the line.
Result<std::vector<Question>> read_questions(const Puzzle& puzzle, const std::string& path,
                                             std::size_t limit);

}  // namespace trm
