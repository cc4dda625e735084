// `trm_bench step`: one supervision step when solving, by model, board, backend, precision, batch
// and threads.
#include <limits>
#include <memory>
#include <optional>

#include "bench/bench.h"
#include "bench/stepper.h"
#include "engine/model/tensor_io.h"
#include "engine/model_dirs.h"
#include "trainer/products.h"
#include "trainer/run.h"

namespace trm::bench {
namespace {

struct Arguments {
  CommonArguments common;
  std::string folder;
  std::vector<std::string> models, sizes, backends = stepper_names(),
                                          precisions{"float32", "bfloat16"};
  std::vector<int> batches{1, 8, 32}, threads{0};
  double seconds = 2;
};

std::vector<Column> columns() {
  return {{"model", "model", 18, kText},
          {"size", "size", 7, kText},
          {"precision", "precision", 9, kText},
          {"batch", "batch", 5},
          {"threads", "thr", 3},
          {"backend", "backend", 7, kText},
          {"step_ms", "ms/step", 9, 2},
          {"row_ms", "ms/row", 9, 3},
          {"gflops", "GFLOP/s", 8, 1},
          {"share_of_peak", "of peak", 7, 1, 100, " %"},
          {"over_eager", "eager/this", 10, 2, 1, "x"}};
}

/// One way to compute the step, and its least time so far.
struct Contender {
  std::string backend;
  std::unique_ptr<Stepper> stepper;
  double best = std::numeric_limits<double>::infinity();
  std::int64_t repeats = 0;
};

// Steps for about `budget` seconds, at least once.
Result<void> take_turn(Contender& contender, double budget) {
  const auto start = Clock::now();
  do {
    const auto begun = Clock::now();
    if (auto stepped = contender.stepper->step(); !stepped) return stepped;
    contender.best = std::min(contender.best, seconds_since(begun));
    ++contender.repeats;
  } while (seconds_since(start) < budget);
  return {};
}

/// What one group of rows has in common: they differ in the backend only.
struct Group {
  const BenchModel& model;
  const Network& network;  ///< of the model's shapes
  const ModelBoard& board;
  StepSetting setting;
};

// Backends without the precision are left out. Error: that of the first if none has it.
Result<std::vector<Contender>> contenders_of(const Group& group, const Arguments& a) {
  std::vector<Contender> contenders;
  std::optional<Error> refused;
  for (const auto& name : a.backends) {
    auto stepper = make_stepper(name, group.model, group.board, group.setting);
    if (!stepper && stepper.error().field == "precision") {
      if (!refused) refused = stepper.error();
      continue;
    }
    if (!stepper) return stepper.error();
    Contender contender{name, std::move(*stepper)};
    if (auto warm = contender.stepper->step(); !warm) return warm.error();
    contenders.push_back(std::move(contender));
  }
  if (contenders.empty() && refused) return *refused;
  return contenders;
}

struct Peak {
  double seconds = 0;  ///< of the products alone; 0: unknown for this precision
  double flops = 0;    ///< of a step
};

// Backends take turns, so that a change in the machine's mood meets all of them, and the products
// alone are measured before and after.
Result<Peak> measure(const Group& group, std::vector<Contender>& contenders, double seconds) {
  constexpr int kTurns = 4;
  const RecursionDepth depth{group.network.arch().H_cycles, group.network.arch().L_cycles};
  auto products =
      products_of(group.network, group.setting.batch, group.board.nodes, depth, Passes::forward);
  const bool bf16 = group.setting.precision == "bfloat16";
  if (!bf16 && group.setting.precision != "float32") products.clear();  // torch has no such product
  ProductPeaks peaks(bf16 ? torch::kBFloat16 : torch::kFloat32, torch::kCPU);
  const double budget = std::min(0.15, seconds / 20);
  peaks.measure(products, budget);
  for (int turn = 0; turn < kTurns; ++turn) {
    for (Contender& contender : contenders) {
      if (auto taken = take_turn(contender, seconds / kTurns); !taken) return taken.error();
    }
  }
  peaks.measure(products, budget);
  const double calls = depth.H_cycles * (depth.L_cycles + 1.0);
  return Peak{peaks.seconds(products), group.network.flops_per_call(group.board.nodes) * calls *
                                           static_cast<double>(group.setting.batch)};
}

Json row_of(const Group& group, const Contender& contender, const Peak& peak, double eager) {
  const StepSetting& setting = group.setting;
  Json row = Json::object();
  row.set("model", group.model.name).set("puzzle", group.model.puzzle->name());
  row.set("size", group.board.size).set("nodes", group.board.nodes);
  row.set("precision", setting.precision).set("batch", setting.batch);
  row.set("threads", at::get_num_threads()).set("backend", contender.backend);
  row.set("step_ms", 1000 * contender.best);
  row.set("row_ms", 1000 * contender.best / setting.batch);
  row.set("gflops", 1e-9 * peak.flops / contender.best);
  const bool known = peak.seconds > 0;
  row.set("peak_gflops", known ? Json(1e-9 * peak.flops / peak.seconds) : Json());
  row.set("share_of_peak", known ? Json(peak.seconds / contender.best) : Json());
  row.set("over_eager", eager > 0 ? Json(eager / contender.best) : Json());
  return row.set("repeats", contender.repeats);
}

Result<void> run_group(const Group& group, const Arguments& a, Report& report) {
  auto contenders = contenders_of(group, a);
  if (!contenders) return contenders.error();
  set_threads(group.setting.threads);
  const auto peak = guarded<Peak>([&] { return measure(group, *contenders, a.seconds); });
  if (!peak) return peak.error();
  double eager = 0;
  for (const Contender& contender : *contenders) {
    if (contender.backend == "eager") eager = contender.best;
  }
  for (const Contender& contender : *contenders) {
    report.row(row_of(group, contender, *peak, eager));
  }
  return {};
}

/// Every group of the run, in order.
std::vector<Group> groups_of(const BenchModel& model, const Network& network,
                             const std::vector<ModelBoard>& boards, const Arguments& a) {
  std::vector<Group> groups;
  for (const ModelBoard& board : boards) {
    for (const int threads : a.threads) {
      for (const auto& precision : a.precisions) {
        for (const int batch : a.batches)
          groups.push_back({model, network, board, {precision, batch, threads}});
      }
    }
  }
  return groups;
}

Result<bool> run_model(const BenchModel& model, const Arguments& a, Report& report) {
  const auto boards = model_boards(model, a.sizes);
  if (!boards) {
    if (a.models.empty()) return false;  // another of the default models may read it
    return boards.error();
  }
  const Network network(model.file.info.arch, 0, torch::kCPU);
  const auto groups = groups_of(model, network, *boards, a);
  Ticker ticker(model.name + ", settings");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ticker(static_cast<std::int64_t>(i), static_cast<std::int64_t>(groups.size()));
    if (auto done = run_group(groups[i], a, report); !done) return done.error();
  }
  return true;
}

int run(const Arguments& a) {
  const auto folder = find_model_dir(a.folder);
  if (!folder) return complain(folder.error());
  auto names =
      a.models.empty() ? default_models(*folder) : Result<std::vector<std::string>>(a.models);
  if (!names) return complain(names.error());
  const auto models = open_models(*names, *folder);
  if (!models) return complain(models.error());
  Report report("step", columns(), a.common.json);
  bool any = false;
  for (const BenchModel& model : *models) {
    const auto measured = run_model(model, a, report);
    if (!measured) return complain(measured.error());
    any = any || *measured;
  }
  if (any) return 0;
  return complain(
      fail(ErrorCode::unsupported_by_model, "no model reads boards of " + joined(a.sizes), "size"));
}

}  // namespace

void add_step_command(Commands& commands) {
  auto a = std::make_shared<Arguments>();
  auto* command = commands.add("step", "One supervision step when solving");
  command->add_option("--model", a->models,
                      "Names of shipped models, .safetensors files, or presets (random weights); "
                      "default: the shipped models and the paper's Sudoku networks");
  command->add_option("--models", a->folder, "Folder of the models (default: TRM_MODELS, assets)");
  command->add_option("--size", a->sizes, "Board sizes such as 9x9 (default: the puzzle's list)");
  command->add_option("--backend", a->backends, "Of " + joined(stepper_names()))
      ->check(CLI::IsMember(stepper_names()))
      ->capture_default_str();
  command->add_option("--precision", a->precisions, "float32, bfloat16")->capture_default_str();
  command->add_option("--batch", a->batches, "Rows stepped together")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--threads", a->threads, "Threads of the numeric library; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command->add_option("--seconds", a->seconds, "Measuring time a row")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  add_json_option(*command, a->common);
  command->footer(
      "of peak: the network's own matrix products alone, each shape by torch's fastest call and "
      "at\n"
      "the best time seen in this run, over the step. eager/this: how often as fast as torch's "
      "plain\n"
      "operations.\n"
      "Examples:\n"
      "  trm_bench step --batch 1 2 4 8 16 32\n"
      "  trm_bench step --model maze --size 10x10 20x20 30x30 --precision bfloat16\n"
      "  trm_bench step --model runs/mine/mine.safetensors maze-hard --threads 1 2 --json");
  commands.on(command, [a] { return run(*a); });
}

}  // namespace trm::bench
