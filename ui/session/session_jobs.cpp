// Session: rules, exports, training; everything else that runs beside the frame.
#include <ctime>
#include <filesystem>
#include <utility>

#include "engine/model_dirs.h"
#include "puzzles/text.h"
#include "ui/session/session.h"

namespace trm::ui {

// --- Rules ---------------------------------------------------------------------------------------

void Session::ask_hint() {
  if (!editor_.problems().empty()) {
    log_.say(Level::warning, "No hint yet: " + editor_.problems().front().message);
    return;
  }
  notice_changes();
  hint_.reset();
  std::optional<Solution> fitted;
  const bool solved = thinking() != nullptr && !thinking_stale() && thinking()->end;
  if (solved && *thinking()->end && thinking()->end->value().fit) fitted = **thinking()->end;
  hinting_.ask([solver = solver_, state = editor_.now(), model = chosen_model(),
                fitted = std::move(fitted)](const std::atomic<bool>& stop) {
    return find_hint(solver.get(), state, model, stop, fitted);
  });
}

Result<void> Session::take_hint() {
  if (!hint_) {
    ask_hint();
    return {};
  }
  const ShownHint hint = *hint_;
  editor_.set_layer(Layer::answer);
  editor_.set_cursor(hint.cell);
  const auto put = editor_.put(hint.cell, hint.value);
  if (!put) log_.error(put.error(), "The hint cannot be taken");
  return put;
}

void Session::undo_to_first_wrong() {
  notice_changes();
  wrong_.ask([history = editor_.history()](const std::atomic<bool>& stop) {
    return before_first_wrong(history, stop);
  });
}

void Session::take_in_rules() {
  if (auto count = counting_.take()) count_ = *count;
  if (auto hint = hinting_.take()) {
    if (*hint) {
      hint_ = std::move(hint->value());
      editor_.set_layer(Layer::answer);  // where it is seen
      editor_.set_cursor(hint_->cell);
      log_.say(Level::info, "Hint: " + hint_->text);
    } else {
      log_.error(hint->error(), "No hint");
    }
  }
  if (auto wrong = wrong_.take()) {
    if (!*wrong) {
      log_.error(wrong->error(), "Cannot tell");
    } else if (!wrong->value()) {
      log_.say(Level::good, "Nothing is wrong so far");
    } else {
      const auto moves = editor_.history().at() - *wrong->value();
      editor_.jump(*wrong->value());
      log_.say(Level::info, "Went back to before the first wrong move (undid " +
                                std::to_string(moves) + "); redo brings them back");
    }
  }
  if (auto made = generating_.take()) {
    if (*made) {
      open_generated(std::move(made->value()), wanted_id_);
    } else {
      log_.error(made->error(), "Nothing was generated");
    }
  }
}

// --- Out -----------------------------------------------------------------------------------------

// One at a time: a second one would silently take the place of the first.
bool Session::may_export() {
  if (!exporting_.busy()) return true;
  log_.say(Level::warning, "Another file is being written; try again in a moment");
  return false;
}

void Session::export_page(const std::string& path, bool entries, bool solution) {
  if (!may_export()) return;
  exporting_.ask([path, state = editor_.now(), id = id(), entries,
                  solution](const std::atomic<bool>& stop) -> Note {
    PageOptions page;
    page.note = id;
    page.entries = entries;
    ExactLimits limits;
    limits.solutions = 1;
    limits.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    limits.stop = &stop;
    std::optional<Answer> answer;
    if (solution) {
      const auto exact = state.question.puzzle().solve_exact(state.question, limits);
      if (!exact) return {Level::error, "Not exported: " + exact.error().message};
      if (exact->solutions.empty()) return {Level::error, "Not exported: no solution was found"};
      answer = exact->solutions.front();
      page.solution = &*answer;
    }
    const auto written = write_page(path, state, page, &stop);
    if (!written) return {Level::error, "Not exported: " + written.error().message};
    return {Level::good, "Exported " + path};
  });
}

void Session::export_thinking(const std::string& path) {
  if (thinking() == nullptr || thinking()->steps.empty()) {
    log_.say(Level::warning, "There is no thinking to export: solve the board first");
    return;
  }
  if (!may_export()) return;
  exporting_.ask([path, thoughts = *thinking(),
                  attempt = step_.attempt](const std::atomic<bool>& stop) -> Note {
    const auto written = write_thinking(path, thoughts, attempt, &stop);
    if (!written) return {Level::error, "Not exported: " + written.error().message};
    return {Level::good, "Exported " + path};
  });
}

void Session::add_to_data_set(const std::string& path) {
  if (!may_export()) return;
  settings_.data_file = path;
  exporting_.ask([path, question = editor_.question()](const std::atomic<bool>& stop) -> Note {
    const auto added = ui::add_to_data_set(path, question, stop);
    if (!added) return {Level::error, "Not added: " + added.error().message};
    return {Level::good, *added};
  });
}

// --- Training ------------------------------------------------------------------------------------

TrainingOptions Session::training_options() {
  namespace fs = std::filesystem;
  TrainingOptions options;
  options.puzzle = editor_.puzzle().name();
  options.data = settings_.data_file;
  std::error_code ignored;
  if (const auto configs = find_asset_dir("configs", "TRM_CONFIGS")) {
    const fs::path shipped = fs::path(*configs) / (options.puzzle + ".toml");
    if (fs::exists(shipped, ignored)) options.config = shipped.string();
  }
  if (training_puzzle_ != options.puzzle || training_out_.empty()) {
    const fs::path root =
        state_ ? fs::path(state_->root()) : fs::temp_directory_path(ignored) / "trm";
    int number = 1;
    const auto folder = [&] {
      return root / "training" / (options.puzzle + "-" + std::to_string(number));
    };
    while (fs::exists(folder(), ignored)) ++number;
    training_out_ = folder().string();
    training_puzzle_ = options.puzzle;
  }
  options.out = training_out_;
  // A stopped run goes on where it was.
  const bool stopped = training_ && !training_->running() && trained_model_.empty();
  if (stopped && training_of_.puzzle == options.puzzle && training_of_.data == options.data)
    options.out = training_of_.out;
  return options;
}

Result<void> Session::start_training(const TrainingOptions& options) {
  if (training_ && training_->running()) {
    const auto error = fail(ErrorCode::busy, "a training runs already; stop it first");
    log_.error(error);
    return error;
  }
  auto started = Training::start(options);
  if (!started) {
    log_.error(started.error(), "Training did not start");
    return started.error();
  }
  training_ = std::move(*started);
  training_of_ = options;
  training_out_.clear();
  trained_model_.clear();
  log_.say(Level::info, "Training " + options.puzzle + " in " + options.out);
  return {};
}

void Session::stop_training() {
  if (training_) training_->stop();
}

void Session::take_in_training() {
  if (auto adopted = adopting_.take()) {
    if (*adopted) {
      retire_solver(std::move(adopted->value().solver));
      settings_.model = trained_model_ = adopted->value().name;
      log_.say(Level::good, "The trained model solves from now on: " + trained_model_);
    } else {
      log_.error(adopted->error(), "The trained model is not used");
    }
  }
  if (!training_) return;
  const bool was_running = training_->running();
  if (training_->poll() && wake_) wake_();  // a frame shows it
  if (!was_running || training_->running()) return;
  const bool good = !training_->model().empty();
  log_.say(good ? Level::good : Level::warning, "Training: " + training_->outcome());
  if (good) adopt_trained();
}

// --- Solvers -------------------------------------------------------------------------------------

// The user's own models beside the shipped ones. What is no model is left out by name.
SolverOptions Session::with_own_models(std::vector<std::string>* left_out) const {
  SolverOptions all = options_.solver;
  if (!state_) return all;
  std::error_code ignored;
  for (const auto& file :
       std::filesystem::directory_iterator(state_->root() + "/models", ignored)) {
    if (file.path().extension() != ".safetensors") continue;
    if (const auto opened = open_model_file(file.path().string()); opened) {
      all.model_files.push_back(file.path().string());
    } else if (left_out != nullptr) {
      left_out->push_back(file.path().filename().string() + ": " + opened.error().message);
    }
  }
  return all;
}

void Session::make_solver() {
  std::vector<std::string> left_out;
  const SolverOptions all = with_own_models(&left_out);
  for (const std::string& words : left_out)
    log_.say(Level::warning, "An own model is left out: " + words);
  if (!options_.no_solver.empty() && all.model_files.empty()) {
    return log_.say(Level::warning, "Solving is off: " + options_.no_solver);
  }
  auto made = Solver::create(all);
  if (!made) {
    options_.no_solver = made.error().message;
    return log_.error(made.error(), "Solving is off");
  }
  options_.no_solver.clear();
  solver_ = std::move(*made);
}

void Session::retire_solver(std::shared_ptr<Solver> next) {
  solving_.cancel();
  solving_.poll();
  hinting_.cancel();
  options_.no_solver.clear();
  // Its destructor waits for the engine's thread, which is no business of the frame.
  retiring_.ask([old = std::exchange(solver_, std::move(next))](const std::atomic<bool>&) mutable {
    old.reset();
    return 0;
  });
}

void Session::adopt_trained() {
  namespace fs = std::filesystem;
  const fs::path source = training_->model();
  char stamp[32];
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const std::string name = source.stem().string() + "-" + stamp;
  // Without a folder of our own it is used from where it was trained.
  const fs::path target =
      state_ ? fs::path(state_->root()) / "models" / (name + ".safetensors") : source;
  adopting_.ask([all = with_own_models(nullptr), source, target, name = target.stem().string()](
                    const std::atomic<bool>&) mutable -> Result<Adopted> {
    std::error_code failed;
    if (target != source) {
      fs::create_directories(target.parent_path(), failed);
      // Under another name first: a folder of models never holds half a file.
      const fs::path partial = target.string() + ".partial";
      if (!failed) fs::copy_file(source, partial, failed);
      if (!failed) fs::rename(partial, target, failed);
    }
    if (failed) return fail(ErrorCode::io_error, "cannot copy it to " + target.string(), "model");
    all.model_files.push_back(target.string());
    auto made = Solver::create(all);
    if (made) return Adopted{name, std::move(*made)};
    if (target != source) fs::remove(target, failed);
    return made.error();
  });
}

}  // namespace trm::ui
