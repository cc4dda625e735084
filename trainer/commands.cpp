#include "trainer/commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "engine/model/tensor_io.h"
#include "puzzles/registry.h"
#include "trainer/card.h"
#include "trainer/console.h"
#include "trainer/run.h"

namespace trm {
namespace {

constexpr std::uintmax_t kConfigBytes = 1u << 20;

std::atomic<bool> stop_requested{false};

// The first signal lets the step end and saves; a second one ends the process at once.
extern "C" void on_signal(int) {
  if (stop_requested.exchange(true)) _exit(130);
}

int report(const Error& error) {
  std::cerr << "trm_trainer: " << error.message;
  if (!error.field.empty()) std::cerr << " (" << error.field << ")";
  std::cerr << " [" << error_name(error.code) << "]\n";
  return 1;
}

struct TrainArguments {
  std::string config_file, puzzle, out, device = "auto", resume = "auto";
  std::vector<std::string> set;
  double minutes = 0;
  std::int64_t steps = 0;
  int threads = 0;
};

struct EvalArguments {
  std::string model, size, difficulty, file;
  std::vector<std::string> set;
  int count = 200, max_steps = 16, threads = 0;
  std::int64_t seed = EvalSet().seed;
  bool json = false;
};

Result<std::string> read_text(const std::string& path) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(path, failed);
  if (failed) return fail(ErrorCode::not_found, "cannot open " + path, "config");
  if (bytes > kConfigBytes) return fail(ErrorCode::too_large, path + " is over 1 MiB", "config");
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Result<TrainConfig> load_config(const TrainArguments& arguments) {
  TrainConfig config;
  if (!arguments.config_file.empty()) {
    const auto text = read_text(arguments.config_file);
    if (!text) return text.error();
    auto parsed = parse_config(*text);
    if (!parsed)
      return fail(parsed.error().code, arguments.config_file + ", " + parsed.error().message,
                  parsed.error().field);
    config = std::move(*parsed);
  }
  if (!arguments.puzzle.empty()) config.puzzle = arguments.puzzle;
  if (config.puzzle.empty()) {
    return fail(ErrorCode::invalid_config, "give a configuration file or --puzzle NAME", "puzzle");
  }
  for (const auto& assignment : arguments.set) {
    if (auto changed = set_config(config, assignment); !changed) return changed.error();
  }
  if (arguments.minutes > 0) config.minutes = arguments.minutes;
  if (arguments.steps > 0) config.steps = arguments.steps;
  if (auto completed = complete_config(config); !completed) return completed.error();
  return config;
}

// The command that reproduces the run, for the card.
std::string command_of(const TrainArguments& arguments) {
  std::string command = "trm_trainer train";
  if (!arguments.config_file.empty()) {
    // The path inside a checkout, whatever folder the command was typed in.
    const auto path = std::filesystem::path(arguments.config_file);
    command += " " + (path.is_absolute() ? path.filename() : path).string();
  } else {
    command += " --puzzle " + arguments.puzzle;
  }
  for (const auto& assignment : arguments.set) command += " --set " + assignment;
  std::ostringstream rest;
  if (arguments.minutes > 0) rest << " --minutes " << arguments.minutes;
  if (arguments.steps > 0) rest << " --steps " << arguments.steps;
  if (arguments.threads > 0) rest << " --threads " << arguments.threads;
  return command + rest.str();
}

int train(const TrainArguments& arguments) {
  auto config = load_config(arguments);
  if (!config) return report(config.error());
  const auto device = parse_device(arguments.device);
  if (!device) return report(device.error());
  RunOptions options;
  options.out = arguments.out.empty() ? "runs/" + config->name : arguments.out;
  options.resume = arguments.resume == "auto";
  options.device = *device;
  options.threads = arguments.threads;
  options.command = command_of(arguments);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  Console console(std::cout, isatty(STDOUT_FILENO) != 0);
  console.message("training " + config->name + " into " + options.out +
                  " (Ctrl-C saves and stops; the same command continues)");
  const auto result = run_training(*config, options, console, stop_requested);
  console.end_line();
  if (!result) return report(result.error());
  if (result->finished) {
    std::cout << "model: " << result->model << "\n";
  } else {
    std::cout << "stopped; saved in " << options.out << "/checkpoint.safetensors\n";
  }
  return 0;
}

Result<HeldOut> eval_boards(const Puzzle& puzzle, const ModelInfo& info,
                            const EvalArguments& arguments) {
  if (!arguments.file.empty()) {
    HeldOut held_out{
        std::filesystem::path(arguments.file).filename().string(), arguments.max_steps, {}};
    auto questions =
        read_questions(puzzle, arguments.file, static_cast<std::size_t>(arguments.count));
    if (!questions) return questions.error();
    for (Question& question : *questions) {
      auto labelled = label(puzzle, std::move(question));
      if (!labelled) return labelled.error();
      held_out.boards.push_back(std::move(*labelled));
    }
    return held_out;
  }
  EvalSet spec;
  spec.size = arguments.size.empty() && !info.sizes.empty() ? info.sizes.front() : arguments.size;
  spec.difficulty = arguments.difficulty;
  spec.name = spec.size + (spec.difficulty.empty() ? "" : " " + spec.difficulty);
  spec.count = arguments.count;
  spec.seed = arguments.seed;
  spec.max_steps = arguments.max_steps;
  for (const auto& option : arguments.set) {
    const auto equals = option.find('=');
    double value = 0;
    if (equals == std::string::npos ||
        !CLI::detail::lexical_cast(option.substr(equals + 1), value)) {
      return fail(ErrorCode::invalid_field, "--set " + option + ": expected option=number", "set");
    }
    spec.options[option.substr(0, equals)] = value;
  }
  return HeldOut::make(puzzle, spec);
}

int eval(const EvalArguments& arguments) {
  const auto file = open_model_file(arguments.model);
  if (!file) return report(file.error());
  const auto puzzle = find_puzzle(file->info.puzzle);
  if (!puzzle) return report(puzzle.error());
  const auto boards = eval_boards(**puzzle, file->info, arguments);
  if (!boards) return report(boards.error());
  try {
    torch::NoGradGuard no_grad;
    set_threads(arguments.threads);
    Network network(file->info.arch, 0, torch::kCPU);
    if (auto loaded = load_network(network, file->weights.tensors()); !loaded) {
      return report(loaded.error());
    }
    network.prepare();
    const auto score = evaluate(network, **puzzle, *boards, 32);
    if (!score) return report(score.error());
    if (arguments.json) {
      std::cout << score_to_json(*score).dump() << "\n";
    } else {
      Progress now;
      Console(std::cout, false).evaluated(now, {{boards->name, *score}});
    }
  } catch (const std::exception& error) {
    return report(fail(ErrorCode::backend_failed, error.what()));
  }
  return 0;
}

void add_train_options(CLI::App& command, TrainArguments& a) {
  command.add_option("config", a.config_file, "TOML file (assets/configs has those of our models)");
  command.add_option("--puzzle", a.puzzle, "module to train with default settings");
  command.add_option("--set", a.set, "key=value, changes one setting; may be repeated");
  command.add_option("--minutes", a.minutes, "length of the run in training time");
  command.add_option("--steps", a.steps, "length of the run in supervision steps");
  command.add_option("--threads", a.threads, "threads of the numeric library; 0: one a core");
}

}  // namespace

int trainer_main(int argc, char** argv) {
  CLI::App app("Trains Tiny Recursive Models, from generated puzzles to a model file.",
               "trm_trainer");
  app.set_version_flag("--version", std::string("trm_trainer ") + TRM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  trm_trainer train assets/configs/NAME.toml --minutes 60\n"
      "  trm_trainer train --puzzle NAME --set train.lr=0.001 --out runs/try\n"
      "  trm_trainer eval assets/models/NAME.safetensors --difficulty hard --count 500\n"
      "NAME is a puzzle: trm info lists them.");

  TrainArguments t;
  auto* train_command = app.add_subcommand("train", "train a model; continues an interrupted run");
  add_train_options(*train_command, t);
  train_command->add_option("--out", t.out, "folder of the run; default runs/NAME");
  train_command->add_option("--device", t.device, "cpu, cuda[:N] or auto");
  train_command
      ->add_option("--resume", t.resume, "auto: continue the checkpoint in --out; none: afresh")
      ->check(CLI::IsMember({"auto", "none"}));
  train_command->footer("Example: trm_trainer train --puzzle NAME --minutes 10");

  TrainArguments c;
  auto* config_command = app.add_subcommand("config", "print the complete configuration of a run");
  add_train_options(*config_command, c);
  config_command->footer("Example: trm_trainer config --puzzle NAME > my.toml");

  EvalArguments e;
  auto* eval_command = app.add_subcommand("eval", "solve held-out boards and report the rates");
  eval_command->add_option("model", e.model, "model file")->required();
  eval_command->add_option("--size", e.size, "as of the generator; default: the model's first");
  eval_command->add_option("--difficulty", e.difficulty, "as of the generator");
  eval_command->add_option("--set", e.set, "generator option=number");
  eval_command->add_option("--file", e.file, "boards from a text file, one a line");
  eval_command->add_option("--count", e.count, "boards")->check(CLI::Range(1, 1000000));
  eval_command->add_option("--max-steps", e.max_steps, "supervision steps")
      ->check(CLI::Range(1, 1024));
  eval_command->add_option("--seed", e.seed, "of the boards");
  eval_command->add_option("--threads", e.threads, "threads; 0: one a core");
  eval_command->add_flag("--json", e.json, "one JSON object");
  eval_command->footer(
      "Example: trm_trainer eval assets/models/NAME.safetensors --size SIZE --count 200");

  std::string checkpoint, model, command = "trm_trainer export CHECKPOINT MODEL";
  int threads = 0;
  auto* export_command = app.add_subcommand("export", "write the model of a checkpoint");
  export_command->add_option("checkpoint", checkpoint)->required();
  export_command->add_option("model", model, "file to write, NAME.safetensors")->required();
  export_command->add_option("--threads", threads, "threads; 0: one a core");
  export_command->add_option("--command", command, "the training command, for the card");
  export_command->footer(
      "Example: trm_trainer export runs/NAME/checkpoint.safetensors NAME.safetensors");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*train_command) return train(t);
  if (*eval_command) return eval(e);
  if (*config_command) {
    const auto config = load_config(c);
    if (!config) return report(config.error());
    std::cout << config_to_toml(*config);
    return 0;
  }
  Console console(std::cout, isatty(STDOUT_FILENO) != 0);
  const auto result = export_checkpoint(checkpoint, model, console, threads, command);
  if (!result) return report(result.error());
  std::cout << "model: " << result->model << "\n";
  return 0;
}

}  // namespace trm
