// Session: rules, exports, training; everything else that runs beside the frame.
#include <ctime>
#include <filesystem>
#include <utility>

#include "puzzles/text.h"
#include "ui/session/session.h"

namespace trm::ui {

// --- Rules ---------------------------------------------------------------------------------------

void Session::ask_hint() {
  if (!editor_.problems().empty()) {
    log_.say(Level::warning, "No hint yet: " + editor_.problems().front().message);
    return;
  }
  hint_.reset();
  hinting_.ask([solver = solver_, state = editor_.now(),
                model = settings_.model](const std::atomic<bool>& stop) {
    return find_hint(solver.get(), state, model, stop);
  });
}

Result<void> Session::take_hint() {
  if (!hint_) {
    ask_hint();
    return {};
  }
  editor_.set_layer(Layer::answer);
  editor_.set_cursor(hint_->cell);
  const ShownHint hint = *hint_;
  const auto put = editor_.put(hint.cell, hint.value);
  if (!put) log_.error(put.error(), "The hint cannot be taken");
  return put;
}

void Session::undo_to_first_wrong() {
  wrong_.ask([history = editor_.history()](const std::atomic<bool>& stop) {
    return before_first_wrong(history, stop);
  });
}

void Session::take_in_rules() {
  if (auto count = counting_.take()) count_ = *count;
  if (auto hint = hinting_.take()) {
    if (*hint) {
      hint_ = std::move(hint->value());
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
  exporting_.ask([path, state = editor_.now(), id = id_, entries,
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
    const auto written = write_page(path, state, page);
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
  exporting_.ask(
      [path, thoughts = *thinking(), attempt = step_.attempt](const std::atomic<bool>&) -> Note {
        const auto written = write_thinking(path, thoughts, attempt);
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
  log_.say(Level::info, "Training " + options.puzzle + " in " + options.out);
  return {};
}

void Session::stop_training() {
  if (training_) training_->stop();
}

void Session::take_in_training() {
  if (!training_) return;
  const bool was_running = training_->running();
  training_->poll();
  if (!was_running || training_->running()) return;
  const bool good = !training_->model().empty();
  log_.say(good ? Level::good : Level::warning, "Training: " + training_->outcome());
  if (good) (void)adopt_trained();  // it says itself what went wrong
}

Result<void> Session::adopt_trained() {
  const auto refused = [&](Error error) {
    log_.error(error, "The trained model is not used");
    return error;
  };
  if (!training_ || training_->model().empty())
    return refused(fail(ErrorCode::unavailable, "no training has finished yet"));
  if (!state_) return refused(fail(ErrorCode::unavailable, "there is no folder to keep it in"));
  namespace fs = std::filesystem;
  const fs::path source = training_->model();
  char stamp[32];
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const std::string name = source.stem().string() + "-" + stamp;
  std::error_code failed;
  fs::create_directories(state_->root() + "/models", failed);
  const fs::path target = fs::path(state_->root()) / "models" / (name + ".safetensors");
  // Under another name first: a model folder never holds half a file.
  const fs::path partial = target.string() + ".partial";
  if (!failed) fs::copy_file(source, partial, failed);
  if (!failed) fs::rename(partial, target, failed);
  if (failed) {
    return refused(fail(ErrorCode::io_error,
                        "cannot copy " + source.string() + " to " + target.string(), "model"));
  }
  options_.no_solver.clear();
  make_solver();
  settings_.model = name;
  log_.say(Level::good, "The trained model solves from now on: " + name);
  return {};
}

}  // namespace trm::ui
