#include "bench/tally.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "bench/bench.h"
#include "puzzles/text.h"
#include "trainer/interval.h"

namespace trm::bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string interval_text(const Interval& interval) {
  char text[48];
  std::snprintf(text, sizeof text, "(%.1f %% to %.1f %%)", 100 * interval.low, 100 * interval.high);
  return text;
}

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

/// The least ratings of the four quarters; fewer where ratings are alike.
std::vector<double> quartiles(const std::vector<BoardEntry>& entries) {
  std::vector<double> ratings, bounds;
  for (const BoardEntry& entry : entries) {
    if (entry.rating) ratings.push_back(*entry.rating);
  }
  std::sort(ratings.begin(), ratings.end());
  for (std::size_t quarter = 0; quarter < 4 && !ratings.empty(); ++quarter) {
    const double bound = ratings[quarter * ratings.size() / 4];
    if (bounds.empty() || bound > bounds.back()) bounds.push_back(bound);
  }
  return bounds;
}

Result<std::vector<double>> read_bounds(const std::string& spec) {
  std::vector<double> bounds;
  for (const std::string_view part : split(spec, ',')) {
    double bound = 0;
    const char* end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data(), end, bound);
    if (error != std::errc() || stop != end || !std::isfinite(bound) ||
        (!bounds.empty() && bound <= bounds.back())) {
      return fail(ErrorCode::invalid_field,
                  "--bands " + spec + ": expected rising numbers such as 0,1,10, or quartiles",
                  "bands");
    }
    bounds.push_back(bound);
  }
  return bounds;
}

}  // namespace

bool equals_label(const Answer& answer, const Answer& label) {
  if (answer.queries.size() != label.queries.size()) return false;
  for (std::size_t query = 0; query < label.queries.size(); ++query) {
    const auto& candidates = answer.queries[query];
    if (std::find(candidates.begin(), candidates.end(), label.best(query)) == candidates.end()) {
      return false;
    }
  }
  return true;
}

Judged judge(const BoardEntry& entry, const Solution& solution, double seconds) {
  const Puzzle& puzzle = entry.question.puzzle();
  const bool right = puzzle.check(entry.question, solution.answer).status == Status::verified;
  Judged judged;
  judged.measured = true;
  judged.solved =
      puzzle.info().checks ? right : entry.answer && equals_label(solution.answer, *entry.answer);
  judged.false_claim = solution.verified() && !right;
  judged.steps = solution.total_steps;
  judged.attempts = solution.attempts;
  judged.seconds = seconds;
  judged.model = solution.model;
  return judged;
}

void Tally::add(const Judged& judged) {
  if (!judged.measured) return;
  ++boards;
  solved += judged.solved ? 1 : 0;
  false_claims += judged.false_claim ? 1 : 0;
  labelled += judged.exact ? 1 : 0;
  exact += judged.exact.value_or(false) ? 1 : 0;
  solved_steps += judged.solved ? judged.steps : 0;
  attempts += judged.attempts;
  seconds.push_back(judged.seconds);
}

Tally tally(const std::vector<Judged>& judged) {
  Tally sum;
  for (const Judged& one : judged) sum.add(one);
  return sum;
}

void set_tally(Json& row, const Tally& t) {
  const Interval solved = wilson(t.solved, t.boards), exact = wilson(t.exact, t.labelled);
  const auto if_any = [](std::int64_t count, double value) { return count ? Json(value) : Json(); };
  row.set("boards", t.boards).set("solved", t.solved).set("solved_rate", rate(t.solved, t.boards));
  row.set("solved_low", solved.low).set("solved_high", solved.high);
  row.set("interval", interval_text(solved)).set("labelled", t.labelled).set("exact", t.exact);
  row.set("exact_rate", if_any(t.labelled, rate(t.exact, t.labelled)));
  row.set("exact_low", if_any(t.labelled, exact.low));
  row.set("exact_high", if_any(t.labelled, exact.high));
  row.set("mean_steps", if_any(t.solved, rate(t.solved_steps, t.solved)));
  row.set("mean_attempts", rate(t.attempts, t.boards)).set("mean_seconds", mean(t.seconds));
  row.set("p99_seconds", percentile(t.seconds, 99)).set("false_claims", t.false_claims);
}

std::string Band::text() const {
  if (low == -kInfinity) return "below " + number_text(high);
  if (high == kInfinity) return number_text(low) + " and more";
  return number_text(low) + " to below " + number_text(high);
}

Result<std::vector<Band>> make_bands(const std::string& spec,
                                     const std::vector<BoardEntry>& entries) {
  std::vector<double> bounds;
  if (spec == "quartiles") {
    bounds = quartiles(entries);
  } else {
    auto read = read_bounds(spec);
    if (!read) return read.error();
    bounds = std::move(*read);
  }
  std::vector<Band> bands;
  double low = -kInfinity;
  for (const double bound : bounds) {
    bands.push_back({low, bound});
    low = bound;
  }
  bands.push_back({low, kInfinity});
  return bands;
}

Difference compare(const std::vector<Judged>& here, const std::vector<Judged>& there) {
  Difference difference;
  std::int64_t both = 0;
  for (std::size_t i = 0; i < here.size() && i < there.size(); ++i) {
    if (!here[i].measured || !there[i].measured) continue;
    ++both;
    difference.won += here[i].solved && !there[i].solved ? 1 : 0;
    difference.lost += !here[i].solved && there[i].solved ? 1 : 0;
  }
  difference.points =
      100 * share(static_cast<double>(difference.won - difference.lost), static_cast<double>(both));
  return difference;
}

}  // namespace trm::bench
