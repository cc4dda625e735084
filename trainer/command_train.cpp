// trm_trainer train, config, overfit, presets.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "engine/model/tensor_io.h"
#include "trainer/command.h"
#include "trainer/console.h"
#include "trainer/distributed.h"
#include "trainer/measure.h"
#include "trainer/overfit.h"
#include "trainer/presets.h"
#include "trainer/run.h"
#include "trainer/state.h"

namespace trm {
namespace {

struct TrainArguments {
  ConfigArguments config;
  std::string out, device = "auto", resume = "auto";
  bool dry_run = false, profile = false, tensorboard = false;
};

struct OverfitArguments {
  ConfigArguments config;
  std::string device = "auto";
  OverfitRequest request;
};

/// The deepest recursion of a configuration's stages.
RecursionDepth deepest(const TrainConfig& config) {
  RecursionDepth depth{config.arch.H_cycles, config.arch.L_cycles};
  for (const Stage& stage : config.stages) {
    depth.H_cycles = std::max(depth.H_cycles, stage.H_cycles);
    depth.L_cycles = std::max(depth.L_cycles, stage.L_cycles);
  }
  return depth;
}

std::string duration_text(double seconds) {
  char text[48];
  if (seconds < 120) {
    std::snprintf(text, sizeof text, "%.3g s", seconds);
  } else if (seconds < 2 * 3600) {
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  } else if (seconds < 72 * 3600) {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  } else {
    std::snprintf(text, sizeof text, "%.1f days", seconds / 86400);
  }
  return text;
}

// "1.23 ms", "4.5 s".
std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 1 ? "%.3g ms" : "%.3g s",
                seconds < 1 ? 1000 * seconds : seconds);
  return text;
}

std::int64_t parameter_count(const Network& network) {
  std::int64_t count = 0;
  for (const auto& [name, p] : network.parameters()) count += p.numel();
  return count;
}

// How many rows to measure with: enough to be busy, few enough to be quick.
std::int64_t measured_rows(double flops_per_row) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(30e9 / flops_per_row), 1, 32);
}

std::string length_text(const TrainConfig& config, double examples, double step_seconds) {
  char text[160];
  double steps = static_cast<double>(config.steps);
  if (steps == 0 && config.epochs > 0) {
    // Every example takes up to halt_max_steps supervision steps of its row.
    steps = config.epochs * examples * config.arch.halt_max_steps / config.data.front().batch;
    std::snprintf(text, sizeof text, "%g epochs of %.0f examples, at most %.0f steps: about %s",
                  config.epochs, examples, steps, duration_text(steps * step_seconds).c_str());
  } else if (steps > 0) {
    std::snprintf(text, sizeof text, "%.0f steps, about %s", steps,
                  duration_text(steps * step_seconds).c_str());
  } else {
    std::snprintf(text, sizeof text, "%g minutes, about %.0f steps", config.minutes,
                  config.minutes * 60 / step_seconds);
  }
  return text;
}

// What the run will need, from one step of every source on few rows.
Result<RunResult> dry_run(const TrainConfig& config, const TrainArguments& arguments,
                          torch::Device device) {
  set_threads(arguments.config.threads);
  auto state = RunState::make(config, device);  // opens the data as the run will
  if (!state) return state.error();
  Learner& learner = *state->learner;
  const RecursionDepth depth = deepest(config);
  std::printf("%s: %lld parameters, H_cycles %d, L_cycles %d\n", config.name.c_str(),
              static_cast<long long>(parameter_count(learner.network())), depth.H_cycles,
              depth.L_cycles);
  double sum = 0, memory = 0;
  for (const DataSource& source : config.data) {
    const auto board = measure_board(config, source, device);
    if (!board) return board.error();
    const double flops = train_flops(learner.network(), depth, board->nodes());
    const std::int64_t rows = std::min<std::int64_t>(source.batch, measured_rows(flops));
    const StepTime time = measure_step(learner, *board, rows, depth, 1.0);
    const double step = time.seconds * source.batch / static_cast<double>(rows);
    sum += step / static_cast<double>(config.data.size());
    memory = std::max(
        memory, train_bytes(learner.network(), config.learn, depth, source.batch, board->nodes()));
    std::printf("  %-16s %4d rows of %5lld positions: %s a step, %s, %s/s%s\n", source.name.c_str(),
                source.batch, static_cast<long long>(board->length),
                human(flops * source.batch, "FLOP").c_str(), duration_text(step).c_str(),
                human(flops * source.batch / step, "FLOP").c_str(),
                rows < source.batch ? " (measured on fewer rows)" : "");
  }
  const double there = physical_memory();
  std::printf("memory: about %s of the machine's %s%s; a checkpoint takes %s\n",
              human(memory, "B").c_str(), human(there, "B").c_str(),
              memory > there ? ": TOO MUCH, lower data.batch" : "",
              human(static_cast<double>(checkpoint_bytes(*state)), "B").c_str());
  std::printf("length: %s\nnothing was written\n",
              length_text(config, state->examples(), sum).c_str());
  return RunResult{};
}

Result<RunResult> profile(const TrainConfig& config, const TrainArguments& arguments,
                          torch::Device device) {
  constexpr int kSteps = 3, kLines = 14;
  set_threads(arguments.config.threads);
  Learner learner(config.arch, config.learn, static_cast<std::uint64_t>(config.seed), device);
  for (const DataSource& source : config.data) {
    const auto board = measure_board(config, source, device);
    if (!board) return board.error();
    const TrainProfile p = profile_training(learner, *board, source.batch, deepest(config), kSteps);
    std::printf("%s: %d rows of %lld positions, %s a step, %s, %s/s\n", source.name.c_str(),
                source.batch, static_cast<long long>(board->length), human(p.flops, "FLOP").c_str(),
                duration_text(p.step_seconds).c_str(),
                human(p.flops / p.step_seconds, "FLOP").c_str());
    std::printf("  its matrix products alone: %s, %.0f %% of the step\n",
                duration_text(p.matrix_seconds).c_str(), 100 * p.share_of_peak());
    double whole = 0;
    for (const auto& line : p.lines) whole += line.seconds;
    for (std::size_t i = 0; i < p.lines.size() && i < kLines; ++i) {
      const auto& line = p.lines[i];
      std::printf("  %5.1f %%  %8.2f ms  %6lld calls  %s\n", 100 * line.seconds / whole,
                  1000 * line.seconds, static_cast<long long>(line.calls), line.name.c_str());
    }
  }
  return RunResult{};
}

int finish(const Result<RunResult>& result, const std::string& out) {
  if (!result) return report(result.error());
  if (!result->model.empty()) {
    std::cout << "model: " << result->model << "\n";
  } else if (!result->finished) {
    std::cout << "stopped; saved in " << out << "/checkpoint.safetensors\n";
  }
  return 0;
}

/// A listener of the processes that do not show anything.
struct Silent final : RunListener {
  void message(const std::string&) override {}
  void progress(const Progress&) override {}
  void evaluated(const Progress&, const Scores&, const Scores&) override {}
};

int train(const TrainArguments& arguments) {
  auto config = load_config(arguments.config);
  if (!config) return report(config.error());
  auto device = parse_device(arguments.device);
  if (!device) return report(device.error());
  const auto place = process_place();
  if (!place) return report(place.error());
  if (device->kind == Device::Kind::cuda && place->size > 1) device->index = place->local_rank;
  if (arguments.dry_run || arguments.profile) {
    const auto result = guarded<RunResult>([&]() -> Result<RunResult> {
      const auto where = resolve_device(*device);
      if (!where) return where.error();
      return arguments.dry_run ? dry_run(*config, arguments, *where)
                               : profile(*config, arguments, *where);
    });
    return result ? 0 : report(result.error());
  }
  RunOptions options;
  options.out = arguments.out.empty() ? "runs/" + config->name : arguments.out;
  options.resume = arguments.resume == "auto";
  options.device = *device;
  options.threads = arguments.config.threads;
  options.tensorboard = arguments.tensorboard;
  options.command = command_of("train", arguments.config);
  std::unique_ptr<Collective> processes;
  if (place->size > 1) {
    auto joined = join_processes(*place, *device);
    if (!joined) return report(joined.error());
    processes = std::move(*joined);
    options.collective = processes.get();
  }
  const auto& stop = stop_on_signals();
  Silent silent;
  Console console(std::cout, isatty(STDOUT_FILENO) != 0);
  if (place->rank != 0) {
    const auto result = run_training(*config, options, silent, stop);
    return result ? 0 : report(result.error());
  }
  console.message("training " + config->name + " into " + options.out +
                  " (Ctrl-C saves and stops; the same command continues)");
  const auto result = run_training(*config, options, console, stop);
  console.end_line();
  return finish(result, options.out);
}

int overfit_command(OverfitArguments& arguments) {
  const auto config = load_config(arguments.config);
  if (!config) return report(config.error());
  const auto device = parse_device(arguments.device);
  if (!device) return report(device.error());
  arguments.request.device = *device;
  set_threads(arguments.config.threads);
  const auto& stop = stop_on_signals();
  const auto result = guarded<OverfitResult>([&] {
    return overfit(*config, arguments.request, stop,
                   [](std::int64_t step, double loss, double exact) {
                     std::printf("step %lld loss %.4f exact %.0f %%\n",
                                 static_cast<long long>(step), loss, 100 * exact);
                     std::fflush(stdout);
                   });
  });
  if (!result) return report(result.error());
  if (result->learned) {
    std::printf("all %d examples are right after %lld steps: the model can learn these data\n",
                arguments.request.examples, static_cast<long long>(result->steps));
    return 0;
  }
  std::printf(
      "%.0f %% of the examples are right after %lld steps: more --steps, a larger network "
      "or another learning rate?\n",
      100 * result->exact, static_cast<long long>(result->steps));
  return 1;
}

// The time of a whole run; those in minutes say it themselves, epochs need the data.
std::string whole_run_text(const TrainConfig& config, double seconds_per_row) {
  if (config.steps == 0)
    return config.epochs > 0 ? "by epochs" : duration_text(config.minutes * 60);
  return duration_text(seconds_per_row * config.data.back().batch *
                       static_cast<double>(config.steps));
}

Result<RunResult> print_preset(const Preset& preset, double budget) {
  auto config = find_preset(preset.name);
  if (!config) return config.error();
  const auto board = preset_board(*config);
  if (!board) return board.error();
  Learner learner(config->arch, config->learn, 0, torch::kCPU);
  const RecursionDepth depth{config->arch.H_cycles, config->arch.L_cycles};
  const double flops = train_flops(learner.network(), depth, board->nodes());
  const int batch = config->data.back().batch;
  const StepTime time = measure_step(
      learner, *board, std::min<std::int64_t>(batch, measured_rows(flops)), depth, budget);
  const double per_row = time.seconds / static_cast<double>(time.rows);
  std::printf(
      "%-20s %10lld %14s %10s %12s %12s\n", preset.name.c_str(),
      static_cast<long long>(parameter_count(learner.network())),
      human(flops * batch, "FLOP").c_str(),
      human(train_bytes(learner.network(), config->learn, depth, batch, board->nodes()), "B")
          .c_str(),
      seconds_text(per_row).c_str(), whole_run_text(*config, per_row).c_str());
  return RunResult{};
}

int presets() {
  const auto all = list_presets();
  if (!all) return report(all.error());
  set_threads(0);
  std::printf("%-20s %10s %14s %10s %12s %12s\n", "preset", "parameters", "a step", "memory",
              "a row's step", "whole run");
  const double budget = 10.0 / static_cast<double>(std::max<std::size_t>(all->size(), 1)) / 2;
  for (const Preset& preset : *all) {
    const auto printed = guarded<RunResult>([&] { return print_preset(preset, budget); });
    if (!printed) std::printf("%-20s %s\n", preset.name.c_str(), printed.error().message.c_str());
    std::fflush(stdout);
  }
  std::printf(
      "\nFLOPs and memory of a step at the preset's batch, memory estimated; times measured "
      "now on this machine's processor.\n");
  for (const Preset& preset : *all)
    std::printf("%-20s %s\n", preset.name.c_str(), preset.summary.c_str());
  return 0;
}

}  // namespace

void add_train_commands(Commands& commands) {
  auto t = std::make_shared<TrainArguments>();
  auto* train_command = commands.add("train", "train a model; continues an interrupted run");
  add_config_options(*train_command, t->config);
  train_command->add_option("--out", t->out, "folder of the run; default runs/NAME");
  train_command->add_option("--device", t->device, "cpu, cuda[:N] or auto");
  train_command
      ->add_option("--resume", t->resume, "auto: continue the checkpoint in --out; none: afresh")
      ->check(CLI::IsMember({"auto", "none"}));
  train_command->add_flag("--tensorboard", t->tensorboard, "event files in OUT/tensorboard");
  train_command->add_flag("--dry-run", t->dry_run, "say what the run needs, and stop");
  train_command->add_flag("--profile", t->profile, "say where the time of a step goes, and stop");
  train_command->footer(
      "Examples:\n"
      "  trm_trainer train --puzzle NAME --minutes 10\n"
      "  trm_trainer train --preset NAME --dry-run\n"
      "  torchrun --nproc-per-node 2 --no-python trm_trainer train my.toml --threads 1");
  commands.on(train_command, [t] { return train(*t); });

  auto c = std::make_shared<ConfigArguments>();
  auto* config_command = commands.add("config", "print the complete configuration of a run");
  add_config_options(*config_command, *c);
  config_command->footer("Example: trm_trainer config --puzzle NAME > my.toml");
  commands.on(config_command, [c] {
    const auto config = load_config(*c);
    if (!config) return report(config.error());
    std::cout << config_to_toml(*config);
    return 0;
  });

  auto o = std::make_shared<OverfitArguments>();
  auto* overfit_cli =
      commands.add("overfit", "learn a handful of examples by heart: a first check");
  add_config_options(*overfit_cli, o->config);
  overfit_cli->add_option("--examples", o->request.examples, "how many")
      ->check(CLI::Range(1, 1024));
  overfit_cli->add_option("--device", o->device, "cpu, cuda[:N] or auto");
  overfit_cli->add_option("--most-steps", o->request.steps, "give up after so many");
  overfit_cli->footer(
      "Exit status 1 where not all are right in the end.\n"
      "Example: trm_trainer overfit --puzzle NAME --examples 4");
  commands.on(overfit_cli, [o] { return overfit_command(*o); });

  auto* presets_command =
      commands.add("presets", "list the named configurations with their cost on this machine");
  presets_command->footer("Takes about ten seconds. Example: trm_trainer presets");
  commands.on(presets_command, [] { return presets(); });
}

}  // namespace trm
