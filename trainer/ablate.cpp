#include "trainer/ablate.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "engine/weights/atomic_file.h"
#include "engine/weights/model_file.h"
#include "trainer/plot.h"

namespace trm {
namespace {

// The loss at the beginning, at the end (mean of the last tenth of the reports) and at its least.
void read_losses(const RunMetrics& metrics, AblationRow& row) {
  if (metrics.train.empty()) return;
  row.initial_loss = row.least_loss = metrics.train.front().loss;
  for (const TrainPoint& point : metrics.train)
    row.least_loss = std::min(row.least_loss, point.loss);
  const std::size_t tail = std::max<std::size_t>(1, metrics.train.size() / 10);
  for (std::size_t i = metrics.train.size() - tail; i < metrics.train.size(); ++i) {
    row.final_loss += metrics.train[i].loss / static_cast<double>(tail);
  }
}

Result<AblationRow> read_row(const Variant& variant, const TrainConfig& config,
                             const std::string& folder, const std::string& model) {
  AblationRow row;
  row.variant = variant;
  const Arch& arch = config.arch;
  row.depth = arch.L_layers * (arch.L_cycles + 1) * arch.H_cycles;
  const auto metrics = read_metrics(folder);
  if (!metrics) return metrics.error();
  read_losses(*metrics, row);
  const auto file = open_model_file(model);
  if (!file) return file.error();
  row.parameters = file->info.parameters;
  if (const Json* minutes = file->info.training.find("minutes"); minutes && minutes->is_number())
    row.minutes = minutes->as_double();
  for (const auto& [name, points] : metrics->evals) {
    if (points.empty()) continue;
    row.exact_raw += points.back().exact_raw / static_cast<double>(metrics->evals.size());
    row.valid += points.back().solved / static_cast<double>(metrics->evals.size());
  }
  return row;
}

Json rows_json(const std::vector<AblationRow>& rows, const std::string& command) {
  Json list = Json::array();
  for (const AblationRow& r : rows) {
    Json row = Json::object(), set = Json::array();
    for (const auto& assignment : r.variant.set) set.push(assignment);
    row.set("name", r.variant.name).set("set", std::move(set)).set("depth", r.depth);
    row.set("parameters", r.parameters).set("initial_loss", r.initial_loss);
    row.set("final_loss", r.final_loss).set("least_loss", r.least_loss);
    row.set("improvement", r.improvement()).set("exact_raw", r.exact_raw);
    row.set("valid", r.valid).set("minutes", r.minutes);
    list.push(std::move(row));
  }
  Json json = Json::object();
  json.set("command", command).set("experiments", std::move(list));
  return json;
}

Result<void> write_report(const std::vector<AblationRow>& rows, const std::string& out,
                          const std::string& command) {
  std::vector<RunMetrics> runs;
  for (const AblationRow& row : rows) {
    auto metrics = read_metrics(out + "/" + row.variant.name);
    if (!metrics) return metrics.error();
    runs.push_back(std::move(*metrics));
  }
  PlotOptions options;
  options.x = PlotAxis::examples;
  options.log_loss = true;
  if (auto done = write_file_atomic(out + "/ablation.svg", panels_svg(run_panels(runs, options)));
      !done)
    return done;
  if (auto done = write_file_atomic(out + "/ablation.json", rows_json(rows, command).dump() + "\n");
      !done)
    return done;
  return write_file_atomic(out + "/ablation.md",
                           ablation_table(rows) + "\n```sh\n" + command + "\n```\n");
}

}  // namespace

std::vector<Variant> standard_variants() {
  const auto net = [](const char* layers, const char* h, const char* l, const char* ema) {
    return std::vector<std::string>{
        std::string("arch.L_layers=") + layers, std::string("arch.H_cycles=") + h,
        std::string("arch.L_cycles=") + l, std::string("train.ema_decay=") + ema};
  };
  return {{"baseline", "Baseline: 2 layers, H 3, L 6, EMA", net("2", "3", "6", "0.999")},
          {"no-ema", "No EMA", net("2", "3", "6", "0")},
          {"less-recursion", "Less recursion: H 2, L 2", net("2", "2", "2", "0.999")},
          {"bigger-brain", "Bigger brain: 4 layers, H 3, L 3", net("4", "3", "3", "0.999")}};
}

std::string ablation_table(const std::vector<AblationRow>& rows) {
  std::string text =
      "| experiment | parameters | depth | initial loss | final loss | least loss | improvement | "
      "exact | valid | minutes |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const AblationRow& r : rows) {
    char line[320];
    std::snprintf(line, sizeof line,
                  "| %s | %lld | %d | %.3f | %.3f | %.3f | %.1f %% | %.1f %% | %.1f %% | %.1f |\n",
                  r.variant.title.c_str(), static_cast<long long>(r.parameters), r.depth,
                  r.initial_loss, r.final_loss, r.least_loss, 100 * r.improvement(),
                  100 * r.exact_raw, 100 * r.valid, r.minutes);
    text += line;
  }
  return text;
}

Result<std::vector<AblationRow>> ablate(const TrainConfig& config, const RunOptions& base,
                                        RunListener& listener, const std::atomic<bool>& stop) {
  std::vector<AblationRow> rows;
  for (const Variant& variant : standard_variants()) {
    TrainConfig changed = config;
    changed.name = variant.name;
    for (Stage& stage : changed.stages) stage.H_cycles = stage.L_cycles = 0;
    for (const auto& assignment : variant.set) {
      if (auto set = set_config(changed, assignment); !set) return set.error();
    }
    if (auto completed = complete_config(changed); !completed) return completed.error();
    RunOptions options = base;
    options.out = base.out + "/" + variant.name;
    const std::string model = options.out + "/" + variant.name + ".safetensors";
    if (!std::filesystem::exists(model)) {
      listener.message(variant.title);
      const auto result = run_training(changed, options, listener, stop);
      if (!result) return result.error();
      if (!result->finished) return rows;
    }
    auto row = read_row(variant, changed, options.out, model);
    if (!row) return row.error();
    rows.push_back(std::move(*row));
    if (auto written = write_report(rows, base.out, base.command); !written) return written.error();
  }
  return rows;
}

}  // namespace trm
