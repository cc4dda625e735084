// How the trainer's subcommands are put together: each file adds its own.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "puzzles/result.h"
#include "trainer/config.h"

namespace trm {

/// The subcommands of `trm_trainer` and what they do.
class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(&app) {}

  /// A subcommand; `parent` null: of the program itself.
  CLI::App* add(const std::string& name, const std::string& help, CLI::App* parent = nullptr) {
    return (parent ? parent : app_)->add_subcommand(name, help);
  }
  /// What a subcommand does; returns the exit status.
  void on(CLI::App* command, std::function<int()> run) { runs_.emplace_back(command, run); }
  /// Runs the parsed one.
  int run() const {
    for (const auto& [command, work] : runs_) {
      if (*command) return work();
    }
    return 2;
  }

 private:
  CLI::App* app_;
  std::vector<std::pair<CLI::App*, std::function<int()>>> runs_;
};

void add_train_commands(Commands& commands);   ///< train, config, overfit, presets
void add_data_commands(Commands& commands);    ///< data build, show, check
void add_model_commands(Commands& commands);   ///< eval, export, import
void add_report_commands(Commands& commands);  ///< plot, ablate

/// Prints an error for people; returns the exit status 1.
int report(const Error& error);

/// SIGINT and SIGTERM set the flag that this returns; a second one ends the process at once.
const std::atomic<bool>& stop_on_signals();

/// Shared by the commands that take a configuration.
struct ConfigArguments {
  std::string config_file, preset, puzzle;
  std::vector<std::string> set;
  double minutes = 0, epochs = 0;
  std::int64_t steps = 0;
  int threads = 0;
};
void add_config_options(CLI::App& command, ConfigArguments& arguments);

/// The configuration that the arguments name, complete. Errors: those of parse_config, set_config
/// and complete_config, with the file's name.
Result<TrainConfig> load_config(const ConfigArguments& arguments);
/// The same before complete_config.
Result<TrainConfig> load_raw_config(const ConfigArguments& arguments);

/// The command that reproduces a run, for its card.
std::string command_of(const std::string& verb, const ConfigArguments& arguments);

/// "option=number" pairs. Error: invalid_field.
Result<std::map<std::string, double, std::less<>>> parse_options(
    const std::vector<std::string>& assignments);

/// One refreshed line with a bar on a terminal; silent otherwise.
class Ticker {
 public:
  explicit Ticker(std::string what);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;
  /// total 0: unknown.
  void operator()(std::int64_t done, std::int64_t total);

 private:
  std::string what_;
  bool tty_;
  bool open_ = false;
  std::int64_t last_ = 0;
};

}  // namespace trm
