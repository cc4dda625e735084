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
      exporting_(wake),
      adopting_(wake),
      reloading_(wake),
      retiring_(nullptr),
      wake_(wake) {
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
  opened("", "");
  saved_revision_ = editor_.revision();
  if (options_.restore) {
    restore();
  } else {
    keep_old_board();
  }
  board_changed();
}

// All are asked to stop before the first is waited for.
Session::~Session() {
  solving_.cancel();
  counting_.cancel();
  hinting_.cancel();
  wrong_.cancel();
  generating_.cancel();
  exporting_.cancel();
  adopting_.cancel();
  reloading_.cancel();
}

void Session::restore() {
  if (!state_) return;
  const auto text = state_->read_board();
  if (text && !*text) return;
  auto file = text ? parse_board_file(**text) : Result<BoardFile>(text.error());
  if (!file) {
    log_.error(file.error(), "The board of the last run cannot be read");
    return keep_old_board();
  }
  editor_.open(std::move(file->history));
  editor_.set_layer(file->playing ? Layer::answer : Layer::question);
  opened(std::move(file->path), std::move(file->name));
  if (file->saved) saved_revision_ = editor_.revision();
  autosaved_revision_ = editor_.revision();
  log_.say(state_->was_clean() ? Level::info : Level::warning,
           state_->was_clean() ? "The board of the last run is open again"
                               : "The last run ended unexpectedly; its board was recovered");
}

std::string Session::free_kept_path() const {
  std::error_code ignored;
  for (int number = 1;; ++number) {
    std::string path = state_->root() + "/kept-" + std::to_string(number) + ".trm";
    if (!std::filesystem::exists(path, ignored)) return path;
  }
}

// The board of the last run is not opened, and this run's will stand in its place: it gets a name
// of its own, unless it can be made again.
void Session::keep_old_board() {
  if (!state_) return;
  const auto text = state_->read_board();
  if (text && !*text) return;
  if (text) {
    const auto old = parse_board_file(**text);
    if (old && (old->saved || old->history.moments().size() < 2)) return;
  }
  const std::string kept = free_kept_path();
  std::error_code failed;
  std::filesystem::rename(state_->board_path(), kept, failed);
  if (failed) {
    keeps_board_ = false;
    return log_.say(Level::error,
                    "The board of the last run cannot be put aside, so this one is "
                    "not kept: " +
                        failed.message());
  }
  add_recent(settings_, kept);
  log_.say(Level::info, "The board of the last run is kept under File, Open recent: " + kept);
}

// Another board is about to open: what no file holds goes to one.
void Session::leave_board() {
  editor_.release();
  if (!state_ || !unsaved() || editor_.history().moments().size() < 2) return;
  const std::string kept = free_kept_path();
  BoardFile file = board_file();
  file.path.clear();
  if (const auto written = write_file_atomic(kept, format_board_file(file)); !written) {
    return log_.error(written.error(), "The board before could not be kept");
  }
  add_recent(settings_, kept);
  log_.say(Level::info, "The board before is kept under File, Open recent: " + kept);
}

// --- Frames --------------------------------------------------------------------------------------

void Session::tick(std::chrono::steady_clock::time_point now) {
  if (editor_.revision() != autosaved_revision_ && editor_.revision() != changed_revision_) {
    changed_revision_ = editor_.revision();
    changed_at_ = now;
  }
  notice_changes();
  if (solve_pending_ && !editor_.in_stroke()) {
    solve_pending_ = false;
    // A fit takes too long to begin anew after every stroke.
    const bool quick = settings_.live && !fits();
    if (quick && editor_.problems().empty() && can_solve()) solve();
  }
  take_in_solving();
  take_in_rules();
  take_in_files(now);
  take_in_training();
  advance_steps(now);
  autosave(now);
}

bool Session::animated() const { return solving() || step_.playing; }

bool Session::working() const {
  return solving() || counting_.busy() || hinting_.busy() || wrong_.busy() || generating() ||
         saving_.busy() || exporting_.busy() || adopting_.busy() || reloading_.busy() ||
         (training_ && training_->running()) ||
         (state_ && keeps_board_ && autosaved_revision_ != editor_.revision());
}

void Session::notice_changes() {
  if (editor_.revision() != seen_revision_) board_changed();
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
  if (settings_.puzzle != editor_.puzzle().name()) settings_.data_file.clear();  // of the other one
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

BoardFile Session::board_file() const {
  return {editor_.history(), id_, editor_.layer() == Layer::answer, path_, !unsaved()};
}

void Session::autosave(std::chrono::steady_clock::time_point now) {
  if (!state_ || editor_.in_stroke() || saving_.busy() || now < retry_at_) return;
  const bool board = keeps_board_ && autosaved_revision_ != editor_.revision() &&
                     now - changed_at_ >= kAutosaveDelay;
  const bool settings = !(settings_ == saved_settings_);
  if (!board && !settings) return;
  autosaved_revision_ = board ? editor_.revision() : autosaved_revision_;
  saved_settings_ = settings_;
  // The file of a long history takes longer than a frame; a copy of the history does not.
  saving_.ask([board, file = board_file(), path = state_->board_path(), settings, kept = settings_,
               settings_path = state_->settings_path()](const auto&) -> Result<void> {
    if (settings) {
      auto written = write_file_atomic(settings_path, format_settings(kept));
      if (!written) return written;
    }
    return board ? write_file_atomic(path, format_board_file(file)) : Result<void>();
  });
}

void Session::take_in_files(std::chrono::steady_clock::time_point now) {
  if (const auto saved = saving_.take(); saved && !*saved) {
    constexpr auto kRetry = 5s;  // a full disk may have room again
    retry_at_ = now + kRetry;
    autosaved_revision_ = 0;
    log_.error(saved->error(), "The board cannot be kept");
  }
  if (auto note = exporting_.take()) log_.say(note->level, std::move(note->text));
  if (const auto reloaded = reloading_.take()) {
    if (*reloaded) {
      log_.say(Level::info, "Models read anew: " + std::to_string(all_models().size()) + " there");
    } else {
      log_.error(reloaded->error(), "The models cannot be read");
    }
  }
}

void Session::shut_down() {
  solving_.cancel();
  if (!state_) return;
  editor_.release();
  saving_.finish();  // so that the older board cannot come last
  Result<void> board;
  if (keeps_board_)
    board = write_file_atomic(state_->board_path(), format_board_file(board_file()));
  const auto settings = write_file_atomic(state_->settings_path(), format_settings(settings_));
  if (board && settings) state_->mark_clean();
}

}  // namespace trm::ui
