#include "ui/jobs/training.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "engine/weights/atomic_file.h"
#include "puzzles/json.h"
#include "ui/jobs/training_config.h"

namespace trm::ui {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptLines = 200, kLongestLine = 1000;
constexpr std::streamoff kMostAtOnce = 1 << 20;
constexpr std::string_view kModelLine = "model: ", kErrorLine = "trm_trainer: ";

Result<std::string> find_trainer() {
  std::string path;
  if (const char* named = std::getenv("TRM_TRAINER"); named != nullptr && *named != '\0') {
    path = named;
  } else {
    std::error_code failed;
    path = (fs::read_symlink("/proc/self/exe", failed).parent_path() / "trm_trainer").string();
  }
  if (access(path.c_str(), X_OK) == 0) return path;
  return fail(ErrorCode::not_found,
              "there is no trainer at " + path +
                  ": build trm_trainer, or name it in the variable TRM_TRAINER",
              "TRM_TRAINER");
}

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

Result<void> check(const TrainingOptions& options) {
  const auto refuse = [](const char* message, const char* field) {
    return fail(ErrorCode::invalid_field, message, field);
  };
  if (options.puzzle.empty()) return refuse("say which puzzle to train", "puzzle");
  if (options.out.empty()) return refuse("name a folder for the run", "out");
  if (!(options.minutes > 0) || !std::isfinite(options.minutes))
    return refuse("expected more than 0 minutes", "minutes");
  if (options.threads < 0) return refuse("expected 0 threads (one a core) or more", "threads");
  return {};
}

std::string config_path(const TrainingOptions& options) { return options.out + "/train.toml"; }

/// A line of metrics.jsonl about the training itself; those about evaluations have no loss.
std::optional<TrainingProgress> read_metrics(std::string_view line, double minutes) {
  const auto json = parse_json(line);
  if (!json) return std::nullopt;
  const auto number = [&](const char* key) -> std::optional<double> {
    const Json* value = json->find(key);
    return value != nullptr && value->is_number() ? std::optional(value->as_double())
                                                  : std::nullopt;
  };
  const auto done = number("minutes"), loss = number("lm_loss");
  if (!done || !loss) return std::nullopt;
  TrainingProgress progress;
  progress.share = std::clamp(*done / minutes, 0.0, 1.0);
  progress.minutes_left = std::max(0.0, minutes - *done);
  progress.loss = *loss;
  progress.exact = number("exact").value_or(0);
  const Json* step = json->find("step");
  progress.step = step != nullptr ? step->whole().value_or(0) : 0;
  return progress;
}

}  // namespace

std::vector<std::vector<std::string>> Training::commands(const std::string& program,
                                                         const TrainingOptions& options) {
  std::vector<std::vector<std::string>> all;
  std::string config = options.config;
  if (!options.data.empty()) {
    config = config_path(options);
    std::error_code failed;
    const std::string data = data_folder(options);
    if (!fs::exists(data, failed)) {
      all.push_back(
          {program, "data", "build", options.puzzle, "--from", options.data, "--out", data});
      // Boards of other sizes are left out then, instead of being an error.
      if (const auto size = size_of_boards(options); size && !size->empty())
        all.back().insert(all.back().end(), {"--size", *size});
    }
  }
  std::vector<std::string> train{program, "train"};
  if (config.empty()) {
    train.insert(train.end(), {"--puzzle", options.puzzle});
  } else {
    // The length is that of --minutes, whatever else the file says.
    train.insert(train.end(), {config, "--set", "steps=0", "--set", "epochs=0"});
  }
  train.insert(train.end(), {"--minutes", number_text(options.minutes), "--threads",
                             std::to_string(options.threads), "--out", options.out});
  all.push_back(std::move(train));
  return all;
}

Result<Training> Training::start(const TrainingOptions& options) {
  if (auto valid = check(options); !valid) return valid.error();
  const auto program = find_trainer();
  if (!program) return program.error();
  Training training(options);
  std::optional<std::string> config;
  if (!options.data.empty()) {
    auto made = config_with_data(options);
    if (!made) return made.error();
    config = std::move(*made);
  }
  std::error_code failed;
  fs::create_directories(options.out, failed);
  if (failed) {
    return fail(ErrorCode::io_error,
                "cannot make the folder " + options.out + ": " + failed.message(), "out");
  }
  if (config) {
    if (auto written = write_file_atomic(config_path(options), *config); !written)
      return written.error();
  }
  training.commands_ = commands(*program, options);
  if (auto launched = training.launch(); !launched) return launched.error();
  return training;
}

Result<void> Training::launch() {
  auto child = ChildProcess::start(commands_[next_]);
  if (!child) return child.error();
  ++next_;
  child_.emplace(std::move(*child));
  return {};
}

void Training::stop() {
  stopping_ = true;
  if (child_) child_->interrupt();
}

bool Training::poll() {
  if (!child_) return false;
  const auto status = child_->ended();  // first: what it printed before is then all there
  bool changed = take_output();
  if (take_metrics()) changed = true;
  if (!status) return changed;
  if (!partial_.empty()) take_line(std::exchange(partial_, {}));
  child_.reset();
  command_ended(*status);
  return true;
}

bool Training::take_output() {
  const std::string text = child_->read();
  for (const char c : text) {
    if (c != '\n' && c != '\r') {
      if (partial_.size() < kLongestLine) partial_ += c;
    } else if (!partial_.empty()) {
      take_line(std::exchange(partial_, {}));
    }
  }
  return !text.empty();
}

void Training::take_line(std::string line) {
  if (line.starts_with(kModelLine)) model_ = line.substr(kModelLine.size());
  output_.push_back(std::move(line));
  if (output_.size() > kKeptLines) output_.pop_front();
}

// What is whole of the lines since the last time.
bool Training::take_metrics() {
  std::ifstream in(options_.out + "/metrics.jsonl", std::ios::binary | std::ios::ate);
  if (!in) return false;
  const std::streamoff size = in.tellg();
  if (size < metrics_read_) metrics_read_ = 0, curve_.clear();  // another file
  std::string text(static_cast<std::size_t>(std::min(size - metrics_read_, kMostAtOnce)), '\0');
  in.seekg(metrics_read_);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  bool changed = false;
  std::size_t from = 0;
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', from)) {
    const auto progress =
        read_metrics(std::string_view(text).substr(from, end - from), options_.minutes);
    from = end + 1;
    if (!progress) continue;
    progress_ = progress;
    curve_.push_back(*progress);
    changed = true;
  }
  metrics_read_ += static_cast<std::streamoff>(from);
  return changed;
}

void Training::command_ended(int status) {
  if (status == 0 && !stopping_ && next_ < commands_.size()) {
    if (auto launched = launch(); !launched) outcome_ = "failed: " + launched.error().message;
    return;
  }
  std::error_code failed;
  if (!fs::exists(model_, failed)) model_.clear();
  if (status == 0 && !model_.empty()) {
    outcome_ = "finished";
  } else if (stopping_ || status == 0) {
    outcome_ = has_checkpoint(options_) ? "stopped; starting it again goes on from there"
                                        : "stopped before anything was learned";
  } else {
    outcome_ = "failed: " + why_failed(status);
  }
  if (outcome_ != "finished") model_.clear();
}

std::string Training::why_failed(int status) const {
  if (status > 128) {
    return "it was ended by signal " + std::to_string(status - 128) + " (" +
           strsignal(status - 128) + ")";
  }
  for (auto line = output_.rbegin(); line != output_.rend(); ++line) {
    if (line->starts_with(kErrorLine)) return line->substr(kErrorLine.size());
  }
  return output_.empty() ? "exit status " + std::to_string(status) : output_.back();
}

}  // namespace trm::ui
