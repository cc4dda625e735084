#include "trainer/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "engine/model/tensor_io.h"
#include "engine/weights/atomic_file.h"
#include "puzzles/registry.h"
#include "trainer/card.h"
#include "trainer/state.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Training time of a step: wall time, but no more than the processor time spent, so that a run
/// that is paused or starved by other programs loses nothing of its length.
class StepTimer {
 public:
  double seconds() const { return std::min(seconds_since(wall_), cpu_seconds() - cpu_); }

 private:
  Clock::time_point wall_ = Clock::now();
  double cpu_ = cpu_seconds();
};

/// Sums between two reports.
struct Window {
  double lm_loss = 0, grad_norm = 0;
  std::int64_t rows = 0, halted = 0, exact = 0, steps = 0;
  Clock::time_point start = Clock::now();

  void add(const StepMetrics& m) {
    lm_loss += m.lm_loss;
    grad_norm = m.grad_norm;
    rows += m.rows;
    halted += m.halted;
    exact += m.exact;
    ++steps;
  }
};

class Run {
 public:
  Run(RunState state, const RunOptions& options, RunListener& listener)
      : state_(std::move(state)), options_(options), listener_(listener) {}

  Result<RunResult> train(const std::atomic<bool>& stop) {
    if (auto made = make_held_out(); !made) return made.error();
    double next_eval = state_.seconds / 60 + state_.config.eval_every_minutes;
    double next_save = state_.seconds / 60 + state_.config.checkpoint_every_minutes;
    while (state_.progress() < 1.0 && !stop) {
      if (auto stepped = step(); !stepped) return stepped.error();
      const double minutes = state_.seconds / 60;
      if (seconds_since(window_.start) > 2.0) report();
      if (minutes >= next_eval) {
        next_eval = minutes + state_.config.eval_every_minutes;
        if (auto scores = evaluate_all(); !scores) return scores.error();
      }
      if (minutes >= next_save) {
        next_save = minutes + state_.config.checkpoint_every_minutes;
        if (auto saved = save_checkpoint(state_, checkpoint()); !saved) return saved.error();
      }
    }
    report();
    if (auto saved = save_checkpoint(state_, checkpoint()); !saved) return saved.error();
    if (state_.progress() < 1.0) return RunResult{false, ""};
    return finish(options_.out + "/" + state_.config.name + ".safetensors");
  }

  Result<RunResult> finish(const std::string& model) {
    if (held_out_.empty()) {
      if (auto made = make_held_out(); !made) return made.error();
    }
    const auto scores = evaluate_all();
    if (!scores) return scores.error();
    const RunFacts facts{state_.seconds / 60, state_.step, state_.learner->step_count(),
                         options_.threads, options_.command};
    Result<void> written;
    state_.learner->with_ema([&](Network& network) {
      written = write_model(model, state_.config, network, *scores, facts);
    });
    if (!written) return written.error();
    return RunResult{true, model};
  }

  std::string checkpoint() const { return options_.out + "/checkpoint.safetensors"; }

 private:
  Result<void> make_held_out() {
    for (const EvalSet& spec : state_.config.evals) {
      auto made = HeldOut::make(*state_.puzzle, spec);
      if (!made) return made.error();
      held_out_.push_back(std::move(*made));
    }
    return {};
  }

  double weight_of(std::size_t source, const Stage& stage) const {
    if (stage.weights.empty()) return 1;
    const auto it = stage.weights.find(state_.config.data[source].name);
    return it == stage.weights.end() ? 0 : it->second;
  }

  // Draws one of `count` items with these weights.
  template <class Weight>
  std::size_t draw(std::size_t count, Weight&& weight) {
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) total += weight(i);
    double u = state_.rng.uniform() * total;
    std::size_t last = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (weight(i) <= 0) continue;
      last = i;
      if ((u -= weight(i)) < 0) break;
    }
    return last;
  }

  Result<void> step() {
    const StepTimer timer;
    const double progress = state_.progress();
    const Stage& stage = stage_at(state_.config, progress);
    const std::size_t picked = draw(state_.lanes.size(), [&](std::size_t i) {
      double sum = 0;
      for (const std::size_t s : state_.lanes[i].sources) sum += weight_of(s, stage);
      return sum;
    });
    TrainLane& lane = state_.lanes[picked];
    Result<void> data;
    const auto next = [&](std::int64_t) {
      const std::size_t s = lane.sources[draw(
          lane.sources.size(), [&](std::size_t i) { return weight_of(lane.sources[i], stage); })];
      auto example = state_.sources[s].next();
      if (!example) {
        data = example.error();
        // Positions without label keep the step defined; the error ends the run after it.
        const auto length = static_cast<std::size_t>(lane.lane.length);
        return Example{std::vector<Token>(length, 0),
                       std::vector<Token>(length, Puzzle::ignore_label), 0};
      }
      return std::move(*example);
    };
    const RecursionDepth depth{stage.H_cycles > 0 ? stage.H_cycles : state_.config.arch.H_cycles,
                               stage.L_cycles > 0 ? stage.L_cycles : state_.config.arch.L_cycles};
    scale_ = lr_scale(state_.config, progress, state_.step);
    const StepMetrics metrics = state_.learner->step(lane.lane, depth, scale_, next, state_.rng);
    if (!data) return data;
    if (!metrics.finite) {
      return fail(ErrorCode::backend_failed,
                  "the loss is no longer a number at step " + std::to_string(state_.step) +
                      "; the last checkpoint is intact: lower train.lr or set train.clip_norm");
    }
    ++state_.step;
    state_.seconds += timer.seconds();
    window_.add(metrics);
    return {};
  }

  Progress progress_now() const {
    Progress p;
    p.step = state_.step;
    p.progress = state_.progress();
    p.minutes = state_.seconds / 60;
    p.minutes_left = p.progress > 0 ? p.minutes / p.progress * (1 - p.progress) : 0;
    p.loss = window_.rows ? window_.lm_loss / static_cast<double>(window_.rows) : 0;
    p.exact = window_.halted
                  ? static_cast<double>(window_.exact) / static_cast<double>(window_.halted)
                  : 0;
    const double seconds = std::max(1e-9, seconds_since(window_.start));
    p.steps_per_second = static_cast<double>(window_.steps) / seconds;
    p.examples_per_second = static_cast<double>(window_.halted) / seconds;
    p.grad_norm = window_.grad_norm;
    p.lr = state_.config.learn.lr * scale_;
    return p;
  }

  void report() {
    if (window_.steps == 0) return;
    const Progress p = progress_now();
    Json line = Json::object();
    line.set("step", p.step).set("minutes", p.minutes).set("lm_loss", p.loss).set("exact", p.exact);
    line.set("steps_per_second", p.steps_per_second)
        .set("examples_per_second", p.examples_per_second);
    line.set("grad_norm", p.grad_norm).set("lr", p.lr);
    log(line);
    listener_.progress(p);
    window_ = Window();
  }

  Result<std::vector<std::pair<std::string, Score>>> evaluate_all() {
    std::vector<std::pair<std::string, Score>> scores;
    Result<void> failed;
    state_.learner->with_ema([&](Network& network) {
      for (const HeldOut& set : held_out_) {
        auto score = evaluate(network, *state_.puzzle, set, kEvalBatch);
        if (!score) {
          failed = score.error();
          return;
        }
        scores.emplace_back(set.name, *score);
      }
    });
    if (!failed) return failed.error();
    Json line = Json::object();
    line.set("step", state_.step).set("minutes", state_.seconds / 60);
    Json sets = Json::object();
    for (const auto& [name, score] : scores) sets.set(name, score_to_json(score));
    line.set("eval", sets);
    log(line);
    listener_.evaluated(progress_now(), scores);
    window_.start = Clock::now();
    return scores;
  }

  void log(const Json& line) {
    // Appending one short line is atomic enough: a torn last line is dropped by readers.
    std::ofstream(options_.out + "/metrics.jsonl", std::ios::app) << line.dump() << '\n';
  }

  static constexpr int kEvalBatch = 32;

  RunState state_;
  const RunOptions& options_;
  RunListener& listener_;
  std::vector<HeldOut> held_out_;
  Window window_;
  double scale_ = 1;
};

// Torch throws; the trainer's library does not.
template <class F>
Result<RunResult> guarded(F&& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    return fail(ErrorCode::backend_failed, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return fail(ErrorCode::backend_failed, error.what());
  }
}

}  // namespace

Result<RunResult> run_training(const TrainConfig& config, const RunOptions& options,
                               RunListener& listener, const std::atomic<bool>& stop) {
  return guarded([&]() -> Result<RunResult> {
    std::error_code failed;
    std::filesystem::create_directories(options.out, failed);
    if (failed) return fail(ErrorCode::io_error, "cannot make the folder " + options.out, "out");
    const auto device = resolve_device(options.device);
    if (!device) return device.error();
    set_threads(options.threads);
    auto state = RunState::make(config, *device);
    if (!state) return state.error();
    const std::string checkpoint = options.out + "/checkpoint.safetensors";
    if (options.resume && std::filesystem::exists(checkpoint)) {
      if (auto loaded = load_checkpoint(*state, checkpoint); !loaded) return loaded.error();
      listener.message("continuing " + checkpoint + " at step " + std::to_string(state->step));
    }
    const std::string toml = config_to_toml(config);
    if (auto written = write_file_atomic(options.out + "/config.toml",
                                         std::as_bytes(std::span(toml.data(), toml.size())));
        !written) {
      return written.error();
    }
    return Run(std::move(*state), options, listener).train(stop);
  });
}

Result<RunResult> export_checkpoint(const std::string& checkpoint, const std::string& model,
                                    RunListener& listener, int threads,
                                    const std::string& command) {
  return guarded([&]() -> Result<RunResult> {
    const auto config = checkpoint_config(checkpoint);
    if (!config) return config.error();
    set_threads(threads);
    auto state = RunState::make(*config, torch::kCPU);
    if (!state) return state.error();
    if (auto loaded = load_checkpoint(*state, checkpoint); !loaded) return loaded.error();
    RunOptions options;
    options.out = std::filesystem::path(checkpoint).parent_path().string();
    if (options.out.empty()) options.out = ".";
    options.threads = threads;
    options.command = command;
    return Run(std::move(*state), options, listener).finish(model);
  });
}

}  // namespace trm
