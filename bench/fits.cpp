// `trm_bench fits`: how many tasks of a collection are answered right by fitting a network to each.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>

#include "bench/bench.h"
#include "bench/board_set.h"
#include "bench/tally.h"
#include "bench/task_baselines.h"
#include "engine/solution_json.h"
#include "puzzles/registry.h"
#include "trainer/interval.h"
#include "trainer/lines.h"
#include "trainer/tasks.h"

namespace trm::bench {
namespace {

struct Arguments : CommonArguments {
  std::string tasks, puzzle, out;
  int count = 40;
  std::uint64_t seed = 0;
  double seconds = 60;
};

bool is_row(const Json& row) {
  const auto text = [&](const char* field) {
    const Json* value = row.is_object() ? row.find(field) : nullptr;
    return value != nullptr && value->is_string();
  };
  return text("task") && text("status");
}

/// Lines of JSON objects that are appended to a file: what was measured is never measured again.
class RowFile {
 public:
  static Result<RowFile> open(const std::string& path) {
    RowFile file(path);
    // Whether it can be written is worth knowing before the first task takes a minute.
    if (auto ready = file.write(""); !ready) return ready.error();
    auto reader = LineReader::open(path);
    if (!reader) return reader.error();
    std::string line;
    bool half = false;  // a run that was killed may have left half a line
    for (;;) {
      const auto more = reader->next(line);
      if (!more) return more.error();
      if (!*more) break;
      auto row = parse_json(line);
      half = !row;
      if (!row || !is_row(*row)) continue;
      const Json* task = row->find("task");
      std::string id = task->as_string();
      file.rows_.insert_or_assign(std::move(id), std::move(*row));
    }
    if (half) {
      if (auto ended = file.write("\n"); !ended) return ended.error();
    }
    return file;
  }

  const Json* find(const std::string& task) const {
    const auto found = rows_.find(task);
    return found == rows_.end() ? nullptr : &found->second;
  }

  Result<void> append(const std::string& task, Json row) {
    auto written = write(row.dump() + "\n");
    rows_[task] = std::move(row);
    return written;
  }

 private:
  explicit RowFile(std::string path) : path_(std::move(path)) {}

  Result<void> write(const std::string& text) const {
    std::FILE* file = std::fopen(path_.c_str(), "ab");
    const bool written =
        file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (written && closed) return {};
    return fail(ErrorCode::io_error, "cannot write " + path_, "out");
  }

  std::string path_;
  std::map<std::string, Json> rows_;
};

/// The share of cells that are right in the first candidates; boards of another size have none.
double cell_accuracy(const Answer& answer, const Answer& label) {
  double sum = 0;
  for (std::size_t q = 0; q < label.queries.size(); ++q) {
    const Grid& right = label.best(q);
    if (q >= answer.queries.size() || answer.queries[q].empty()) continue;
    const Grid& found = answer.best(q);
    if (same_size(found, right)) sum += share(equal_cells(found, right), right.size());
  }
  return share(sum, static_cast<double>(label.queries.size()));
}

Answer first_candidates(Answer answer) {
  for (auto& candidates : answer.queries)
    candidates.resize(std::min<std::size_t>(1, candidates.size()));
  return answer;
}

int longest_side(const Question& question) {
  int side = 0;
  for (const NamedGrid& named : question.grids())
    side = std::max({side, named.grid.rows, named.grid.cols});
  return side;
}

Json row_of(const Task& task, const Solution& solution, const Arguments& a) {
  const Answer& label = *task.answer;
  Json row = Json::object();
  row.set("task", task.id)
      .set("budget", a.seconds)
      .set("seed", a.seed)
      .set("side", longest_side(task.question));
  row.set("tests", label.queries.size());
  row.set("solved", equals_label(solution.answer, label));
  row.set("solved_at_1", equals_label(first_candidates(solution.answer), label));
  row.set("cell_accuracy", cell_accuracy(solution.answer, label));
  row.set("status", status_name(solution.verdict.status));
  row.set("stopped", stopped_name(solution.stopped));
  if (solution.fit) row.set("fit", fit_to_json(solution.fit->state));
  row.set("copy", equals_label(copied_input(task.question), label));
  row.set("values", equals_label(mapped_values(task.question), label));
  return row.set("nearest", equals_label(nearest_output(task.question), label));
}

bool says(const Json& row, std::string_view field) {
  const Json* value = row.find(field);
  return value != nullptr && value->is_bool() && value->as_bool();
}
double number(const Json& row, std::string_view field) {
  const Json* value = row.find(field);
  return value != nullptr && value->is_number() ? value->as_double() : 0;
}

/// Sums over rows whose longest side is in [low, high].
Json summary(const std::vector<Json>& rows, int low, int high) {
  std::int64_t tasks = 0, solved = 0, first = 0, copy = 0, values = 0, nearest = 0, plausible = 0,
               plausible_solved = 0, shown = 0, reproduced = 0;
  double accuracy = 0, seconds = 0;
  for (const Json& row : rows) {
    const double side = number(row, "side");
    if (side < low || side > high) continue;
    ++tasks;
    solved += says(row, "solved"), first += says(row, "solved_at_1");
    copy += says(row, "copy"), values += says(row, "values"), nearest += says(row, "nearest");
    accuracy += number(row, "cell_accuracy");
    const bool claims = row.find("status")->as_string() == "plausible";
    plausible += claims, plausible_solved += claims && says(row, "solved");
    if (const Json* fit = row.find("fit")) {
      shown += static_cast<std::int64_t>(number(*fit, "demonstrations"));
      reproduced += static_cast<std::int64_t>(number(*fit, "reproduced"));
      seconds += number(*fit, "seconds");
    }
  }
  const Interval interval = wilson(solved, tasks);
  Json json = Json::object();
  json.set("sides", std::to_string(low) + " to " + std::to_string(high)).set("tasks", tasks);
  json.set("solved", solved).set("solved_at_1", first).set("rate", rate(solved, tasks));
  json.set("low", interval.low).set("high", interval.high);
  json.set("copy", copy).set("values", values).set("nearest", nearest);
  json.set("cell_accuracy", share(accuracy, static_cast<double>(tasks)));
  json.set("reproduced", rate(reproduced, shown));
  json.set("plausible", plausible).set("plausible_solved", plausible_solved);
  return json.set("mean_seconds", share(seconds, static_cast<double>(tasks)));
}

void print_summary(const std::vector<Json>& rows, bool json) {
  Report report("fits",
                {{"sides", "longest side", 12, kText},
                 {"tasks", "tasks", 5},
                 {"solved", "solved", 6},
                 {"solved_at_1", "with one answer", 6},
                 {"rate", "rate", 7, 1, 100, " %"},
                 {"low", "from", 7, 1, 100, " %"},
                 {"high", "to", 7, 1, 100, " %"},
                 {"copy", "copy", 4},
                 {"values", "colour map", 6},
                 {"nearest", "nearest", 7},
                 {"cell_accuracy", "cells right", 7, 1, 100, " %"},
                 {"reproduced", "reproduced", 7, 1, 100, " %"},
                 {"plausible", "plausible", 5},
                 {"plausible_solved", "of them right", 5},
                 {"mean_seconds", "seconds", 6, 1}},
                json);
  for (const auto& [low, high] : {std::pair(1, 10), {11, 20}, {21, 30}, {1, 64}}) {
    const Json row = summary(rows, low, high);
    if (number(row, "tasks") > 0) report.row(row);
  }
}

Result<std::unique_ptr<Solver>> solver_of(const Arguments& a) {
  SolverOptions options;
  options.threads = a.threads;
  return Solver::create(options);
}

Result<std::vector<Json>> measured(const Puzzle& puzzle, std::vector<NamedJson> tasks,
                                   const Arguments& a) {
  auto file = RowFile::open(a.out);
  if (!file) return file.error();
  auto solver = solver_of(a);
  if (!solver) return solver.error();
  std::vector<Json> rows;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto task = parse_task(puzzle, tasks[i]);
    if (!task) return task.error();
    if (!task->answer) {
      return fail(ErrorCode::invalid_data, tasks[i].place + ": has no answers to compare with",
                  "tasks");
    }
    if (const Json* known = file->find(task->id)) {
      if (number(*known, "budget") != a.seconds ||
          number(*known, "seed") != static_cast<double>(a.seed)) {
        return fail(ErrorCode::invalid_field,
                    a.out + " holds task " + task->id +
                        " with other --seconds or --seed; name "
                        "another file",
                    "out");
      }
      rows.push_back(*known);
      continue;
    }
    SolveRequest request(task->question);
    request.fit_seconds = a.seconds;
    request.seed = a.seed;
    const auto solution = (*solver)->solve(std::move(request));
    if (!solution) return solution.error();
    rows.push_back(row_of(*task, *solution, a));
    if (auto added = file->append(task->id, rows.back()); !added) return added.error();
    std::cerr << i + 1 << " of " << tasks.size() << ": " << rows.back().dump() << std::endl;
  }
  return rows;
}

int run(const Arguments& a) {
  const auto puzzle = find_puzzle(a.puzzle);
  if (!puzzle) return complain(puzzle.error());
  auto tasks = read_tasks(a.tasks, TaskPart::evaluation);
  if (!tasks) return complain(tasks.error());
  std::vector<NamedJson> drawn;
  const std::size_t count = a.count > 0 ? static_cast<std::size_t>(a.count) : tasks->size();
  for (const std::size_t i : choose_sample(tasks->size(), count, a.seed))
    drawn.push_back(std::move((*tasks)[i]));
  const auto rows = measured(**puzzle, std::move(drawn), a);
  if (!rows) return complain(rows.error());
  print_summary(*rows, a.json);
  return 0;
}

}  // namespace

void add_fits_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command =
      commands.add("fits", "Tasks that are answered right by fitting a network to each");
  command->add_option("tasks", a->tasks, "Folder of task files, or a file of tasks, with answers")
      ->required();
  command->add_option("--puzzle", a->puzzle, "The tasks' puzzle")->required();
  command->add_option("--count", a->count, "Tasks, drawn by the seed; 0: all")
      ->capture_default_str();
  command->add_option("--seed", a->seed, "Of the draw and of the fits")->capture_default_str();
  command->add_option("--seconds", a->seconds, "Time to fit a network to a task")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command
      ->add_option("--out", a->out,
                   "File to which a row a task is appended; tasks that it holds are not fitted "
                   "again, so that a run that was stopped goes on")
      ->required();
  add_threads_option(*command, *a);
  add_json_option(*command, *a);
  command->footer(
      "Example:\n"
      "  trm_bench fits ARC-AGI/data/evaluation --puzzle arc --count 40 --seconds 60 "
      "--out fits-60.jsonl");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
