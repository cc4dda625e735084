// How fast training is: the step of each preset beside our eager path and beside its own matrix
// products alone, all measured in one run.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <limits>

#include "engine/model/tensor_io.h"
#include "puzzles/json.h"
#include "trainer/command.h"
#include "trainer/measure.h"
#include "trainer/presets.h"
#include "trainer/run.h"

namespace trm {
namespace {

struct Arguments {
  std::vector<std::string> presets = {"sudoku-extreme-mlp", "sudoku-extreme-att", "maze-hard",
                                      "sudoku", "maze"};
  double seconds = 8;
  int threads = 0, rows = 0;
  bool json = false;
};

struct Row {
  std::string preset;
  std::int64_t rows = 0, positions = 0;
  double step = 0, eager = 0, matrices = 0, flops = 0;  // seconds a step; FLOPs a step
};

// At most 32 rows, fewer where a step would take long.
std::int64_t rows_of(int batch, double flops_per_row) {
  constexpr double kMostFlops = 2e12;
  const auto most = static_cast<std::int64_t>(kMostFlops / flops_per_row);
  return std::clamp<std::int64_t>(most, 1, std::min(batch, 32));
}

// Both paths take turns, so that a change in the machine's mood meets both; minima count.
Result<Row> measure(const std::string& name, const Arguments& arguments) {
  constexpr int kTurns = 4;
  auto config = find_preset(name);
  if (!config) return config.error();
  const auto board = preset_board(*config);
  if (!board) return board.error();
  const RecursionDepth depth{config->arch.H_cycles, config->arch.L_cycles};
  Learner ours(config->arch, config->learn, 0, torch::kCPU);
  const double flops = train_flops(ours.network(), depth, board->nodes());
  Row row{name, arguments.rows > 0 ? arguments.rows : rows_of(config->data.back().batch, flops),
          board->length};
  Learner eager(config->arch, config->learn, 0, torch::kCPU);
  eager.network().set_fused(false);
  row.step = row.eager = std::numeric_limits<double>::infinity();
  const double budget = arguments.seconds / (2 * kTurns);
  for (int turn = 0; turn < kTurns; ++turn) {
    row.step = std::min(row.step, measure_step(ours, *board, row.rows, depth, budget).seconds);
    row.eager = std::min(row.eager, measure_step(eager, *board, row.rows, depth, budget).seconds);
  }
  row.flops = flops * static_cast<double>(row.rows);
  row.matrices = matrix_seconds(ours.network(), row.rows, board->nodes(), depth);
  return row;
}

Json row_json(const Row& r) {
  Json json = Json::object();
  json.set("preset", r.preset).set("rows", r.rows).set("positions", r.positions);
  json.set("step_seconds", r.step).set("eager_seconds", r.eager);
  json.set("matrix_seconds", r.matrices).set("flops", r.flops);
  json.set("over_eager", r.eager / r.step).set("share_of_peak", r.matrices / r.step);
  return json;
}

void print_row(const Row& r) {
  const double rows = static_cast<double>(r.rows);
  std::printf("%-20s %4lld %6lld %9.2f ms %9.2f ms %7.2fx %12s/s %7.0f %%\n", r.preset.c_str(),
              static_cast<long long>(r.rows), static_cast<long long>(r.positions),
              1000 * r.step / rows, 1000 * r.eager / rows, r.eager / r.step,
              human(r.flops / r.step, "FLOP").c_str(), 100 * r.matrices / r.step);
  std::fflush(stdout);
}

int bench(const Arguments& arguments) {
  tune_allocator();
  set_threads(arguments.threads);
  if (!arguments.json) {
    std::printf("%-20s %4s %6s %12s %12s %8s %14s %9s\n", "preset", "rows", "length", "ours a row",
                "eager a row", "ratio", "speed", "of peak");
  }
  for (const auto& name : arguments.presets) {
    const auto row = guarded<Row>([&] { return measure(name, arguments); });
    if (!row) return report(row.error());
    if (arguments.json) {
      std::cout << row_json(*row).dump() << "\n" << std::flush;
    } else {
      print_row(*row);
    }
  }
  return 0;
}

}  // namespace
}  // namespace trm

int main(int argc, char** argv) {
  trm::Arguments arguments;
  CLI::App app(
      "Speed of training: a supervision step of each preset, beside the eager path and "
      "beside the network's own matrix products alone (\"of peak\").");
  app.add_option("presets", arguments.presets, "default: the official shapes and ours");
  app.add_option("--seconds", arguments.seconds, "measuring time a preset")
      ->check(CLI::Range(0.5, 600.0));
  app.add_option("--rows", arguments.rows,
                 "rows of the batch; 0: the preset's, at most 32 and 2 TFLOP")
      ->check(CLI::Range(0, 4096));
  app.add_option("--threads", arguments.threads, "threads; 0: one a core")
      ->check(CLI::Range(0, 1024));
  app.add_flag("--json", arguments.json, "one JSON object a preset");
  app.footer("Example: trm_train_bench sudoku-extreme-mlp --rows 32");
  CLI11_PARSE(app, argc, argv);
  return trm::bench(arguments);
}
