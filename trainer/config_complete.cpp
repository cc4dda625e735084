// Defaults from the module, checks across fields, schedules.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "puzzles/registry.h"
#include "trainer/config.h"

namespace trm {
namespace {

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_config, std::move(message), std::move(field));
}

// A question of a request, to read layout and relations from.
Result<Question> example_question(const Puzzle& puzzle, const GenerateRequest& request) {
  Rng rng(0);
  return puzzle.generate(rng, request);
}

// Arch numbers that follow from the module: vocabulary, symbols, relations.
Result<void> complete_arch(const Puzzle& puzzle, TrainConfig& config) {
  Arch& arch = config.arch;
  arch.vocab_size = puzzle.tokens().vocab;
  arch.first_symbol = arch.per_symbol ? puzzle.tokens().first_symbol : 0;
  if (arch.per_symbol && arch.first_symbol == 0) {
    return invalid("the module " + puzzle.name() + " has no interchangeable symbols",
                   "arch.per_symbol");
  }
  auto question = example_question(puzzle, config.data.front().request());
  if (!question) return question.error();
  if (arch.mixer == Mixer::geometry && arch.relations.empty()) {
    for (const Relation& relation : puzzle.geometry(*question, 0)) {
      const bool groups = relation.kind == RelationKind::groups;
      const bool offset = relation.kind == RelationKind::offset && !arch.per_symbol;
      if (groups || offset) arch.relations.push_back(relation.name);
    }
    if (arch.relations.empty()) {  // nothing that our mixers run along
      arch.mixer = Mixer::attention;
      arch.pos_encodings = PosEncoding::rope;
    }
  }
  if (arch.mixer != Mixer::geometry) arch.seq_len = puzzle.layout(*question, 0).size();
  if (auto valid = validate(arch); !valid) {
    return invalid(valid.error().message, "arch." + valid.error().field);
  }
  return {};
}

Result<void> check_stages(const TrainConfig& config) {
  double last = 0;
  for (const Stage& stage : config.stages) {
    if (stage.until <= last || stage.until > 1.0) {
      return invalid("stages must end at rising shares of the run, up to 1", "stage.until");
    }
    last = stage.until;
    for (const auto& [name, weight] : stage.weights) {
      const bool known = std::any_of(config.data.begin(), config.data.end(),
                                     [&, &n = name](const DataSource& d) { return d.name == n; });
      if (!known)
        return invalid("a stage weighs \"" + name + "\", which no [[data]] has", "stage.weights");
    }
    double sum = 0;
    for (const auto& [name, weight] : stage.weights) sum += weight;
    if (!stage.weights.empty() && sum <= 0) {
      return invalid("a stage's weights add up to nothing", "stage.weights");
    }
  }
  if (last != 1.0) return invalid("the last stage must end at until = 1", "stage.until");
  return {};
}

}  // namespace

Result<void> complete_config(TrainConfig& config) {
  const auto found = find_puzzle(config.puzzle);
  if (!found) return found.error();
  const Puzzle& puzzle = **found;
  if (!puzzle.info().generates || !puzzle.info().solves) {
    return invalid("the module " + puzzle.name() + " has no generator or no exact solver",
                   "puzzle");
  }
  if (config.name.empty()) config.name = puzzle.name();
  if (config.data.empty()) config.data.emplace_back();
  for (std::size_t i = 0; i < config.data.size(); ++i) {
    DataSource& source = config.data[i];
    if (source.name.empty()) source.name = "data" + std::to_string(i);
    if (source.size.empty()) source.size = puzzle.info().sizes.front();
    if (source.pool < 1 || source.batch < 1 || source.batch > 4096) {
      return invalid("pool must be at least 1, batch 1 to 4096", "data." + source.name);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (config.data[j].name == source.name) {
        return invalid("two [[data]] are called \"" + source.name + "\"", "data.name");
      }
    }
  }
  if (config.stages.empty()) config.stages.emplace_back();
  if (config.evals.empty()) {
    for (const DataSource& source : config.data) {
      EvalSet eval;
      eval.name = source.name;
      eval.size = source.size;
      eval.difficulty = source.difficulty;
      eval.options = source.options;
      config.evals.push_back(eval);
    }
  }
  if (config.minutes <= 0 && config.steps <= 0) {
    return invalid("a run needs minutes or steps above 0", "minutes");
  }
  if (auto checked = check_stages(config); !checked) return checked;
  return complete_arch(puzzle, config);
}

double lr_scale(const TrainConfig& config, double progress, std::int64_t step) {
  double scale = 1;
  if (config.warmup_steps > 0) {
    scale = std::min(1.0, static_cast<double>(step + 1) / config.warmup_steps);
  }
  const double span = 1.0 - config.decay_from;
  if (config.schedule == LrSchedule::constant || progress <= config.decay_from || span <= 0) {
    return scale;
  }
  const double t = std::clamp((progress - config.decay_from) / span, 0.0, 1.0);
  const double fall =
      config.schedule == LrSchedule::linear ? 1 - t : 0.5 * (1 + std::cos(std::numbers::pi * t));
  return scale * (config.lr_min_ratio + (1 - config.lr_min_ratio) * fall);
}

const Stage& stage_at(const TrainConfig& config, double progress) {
  for (const Stage& stage : config.stages) {
    if (progress < stage.until) return stage;
  }
  return config.stages.back();
}

}  // namespace trm
