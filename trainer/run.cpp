#include "trainer/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>

#include "engine/model/tensor_io.h"
#include "engine/weights/atomic_file.h"
#include "puzzles/registry.h"
#include "trainer/card.h"
#include "trainer/run_files.h"
#include "trainer/state.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEvalBatch = 32;
constexpr int kPictureBoards = 4;
constexpr double kReportSeconds = 2;
// Of the running share of learned examples, by example.
constexpr double kFrontierRate = 0.01;
constexpr std::uint64_t kLaneStream = 0x6c616e65;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Training time of a step: wall time, but no more than the processor time spent, so that a run
/// that is paused or starved by other programs loses nothing of its length. On a GPU the processor
/// waits without working: there wall time counts.
class StepTimer {
 public:
  double seconds(bool gpu) const {
    const double wall = seconds_since(wall_);
    return gpu ? wall : std::min(wall, cpu_seconds() - cpu_);
  }

 private:
  Clock::time_point wall_ = Clock::now();
  double cpu_ = cpu_seconds();
};

/// Sums between two reports.
struct Window {
  double lm_loss = 0, grad_norm = 0;
  std::int64_t rows = 0, halted = 0, exact = 0, q_right = 0, steps = 0, skipped = 0;
  Clock::time_point start = Clock::now();

  void add(const StepMetrics& m) {
    lm_loss += m.lm_loss;
    grad_norm = m.grad_norm;
    rows += m.rows;
    halted += m.halted;
    exact += m.exact;
    q_right += m.q_right;
    skipped += m.skipped;
    ++steps;
  }
};

/// What the processes do before the next step; all agree on it.
struct Due {
  bool save = false, evaluate = false, finished = false, stop = false;
};

class Run {
 public:
  Run(RunState state, const RunOptions& options, std::optional<RunFiles> files,
      RunListener& listener)
      : state_(std::move(state)),
        options_(options),
        files_(std::move(files)),
        listener_(listener),
        saved_step_(state_.step) {}

  Result<RunResult> train(const std::atomic<bool>& stop) {
    if (auto made = make_held_out(); !made) return made.error();
    plan();
    if (auto begun = begin(); !begun) return begun.error();
    for (;;) {
      const Due due = agree(stop);
      if (due.evaluate) {
        if (auto done = evaluate_and_rank(); !done) return done.error();
      }
      if (due.finished || due.stop) {
        if (auto done = report(); !done) return done.error();
        if (auto saved = save(); !saved) return saved.error();
        if (!due.finished) return RunResult{false, ""};
        if (state_.rank() != 0) return RunResult{true, ""};
        return finish(files_->path(state_.config.name + ".safetensors"));
      }
      if (due.save) {
        if (auto saved = save(); !saved) return saved.error();
      }
      if (auto stepped = step(); !stepped) return stepped.error();
      // The first step alone, so that curves begin with the untrained network.
      if (state_.step == 1 || seconds_since(window_.start) > kReportSeconds) {
        if (auto done = report(); !done) return done.error();
      }
    }
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

 private:
  Result<void> make_held_out() {
    if (state_.rank() != 0) return {};
    for (const EvalSet& spec : state_.config.evals) {
      auto made = HeldOut::make(*state_.puzzle, spec);
      if (!made) return fail(made.error().code, made.error().message, "eval." + spec.name);
      held_out_.push_back(std::move(*made));
    }
    return {};
  }

  // The first checkpoint before the first step: a folder that cannot be written to shows now.
  Result<void> begin() {
    if (state_.rank() == 0) {
      // The newest ones, the best, and the one that is being written.
      const auto files = static_cast<std::uintmax_t>(state_.config.keep_checkpoints) + 2;
      if (auto room = check_room(options_.out, checkpoint_bytes(state_) * files); !room)
        return room;
    }
    return state_.step == 0 ? save_checkpoint(state_, checkpoint_path()) : Result<void>{};
  }

  std::string checkpoint_path() const { return options_.out + "/checkpoint.safetensors"; }

  // When to evaluate and to save next, for those that go by time.
  void plan() {
    next_eval_ = state_.seconds / 60 + state_.config.eval_every_minutes;
    next_save_ = state_.seconds / 60 + state_.config.checkpoint_every_minutes;
  }

  // Whether something that happens every n steps, or by the clock, is due now.
  bool is_due(std::int64_t every_steps, double every_minutes, double& next) const {
    if (state_.step == started_at_) return false;
    if (every_steps > 0) return state_.step % every_steps == 0;
    const double minutes = state_.seconds / 60;
    if (minutes < next) return false;
    next = minutes + every_minutes;
    return true;
  }

  // The first process decides by its clock; any process may be asked to stop.
  Due agree(const std::atomic<bool>& stop) {
    const TrainConfig& c = state_.config;
    Due due;
    due.stop = stop;
    if (state_.rank() == 0) {
      due.evaluate = is_due(c.eval_every_steps, c.eval_every_minutes, next_eval_);
      due.save = is_due(c.checkpoint_every_steps, c.checkpoint_every_minutes, next_save_);
      due.finished = state_.progress() >= 1.0 || (c.patience > 0 && state_.stale >= c.patience);
    }
    if (state_.collective == nullptr) return due;
    std::vector<torch::Tensor> flags{
        torch::tensor({int{due.save}, int{due.evaluate}, int{due.finished}, int{due.stop}},
                      torch::kInt64)
            .to(state_.learner->network().device())};
    state_.collective->sum(flags);
    const torch::Tensor all = flags.front().to(torch::kCPU);
    const auto* sums = all.const_data_ptr<std::int64_t>();
    return {sums[0] > 0, sums[1] > 0, sums[2] > 0, sums[3] > 0};
  }

  double weight_of(std::size_t source, const Stage& stage) const {
    if (stage.weights.empty()) return 1;
    const auto it = stage.weights.find(state_.config.data[source].name);
    return it == stage.weights.end() ? 0 : it->second;
  }

  // The stage's weight, by what the source still teaches.
  double frontier_weight(std::size_t source, const Stage& stage) const {
    const double weight = weight_of(source, stage);
    if (state_.config.frontier == 0) return weight;
    const double p = state_.learned.const_data_ptr<double>()[source];
    return weight * std::max(state_.config.frontier, 4 * p * (1 - p));
  }

  // Follows the outcome of the rows that finished.
  void follow_frontier(const TrainLane& lane) {
    if (state_.config.frontier == 0) return;
    const torch::Tensor halted = lane.lane.halted.to(torch::kCPU);
    const torch::Tensor right = lane.lane.right.to(torch::kCPU);
    double* learned = state_.learned.mutable_data_ptr<double>();
    for (std::int64_t row = 0; row < lane.lane.rows; ++row) {
      if (!halted.const_data_ptr<bool>()[row]) continue;
      double& p = learned[lane.row_sources.const_data_ptr<std::int64_t>()[row]];
      p += kFrontierRate * ((right.const_data_ptr<bool>()[row] ? 1.0 : 0.0) - p);
    }
  }

  // Draws one of `count` items with these weights.
  template <class Weight>
  static std::size_t draw(Rng& rng, std::size_t count, Weight&& weight) {
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) total += weight(i);
    double u = rng.uniform() * total;
    std::size_t last = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (weight(i) <= 0) continue;
      last = i;
      if ((u -= weight(i)) < 0) break;
    }
    return last;
  }

  // The lane of this step: the same in all processes, so its stream is the step's own.
  TrainLane& pick_lane(const Stage& stage) {
    Rng rng = Rng::stream(static_cast<std::uint64_t>(state_.config.seed) ^ kLaneStream,
                          static_cast<std::uint64_t>(state_.step));
    return state_.lanes[draw(rng, state_.lanes.size(), [&](std::size_t i) {
      double sum = 0;
      for (const std::size_t s : state_.lanes[i].sources) {
        sum += state_.ranks() > 1 ? weight_of(s, stage) : frontier_weight(s, stage);
      }
      return sum;
    })];
  }

  Result<void> step() {
    const StepTimer timer;
    const double progress = state_.progress();
    const Stage& stage = stage_at(state_.config, progress);
    TrainLane& lane = pick_lane(stage);
    Result<void> data;
    const auto next = [&](std::int64_t row) {
      const std::size_t s = lane.sources[draw(state_.rng, lane.sources.size(), [&](std::size_t i) {
        return frontier_weight(lane.sources[i], stage);
      })];
      lane.row_sources.mutable_data_ptr<std::int64_t>()[row] = static_cast<std::int64_t>(s);
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
    if (!metrics.finite) return dump_overflow();
    follow_frontier(lane);
    ++state_.step;
    state_.seconds += timer.seconds(state_.learner->network().device().is_cuda());
    window_.add(metrics);
    return {};
  }

  // The state with the rows that broke it, for whoever looks for the reason.
  Result<void> dump_overflow() {
    const std::string path = options_.out + "/nan.safetensors";
    const auto saved = save_checkpoint(state_, path);
    return fail(ErrorCode::backend_failed,
                "the loss is no longer a number at step " + std::to_string(state_.step) +
                    "; the last checkpoint is intact" +
                    (saved ? ", the state with these rows is in " + path : "") +
                    ": lower train.lr, or set train.clip_norm or train.skip_loss");
  }

  Progress progress_now() const {
    Progress p;
    p.step = state_.step;
    p.progress = state_.progress();
    p.minutes = state_.seconds / 60;
    p.minutes_left = p.progress > 0 ? p.minutes / p.progress * (1 - p.progress) : 0;
    p.examples = state_.drawn() * state_.ranks();
    p.loss = window_.rows ? window_.lm_loss / static_cast<double>(window_.rows) : 0;
    p.exact = rate(window_.exact, window_.halted);
    p.halt_accuracy = rate(window_.q_right, window_.halted);
    const double seconds = std::max(1e-9, seconds_since(window_.start));
    p.steps_per_second = static_cast<double>(window_.steps) / seconds;
    p.examples_per_second = static_cast<double>(window_.halted * state_.ranks()) / seconds;
    p.grad_norm = window_.grad_norm;
    p.lr = state_.config.learn.lr * scale_;
    p.skipped = window_.skipped;
    return p;
  }

  Result<void> report() {
    if (window_.steps == 0) return {};
    const Progress p = progress_now();
    window_ = Window();
    if (state_.rank() != 0) return {};
    listener_.progress(p);
    return files_->metrics(p);
  }

  Result<void> save() {
    if (files_) {
      if (auto kept = files_->keep_older(saved_step_, state_.config.keep_checkpoints); !kept)
        return kept;
    }
    saved_step_ = state_.step;
    return save_checkpoint(state_, checkpoint_path());
  }

  Result<Scores> evaluate_sets(Network& network, bool pictures) {
    Scores scores;
    for (const HeldOut& set : held_out_) {
      auto score = evaluate(network, *state_.puzzle, set, kEvalBatch);
      if (!score) return score.error();
      if (pictures && files_) {
        const std::string svg = boards_picture(*state_.puzzle, set, *score, kPictureBoards);
        std::string name = "boards-" + set.name + ".svg";
        std::replace(name.begin(), name.end(), '/', '-');
        if (auto written = write_file_atomic(files_->path(name), svg); !written)
          return written.error();
      }
      scores.emplace_back(set.name, std::move(*score));
    }
    return scores;
  }

  Result<Scores> evaluate_all() {
    Result<Scores> scores = Scores(), raw = Scores();
    state_.learner->with_ema([&](Network& network) { scores = evaluate_sets(network, true); });
    if (!scores) return scores;
    if (state_.config.eval_raw && state_.learner->has_ema()) {
      torch::NoGradGuard no_grad;
      state_.learner->network().prepare();
      raw = evaluate_sets(state_.learner->network(), false);
      if (!raw) return raw;
    }
    const Progress now = progress_now();
    if (files_) {
      if (auto written = files_->scores(now, *scores, *raw); !written) return written.error();
    }
    listener_.evaluated(now, *scores, *raw);
    window_.start = Clock::now();
    return scores;
  }

  // Evaluates, and keeps the checkpoint if it is the best so far. All processes take part in
  // saving.
  Result<void> evaluate_and_rank() {
    double better = 0;
    if (state_.rank() == 0) {
      const auto scores = evaluate_all();
      if (!scores) return scores.error();
      double mean = 0;
      for (const auto& [name, score] : *scores) {
        mean += score.solved_rate() / static_cast<double>(scores->size());
      }
      better = mean > state_.best;
      state_.stale = better > 0 ? 0 : state_.stale + 1;
      state_.best = std::max(state_.best, mean);
    }
    if (state_.collective != nullptr) {
      std::vector<torch::Tensor> flag{
          torch::tensor({better}, torch::kFloat64).to(state_.learner->network().device())};
      state_.collective->sum(flag);
      better = flag.front().item<double>();
    }
    if (better == 0) return {};
    if (auto saved = save(); !saved) return saved;
    return files_ ? files_->mark_best() : Result<void>{};
  }

  RunState state_;
  const RunOptions& options_;
  std::optional<RunFiles> files_;
  RunListener& listener_;
  std::vector<HeldOut> held_out_;
  Window window_;
  double scale_ = 1, next_eval_ = 0, next_save_ = 0;
  std::int64_t saved_step_ = 0;
  std::int64_t started_at_ = state_.step;
};

}  // namespace

Result<RunResult> run_training(const TrainConfig& config, const RunOptions& options,
                               RunListener& listener, const std::atomic<bool>& stop) {
  return guarded<RunResult>([&]() -> Result<RunResult> {
    const auto device = resolve_device(options.device);
    if (!device) return device.error();
    set_threads(options.threads);
    auto state = RunState::make(config, *device, options.collective);
    if (!state) return state.error();
    const std::string checkpoint = options.out + "/checkpoint.safetensors";
    if (options.resume && std::filesystem::exists(checkpoint)) {
      if (auto loaded = load_checkpoint(*state, checkpoint); !loaded) return loaded.error();
      listener.message("continuing " + checkpoint + " at step " + std::to_string(state->step));
    } else if (!config.init.empty()) {
      if (auto started = start_from(*state, config.init); !started) return started.error();
      listener.message("starting from the weights of " + config.init);
    }
    std::optional<RunFiles> files;
    if (state->rank() == 0) {
      auto opened = RunFiles::open(options, config);
      if (!opened) return opened.error();
      files = std::move(*opened);
    }
    return Run(std::move(*state), options, std::move(files), listener).train(stop);
  });
}

Result<RunResult> export_checkpoint(const std::string& checkpoint, const std::string& model,
                                    RunListener& listener, int threads,
                                    const std::string& command) {
  return guarded<RunResult>([&]() -> Result<RunResult> {
    auto config = checkpoint_config(checkpoint);
    if (!config) return config.error();
    config->eval_raw = false;
    set_threads(threads);
    auto state = RunState::make(*config, torch::kCPU);
    if (!state) return state.error();
    if (auto loaded = load_checkpoint(*state, checkpoint); !loaded) return loaded.error();
    RunOptions options;
    options.threads = threads;
    options.command = command;
    return Run(std::move(*state), options, std::nullopt, listener).finish(model);
  });
}

}  // namespace trm
