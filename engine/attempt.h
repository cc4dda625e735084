// One attempt at a question: how it sees the board, its rows, and what they show. Internal to the
// engine; used by the engine thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/backends/backend.h"
#include "engine/solver.h"
#include "puzzles/text.h"

namespace trm {

/// The question as an attempt sees it, and the way back. Immutable once loaded.
struct Orientation {
  Question question;
  std::shared_ptr<const Symmetry> back;  ///< maps answers back; null: the question as it was asked
  std::vector<TokenLayout> layouts;      ///< by query

  explicit Orientation(Question q) : question(std::move(q)) {}

  /// Confidence of the cells of a query's board in the question as it was asked, from that of the
  /// token positions; `size` is the board's as this orientation sees it.
  std::vector<float> cells(int query, const std::vector<float>& positions, BoardSize size) const;
};

/// The boards of an attempt after a step, in the question as it was asked.
struct Found {
  Answer answer;
  Verdict verdict;
  std::vector<float> q_halt;     ///< by query
  std::vector<BoardSize> sizes;  ///< by query, in the orientation; 0x0: no board
  int attempt = 0;
  int step = 0;       ///< 1..
  bool last = false;  ///< the attempt ended with it

  float least_halt() const;
  /// Queries whose tokens stand for no board.
  int missing() const;
};

/// What an attempt does follows from the request's question, seed and policy and from its index
/// alone, never from its slots or neighbours.
class Attempt {
 public:
  /// Index 0 is the plain board without noise. May throw what the module throws.
  Attempt(const SolveRequest& request, int index);

  int index() const { return index_; }
  int steps() const { return steps_; }
  /// "plain", or its symmetry and noise.
  const std::string& description() const { return description_; }
  const std::vector<int>& slots() const { return slots_; }  ///< by query
  std::shared_ptr<const Orientation> orientation() const { return orientation_; }

  /// Loads one slot for each query. Errors: those of Backend::load.
  Result<void> load(Backend& backend, std::vector<int> slots);

  /// Counts a step and reads what the slots show.
  Found read(const Backend& backend);

  /// Steps in a row, this one included, in which nothing has changed: neither the board nor, by
  /// 1e-3 or more since the first of them, any cell's confidence. To be called once a step.
  int count_still(const Backend& backend, const Found& found);

 private:
  void suppose(Rng& rng);

  const SolveRequest& request_;  // the job's; outlives its attempts
  const int index_;
  std::shared_ptr<Orientation> orientation_;
  std::string description_ = "plain";
  std::vector<std::uint64_t> seeds_;  // by query
  std::vector<int> slots_;
  int steps_ = 0;
  // For count_still: the board, and the confidences of its cells when it came.
  std::optional<Answer> still_answer_;
  std::vector<std::vector<float>> still_confidence_;
  int still_steps_ = 0;
};

}  // namespace trm
