#include "engine/solver.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <shared_mutex>

#include "engine/handle_state.h"
#include "engine/scheduler.h"
#include "puzzles/registry.h"
#include "puzzles/text.h"

namespace trm {
namespace {

constexpr int kMaxSteps = 1024, kMaxAttempts = 64;

Error out_of_range(const char* field, int low, int high) {
  return fail(
      ErrorCode::invalid_field,
      std::string(field) + " must be " + std::to_string(low) + " to " + std::to_string(high),
      field);
}

// Fields of later versions are refused, so that nobody believes they had an effect.
Result<void> check_request(const SolveRequest& r) {
  if (r.max_steps < 1 || r.max_steps > kMaxSteps) return out_of_range("max_steps", 1, kMaxSteps);
  if (r.attempts < 1 || r.attempts > kMaxAttempts) return out_of_range("attempts", 1, kMaxAttempts);
  if (r.deadline && r.deadline->count() <= 0) {
    return fail(ErrorCode::invalid_field, "deadline_ms must be above 0", "deadline_ms");
  }
  const Puzzle& puzzle = r.question.puzzle();
  if (r.answers_per_query < 0 || r.answers_per_query > puzzle.answers_per_query()) {
    return out_of_range("answers_per_query", 0, puzzle.answers_per_query());
  }
  const auto later = [](const char* field) {
    return fail(ErrorCode::unsupported, std::string(field) + " is not supported by this version",
                field);
  };
  if (r.noise != 0) return later("noise");
  if (r.fit_seconds != 0) return later("fit_seconds");
  if (r.priority != 0) return later("priority");
  if (!r.replace_key.empty()) return later("replace_key");
  return {};
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
                                        "deadline", "cancelled", "fallback"};
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

void SolveHandle::cancel() { state_->cancelled = true; }

std::optional<Event> SolveHandle::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, timeout,
                           [&] { return state_->done_taken || !state_->events.empty(); });
  if (state_->events.empty()) return std::nullopt;
  Event event = std::move(state_->events.front());
  state_->events.pop_front();
  state_->done_taken = std::holds_alternative<event::Done>(event);
  return event;
}

Result<Solution> SolveHandle::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->result.has_value(); });
  return *state_->result;
}

// --- Solver
// ----------------------------------------------------------------------------------------

/// A loaded model, or a backend that serves every puzzle.
struct LoadedModel {
  ModelInfo info;
  std::string path;
  std::string sha256;
  std::shared_ptr<BackendUnit> unit;
};

class Solver::Impl {
 public:
  explicit Impl(const SolverOptions& options) : options_(options), scheduler_(options.queue) {}

  Result<void> load() {
    const BackendOptions backend = backend_options();
    if (options_.backend == "exact" || options_.backend == "random") {
      auto made =
          options_.backend == "exact" ? make_exact_backend(backend) : make_random_backend(backend);
      if (!made) return made.error();
      ModelInfo info = (*made)->info().model;
      models_.push_back({info, "", "", std::make_shared<BackendUnit>(std::move(*made))});
      return {};
    }
    if (options_.backend != "torch") {
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
    if (options_.backend != "torch") return {};
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
    auto unit = choose(request);
    if (!unit) return unit.error();
    return scheduler_.submit(std::move(request), *unit);
  }

  std::vector<ModelInfo> models() const {
    const std::shared_lock lock(mutex_);
    std::vector<ModelInfo> infos;
    for (const auto& model : models_) infos.push_back(model.info);
    return infos;
  }

  const SolverOptions& options() const { return options_; }

 private:
  BackendOptions backend_options() const {
    return {options_.slots, options_.device, options_.precision, options_.threads, options_.seed};
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
      auto backend = make_torch_backend(*file, backend_options());
      if (!backend)
        return fail(backend.error().code, path + ": " + backend.error().message,
                    backend.error().field);
      models.push_back({file->info, path, file->info.sha256,
                        std::make_shared<BackendUnit>(std::move(*backend))});
    }
    return models;
  }

  Result<std::shared_ptr<BackendUnit>> choose(const SolveRequest& request) const {
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
      if (auto supported = model.unit->backend->supports(request.question); !supported) {
        refused = supported.error();
        continue;
      }
      if (best == nullptr || more_specific(model.info, best->info, request.question)) best = &model;
    }
    if (best != nullptr) return best->unit;
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

  // The size is listed before it is not; then fewer sizes; then by name.
  static bool more_specific(const ModelInfo& a, const ModelInfo& b, const Question& question) {
    const std::string size = size_of(question);
    const auto rank = [&](const ModelInfo& m) {
      const bool listed = std::find(m.sizes.begin(), m.sizes.end(), size) != m.sizes.end();
      return std::tuple(!listed, m.sizes.size(), m.name);
    };
    return rank(a) < rank(b);
  }

  const SolverOptions options_;
  mutable std::shared_mutex mutex_;
  std::vector<LoadedModel> models_;  // guarded by mutex_
  Scheduler scheduler_;              // last: its thread ends before the models go
};

Solver::Solver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Solver::~Solver() = default;

Result<std::unique_ptr<Solver>> Solver::create(const SolverOptions& options) {
  if (options.slots < 1 || options.slots > 256) return out_of_range("slots", 1, 256);
  if (options.queue < 1 || options.queue > 1'000'000) return out_of_range("queue", 1, 1'000'000);
  auto impl = std::make_unique<Impl>(options);
  if (auto loaded = impl->load(); !loaded) return loaded.error();
  return std::unique_ptr<Solver>(new Solver(std::move(impl)));
}

Result<SolveHandle> Solver::submit(SolveRequest request) {
  return impl_->submit(std::move(request));
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
  const auto found = find_puzzle(puzzle);
  if (!found) return found.error();
  Rng rng = Rng::stream(seed, 0);
  return (*found)->generate(rng, request);
}

Verdict Solver::check(const Question& question, const Answer& answer) const {
  return question.puzzle().check(question, answer);
}

Result<Hint> Solver::hint(const Question& question, const Answer& partial) const {
  return question.puzzle().hint(question, partial);
}

std::vector<const Puzzle*> Solver::puzzles() const { return registered_puzzles(); }
std::vector<ModelInfo> Solver::models() const { return impl_->models(); }
Result<void> Solver::reload() { return impl_->reload(); }
const SolverOptions& Solver::options() const { return impl_->options(); }

}  // namespace trm
