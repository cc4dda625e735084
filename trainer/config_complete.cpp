// Defaults from the module, checks across fields, schedules.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>

#include "puzzles/registry.h"
#include "puzzles/text.h"
#include "trainer/board_file.h"
#include "trainer/config.h"
#include "trainer/data.h"
#include "trainer/dataset.h"

namespace trm {
namespace {

Error invalid(std::string message, std::string field) {
  return fail(ErrorCode::invalid_config, std::move(message), std::move(field));
}

// A question of a source, to read layout and relations from; completes the source's size.
Result<Question> source_prototype(const Puzzle& puzzle, DataSource& source) {
  std::optional<Question> found;
  if (!source.dataset.empty()) {
    const auto data = Dataset::open(source.dataset);
    if (!data) return data.error();
    auto question = dataset_prototype(puzzle, data->info());
    if (!question) {
      return fail(question.error().code, source.dataset + ": " + question.error().message,
                  "data." + source.name);
    }
    if (source.size.empty()) source.size = data->info().size;
    found = std::move(*question);
  } else if (!source.file.empty()) {
    const auto questions = read_questions(puzzle, source.file, 1);
    if (!questions) return questions.error();
    found = questions->front();
  }
  if (found) {
    const Grid& grid = found->grid();
    if (source.size.empty()) source.size = size_text(grid.rows, grid.cols);
    return *found;
  }
  if (source.size.empty()) source.size = puzzle.info().sizes.front();
  Rng rng(0);
  return puzzle.generate(rng, source.request());
}

Result<void> check_reveal(const Question& prototype, const DataSource& source) {
  constexpr int most = 64;
  if (source.reveal < 0 || source.reveal > most) {
    return invalid("reveal must be 0 to " + std::to_string(most), "data." + source.name);
  }
  if (source.reveal == 0) return {};
  const Puzzle& puzzle = prototype.puzzle();
  const auto guessed = [&puzzle](const Question& question) {
    Rng rng(0);
    return puzzle.suppose(rng, question, 1).has_value();
  };
  const auto empty = puzzle.empty("");  // the first board of a file may have no open cell
  if (!guessed(prototype) && !(empty && guessed(*empty))) {
    return invalid(
        "reveal needs a module that can guess cells; " + puzzle.name() + " has no Puzzle::suppose",
        "data." + source.name);
  }
  return {};
}

// What data sets say about the arch: identifiers, vocabulary.
Result<void> fit_datasets(TrainConfig& config) {
  Arch& arch = config.arch;
  int identifiers = 1;
  for (const DataSource& source : config.data) {
    if (source.dataset.empty()) continue;
    const auto data = Dataset::open(source.dataset);
    if (!data) return data.error();
    identifiers = std::max(identifiers, data->info().num_puzzle_identifiers);
    if (arch.vocab_size > 0 && data->info().vocab_size > arch.vocab_size) {
      return invalid(source.dataset + " has a vocabulary of " +
                         std::to_string(data->info().vocab_size) + ", the network one of " +
                         std::to_string(arch.vocab_size),
                     "arch.vocab_size");
    }
  }
  if (arch.puzzle_emb_ndim == 0) return {};
  if (arch.num_puzzle_identifiers == 0) arch.num_puzzle_identifiers = identifiers;
  if (arch.num_puzzle_identifiers < identifiers) {
    return invalid("the data have " + std::to_string(identifiers) + " identifiers",
                   "arch.num_puzzle_identifiers");
  }
  return {};
}

// Arch numbers that follow from the module: vocabulary, symbols, relations.
Result<void> complete_arch(const Puzzle& puzzle, TrainConfig& config) {
  Arch& arch = config.arch;
  if (arch.vocab_size == 0 || arch.vocab_size > puzzle.tokens().vocab)
    arch.vocab_size = puzzle.tokens().vocab;
  arch.first_symbol = arch.per_symbol ? puzzle.tokens().first_symbol : 0;
  if (arch.per_symbol && arch.first_symbol == 0) {
    return invalid("the module " + puzzle.name() + " has no interchangeable symbols",
                   "arch.per_symbol");
  }
  auto question = source_prototype(puzzle, config.data.front());
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
  const int length = puzzle.layout(*question, 0).size();
  if (arch.mixer == Mixer::geometry) {
    arch.seq_len = 0;  // any size
  } else if (arch.seq_len != 0 && arch.seq_len != length) {
    return invalid("the data have boards of " + std::to_string(length) + " positions",
                   "arch.seq_len");
  } else {
    arch.seq_len = length;
  }
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

// Held-out boards for a source that has no [[eval]]: the generator's, or the data set's test split.
EvalSet standard_eval(const DataSource& source) {
  EvalSet eval;
  eval.name = source.name;
  eval.size = source.size;
  eval.difficulty = source.difficulty;
  eval.options = source.options;
  eval.file = source.file;
  if (!source.dataset.empty()) {
    const auto test = std::filesystem::path(source.dataset).parent_path() / "test";
    std::error_code failed;
    const bool there = std::filesystem::is_directory(test, failed);
    eval.dataset = there ? test.string() : source.dataset;
    if (!there) eval.name += " (training data)";
  }
  return eval;
}

}  // namespace

Result<void> complete_config(TrainConfig& config) {
  const auto found = find_puzzle(config.puzzle);
  if (!found) return found.error();
  const Puzzle& puzzle = **found;
  if (config.name.empty()) config.name = puzzle.name();
  if (config.data.empty()) config.data.emplace_back();
  for (const DataSource& source : config.data) {
    if (!source.dataset.empty() && !source.file.empty()) {
      return invalid("either a file or a data set", "data." + source.name);
    }
    const bool generated = source.dataset.empty() && source.file.empty();
    if ((generated && !puzzle.info().generates) ||
        (source.dataset.empty() && !puzzle.info().solves)) {
      return invalid(
          "the module " + puzzle.name() + " has no generator or no exact solver; give it a dataset",
          "puzzle");
    }
  }
  for (std::size_t i = 0; i < config.data.size(); ++i) {
    DataSource& source = config.data[i];
    if (source.name.empty()) source.name = "data" + std::to_string(i);
    const auto prototype = source_prototype(puzzle, source);
    if (!prototype) return prototype.error();
    if (source.pool < 1 || source.batch < 1 || source.batch > 4096) {
      return invalid("pool must be at least 1, batch 1 to 4096", "data." + source.name);
    }
    if (auto possible = check_reveal(*prototype, source); !possible) return possible.error();
    for (std::size_t j = 0; j < i; ++j) {
      if (config.data[j].name == source.name) {
        return invalid("two [[data]] are called \"" + source.name + "\"", "data.name");
      }
    }
  }
  if (config.stages.empty()) config.stages.emplace_back();
  if (config.evals.empty()) {
    for (const DataSource& source : config.data) config.evals.push_back(standard_eval(source));
  }
  if (config.minutes <= 0 && config.steps <= 0 && config.epochs <= 0) {
    return invalid("a run needs minutes, steps or epochs above 0", "minutes");
  }
  if (!(config.frontier >= 0 && config.frontier <= 1))
    return invalid("expected 0 to 1", "train.frontier");
  if (config.keep_checkpoints < 1) return invalid("expected at least 1", "train.keep_checkpoints");
  if (auto checked = check_stages(config); !checked) return checked;
  if (auto fits = fit_datasets(config); !fits) return fits;
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
