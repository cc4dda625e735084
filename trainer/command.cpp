#include "trainer/command.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "trainer/presets.h"

namespace trm {
namespace {

constexpr std::uintmax_t kConfigBytes = 1u << 20;

std::atomic<bool> stop_requested{false};

// The first signal lets the step end and saves; a second one ends the process at once.
extern "C" void on_signal(int) {
  if (stop_requested.exchange(true)) _exit(130);
}

Result<std::string> read_text(const std::string& path) {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(path, failed);
  if (failed) return fail(ErrorCode::not_found, "cannot open " + path, "config");
  if (bytes > kConfigBytes) return fail(ErrorCode::too_large, path + " is over 1 MiB", "config");
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

int report(const Error& error) {
  std::cerr << "trm_trainer: " << error.message;
  if (!error.field.empty()) std::cerr << " (" << error.field << ")";
  std::cerr << " [" << error_name(error.code) << "]\n";
  return 1;
}

const std::atomic<bool>& stop_on_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return stop_requested;
}

void add_config_options(CLI::App& command, ConfigArguments& a) {
  command.add_option("config", a.config_file, "TOML file (assets/configs has those of our models)");
  command.add_option("--preset", a.preset, "a configuration by name: trm_trainer presets");
  command.add_option("--puzzle", a.puzzle, "module to train with default settings");
  command.add_option("--set", a.set, "key=value, changes one setting; may be repeated");
  command.add_option("--minutes", a.minutes, "length of the run in training time");
  command.add_option("--steps", a.steps, "length of the run in supervision steps");
  command.add_option("--epochs", a.epochs, "length of the run in passes over the data");
  command.add_option("--threads", a.threads, "threads of the numeric library; 0: one a core");
}

Result<TrainConfig> load_raw_config(const ConfigArguments& arguments) {
  TrainConfig config;
  if (!arguments.preset.empty()) {
    if (!arguments.config_file.empty())
      return fail(ErrorCode::invalid_config, "give a configuration file or --preset", "preset");
    auto preset = find_preset(arguments.preset);
    if (!preset) return preset.error();
    config = std::move(*preset);
  } else if (!arguments.config_file.empty()) {
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
    return fail(ErrorCode::invalid_config, "give a configuration file, --preset or --puzzle NAME",
                "puzzle");
  }
  for (const auto& assignment : arguments.set) {
    if (auto changed = set_config(config, assignment); !changed) return changed.error();
  }
  if (arguments.minutes > 0) config.minutes = arguments.minutes;
  if (arguments.steps > 0) config.steps = arguments.steps;
  if (arguments.epochs > 0) config.epochs = arguments.epochs;
  return config;
}

Result<TrainConfig> load_config(const ConfigArguments& arguments) {
  auto config = load_raw_config(arguments);
  if (!config) return config;
  if (auto completed = complete_config(*config); !completed) return completed.error();
  return config;
}

std::string command_of(const std::string& verb, const ConfigArguments& arguments) {
  std::string command = "trm_trainer " + verb;
  if (!arguments.config_file.empty()) {
    // The path inside a checkout, whatever folder the command was typed in.
    const auto path = std::filesystem::path(arguments.config_file);
    command += " " + (path.is_absolute() ? path.filename() : path).string();
  }
  if (!arguments.preset.empty()) command += " --preset " + arguments.preset;
  if (!arguments.puzzle.empty()) command += " --puzzle " + arguments.puzzle;
  for (const auto& assignment : arguments.set) command += " --set " + assignment;
  std::ostringstream rest;
  if (arguments.minutes > 0) rest << " --minutes " << arguments.minutes;
  if (arguments.steps > 0) rest << " --steps " << arguments.steps;
  if (arguments.epochs > 0) rest << " --epochs " << arguments.epochs;
  if (arguments.threads > 0) rest << " --threads " << arguments.threads;
  return command + rest.str();
}

Result<std::map<std::string, double, std::less<>>> parse_options(
    const std::vector<std::string>& assignments) {
  std::map<std::string, double, std::less<>> options;
  for (const auto& option : assignments) {
    const auto equals = option.find('=');
    double value = 0;
    if (equals == std::string::npos ||
        !CLI::detail::lexical_cast(option.substr(equals + 1), value)) {
      return fail(ErrorCode::invalid_field, "--set " + option + ": expected option=number", "set");
    }
    options[option.substr(0, equals)] = value;
  }
  return options;
}

Ticker::Ticker(std::string what) : what_(std::move(what)), tty_(isatty(STDERR_FILENO) != 0) {}

Ticker::~Ticker() {
  if (open_) std::cerr << "\r\033[K" << std::flush;
}

void Ticker::operator()(std::int64_t done, std::int64_t total) {
  if (!tty_) return;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::steady_clock::now().time_since_epoch())
                       .count();
  if (now - last_ < 100) return;
  last_ = now;
  open_ = true;
  std::cerr << '\r' << what_ << ' ' << done;
  if (total > 0) {
    constexpr std::int64_t kWidth = 24;
    const auto full = static_cast<std::size_t>(kWidth * done / total);
    std::cerr << " of " << total << " [" << std::string(full, '#')
              << std::string(kWidth - full, '.') << "]";
  }
  std::cerr << "\033[K" << std::flush;
}

}  // namespace trm
