// What became of boards whose answers were checked, and the figures that are made of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/board_set.h"
#include "engine/solver.h"

namespace trm::bench {

/// One board, judged.
struct Judged {
  bool measured = false;  ///< false: the run ended before it
  bool solved = false;    ///< by the module's rules; of modules that check none: equal to the label
  bool false_claim = false;   ///< called verified, but the rules refuse the answer
  std::optional<bool> exact;  ///< equal to the label after the last step; none: no label
  std::int64_t steps = 0;     ///< supervision steps of all attempts
  int attempts = 0;
  double seconds = 0;
  std::string model;
};

/// Whether the answer has the label's grid among its candidates, for every query.
bool equals_label(const Answer& answer, const Answer& label);

/// Judges an answer by the module's own rules, whatever its status says.
Judged judge(const BoardEntry& entry, const Solution& solution, double seconds);

/// Sums over the boards that were measured.
struct Tally {
  std::int64_t boards = 0, solved = 0, false_claims = 0;
  std::int64_t labelled = 0, exact = 0;
  std::int64_t solved_steps = 0;  ///< of solved boards
  std::int64_t attempts = 0;
  std::vector<double> seconds;
  void add(const Judged& judged);
};
Tally tally(const std::vector<Judged>& judged);

/// Adds boards, solved, solved_rate, solved_low, solved_high, interval, labelled, exact,
/// exact_rate, exact_low, exact_high (null without labels), mean_steps (of solved boards; null
/// without), mean_attempts, mean_seconds, p99_seconds, false_claims.
void set_tally(Json& row, const Tally& tally);

/// Ratings from `low` to below `high`.
struct Band {
  double low = 0, high = 0;
  bool holds(double rating) const { return rating >= low && rating < high; }
  /// "below 1", "1 to below 10", "100 and more".
  std::string text() const;
};

/// Bands between rising bounds, one below the first and one from the last on. `spec`: bounds
/// ("0,1,10"), or "quartiles" of the ratings. Error: invalid_field.
Result<std::vector<Band>> make_bands(const std::string& spec,
                                     const std::vector<BoardEntry>& entries);

/// One measurement of the same boards against another.
struct Difference {
  double points = 0;      ///< solved here less solved there, in points of a hundred
  std::int64_t won = 0;   ///< boards solved here only
  std::int64_t lost = 0;  ///< the other way round
};
/// Over the boards that both measured; entry i of both is the same board.
Difference compare(const std::vector<Judged>& here, const std::vector<Judged>& there);

}  // namespace trm::bench
