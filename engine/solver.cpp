#include "engine/solver.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "engine/fit/fit_queue.h"
#include "engine/guard.h"
#include "engine/handle_state.h"
#include "engine/scheduler.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"

namespace trm {
namespace {

constexpr int kMaxSteps = 1024, kMaxAttempts = 1024, kMaxSuppose = 64, kMaxRulesMs = 10'000,
              kMaxPriority = 1000, kMaxFitSeconds = 3600;
constexpr int kMaxEvents = 1'000'000;
constexpr double kMaxNoise = 10;
constexpr std::size_t kMaxKey = 64;
constexpr std::string_view kFitModel = "fit";
constexpr int kMaxFits = 16;  // that wait: each takes a minute or more

Error out_of_range(const char* field, int low, int high) {
  return fail(
      ErrorCode::invalid_field,
      std::string(field) + " must be " + std::to_string(low) + " to " + std::to_string(high),
      field);
}

Result<void> check_policy(const SolveRequest& r) {
  struct Bounds {
    const char* field;
    int value, low, high;
  };
  const Bounds whole[] = {{"max_steps", r.max_steps, 1, kMaxSteps},
                          {"attempts", r.attempts, 1, kMaxAttempts},
                          {"settle_steps", r.settle_steps, 0, kMaxSteps},
                          {"suppose", r.suppose, 0, kMaxSuppose},
                          {"rules_ms", r.rules_ms, 0, kMaxRulesMs},
                          {"max_events", r.max_events, 1, kMaxEvents},
                          {"priority", r.priority, -kMaxPriority, kMaxPriority}};
  for (const Bounds& b : whole) {
    if (b.value < b.low || b.value > b.high) return out_of_range(b.field, b.low, b.high);
  }
  for (const auto& [field, value] : {std::pair("noise", r.noise), {"start_noise", r.start_noise}}) {
    if (!(value >= 0 && value <= kMaxNoise)) {  // NaN neither
      return out_of_range(field, 0, static_cast<int>(kMaxNoise));
    }
  }
  return {};
}

// Fields of later versions are refused, so that nobody believes they had an effect.
Result<void> check_request(const SolveRequest& r) {
  if (auto valid = check_policy(r); !valid) return valid;
  if (r.deadline && r.deadline->count() <= 0) {
    return fail(ErrorCode::invalid_field, "deadline_ms must be above 0", "deadline_ms");
  }
  if (r.replace_key.size() > kMaxKey) {
    return fail(ErrorCode::invalid_field,
                "replace_key must be at most " + std::to_string(kMaxKey) + " bytes", "replace_key");
  }
  const Puzzle& puzzle = r.question.puzzle();
  if (r.answers_per_query < 0 || r.answers_per_query > puzzle.answers_per_query()) {
    return out_of_range("answers_per_query", 0, puzzle.answers_per_query());
  }
  if (!(r.fit_seconds >= 0 && r.fit_seconds <= kMaxFitSeconds)) {  // NaN neither
    return out_of_range("fit_seconds", 0, kMaxFitSeconds);
  }
  if (r.fit_seconds > 0 && !puzzle.info().examples) {
    return fail(ErrorCode::invalid_field,
                "fit_seconds is for puzzles with demonstrations; " + puzzle.name() + " has none",
                "fit_seconds");
  }
  return {};
}

// A task with demonstrations is new to every model: one is fitted to it, unless another is named.
bool asks_for_fit(const Puzzle& puzzle, std::string_view model, const SolverOptions& options) {
  return can_fit() && runs_models(options.backend) && puzzle.info().examples &&
         (model.empty() || model == kFitModel);
}

Result<void> check_board(const Question& question) {
  const auto problems = question.puzzle().problems(question);
  if (problems.empty()) return {};
  std::string message = "the board cannot be solved as it stands: ";
  constexpr std::size_t kShown = 8;
  for (std::size_t i = 0; i < problems.size() && i < kShown; ++i) {
    const CellRef& cell = problems[i].cell;
    message += (i ? "; " : "") + cell_place(cell.row, cell.col) + ": " + problems[i].message;
  }
  if (problems.size() > kShown)
    message += "; and " + std::to_string(problems.size() - kShown) + " more";
  return fail(ErrorCode::invalid_board, message, "board");
}

// Size of the question's first query in the words of generate(): "9x9".
std::string size_of(const Question& question) {
  const TokenLayout layout = question.puzzle().layout(question, 0);
  return size_text(layout.rows, layout.cols);
}

}  // namespace

std::string_view stopped_name(Stopped stopped) {
  constexpr std::string_view names[] = {"verified", "halted",    "max_steps",
                                        "deadline", "cancelled", "fallback",
                                        "settled",  "fitted",    "fit_seconds"};
  return names[static_cast<int>(stopped)];
}

// --- SolveHandle
// -----------------------------------------------------------------------------------

SolveHandle::SolveHandle(std::shared_ptr<State> state) : state_(std::move(state)) {}
SolveHandle::SolveHandle(SolveHandle&&) noexcept = default;
SolveHandle& SolveHandle::operator=(SolveHandle&& other) noexcept {
  if (this != &other) {
    if (state_) cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}
SolveHandle::~SolveHandle() {
  if (state_) cancel();
}

void SolveHandle::cancel() {
  state_->cancel(error_of(ErrorCode::cancelled, "cancelled before the first step"));
}

std::optional<Event> SolveHandle::next(std::chrono::milliseconds timeout) {
  return state_->next(timeout);
}

Result<Solution> SolveHandle::wait() { return state_->wait(); }

// --- Solver
// ----------------------------------------------------------------------------------------

/// A loaded model, or a backend that serves every puzzle.
struct LoadedModel {
  ModelInfo info;
  std::string path;
  std::string sha256;
  std::shared_ptr<Lane> lane;
};

class Solver::Impl {
 public:
  explicit Impl(const SolverOptions& options)
      : options_(options),
        scheduler_(options.queue),
        fits_({std::min(options.queue, kMaxFits), options.threads, options.max_memory},
              fitting_nets()) {}

  Result<void> load() {
    const BackendOptions backend = backend_options();
    if (options_.backend == "exact" || options_.backend == "random") {
      auto made =
          options_.backend == "exact" ? make_exact_backend(backend) : make_random_backend(backend);
      if (!made) return made.error();
      ModelInfo info = (*made)->info().model;
      models_.push_back({info, "", "", make_lane(std::move(*made))});
      return {};
    }
    if (!runs_models(options_.backend)) {
      std::string known;
      for (const auto& name : backend_names()) known += (known.empty() ? "" : ", ") + name;
      return fail(ErrorCode::invalid_field,
                  "unknown backend \"" + options_.backend + "\": this build has " + known,
                  "backend");
    }
    auto loaded = load_models({});
    if (!loaded) return loaded.error();
    models_ = std::move(*loaded);
    return {};
  }

  Result<void> reload() {
    if (!runs_models(options_.backend)) return {};
    std::vector<LoadedModel> old;
    {
      const std::shared_lock lock(mutex_);
      old = models_;
    }
    auto loaded = load_models(old);
    if (!loaded) return loaded.error();
    const std::unique_lock lock(mutex_);
    models_ = std::move(*loaded);
    return {};
  }

  Result<SolveHandle> submit(SolveRequest request) {
    if (auto valid = check_request(request); !valid) return valid.error();
    if (auto valid = check_board(request.question); !valid) return valid.error();
    const std::string key = request.replace_key;
    // Newer requests come after older ones in both queues.
    std::unique_lock<std::mutex> in_order(keyed_, std::defer_lock);
    if (!key.empty()) in_order.lock();
    if (asks_for_fit(request.question.puzzle(), request.model, options_)) {
      if (request.question.puzzle().examples(request.question).empty()) {
        return fail(ErrorCode::invalid_board,
                    "the task shows no demonstration to learn from: give at least one pair",
                    "board");
      }
      auto handle = fits_.submit(std::move(request));
      if (handle && !key.empty()) scheduler_.replace(key);
      return handle;
    }
    if (request.fit_seconds > 0) {
      return fail(ErrorCode::unsupported,
                  trm::can_fit()
                      ? "fit_seconds: a network is fitted only where no model is named, by "
                        "the backends that run models"
                      : "this build has no LibTorch and cannot fit a network: build with "
                        "-DTRM_TORCH=ON",
                  "fit_seconds");
    }
    auto lane = choose(request);
    if (!lane) return lane.error();
    auto handle = scheduler_.submit(std::move(request), *lane);
    if (handle && !key.empty()) fits_.replace(key);
    return handle;
  }

  std::vector<ModelInfo> models() const {
    const std::shared_lock lock(mutex_);
    std::vector<ModelInfo> infos;
    for (const auto& model : models_) infos.push_back(model.info);
    return infos;
  }

  const SolverOptions& options() const { return options_; }
  SolverStats stats() const {
    const StepCounts counts = scheduler_.counts();
    return {scheduler_.waiting() + fits_.waiting(), counts.steps, counts.rows, counts.last_rows};
  }

 private:
  BackendOptions backend_options() const {
    // A batch of one size computes each row in the same way, whoever its neighbours are.
    const int batch = options_.deterministic ? options_.slots : 0;
    return {options_.slots,   options_.device, options_.precision,
            options_.threads, options_.seed,   batch};
  }

  std::shared_ptr<Lane> make_lane(std::unique_ptr<Backend> backend) const {
    return std::make_shared<Lane>(std::move(backend),
                                  LaneOptions{options_.deterministic, options_.max_memory});
  }

  Result<std::vector<std::string>> files() const {
    std::set<std::string> paths(options_.model_files.begin(), options_.model_files.end());
    if (!options_.model_dir.empty()) {
      std::error_code failed;
      for (const auto& entry : std::filesystem::directory_iterator(options_.model_dir, failed)) {
        if (entry.path().extension() == ".safetensors") paths.insert(entry.path().string());
      }
      if (failed) {
        return fail(ErrorCode::not_found, "cannot read the models folder " + options_.model_dir,
                    "models");
      }
    }
    return std::vector<std::string>(paths.begin(), paths.end());
  }

  // Models whose file did not change are taken over from `old`.
  Result<std::vector<LoadedModel>> load_models(const std::vector<LoadedModel>& old) const {
    const auto paths = files();
    if (!paths) return paths.error();
    std::vector<LoadedModel> models;
    for (const auto& path : *paths) {
      auto file = open_model_file(path);
      if (!file) return file.error();
      const auto same = std::find_if(old.begin(), old.end(), [&](const LoadedModel& m) {
        return m.path == path && m.sha256 == file->info.sha256;
      });
      if (same != old.end()) {
        models.push_back(*same);
        continue;
      }
      // A model for a puzzle that this build lacks is no error; it can answer nothing here.
      const auto puzzle = find_puzzle(file->info.puzzle);
      if (puzzle) {
        if (auto tokens = check_tokens(file->info, (*puzzle)->tokens()); !tokens)
          return tokens.error();
      }
      auto backend = options_.backend == "native" ? make_native_backend(*file, backend_options())
                                                  : make_torch_backend(*file, backend_options());
      if (!backend)
        return fail(backend.error().code, path + ": " + backend.error().message,
                    backend.error().field);
      models.push_back({file->info, path, file->info.sha256, make_lane(std::move(*backend))});
    }
    return models;
  }

  Result<std::shared_ptr<Lane>> choose(const SolveRequest& request) const {
    const std::shared_lock lock(mutex_);
    const std::string& puzzle = request.question.puzzle().name();
    const LoadedModel* best = nullptr;
    bool named = false, of_puzzle = false;
    Error refused;
    for (const LoadedModel& model : models_) {
      if (!request.model.empty() && model.info.name != request.model) continue;
      named = true;
      const bool any = model.info.puzzle.empty();  // exact and random serve every puzzle
      if (!any && model.info.puzzle != puzzle && request.model.empty()) continue;
      of_puzzle = true;
      if (auto supported = model.lane->backend().supports(request.question); !supported) {
        refused = supported.error();
        continue;
      }
      if (best == nullptr || more_specific(model.info, best->info, request.question)) best = &model;
    }
    if (best != nullptr) return best->lane;
    if (!request.model.empty() && !named) {
      return fail(ErrorCode::unknown_model,
                  "no model is called \"" + request.model.substr(0, 60) + "\"", "model");
    }
    if (!of_puzzle) {
      return fail(ErrorCode::no_model,
                  "no model for " + puzzle +
                      " is loaded; train one with trm_trainer train --puzzle " + puzzle +
                      ", or use the backend exact",
                  "model");
    }
    return refused;
  }

  // The size is listed before it is not; then fewer sizes, the specialist, where it is listed, and
  // more sizes, the generalist, where it is not; then by name.
  static bool more_specific(const ModelInfo& a, const ModelInfo& b, const Question& question) {
    const std::string size = size_of(question);
    const auto rank = [&](const ModelInfo& m) {
      const bool listed = std::find(m.sizes.begin(), m.sizes.end(), size) != m.sizes.end();
      const auto sizes = static_cast<std::int64_t>(m.sizes.size());
      return std::tuple(!listed, listed ? sizes : -sizes, m.name);
    };
    return rank(a) < rank(b);
  }

  const SolverOptions options_;
  mutable std::shared_mutex mutex_;
  std::vector<LoadedModel> models_;  // guarded by mutex_
  std::mutex keyed_;                 // held while a request with a key goes into a queue
  Scheduler scheduler_;              // its thread ends before the models go
  FitQueue fits_;
};

Solver::Solver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Solver::~Solver() = default;

Result<std::unique_ptr<Solver>> Solver::create(const SolverOptions& options) {
  if (options.slots < 1 || options.slots > 256) return out_of_range("slots", 1, 256);
  if (options.queue < 1 || options.queue > 1'000'000) return out_of_range("queue", 1, 1'000'000);
  if (options.max_memory < 0) {
    return fail(ErrorCode::invalid_field, "max_memory must not be negative", "max_memory");
  }
  return guarded([&]() -> Result<std::unique_ptr<Solver>> {
    SolverOptions resolved = options;
    resolved.backend = resolve_backend(options.backend, options.device);
    resolved.precision = resolve_precision(options.precision, resolved.backend, options.device);
    auto impl = std::make_unique<Impl>(resolved);
    if (auto loaded = impl->load(); !loaded) return loaded.error();
    return std::unique_ptr<Solver>(new Solver(std::move(impl)));
  });
}

bool Solver::can_fit() const { return trm::can_fit() && runs_models(options().backend); }
bool Solver::fits(const Puzzle& puzzle, std::string_view model) const {
  return asks_for_fit(puzzle, model, options());
}

Result<SolveHandle> Solver::submit(SolveRequest request) {
  return guarded([&] { return impl_->submit(std::move(request)); });
}

Result<Solution> Solver::solve(SolveRequest request) {
  auto handle = submit(std::move(request));
  if (!handle) return handle.error();
  return handle->wait();
}

Result<Solution> Solver::solve(SolveRequest request,
                               const std::function<void(const Event&)>& on_event) {
  auto handle = submit(std::move(request));
  if (!handle) return handle.error();
  for (;;) {
    const auto event = handle->next(std::chrono::milliseconds(1000));
    if (!event) continue;
    on_event(*event);
    if (std::holds_alternative<event::Done>(*event)) return std::get<event::Done>(*event).result;
  }
}

Result<Question> Solver::generate(std::string_view puzzle, const GenerateRequest& request,
                                  std::uint64_t seed) const {
  return guarded([&]() -> Result<Question> {
    const auto found = find_puzzle(puzzle);
    if (!found) return found.error();
    Rng rng = Rng::stream(seed, 0);
    return (*found)->generate(rng, request);
  });
}

Verdict Solver::check(const Question& question, const Answer& answer) const {
  const auto verdict =
      guarded([&]() -> Result<Verdict> { return question.puzzle().check(question, answer); });
  if (verdict) return *verdict;
  return {Status::unverified, {{{0, 0, 0}, verdict.error().message}}, {}};
}

Result<Hint> Solver::hint(const Question& question, const Answer& partial) const {
  return guarded([&] { return question.puzzle().hint(question, partial); });
}

std::vector<const Puzzle*> Solver::puzzles() const { return registered_puzzles(); }
std::vector<ModelInfo> Solver::models() const { return impl_->models(); }
Result<void> Solver::reload() {
  return guarded([&] { return impl_->reload(); });
}
SolverStats Solver::stats() const { return impl_->stats(); }
const SolverOptions& Solver::options() const { return impl_->options(); }

}  // namespace trm
