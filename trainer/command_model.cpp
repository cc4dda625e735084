// trm_trainer eval, export, import.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>

#include "engine/model/tensor_io.h"
#include "engine/pictures/png.h"
#include "puzzles/registry.h"
#include "trainer/command.h"
#include "trainer/console.h"
#include "trainer/official.h"
#include "trainer/run.h"
#include "trainer/state.h"

namespace trm {
namespace {

struct EvalArguments {
  std::string model, device = "cpu";
  EvalSet set;
  std::vector<std::string> options;
  int threads = 0, batch = 32;
  bool json = false, by_step = false, raw = false;
  std::string picture;
};

/// What eval runs: a model file's weights or those of a checkpoint.
struct Weights {
  std::string puzzle, size;  ///< size: default of the boards
  Arch arch;
  Safetensors file;
  TensorMap tensors;
};
Result<Weights> open_weights(const std::string& path, bool raw) {
  auto model = open_model_file(path);
  if (model) {
    const ModelInfo& info = model->info;
    const std::string size = info.sizes.empty() ? "" : info.sizes.front();
    TensorMap tensors = model->weights.tensors();
    return Weights{info.puzzle, size, info.arch, std::move(model->weights), std::move(tensors)};
  }
  auto checkpoint = checkpoint_weights(path, raw);
  if (!checkpoint) return model.error();  // no checkpoint either
  const TrainConfig& config = checkpoint->config;
  const std::string size = config.data.empty() ? "" : config.data.front().size;
  return Weights{config.puzzle, size, config.arch, std::move(checkpoint->file),
                 std::move(checkpoint->tensors)};
}

Result<HeldOut> eval_boards(const Puzzle& puzzle, const Weights& weights,
                            const EvalArguments& arguments) {
  EvalSet spec = arguments.set;
  auto options = parse_options(arguments.options);
  if (!options) return options.error();
  spec.options = std::move(*options);
  if (!spec.dataset.empty()) {
    spec.name = std::filesystem::path(spec.dataset).filename().string();
  } else if (!spec.file.empty()) {
    spec.name = std::filesystem::path(spec.file).filename().string();
  } else {
    if (spec.size.empty()) spec.size = weights.size;
    spec.name = spec.size + (spec.difficulty.empty() ? "" : " " + spec.difficulty);
    if (spec.count == 0) spec.count = EvalSet().count;
  }
  return HeldOut::make(puzzle, spec);
}

std::string percent_range(std::int64_t hits, std::int64_t trials) {
  const Interval interval = wilson(hits, trials);
  char text[64];
  std::snprintf(text, sizeof text, "%5.1f %% (%.1f to %.1f)", 100 * rate(hits, trials),
                100 * interval.low, 100 * interval.high);
  return text;
}

void print_pass_at(const PassAt& p) {
  std::printf("  votes of images: %lld for the tests of %lld tasks%s\n",
              static_cast<long long>(p.votes), static_cast<long long>(p.tasks),
              p.whole ? "" : " (a part of the split)");
  for (std::size_t i = 0; i < p.rates.size(); ++i) {
    std::printf("  %-36s %5.1f %%\n", ("pass@" + std::to_string(PassAt::attempts[i])).c_str(),
                100 * p.rates[i]);
  }
}

void print_score(const std::string& name, const Score& s, bool by_step) {
  std::printf("%s: %lld boards, %.1f s\n", name.c_str(), static_cast<long long>(s.boards),
              s.seconds);
  const std::pair<const char*, std::int64_t> rates[] = {
      {"solved at some step (best of all)", s.solved},
      {"valid after the last step", s.valid},
      {"exact after the last step", s.exact},
      {"exact_raw, the papers' figure", s.exact_raw},
      {"halt head right", s.halt_right}};
  for (const auto& [what, hits] : rates)
    std::printf("  %-36s %s\n", what, percent_range(hits, s.boards).c_str());
  std::printf("  %-36s %5.2f %%\n", "cells right", 100 * rate(s.cells_right, s.cells));
  std::printf("  %-36s %5.2f\n", "mean steps of solved boards", s.mean_steps());
  for (const BucketScore& b : s.buckets) {
    if (b.boards == 0) continue;
    std::printf("  %-16s %6lld boards       solved %s\n", b.name.c_str(),
                static_cast<long long>(b.boards), percent_range(b.solved, b.boards).c_str());
  }
  if (s.pass_at) print_pass_at(*s.pass_at);
  if (!by_step) return;
  std::printf("  step   exact_raw    valid   solved so far\n");
  for (std::size_t i = 0; i < s.by_step.size(); ++i) {
    const StepScore& at = s.by_step[i];
    std::printf("  %4zu    %6.1f %% %6.1f %%        %6.1f %%\n", i + 1,
                100 * rate(at.exact_raw, s.boards), 100 * rate(at.valid, s.boards),
                100 * rate(at.solved, s.boards));
  }
}

Result<Score> run_eval(const Weights& weights, const Puzzle& puzzle, const HeldOut& boards,
                       const EvalArguments& arguments) {
  return guarded<Score>([&]() -> Result<Score> {
    torch::NoGradGuard no_grad;
    const auto wanted = parse_device(arguments.device);
    if (!wanted) return wanted.error();
    const auto device = resolve_device(*wanted);
    if (!device) return device.error();
    set_threads(arguments.threads);
    Network network(weights.arch, 0, *device);
    if (auto loaded = load_network(network, weights.tensors); !loaded) return loaded.error();
    network.prepare();
    return evaluate(network, puzzle, boards, arguments.batch);
  });
}

int eval(const EvalArguments& arguments) {
  const auto weights = open_weights(arguments.model, arguments.raw);
  if (!weights) return report(weights.error());
  const auto puzzle = find_puzzle(weights->puzzle);
  if (!puzzle) return report(puzzle.error());
  const auto boards = eval_boards(**puzzle, *weights, arguments);
  if (!boards) return report(boards.error());
  const auto score = run_eval(*weights, **puzzle, *boards, arguments);
  if (!score) return report(score.error());
  if (!arguments.picture.empty()) {
    const std::string svg = boards_picture(**puzzle, *boards, *score, 8);
    if (auto written = write_picture(arguments.picture, svg); !written)
      return report(written.error());
  }
  if (arguments.json) {
    std::cout << score_to_json(*score, true).set("set", boards->name).dump() << "\n";
  } else {
    print_score(boards->name, *score, arguments.by_step);
  }
  return 0;
}

void add_eval(Commands& commands) {
  auto e = std::make_shared<EvalArguments>();
  auto* command = commands.add("eval", "solve held-out boards and report the rates");
  command->add_option("model", e->model, "model file, or a checkpoint (its EMA weights)")
      ->required();
  command->add_option("--size", e->set.size, "as of the generator; default: the model's first");
  command->add_option("--difficulty", e->set.difficulty, "as of the generator");
  command->add_option("--set", e->options, "generator option=number");
  command->add_option("--file", e->set.file, "boards from a text file, one a line (.gz too)");
  command->add_option("--dataset", e->set.dataset, "boards from a data set's split, DIR/test");
  command->add_option("--count", e->set.count, "boards; 0: all of a file or data set")
      ->check(CLI::Range(0, 100000000));
  command->add_option("--max-steps", e->set.max_steps, "supervision steps")
      ->check(CLI::Range(1, 1024));
  command->add_option("--seed", e->set.seed, "of the boards");
  command->add_option("--batch", e->batch, "rows at once")->check(CLI::Range(1, 4096));
  command->add_option("--threads", e->threads, "threads; 0: one a core");
  command->add_option("--device", e->device, "cpu, cuda[:N] or auto");
  command->add_flag("--raw", e->raw, "of a checkpoint the weights without EMA");
  command->add_flag("--by-step", e->by_step, "the rates after every supervision step");
  command->add_option("--picture", e->picture, "SVG or PNG file: some boards, missed ones first");
  command->add_flag("--json", e->json, "one JSON object, with steps and difficulties");
  command->footer(
      "In brackets the 95 % interval (Wilson). Every board counts.\n"
      "For DIR/test of a data set of tasks the images of each test vote as in the official\n"
      "evaluator: pass@K is the share of tests whose output is among the K first candidates, as a\n"
      "mean over the tasks. --count 0 gives the official figure.\n"
      "Examples:\n"
      "  trm_trainer eval assets/models/NAME.safetensors --size SIZE --count 200\n"
      "  trm_trainer eval MODEL --dataset data/mine/test --count 0 --by-step");
  commands.on(command, [e] { return eval(*e); });
}

int import_model(ImportRequest& request, const std::string& name) {
  if (request.out.empty() == name.empty()) {
    return report(fail(ErrorCode::invalid_field, "give -o FILE or --name NAME", "out"));
  }
  if (request.out.empty()) request.out = name + ".safetensors";
  const auto info = import_official(request);
  if (!info) return report(info.error());
  const Arch& arch = info->arch;
  std::cout << "model: " << request.out << "\n"
            << info->puzzle << ", " << info->parameters << " parameters, " << mixer_name(arch.mixer)
            << ", " << arch.L_layers << " layers of " << arch.hidden_size << ", H_cycles "
            << arch.H_cycles << ", L_cycles " << arch.L_cycles << ", " << arch.seq_len
            << " positions\n";
  return 0;
}

void add_import(Commands& commands) {
  auto r = std::make_shared<ImportRequest>();
  auto name = std::make_shared<std::string>();
  auto* command = commands.add("import", "make a model of the official PyTorch code's weights");
  command->add_option("file", r->path, "state dict as safetensors file")->required();
  command->add_option("-o,--out", r->out, "model file to write, NAME.safetensors");
  command->add_option("--name", *name, "instead of -o: the model's name, in the working folder");
  command->add_option("--config", r->config, "the run's all_config.yaml, or the same as JSON");
  command->add_option("--preset", r->preset, "a recipe by name: trm_trainer presets");
  command->add_option("--set", r->set, "arch.KEY=VALUE, an official key; may be repeated");
  command->add_option("--puzzle", r->puzzle,
                      "module that the network answers; default: --preset's");
  command->add_option("--size", r->size,
                      "board size it was trained on; default: the one that fits");
  command->add_option("--licence", r->licence, "of the weights, for the model file");
  command->footer(
      "Sizes are read off the tensors, the rest comes from --set, --config, the file's metadata "
      "or\n"
      "--preset, each before the next. Checkpoints of torch.save (step_NNN, .pt) are pickles, "
      "which\n"
      "are never read here: trainer/official_to_safetensors.py makes safetensors files of them.\n"
      "Examples:\n"
      "  python3 trainer/official_to_safetensors.py step_65104 -o official.safetensors\n"
      "  trm_trainer import official.safetensors --puzzle NAME --config all_config.yaml -o "
      "mine.safetensors\n"
      "  trm_trainer import official.safetensors --preset RECIPE -o mine.safetensors\n"
      "  trm_trainer import official.safetensors --puzzle NAME --size 9x9 --set arch.H_cycles=3\n"
      "      --set arch.L_cycles=6 --set arch.num_heads=8 ... -o mine.safetensors");
  commands.on(command, [r, name] { return import_model(*r, *name); });
}

}  // namespace

void add_model_commands(Commands& commands) {
  add_eval(commands);
  add_import(commands);

  struct ExportArguments {
    std::string checkpoint, model, command = "trm_trainer export CHECKPOINT MODEL";
    int threads = 0;
    bool official = false;
  };
  auto x = std::make_shared<ExportArguments>();
  auto* export_command = commands.add("export", "write the model of a checkpoint");
  export_command->add_option("checkpoint", x->checkpoint, "checkpoint; with --official a model")
      ->required();
  export_command->add_option("model", x->model, "file to write, NAME.safetensors")->required();
  export_command->add_option("--threads", x->threads, "threads; 0: one a core");
  export_command->add_option("--command", x->command, "the training command, for the card");
  export_command->add_flag("--official", x->official,
                           "a model under the names of the official PyTorch code");
  export_command->footer(
      "Examples:\n"
      "  trm_trainer export runs/NAME/best.safetensors NAME.safetensors\n"
      "  trm_trainer export --official NAME.safetensors official.safetensors");
  commands.on(export_command, [x] {
    if (x->official) {
      const auto file = open_model_file(x->checkpoint);
      if (!file) return report(file.error());
      if (auto written = write_official(x->model, *file); !written) return report(written.error());
      std::cout << "official weights: " << x->model << "\n";
      return 0;
    }
    Console console(std::cout, isatty(STDOUT_FILENO) != 0);
    const auto result = export_checkpoint(x->checkpoint, x->model, console, x->threads, x->command);
    if (!result) return report(result.error());
    std::cout << "model: " << result->model << "\n";
    return 0;
  });
}

}  // namespace trm
