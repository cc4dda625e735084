// `trm_bench accuracy`: solve rates of a model on files of boards, as the cards give them.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <set>

#include "bench/examiner.h"
#include "bench/images.h"

namespace trm::bench {
namespace {

constexpr int kInterrupted = 130;  // the exit status of a program that ends by SIGINT

struct Arguments {
  CommonArguments common;
  EngineArguments engine;
  std::vector<std::string> files;
  std::string puzzle, bands;
  std::size_t count = 0;
  std::uint64_t seed = 0;
  double seconds = 0;
  int callers = 1, suppose = 0;
  bool robust = false, markdown = false;

  Budget budget() const {
    return {engine.model, engine.attempts, engine.max_steps, seconds, callers, seed, suppose};
  }
  Style style() const {
    return common.json ? Style::json : markdown ? Style::markdown : Style::table;
  }
};

std::vector<Column> columns(bool robust) {
  std::vector<Column> all{{"set", "set", 24, kText}};
  if (robust) all.push_back({"symmetry", "symmetry", 34, kText});
  const std::vector<Column> figures{{"boards", "boards", 6},
                                    {"solved_rate", "solved", 7, 1, 100, " %"},
                                    {"interval", "95 % interval", 20, kText},
                                    {"exact_rate", "exact", 7, 1, 100, " %"},
                                    {"mean_steps", "mean steps", 10, 1},
                                    {"mean_attempts", "mean attempts", 13, 1},
                                    {"mean_seconds", "a board", 9, 4, 1, " s"},
                                    {"p99_seconds", "99 % within", 11, 4, 1, " s"}};
  all.insert(all.end(), figures.begin(), figures.end());
  if (!robust) return all;
  all.push_back({"points", "points", 7, 1});
  all.push_back({"won", "won", 4});
  all.push_back({"lost", "lost", 4});
  return all;
}

Result<std::vector<BoardSet>> read_sets(const Arguments& a) {
  std::vector<BoardSet> sets;
  for (const std::string& path : a.files) {
    auto set = read_board_set(path, a.puzzle, a.count, a.seed);
    if (!set) return set.error();
    if (!a.bands.empty() && set->file.rating.empty()) {
      return fail(ErrorCode::invalid_field,
                  "--bands needs a column rating or guesses, which " + path + " has not", "bands");
    }
    sets.push_back(std::move(*set));
  }
  return sets;
}

std::vector<const BoardEntry*> pointers(const std::vector<BoardEntry>& entries) {
  std::vector<const BoardEntry*> all;
  all.reserve(entries.size());
  for (const BoardEntry& entry : entries) all.push_back(&entry);
  return all;
}

std::vector<const BoardEntry*> pointers(const std::vector<std::optional<BoardEntry>>& entries) {
  std::vector<const BoardEntry*> all;
  all.reserve(entries.size());
  for (const auto& entry : entries) all.push_back(entry ? &*entry : nullptr);
  return all;
}

std::string models_of(const std::vector<Judged>& judged) {
  std::set<std::string> names;
  for (const Judged& one : judged) {
    if (!one.model.empty()) names.insert(one.model);
  }
  return joined({names.begin(), names.end()});
}

/// Measures the sets one after another and prints a row for each as it is known.
class Run {
 public:
  Run(const Arguments& a, const std::vector<BoardSet>& sets, Solver& solver)
      : a_(a),
        sets_(sets),
        solver_(solver),
        stop_(stop_on_signals()),
        examiner_(solver, a.budget(), stop_),
        report_("accuracy", columns(a.robust), a.style()) {}

  /// The exit status.
  int run() {
    for (std::size_t i = 0; i < sets_.size() && !stop_; ++i) {
      const auto done = a_.robust ? measure_images(i) : measure(i);
      if (!done) return complain(done.error());
    }
    if (a_.robust && largest_.is_object()) report_largest();
    return finish();
  }

 private:
  Result<void> measure(std::size_t i) {
    const BoardSet& set = sets_[i];
    auto judged = examine(i, pointers(set.file.entries));
    if (!judged) return judged.error();
    row(i, "", *judged);
    return a_.bands.empty() ? Result<void>() : measure_bands(i, *judged);
  }

  Result<void> measure_bands(std::size_t i, const std::vector<Judged>& judged) {
    const BoardFile& file = sets_[i].file;
    const auto bands = make_bands(a_.bands, file.entries);
    if (!bands) return bands.error();
    for (const Band& band : *bands) {
      std::vector<Judged> inside(judged.size());
      bool any = false;
      for (std::size_t k = 0; k < judged.size(); ++k) {
        if (!band.holds(*file.entries[k].rating)) continue;  // a column has no gaps
        inside[k] = judged[k];
        any = true;
      }
      if (any) row(i, file.rating + " " + band.text(), inside);
    }
    return {};
  }

  Result<void> measure_images(std::size_t i) {
    const BoardSet& set = sets_[i];
    const auto kinds = make_images(set.file.entries, a_.seed);
    if (kinds.empty()) {
      return fail(ErrorCode::unsupported, "the puzzle " + set.puzzle->name() + " has no symmetries",
                  "robust");
    }
    const auto plain = examine(i, pointers(set.file.entries));
    if (!plain) return plain.error();
    image_row(i, "identity", *plain, *plain);
    for (const Images& images : kinds) {
      if (stop_) return {};
      const auto judged = examine(i, pointers(images.boards));
      if (!judged) return judged.error();
      image_row(i, images.kind, *judged, *plain);
    }
    return {};
  }

  Result<std::vector<Judged>> examine(std::size_t i, const std::vector<const BoardEntry*>& boards) {
    auto judged = examiner_.examine(sets_[i].name, a_.files[i], boards);
    if (!judged) return judged.error();
    for (std::size_t k = 0; k < judged->size(); ++k) {
      if (!(*judged)[k].false_claim) continue;
      ++false_claims_;
      if (first_claim_.empty()) {
        first_claim_ = a_.files[i] + ", line " + std::to_string(boards[k]->line);
      }
    }
    return judged;
  }

  Json base_row(std::size_t i, const std::string& band, const std::vector<Judged>& judged) const {
    const BoardSet& set = sets_[i];
    const bool partial = stop_;
    Json row = Json::object();
    row.set("set", set.name + (band.empty() ? "" : ", " + band) + (partial ? " (partial)" : ""));
    row.set("puzzle", set.puzzle->name()).set("file", a_.files[i]).set("band", band);
    set_engine(row, solver_, models_of(judged));
    row.set("attempts", a_.seconds > 0 ? Json() : Json(a_.engine.attempts));
    row.set("seconds", a_.seconds > 0 ? Json(a_.seconds) : Json());
    row.set("max_steps", a_.engine.max_steps).set("suppose", a_.suppose).set("callers", a_.callers);
    row.set("count", set.file.entries.size()).set("seed", static_cast<std::int64_t>(a_.seed));
    row.set("partial", partial);
    set_tally(row, tally(judged));
    return row;
  }

  void row(std::size_t i, const std::string& band, const std::vector<Judged>& judged) {
    report_.row(base_row(i, band, judged));
  }

  void image_row(std::size_t i, const std::string& kind, const std::vector<Judged>& judged,
                 const std::vector<Judged>& plain) {
    const Difference difference = compare(judged, plain);
    Json row = base_row(i, "", judged);
    row.set("symmetry", kind).set("points", difference.points);
    row.set("won", difference.won).set("lost", difference.lost);
    report_.row(row);
    if (kind == "identity") return;
    if (largest_.is_object() &&
        std::abs(difference.points) <= std::abs(largest_.find("points")->as_double())) {
      return;
    }
    largest_ = Json::object();
    largest_.set("set", sets_[i].name).set("symmetry", kind).set("points", difference.points);
  }

  void report_largest() {
    if (a_.style() == Style::json) {
      report_.row(Json::object().set("largest_difference", largest_));
      return;
    }
    char points[32];
    std::snprintf(points, sizeof points, "%+.1f points", largest_.find("points")->as_double());
    report_.note("Largest difference to identity: " + std::string(points) + " (" +
                 largest_.find("set")->as_string() + ", " + largest_.find("symmetry")->as_string() +
                 ")");
  }

  int finish() const {
    if (false_claims_ > 0) {
      return complain(fail(
          ErrorCode::internal,
          std::to_string(false_claims_) +
              " answers were called verified and break the rules; the first: " + first_claim_));
    }
    if (!stop_) return 0;
    std::cerr << "trm_bench: interrupted; rows marked partial hold what was measured until then"
              << std::endl;
    return kInterrupted;
  }

  const Arguments& a_;
  const std::vector<BoardSet>& sets_;
  Solver& solver_;
  const std::atomic<bool>& stop_;
  Examiner examiner_;
  Report report_;
  Json largest_;
  std::int64_t false_claims_ = 0;
  std::string first_claim_;
};

int run(const Arguments& a) {
  if (!a.bands.empty()) {  // before a long measurement
    if (const auto readable = make_bands(a.bands, {}); !readable) return complain(readable.error());
  }
  const auto sets = read_sets(a);
  if (!sets) return complain(sets.error());
  auto solver = make_solver(a.engine, a.common);
  if (!solver) return complain(solver.error());
  return Run(a, *sets, **solver).run();
}

void add_options(CLI::App& command, Arguments& a) {
  command.add_option("files", a.files, "Boards, one a line, or CSV with named columns; .gz too")
      ->required();
  command.add_option("--puzzle", a.puzzle, "Puzzle (default: the one that reads the file)");
  command.add_option("--count", a.count, "Boards of each file, chosen by --seed; 0: all")
      ->capture_default_str();
  command.add_option("--seed", a.seed, "Of the choice, of symmetries and noise")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62))
      ->capture_default_str();
  command.add_option("--bands", a.bands, "Also by rating: bounds such as 0,1,10,100, or quartiles")
      ->excludes(command.add_flag("--robust", a.robust,
                                  "Also under each kind of the puzzle's symmetries"));
  add_engine_options(command, a.engine, a.common);
  add_attempt_options(command, a.engine);
  add_precision_option(command, a.engine);
  command
      .add_option("--seconds", a.seconds,
                  "In place of --attempts: attempts until one is verified or so many seconds have "
                  "gone")
      ->check(CLI::Range(0.001, 86'400.0))
      ->excludes("--attempts");
  command
      .add_option("--suppose", a.suppose,
                  "Attempts after the first take up to so many further cells as given, by guessing")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  command
      .add_option("--callers", a.callers,
                  "Boards submitted at once; with more than 1 a board's time holds waiting")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_flag("--markdown", a.markdown, "The table as Markdown, as in a model's card")
      ->excludes("--json");
}

}  // namespace

void add_accuracy_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("accuracy", "Solve rates on files of boards, as in a model's card");
  add_options(*command, *a);
  command->footer(
      "solved: the module's rules, asked again here, accept the answer (at some step of some "
      "attempt);\n"
      "puzzles without checkable rules: it equals the label. exact: the plain board's answer after "
      "the\n"
      "last step equals the label, of boards that have one. In brackets the 95 % interval "
      "(Wilson).\n"
      "Steps: of all attempts of solved boards. An answer that was called verified and breaks the "
      "rules\n"
      "ends the command with status 1. Ctrl-C prints what has been measured so far. CSV columns: "
      "puzzle\n"
      "or question, answer, rating or guesses, source.\n"
      "--robust: points, boards won and lost are against the same boards as they are.\n"
      "Examples:\n"
      "  trm_bench accuracy assets/sets/*.gz --count 200 --markdown\n"
      "  trm_bench accuracy boards.csv.gz --bands 0,1,10,100 --seconds 5\n"
      "  trm_bench accuracy boards.txt --model NAME --robust --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
