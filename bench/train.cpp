// `trm_bench train`: the step of each preset beside our eager path and beside its own matrix
// products alone, all measured in one run.
#include <algorithm>
#include <limits>
#include <memory>

#include "bench/bench.h"
#include "engine/model/tensor_io.h"
#include "trainer/measure.h"
#include "trainer/presets.h"
#include "trainer/run.h"

namespace trm::bench {
namespace {

struct Arguments {
  CommonArguments common;
  std::vector<std::string> presets = {"sudoku-extreme-mlp", "sudoku-extreme-att", "maze-hard",
                                      "sudoku", "maze"};
  double seconds = 8;
  int rows = 0;
};

std::vector<Column> columns() {
  return {{"preset", "preset", 20, kText},
          {"rows", "rows", 4},
          {"positions", "length", 6},
          {"row_ms", "ours a row", 12, 2, 1, " ms"},
          {"eager_row_ms", "eager a row", 12, 2, 1, " ms"},
          {"over_eager", "ratio", 7, 2, 1, "x"},
          {"gflops", "GFLOP/s", 8, 1},
          {"share_of_peak", "of peak", 7, 0, 100, " %"}};
}

// At most 32 rows, fewer where a step would take long.
std::int64_t rows_of(int batch, double flops_per_row) {
  constexpr double kMostFlops = 2e12;
  const auto most = static_cast<std::int64_t>(kMostFlops / flops_per_row);
  return std::clamp<std::int64_t>(most, 1, std::min(batch, 32));
}

// Both paths take turns, so that a change in the machine's mood meets both; minima count.
Result<Json> measure(const std::string& name, const Arguments& a) {
  constexpr int kTurns = 4;
  auto config = find_preset(name);
  if (!config) return config.error();
  const auto board = preset_board(*config);
  if (!board) return board.error();
  const RecursionDepth depth{config->arch.H_cycles, config->arch.L_cycles};
  Learner ours(config->arch, config->learn, 0, torch::kCPU);
  double flops = train_flops(ours.network(), depth, board->nodes());
  const std::int64_t rows = a.rows > 0 ? a.rows : rows_of(config->data.back().batch, flops);
  flops *= static_cast<double>(rows);
  Learner eager(config->arch, config->learn, 0, torch::kCPU);
  eager.network().set_fused(false);
  double step = std::numeric_limits<double>::infinity(), eager_step = step;
  const double budget = a.seconds / (2 * kTurns);
  for (int turn = 0; turn < kTurns; ++turn) {
    step = std::min(step, measure_step(ours, *board, rows, depth, budget).seconds);
    eager_step = std::min(eager_step, measure_step(eager, *board, rows, depth, budget).seconds);
  }
  const double matrices = matrix_seconds(ours.network(), rows, board->nodes(), depth);
  const auto per_row = [&](double seconds) { return 1000 * seconds / static_cast<double>(rows); };
  Json row = Json::object();
  row.set("preset", name).set("rows", rows).set("positions", board->length);
  row.set("threads", at::get_num_threads());
  row.set("step_seconds", step).set("eager_seconds", eager_step).set("matrix_seconds", matrices);
  row.set("row_ms", per_row(step)).set("eager_row_ms", per_row(eager_step)).set("flops", flops);
  row.set("gflops", 1e-9 * flops / step).set("over_eager", eager_step / step);
  return row.set("share_of_peak", matrices / step);
}

int run(const Arguments& a) {
  tune_allocator();  // as the trainer does
  set_threads(a.common.threads);
  Report report("train", columns(), a.common.json);
  Ticker ticker("presets");
  for (std::size_t i = 0; i < a.presets.size(); ++i) {
    ticker(static_cast<std::int64_t>(i), static_cast<std::int64_t>(a.presets.size()));
    const auto row = guarded<Json>([&] { return measure(a.presets[i], a); });
    if (!row) return complain(row.error());
    report.row(*row);
  }
  return 0;
}

}  // namespace

void add_train_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("train", "One supervision step when training, by preset");
  command->add_option("presets", a->presets, "Default: the official shapes and ours");
  command->add_option("--seconds", a->seconds, "Measuring time a preset")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  command
      ->add_option("--rows", a->rows, "Rows of the batch; 0: the preset's, at most 32 and 2 TFLOP")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  add_threads_option(*command, a->common);
  add_json_option(*command, a->common);
  command->footer(
      "ratio: over the eager path, the same network in torch's own operations. of peak: its own\n"
      "matrix products alone over the step.\n"
      "Examples:\n"
      "  trm_bench train\n"
      "  trm_bench train sudoku-extreme-mlp --rows 32 --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
