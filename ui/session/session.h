// The mid-end: the board, its jobs, its files. Knows no ImGui and no window; views call it and show
// what it says. Everything long runs elsewhere; tick() takes in results between frames.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/solver.h"
#include "ui/jobs/export.h"
#include "ui/jobs/latest.h"
#include "ui/jobs/rules.h"
#include "ui/jobs/solving.h"
#include "ui/jobs/training.h"
#include "ui/session/board_file.h"
#include "ui/session/editor.h"
#include "ui/session/game_id.h"
#include "ui/session/log.h"
#include "ui/session/settings.h"
#include "ui/session/state_dir.h"

namespace trm::ui {

struct SessionOptions {
  SolverOptions solver;   ///< as solver_options() made them; an empty model_dir: no models
  std::string no_solver;  ///< why there is none (models not found); empty: there is one
  std::string state;      ///< folder of StateDir; "-": keep nothing
  bool restore = true;    ///< open the board of the last run
};

/// What the steps view shows.
struct StepCursor {
  int attempt = 0;
  int query = 0;
  std::size_t index = 0;  ///< among steps_of(attempt, query)
  bool follow = true;     ///< goes along with the newest step
  bool playing = false;   ///< advances by itself
};

/// Not thread-safe: the user's thread only. Members say in the log what they did and what went
/// wrong; those that return Result do so too, for callers that must know.
class Session {
 public:
  /// `wake` is called from other threads when tick() has something to take in.
  Session(SessionOptions options, std::function<void()> wake);
  ~Session();

  /// Takes in what jobs have done, advances playing, saves what changed. Never blocks. `now` moves
  /// the playing on.
  void tick(std::chrono::steady_clock::time_point now);
  /// Something moves by itself: draw again soon. False: sleep until the user or wake() comes.
  bool animated() const;
  /// A job of any kind is under way.
  bool working() const;

  Editor& editor() { return editor_; }
  const Editor& editor() const { return editor_; }
  Log& log() { return log_; }
  Settings& settings() { return settings_; }
  const Settings& settings() const { return settings_; }

  // --- Boards
  const std::string& path() const { return path_; }  ///< of the open file; empty: none
  /// Game id of a generated board as it was generated; empty: drawn, or changed since.
  std::string id() const { return made_ && *made_ == editor_.question() ? id_ : std::string(); }
  /// Differs from its file.
  bool unsaved() const { return editor_.revision() != saved_revision_; }
  /// A board without content. Errors: those of Puzzle::empty.
  Result<void> new_board(const Puzzle& puzzle, std::string_view size);
  /// Generates in the background; the board opens when it is there.
  void generate(GameId id);
  bool generating() const { return generating_.busy(); }
  /// The board of a game id, at once: for the program's start, before there is a window.
  Result<void> open_id(std::string_view id);
  void cancel_generate() { generating_.cancel(); }
  /// .trm, or any text or JSON that a module reads. The open board stays on an error. Errors: those
  /// of read_any, not_found, io_error, too_large.
  Result<void> open_file(const std::string& path);
  Result<void> save_file(const std::string& path);  ///< .trm
  /// A board, a region or an id from the clipboard. What is text of a module replaces the board as
  /// an undoable move (same puzzle) or opens (another one).
  Result<void> paste_text(std::string_view text);
  /// The question in one of its module's forms (empty: as it was written), or the answer.
  std::string copy_text(std::string_view form) const;
  std::string copy_answer_text() const;

  // --- Solving
  bool can_solve() const { return solver_ != nullptr; }
  const std::string& why_no_solver() const { return options_.no_solver; }
  std::vector<ModelInfo> models() const;  ///< of the open puzzle
  std::vector<ModelInfo> all_models() const;
  void solve();
  void cancel_solve() { solving_.cancel(); }
  bool solving() const { return solving_.running(); }
  /// Of the newest solve; null: none, or the board is another one since. Stale: the question was
  /// changed after.
  const Thinking* thinking() const;
  bool thinking_stale() const;
  /// Whether solve() fits a network to the board's demonstrations.
  bool fits() const;
  StepCursor& cursor() { return step_; }
  /// Index into thinking()->steps of what the cursor shows; nothing: no step.
  std::optional<std::size_t> shown_step() const;
  /// Puts the solution, or the step shown, into the entries as an undoable move. Of queries with
  /// fewer candidates the best one.
  Result<void> take_over_solution(std::size_t candidate = 0);
  Result<void> take_over_step();
  /// Reads changed model files anew, in the background.
  void reload_models();

  // --- Rules
  /// Of the board as it is; nothing: not known yet.
  const std::optional<SolutionCount>& count() const { return count_; }
  void ask_hint();
  bool hinting() const { return hinting_.busy(); }
  /// The newest hint, until the board changes.
  const std::optional<ShownHint>& hint() const { return hint_; }
  Result<void> take_hint();
  /// Goes back (undo) to before the first entry that contradicts every solution.
  void undo_to_first_wrong();

  // --- Out
  /// In the background; the log says when it is there.
  void export_page(const std::string& path, bool entries, bool solution);
  void export_thinking(const std::string& path);
  void add_to_data_set(const std::string& path);

  // --- Training
  /// For the open puzzle: the shipped configuration where there is one, the data file of the
  /// settings, and a folder that no other run uses, or that of the run that was stopped.
  TrainingOptions training_options();
  Result<void> start_training(const TrainingOptions& options);
  void stop_training();
  const Training* training() const { return training_ ? &*training_ : nullptr; }
  /// Name under which the model of the last finished training solves; empty: none.
  const std::string& trained_model() const { return trained_model_; }

  /// At the end of the program: saves board and settings. Blocks for the disk.
  void shut_down();
  const StateDir* state() const { return state_ ? &*state_ : nullptr; }

 private:
  /// A solver that knows the model which was just trained.
  struct Adopted {
    std::string name;
    std::shared_ptr<Solver> solver;
  };
  struct Note {
    Level level = Level::info;
    std::string text;
  };
  void restore();
  void keep_old_board();
  void leave_board();
  std::string free_kept_path() const;
  BoardFile board_file() const;
  void opened(std::string path, std::string id);
  void open_generated(Question question, const GameId& id);
  void notice_changes();  ///< before asking: a later board_changed() would give the question up
  void board_changed();
  void question_changed();
  void take_in_solving();
  void take_in_rules();
  void take_in_files(std::chrono::steady_clock::time_point now);
  void take_in_training();
  void follow_newest();
  void tell_result(const Solution& solution);
  Result<void> taken_over(Result<void> put);
  void adopt_trained();
  void advance_steps(std::chrono::steady_clock::time_point now);
  void autosave(std::chrono::steady_clock::time_point now);
  SolverOptions with_own_models(std::vector<std::string>* left_out) const;
  void make_solver();
  void retire_solver(std::shared_ptr<Solver> next);
  bool may_export();
  std::string chosen_model() const;
  SolveRequest request() const;

  SessionOptions options_;
  std::shared_ptr<Solver> solver_;  ///< shared with hints under way
  std::optional<StateDir> state_;
  Settings settings_, saved_settings_;
  Log log_;
  Editor editor_;
  std::string path_, id_;
  std::optional<Question> made_;  ///< what id_ makes
  bool keeps_board_ = true;       ///< false: the slot holds a board that could not be put aside
  bool result_awaited_ = false;   ///< a solve has begun whose end was not told yet
  std::uint64_t saved_revision_ = 0, seen_revision_ = 0, autosaved_revision_ = 0;
  std::uint64_t changed_revision_ = 0;  ///< that changed_at_ is about
  std::uint64_t thinking_board_ = 0;
  std::optional<Question> seen_question_;
  bool solve_pending_ = false;  ///< live: as soon as the stroke ends
  StepCursor step_;
  std::chrono::steady_clock::time_point next_step_{}, changed_at_{}, retry_at_{};
  Solving solving_;
  std::optional<SolutionCount> count_;
  std::optional<ShownHint> hint_;
  std::optional<Training> training_;
  TrainingOptions training_of_;                 ///< what training_ was started with
  std::string training_out_, training_puzzle_;  ///< the next run's folder, and for which puzzle
  std::string trained_model_;
  Latest<SolutionCount> counting_;
  Latest<Result<ShownHint>> hinting_;
  Latest<Result<std::optional<std::size_t>>> wrong_;
  Latest<Result<Question>> generating_;
  GameId wanted_id_;
  Latest<Result<void>> saving_;
  Latest<Note> exporting_;
  Latest<Result<Adopted>> adopting_;
  Latest<Result<void>> reloading_;
  Latest<int> retiring_;  ///< ends the solver of before: that may take a moment
  std::function<void()> wake_;
};

}  // namespace trm::ui
