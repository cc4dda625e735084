// Session: the model thinks.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "puzzles/text.h"
#include "ui/session/session.h"

namespace trm::ui {
namespace {

constexpr int kKeptEvents = 200'000;
constexpr int kRulesMs = 300;

std::string count_of(int number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string time_text(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, ms < 1000 ? "%.0f ms" : "%.1f s", ms < 1000 ? ms : ms / 1000);
  return text;
}

}  // namespace

std::vector<ModelInfo> Session::all_models() const {
  return solver_ ? solver_->models() : std::vector<ModelInfo>{};
}

std::vector<ModelInfo> Session::models() const {
  auto all = all_models();
  std::erase_if(all,
                [&](const ModelInfo& model) { return model.puzzle != editor_.puzzle().name(); });
  return all;
}

// The one of the settings, if it is for this puzzle; empty: the solver's choice.
std::string Session::chosen_model() const {
  if (settings_.model.empty()) return {};
  for (const ModelInfo& model : models()) {
    if (model.name == settings_.model) return model.name;
  }
  return {};
}

bool Session::fits() const {
  // Views ask in every frame: models are only looked through where it matters.
  const Puzzle& puzzle = editor_.puzzle();
  return puzzle.info().examples && solver_ && solver_->fits(puzzle, chosen_model());
}

SolveRequest Session::request() const {
  SolveRequest request(editor_.question());
  request.model = chosen_model();
  request.attempts = settings_.attempts;
  request.max_steps = settings_.max_steps;
  if (fits()) request.fit_seconds = settings_.fit_seconds;
  request.seed = settings_.seed;
  request.max_events = kKeptEvents;
  request.rules_ms = kRulesMs;
  const bool fallback = settings_.fallback && editor_.puzzle().info().solves;
  request.fallback = fallback ? Fallback::exact : Fallback::none;
  return request;
}

void Session::solve() {
  if (!solver_) {
    log_.say(Level::warning, "Cannot solve: " + options_.no_solver);
    return;
  }
  editor_.release();
  if (!editor_.problems().empty()) {
    const Conflict& first = editor_.problems().front();
    log_.say(Level::warning, "Cannot solve yet: " + first.message);
    return;
  }
  thinking_board_ = editor_.board_number();
  step_ = {};
  solving_.start(*solver_, request());
  result_awaited_ = true;
}

const Thinking* Session::thinking() const {
  return thinking_board_ == editor_.board_number() ? solving_.thinking() : nullptr;
}

bool Session::thinking_stale() const {
  return thinking() != nullptr && !(thinking()->question == editor_.question());
}

std::optional<std::size_t> Session::shown_step() const {
  if (thinking() == nullptr) return std::nullopt;
  const auto steps = thinking()->steps_of(step_.attempt, step_.query);
  if (steps.empty()) return std::nullopt;
  return steps[std::min(step_.index, steps.size() - 1)];
}

void Session::take_in_solving() {
  const bool news = solving_.poll();
  if (thinking() == nullptr) return;
  if (news && step_.follow) follow_newest();
  if (!result_awaited_ || !thinking()->end) return;
  result_awaited_ = false;
  if (*thinking()->end) {
    tell_result(thinking()->end->value());
  } else {
    log_.error(thinking()->end->error(), "Not solved");
  }
}

// Attempts run side by side: the one that is shown stays until it has no more to say.
void Session::follow_newest() {
  const auto& steps = thinking()->steps;
  if (steps.empty()) return;
  constexpr std::size_t kSilence = 32;  // steps of others: more than run at once
  const auto recent = steps.size() > kSilence ? steps.end() - kSilence : steps.begin();
  const bool goes_on = std::any_of(recent, steps.end(), [&](const event::Step& step) {
    return step.attempt == step_.attempt && step.query == step_.query;
  });
  if (!goes_on) {
    step_.attempt = steps.back().attempt;
    step_.query = steps.back().query;
  }
  step_.index = thinking()->steps_of(step_.attempt, step_.query).size() - 1;
}

void Session::tell_result(const Solution& solution) {
  // The step that gave the answer is what one wants to see.
  if (step_.follow) {
    step_.attempt = solution.attempt;
    const auto steps = thinking()->steps_of(solution.attempt, step_.query).size();
    const auto wanted = static_cast<std::size_t>(std::max(solution.steps, 1));
    step_.index = steps == 0 ? 0 : std::min(wanted, steps) - 1;
    step_.follow = false;
  }
  const std::string steps = solution.fit ? std::to_string(solution.total_steps) + " steps"
                                         : count_of(solution.steps, "step") + ", " +
                                               count_of(solution.attempts, "attempt");
  const std::string spent = steps + ", " + time_text(solution.time_ms);
  if (solution.stopped == Stopped::cancelled) {
    log_.say(Level::info, "Cancelled after " + spent);
  } else if (solution.verified()) {
    const bool by_rules = solution.stopped == Stopped::fallback;
    log_.say(Level::good, (by_rules ? "Solved by the rule solver, not the model, after "
                                    : "Solved, and the rules hold: ") +
                              spent);
  } else if (solution.verdict.status == Status::plausible) {
    log_.say(Level::info, "Plausible: " + solution.verdict.evidence + "; " + spent);
  } else {
    const auto conflicts = static_cast<int>(solution.verdict.conflicts.size());
    const std::string& known = solution.verdict.evidence;
    log_.say(Level::warning,
             conflicts == 0
                 ? "Unverified: " + (known.empty() ? "nothing confirms this answer" : known) +
                       "; " + spent
                 : "Not solved: the best board breaks rules in " + count_of(conflicts, "place") +
                       "; " + spent);
  }
}

Result<void> Session::taken_over(Result<void> put) {
  if (put) {
    editor_.set_layer(Layer::answer);  // where it is seen
  } else {
    log_.error(put.error(), "Not taken over");
  }
  return put;
}

Result<void> Session::take_over_solution(std::size_t candidate) {
  const Thinking* thoughts = thinking();
  const bool there = thoughts != nullptr && thoughts->end && *thoughts->end;
  if (!there || thinking_stale()) {
    const auto error = fail(ErrorCode::unavailable, "there is no solution of this board yet");
    log_.error(error);
    return error;
  }
  Answer answer = thoughts->end->value().answer;
  for (auto& candidates : answer.queries) {
    if (candidate < candidates.size()) std::swap(candidates[0], candidates[candidate]);
  }
  return taken_over(editor_.take_over(answer, "solve"));
}

Result<void> Session::take_over_step() {
  const auto step = shown_step();
  if (!step || thinking_stale()) {
    const auto error = fail(ErrorCode::unavailable, "there is no step of this board to take over");
    log_.error(error);
    return error;
  }
  return taken_over(editor_.take_over(thinking()->answer_at(*step), "take over a step"));
}

void Session::reload_models() {
  if (!solver_) {
    log_.say(Level::warning, "The models cannot be read: " + options_.no_solver);
    return;
  }
  reloading_.ask([solver = solver_](const std::atomic<bool>&) { return solver->reload(); });
}

}  // namespace trm::ui
