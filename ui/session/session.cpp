// Construction, what changes of the board set off, saving. The rest of Session: session_boards.cpp,
// session_solving.cpp, session_jobs.cpp.
#include "ui/session/session.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "engine/weights/atomic_file.h"
#include "puzzles/registry.h"
#include "puzzles/rng.h"
#include "ui/session/board_file.h"

namespace trm::ui {
namespace {

using namespace std::chrono_literals;

constexpr auto kAutosaveDelay = 200ms;
constexpr auto kStepTime = 450ms;  // of a step while it plays
constexpr auto kCountTime = 1000ms;

// What a new user sees: a board of the first puzzle that can make one.
Question first_board(const std::string& wanted) {
  const auto named = find_puzzle(wanted);
  const Puzzle& puzzle = named ? **named : *registered_puzzles().front();
  Rng rng(1);
  GenerateRequest request;
  if (!puzzle.info().difficulties.empty()) request.difficulty = puzzle.info().difficulties.front();
  if (auto made = puzzle.generate(rng, request)) return *made;
  if (auto empty = puzzle.empty("")) return *empty;
  return puzzle.parse(puzzle.info().forms.front().example).value();  // a contract test parses it
}

Settings read_settings(const std::optional<StateDir>& state, Log& log) {
  if (!state) return {};
  std::ifstream in(state->settings_path());
  if (!in) return {};
  std::ostringstream text;
  text << in.rdbuf();
  auto settings = parse_settings(text.str());
  if (settings) return *settings;
  log.error(settings.error(), "The settings cannot be read, so they begin anew");
  return {};
}

}  // namespace

Session::Session(SessionOptions options, std::function<void()> wake)
    : options_(std::move(options)),
      editor_(first_board("")),
      counting_(wake),
      hinting_(wake),
      wrong_(wake),
      generating_(wake),
      saving_(wake),
      exporting_(wake) {
  if (options_.state != "-") {
    auto state = StateDir::open(options_.state);
    if (state) {
      state_ = std::move(*state);
    } else {
      log_.error(state.error(), "Nothing will be kept between runs");
    }
  }
  settings_ = saved_settings_ = read_settings(state_, log_);
  make_solver();
  if (find_puzzle(settings_.puzzle)) editor_.open(first_board(settings_.puzzle));
  saved_revision_ = editor_.revision();
  if (options_.restore) restore();
  board_changed();
}

Session::~Session() = default;

void Session::make_solver() {
  if (!options_.no_solver.empty()) {
    log_.say(Level::warning, "Solving is off: " + options_.no_solver);
    return;
  }
  SolverOptions with_own = options_.solver;
  if (state_) {
    std::error_code ignored;
    for (const auto& file :
         std::filesystem::directory_iterator(state_->root() + "/models", ignored)) {
      if (file.path().extension() == ".safetensors")
        with_own.model_files.push_back(file.path().string());
    }
  }
  auto made = Solver::create(with_own);
  if (!made && with_own.model_files != options_.solver.model_files) {
    log_.error(made.error(), "Own models are left out");
    made = Solver::create(options_.solver);
  }
  if (!made) {
    options_.no_solver = made.error().message;
    log_.error(made.error(), "Solving is off");
    return;
  }
  solving_.cancel();
  hinting_.cancel();
  solver_ = std::move(*made);
}

void Session::restore() {
  if (!state_) return;
  const auto text = state_->read_board();
  if (!text) return log_.error(text.error(), "The board of the last run cannot be read");
  if (!*text) return;
  auto file = parse_board_file(**text);
  if (!file) {
    // It stays beside the new one: whoever can read it may still want it.
    std::error_code ignored;
    std::filesystem::rename(state_->board_path(), state_->board_path() + ".damaged", ignored);
    return log_.error(file.error(), "The board of the last run is damaged and was put aside");
  }
  editor_.open(std::move(file->history));
  editor_.set_layer(file->playing ? Layer::answer : Layer::question);
  autosaved_revision_ = editor_.revision();
  log_.say(state_->was_clean() ? Level::info : Level::warning,
           state_->was_clean() ? "The board of the last run is open again"
                               : "The last run ended unexpectedly; its board was recovered");
}

// --- Frames --------------------------------------------------------------------------------------

void Session::tick(std::chrono::steady_clock::time_point now) {
  if (editor_.revision() != seen_revision_) {
    changed_at_ = now;
    board_changed();
  }
  if (solve_pending_ && !editor_.in_stroke()) {
    solve_pending_ = false;
    if (settings_.live && editor_.problems().empty() && can_solve()) solve();
  }
  take_in_solving();
  take_in_rules();
  take_in_files();
  take_in_training();
  advance_steps(now);
  autosave(now);
}

bool Session::animated() const { return solving() || step_.playing; }

bool Session::working() const {
  return solving() || counting_.busy() || hinting_.busy() || wrong_.busy() || generating() ||
         saving_.busy() || exporting_.busy() || (training_ && training_->running()) ||
         (state_ && autosaved_revision_ != editor_.revision());
}

void Session::board_changed() {
  seen_revision_ = editor_.revision();
  hint_.reset();
  hinting_.cancel();
  wrong_.cancel();
  if (!seen_question_ || !(*seen_question_ == editor_.question())) question_changed();
}

void Session::question_changed() {
  seen_question_ = editor_.question();
  settings_.puzzle = editor_.puzzle().name();
  count_.reset();
  counting_.cancel();
  if (!editor_.in_stroke()) step_.playing = false;
  if (thinking_board_ != editor_.board_number()) solving_.clear();
  if (settings_.live) solve_pending_ = true;
  if (!settings_.count || !editor_.problems().empty()) return;
  counting_.ask([question = editor_.question()](const std::atomic<bool>& stop) {
    return count_solutions(question, kCountTime, stop);
  });
}

void Session::advance_steps(std::chrono::steady_clock::time_point now) {
  if (!step_.playing || thinking() == nullptr) return;
  if (now < next_step_) return;
  next_step_ = now + kStepTime;
  const auto steps = thinking()->steps_of(step_.attempt, step_.query).size();
  if (step_.index + 1 < steps) {
    ++step_.index;
  } else if (!solving()) {
    step_.playing = false;
  }
}

// --- Saving --------------------------------------------------------------------------------------

std::string Session::board_text() const {
  return format_board_file({editor_.history(), id_, editor_.layer() == Layer::answer});
}

void Session::autosave(std::chrono::steady_clock::time_point now) {
  if (!state_ || editor_.in_stroke() || saving_.busy()) return;
  if (autosaved_revision_ == editor_.revision() || now - changed_at_ < kAutosaveDelay) return;
  // The history is copied here and written there: a long one takes longer than a frame to format.
  saving_.ask([file = BoardFile{editor_.history(), id_, editor_.layer() == Layer::answer},
               path = state_->board_path(), revision = editor_.revision()](const auto&) {
    return Saved{revision, write_file_atomic(path, format_board_file(file))};
  });
  autosaved_revision_ = editor_.revision();
  if (settings_ == saved_settings_) return;
  saved_settings_ = settings_;
  const auto written = write_file_atomic(state_->settings_path(), format_settings(settings_));
  if (!written) log_.error(written.error(), "The settings cannot be saved");
}

void Session::take_in_files() {
  if (const auto saved = saving_.take(); saved && !saved->result) {
    log_.error(saved->result.error(), "The board cannot be kept");
  }
  if (auto note = exporting_.take()) log_.say(note->level, std::move(note->text));
}

void Session::shut_down() {
  solving_.cancel();
  if (!state_) return;
  editor_.release();
  const auto board = write_file_atomic(state_->board_path(), board_text());
  const auto settings = write_file_atomic(state_->settings_path(), format_settings(settings_));
  if (board && settings) state_->mark_clean();
}

}  // namespace trm::ui
