// Solving as a job that a frame can look at: the engine's events as they come, gathered into a
// trace.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "puzzles/json.h"

namespace trm::ui {

/// The thinking about one question: what the steps view shows and exports.
struct Thinking {
  Question question;
  std::vector<event::Attempt> attempts;
  std::vector<event::Step> steps;         ///< in the order they came
  std::optional<event::FitProgress> fit;  ///< the newest, where a network is fitted
  std::optional<Result<Solution>> end;    ///< once it has ended
  bool shortened = false;                 ///< steps of old attempts were given up: too many to keep

  explicit Thinking(Question q) : question(std::move(q)) {}
  /// Indices into steps of one attempt and query, by step.
  std::vector<std::size_t> steps_of(int attempt, int query) const;
  /// The answer after the given step: its query's grid from it, other queries from the newest step
  /// of the same attempt before it, those without one (or with an answer that was no grid) as
  /// start_answer().
  Answer answer_at(std::size_t step) const;
  /// Cells (grid: the query) whose value differs from the step before of the same attempt and
  /// query; at a first step, from start_answer().
  std::vector<CellRef> changed_at(std::size_t step) const;
};

/// {"puzzle","board","attempts":[...],"steps":[...],"result"|"error"}: as the service's events.
Json thinking_to_json(const Thinking& thinking);

/// Not thread-safe: the user's thread only. poll() never blocks. Steps take `budget` bytes or
/// little more: beyond them all steps of the oldest attempts go, and later ones of theirs are not
/// kept. The newest attempt always keeps its own.
class Solving {
 public:
  static constexpr std::size_t kBudget = std::size_t{256} << 20;
  explicit Solving(std::size_t budget = kBudget) : budget_(budget) {}

  /// Cancels what runs and begins anew (request.trace is set; replace_key too where it is empty, so
  /// that in a live editor only the newest request matters). An error of submit() becomes the end
  /// of the thinking.
  void start(Solver& solver, SolveRequest request);
  /// Asks for the end; poll() takes it in.
  void cancel();
  /// Takes in what has happened since; true: something has.
  bool poll();
  bool running() const { return handle_.has_value(); }
  /// Of the newest start(); null: none yet.
  const Thinking* thinking() const { return thinking_ ? &*thinking_ : nullptr; }
  /// Forgets it.
  void clear();

 private:
  void keep(event::Step step);
  void shorten();

  std::size_t budget_, held_ = 0;    // bytes
  std::map<int, std::size_t> kept_;  // bytes of each attempt with steps
  int first_kept_ = 0;               // attempts before it were given up
  std::optional<SolveHandle> handle_;
  std::optional<Thinking> thinking_;
};

}  // namespace trm::ui
