// One training run as data: read from TOML, changed with --set, written back with every checkpoint.
// Torch-free.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/learn/options.h"
#include "engine/weights/arch.h"
#include "puzzles/puzzle.h"

namespace trm {

/// A source of training examples. Sources with boards of one size share a lane.
struct DataSource {
  std::string name;                                    ///< key in a stage's weights
  std::string size;                                    ///< "9x9"; empty: the module's default
  std::string difficulty;                              ///< empty: the module's mixture
  std::map<std::string, double, std::less<>> options;  ///< of the generator
  std::string file;     ///< instead of the generator: text, one puzzle a line (.gz too)
  std::string dataset;  ///< instead of the generator: a split's folder, DIR/train (dataset.h)
  bool augment = true;  ///< a fresh random symmetry for every example
  /// Each example gives up to so many further cells away, a random number of them: guesses of the
  /// module (Puzzle::suppose) that the label bears out, 0..64. A dial between hard boards and easy
  /// ones.
  int reveal = 0;
  int pool = 50000;  ///< distinct questions; each is met under ever new symmetries
  int batch = 16;    ///< rows of its lane

  /// Whether examples may differ from the boards as they are stored.
  bool changes_boards() const { return augment || reveal > 0; }
  GenerateRequest request() const { return {size, difficulty, options}; }
  bool operator==(const DataSource&) const = default;
};

/// A part of the run: how deep the recursion goes and what is learned.
struct Stage {
  double until = 1.0;  ///< end, as a share of the whole run
  int H_cycles = 0;    ///< 0: the arch's
  int L_cycles = 0;
  std::map<std::string, double, std::less<>>
      weights;  ///< share of steps by source; empty: all alike
  bool operator==(const Stage&) const = default;
};

/// Held-out boards that are solved from time to time.
struct EvalSet {
  std::string name;
  std::string size;
  std::string difficulty;
  std::map<std::string, double, std::less<>> options;
  std::string file;                ///< instead of the generator: text, one puzzle a line (.gz too)
  std::string dataset;             ///< instead of the generator: a split's folder, DIR/test
  int count = 200;                 ///< boards; of files and data sets the first ones, 0: all
  std::int64_t seed = 1000000007;  ///< stream of its own, apart from training
  int max_steps = 16;

  GenerateRequest request() const { return {size, difficulty, options}; }
  bool operator==(const EvalSet&) const = default;
};

/// How the learning rate falls after the warm-up; lr_min_ratio = 0 is decay to zero.
enum class LrSchedule { constant, linear, cosine };

struct TrainConfig {
  std::string puzzle;
  std::string name;  ///< of the run and its model; empty: the puzzle's
  std::int64_t seed = 1;
  double minutes = 30;     ///< length of the run in training time, unless steps is given
  std::int64_t steps = 0;  ///< length in supervision steps
  double epochs = 0;       ///< length in passes over the data (every source's size together)
  std::string init;        ///< model file whose weights the run starts from; empty: random ones
  Arch arch;
  LearnOptions learn;
  /// With p the share of a source's examples that were learned lately, its weight in a stage counts
  /// 4 p (1 - p) times, but at least `frontier` times: what is solved now and then teaches most.
  /// 0: weights as they are. Several processes keep the sizes' shares as they are.
  double frontier = 0;
  int warmup_steps = 200;
  LrSchedule schedule = LrSchedule::linear;
  double decay_from = 0.7;  ///< share of the run at which the learning rate starts to fall
  double lr_min_ratio = 0.05;
  double eval_every_minutes = 10;
  std::int64_t eval_every_steps = 0;  ///< instead of minutes, so that a run repeats exactly
  bool eval_raw = true;               ///< evaluate the weights without EMA as well
  int patience = 0;  ///< stop after so many evaluations without a better score; 0: never
  double checkpoint_every_minutes = 5;
  std::int64_t checkpoint_every_steps = 0;
  int keep_checkpoints = 1;  ///< the newest ones; the best by evaluation stays beside them
  std::vector<DataSource> data;
  std::vector<Stage> stages;
  std::vector<EvalSet> evals;
};

/// Reads TOML text. Errors: invalid_config naming the key and line; unknown keys are refused.
Result<TrainConfig> parse_config(std::string_view toml);

/// Changes one scalar: "train.lr=0.001", "arch.hidden_size=64", "minutes=5". Error: invalid_config.
Result<void> set_config(TrainConfig& config, std::string_view assignment);

/// Fills what was left out from the module (arch numbers, relations, data, evaluation) and checks
/// that everything fits together. Errors: invalid_config, unknown_puzzle.
Result<void> complete_config(TrainConfig& config);

/// The whole configuration as TOML, with a comment for each key; parse_config reads it back.
std::string config_to_toml(const TrainConfig& config);

/// Factor on the peak learning rate at `progress` in [0, 1] of the run and step number `step`.
double lr_scale(const TrainConfig& config, double progress, std::int64_t step);

/// The stage at `progress`.
const Stage& stage_at(const TrainConfig& config, double progress);

}  // namespace trm
