// The four experiments that show what the parts of a TRM are good for: the same data and budget,
// with and without EMA, with less recursion, with a bigger network.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "trainer/config.h"
#include "trainer/run.h"

namespace trm {

/// One experiment: a configuration with these settings changed.
struct Variant {
  std::string name;              ///< of its folder: "baseline"
  std::string title;             ///< "Baseline (2 layers, H 3, L 6, EMA)"
  std::vector<std::string> set;  ///< as --set
};
/// baseline, no-ema, less-recursion, bigger-brain.
std::vector<Variant> standard_variants();

/// What an experiment gave.
struct AblationRow {
  Variant variant;
  std::int64_t parameters = 0;
  int depth = 0;  ///< effective depth: L_layers x (L_cycles + 1) x H_cycles blocks a step
  double initial_loss = 0, final_loss = 0, least_loss = 0;  ///< lm_loss a row; final: last tenth
  double exact_raw = 0, valid = 0;                          ///< means over the evaluation sets
  double minutes = 0;
  double improvement() const {
    return initial_loss > 0 ? (initial_loss - final_loss) / initial_loss : 0;
  }
};

/// Runs the experiments one after the other into OUT/NAME and writes OUT/ablation.md, .json and
/// .svg. Experiments that are finished already are not run again; interrupted ones continue.
/// `config` is not completed yet. Of `base` device, threads and command count, and out is OUT.
/// Returns fewer rows where `stop` was set. Errors: those of run_training.
Result<std::vector<AblationRow>> ablate(const TrainConfig& config, const RunOptions& base,
                                        RunListener& listener, const std::atomic<bool>& stop);

/// The rows as a Markdown table.
std::string ablation_table(const std::vector<AblationRow>& rows);

}  // namespace trm
