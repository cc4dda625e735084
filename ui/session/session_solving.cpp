// Session: the model thinks.
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

SolveRequest Session::request() const {
  SolveRequest request(editor_.question());
  for (const ModelInfo& model : models()) {
    if (model.name == settings_.model) request.model = model.name;
  }
  request.attempts = settings_.attempts;
  request.max_steps = settings_.max_steps;
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
  const bool was_running = solving();
  if (!solving_.poll() || thinking() == nullptr) return;
  const Thinking& thoughts = *thinking();
  if (step_.follow && !thoughts.steps.empty()) {
    const event::Step& newest = thoughts.steps.back();
    step_.attempt = newest.attempt;
    step_.query = newest.query;
    step_.index = thoughts.steps_of(newest.attempt, newest.query).size() - 1;
  }
  if (!was_running || !thoughts.end) return;
  if (*thoughts.end) {
    tell_result(thoughts.end->value());
  } else {
    log_.error(thoughts.end->error(), "Not solved");
  }
}

void Session::tell_result(const Solution& solution) {
  // The steps of the attempt that gave the answer are what one wants to see.
  if (step_.follow) {
    step_.attempt = solution.attempt;
    const auto steps = thinking()->steps_of(solution.attempt, step_.query).size();
    step_.index = steps == 0 ? 0 : steps - 1;
    step_.follow = false;
  }
  const std::string spent = count_of(solution.steps, "step") + ", " +
                            count_of(solution.attempts, "attempt") + ", " +
                            time_text(solution.time_ms);
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
    log_.say(Level::warning,
             "Not solved: the best board breaks rules in " +
                 count_of(static_cast<int>(solution.verdict.conflicts.size()), "place") + "; " +
                 spent);
  }
}

Result<void> Session::take_over_solution() {
  const Thinking* thoughts = thinking();
  const bool there = thoughts != nullptr && thoughts->end && *thoughts->end;
  if (!there || thinking_stale()) {
    const auto error = fail(ErrorCode::unavailable, "there is no solution of this board yet");
    log_.error(error);
    return error;
  }
  const auto put = editor_.take_over(thoughts->end->value().answer, "solve");
  if (!put) log_.error(put.error(), "Not taken over");
  return put;
}

Result<void> Session::take_over_step() {
  const auto step = shown_step();
  if (!step || thinking_stale()) {
    const auto error = fail(ErrorCode::unavailable, "there is no step of this board to take over");
    log_.error(error);
    return error;
  }
  const auto put = editor_.take_over(thinking()->answer_at(*step), "take over a step");
  if (!put) log_.error(put.error(), "Not taken over");
  return put;
}

Result<void> Session::reload_models() {
  if (!solver_) {
    const auto error = fail(ErrorCode::unavailable, options_.no_solver);
    log_.error(error, "The models cannot be read");
    return error;
  }
  const auto reloaded = solver_->reload();
  if (reloaded) {
    const auto count = static_cast<int>(all_models().size());
    log_.say(Level::info, "Models read anew: " + count_of(count, "model"));
  } else {
    log_.error(reloaded.error(), "The models cannot be read");
  }
  return reloaded;
}

}  // namespace trm::ui
