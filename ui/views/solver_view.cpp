#include "ui/views/solver_view.h"

#include <algorithm>

#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/words.h"

namespace trm::ui {

void SolverView::draw_content(Session& session, Shell& shell) {
  if (list_.refresh(session, false)) {
    model_names_ = {"best for the board"};
    for (const ModelInfo& model : list_.models())
      model_names_.push_back(model.name + " (" + joined(model.sizes, ", ") + ")");
  }
  solve_button(session);
  if (session.solving()) progress(session);
  no_model(session, shell);
  state(session);
  result(session);
  ImGui::Spacing();
  hints(session);
  ImGui::Spacing();
  choices(session);
}

void SolverView::solve_button(Session& session) {
  if (session.solving()) {
    if (primary_button("solver/cancel", "Cancel", "Stop thinking; what it has so far stays"))
      session.cancel_solve();
    return;
  }
  const bool ready = session.can_solve() && session.editor().problems().empty();
  const char* why = !session.can_solve() ? "There is no solver"
                    : ready              ? "Let the model think"
                                         : "The board has problems: see below";
  if (primary_button("solver/solve", "Solve", why, ready)) session.solve();
}

void SolverView::progress(const Session& session) {
  const Thinking* thinking = session.thinking();
  const Settings& settings = session.settings();
  if (thinking != nullptr && thinking->fit) return fitting(*thinking->fit);
  if (thinking == nullptr || thinking->steps.empty()) {
    progress_bar(-1, "Waiting for the first step");
    return;
  }
  const event::Step& step = thinking->steps.back();
  const int attempts = std::max(settings.attempts, step.attempt + 1);
  const std::string words = "Attempt " + std::to_string(step.attempt + 1) + " of " +
                            std::to_string(attempts) + ", step " + std::to_string(step.step) +
                            " of " + std::to_string(settings.max_steps);
  // Of all that it may spend; it ends earlier when an answer is verified.
  const int queries = session.editor().puzzle().queries(thinking->question);
  const double all = static_cast<double>(attempts) * settings.max_steps * std::max(1, queries);
  progress_bar(static_cast<float>(std::min(1.0, static_cast<double>(thinking->steps.size()) / all)),
               words.c_str());
}

void SolverView::fitting(const event::FitProgress& fit) {
  const FitState& state = fit.state;
  const double share = fit.budget > 0 ? std::min(1.0, state.seconds / fit.budget) : 1;
  const std::string words = duration_text(1000 * state.seconds) + " of " +
                            duration_text(1000 * fit.budget) + ", " + plural(state.steps, "step");
  progress_bar(static_cast<float>(share), words.c_str());
  muted(state.learning_all ? "Learning all demonstrations"
                           : "Learning all demonstrations but one, to be asked for it");
  fact("Reproduced",
       std::to_string(state.reproduced) + " of " + plural(state.demonstrations, "demonstration"));
  if (state.demonstrations > 1)
    fact("While held out", std::to_string(state.held_out) + " answered");
  fact("Loss", number_text(state.loss));
}

void SolverView::no_model(Session& session, Shell& shell) {
  if (!session.can_solve()) {
    colored_text(colors().fair,
                 session.why_no_solver().empty() ? "There is no solver." : session.why_no_solver());
    muted(
        "You can draw and play without it. To solve, put model files (.safetensors) into the "
        "models folder, or name their folder with --models or TRM_MODELS, and start again.");
  } else if (session.fits()) {
    if (session.thinking() == nullptr)
      muted(
          "Each task has a rule of its own: a small network learns it from the pairs shown here "
          "while you wait, then answers the tests.");
  } else if (list_.models().empty() && session.thinking() == nullptr) {
    muted(("No trained model for " + session.editor().puzzle().info().title +
           " is loaded. Add one to the models folder and reload, or train one: see Models.")
              .c_str());
    if (button("solver/models", "Show models")) shell.show_view = "models";
  }
}

void SolverView::choices(Session& session) {
  Settings& settings = session.settings();
  heading("How to think");
  if (list_.models().size() > 0) {
    int chosen = 0;
    for (std::size_t i = 0; i < list_.models().size(); ++i) {
      if (list_.models()[i].name == settings.model) chosen = static_cast<int>(i) + 1;
    }
    if (combo("solver/model", "Model", chosen, model_names_))
      settings.model = chosen == 0 ? "" : list_.models()[static_cast<std::size_t>(chosen) - 1].name;
  }
  if (session.fits()) {
    slider("solver/fit_seconds", "Seconds", settings.fit_seconds, 5, 600,
           "Longest time to learn from the demonstrations; it ends earlier when they are all "
           "reproduced, and two were answered without having been learned");
    return seed(settings);
  }
  slider("solver/attempts", "Attempts", settings.attempts, 1, 64,
         "The first sees the plain board. Others see it turned, renamed and from another start, "
         "until one is verified.");
  slider("solver/max_steps", "Steps", settings.max_steps, 1, 128,
         "Supervision steps of one attempt: how often the network improves its answer");
  seed(settings);
  checkbox("solver/live", "Solve while I draw", settings.live,
           "Solve again after every stroke; only the newest board counts");
  if (!session.editor().puzzle().info().solves) return;
  checkbox("solver/count", "Count solutions", settings.count,
           "Say whether a board has no, one or several solutions");
  checkbox("solver/fallback", "Rule solver as last resort", settings.fallback,
           "Where no attempt is verified the puzzle's exact solver answers; the result says so");
}

// What the attempts draw their changes and starts from.
void SolverView::seed(Settings& settings) {
  if (seed_of_ != settings.seed) {
    seed_of_ = settings.seed;
    seed_ = std::to_string(settings.seed);
  }
  if (input_text("solver/seed", "Seed", seed_, "0")) {
    const auto wanted = seed_.empty() ? std::optional<std::uint64_t>(0) : seed_in(seed_);
    seed_wrong_ = !wanted;
    if (wanted) seed_of_ = settings.seed = *wanted;
  }
  if (seed_wrong_) colored_text(colors().bad, wrong_seed);
}

// What the rules say of the board as it is, before anybody solves.
void SolverView::state(Session& session) {
  Editor& editor = session.editor();
  if (!editor.problems().empty()) {
    colored_text(colors().bad, "This board cannot be solved as it stands:");
    conflict_list("solver/problem", editor, editor.problems(), Layer::question);
    return;
  }
  const bool counted = session.count() && session.count()->kind != SolutionCount::Kind::unsupported;
  if (session.settings().count && counted) {
    muted(("By the rules: " + count_text(*session.count())).c_str());
    probe().mark_last("solver/count_text");
  }
  if (editor.entries_status() == Status::verified) {
    badge("Solved: the rules hold", colors().good);
  } else if (!editor.entry_conflicts().empty()) {
    text("What you filled in breaks rules:");
    conflict_list("solver/entry", editor, editor.entry_conflicts(), Layer::answer);
  }
}

void SolverView::result(Session& session) {
  const Thinking* thinking = session.thinking();
  if (thinking == nullptr || !thinking->end) return;
  ImGui::Spacing();
  heading("Result");
  if (session.thinking_stale()) muted("Of the board before your last changes.");
  if (!*thinking->end) {
    const Error& error = thinking->end->error();
    if (error.code == ErrorCode::cancelled) {
      muted("Cancelled.");
    } else {
      colored_text(colors().bad, "Not solved: " + error.message);
    }
    return;
  }
  solution(session, thinking->end->value());
}

void SolverView::solution(Session& session, const Solution& solution) {
  const Judgement said = judge(solution.verdict);
  badge(said.title, level_color(said.level));
  probe().mark_last("solver/verdict");
  if (!said.text.empty()) text(said.text);
  if (solution.rules) {
    const std::string rules = rules_text(*solution.rules);
    if (!rules.empty()) text(rules);
  }
  // What is not right is nothing to press first.
  const auto press = said.level == Level::error ? button : primary_button;
  if (press("solver/take_over", "Take over",
            "Put this answer on the board, as one move that undo takes back",
            !session.thinking_stale()))
    (void)session.take_over_solution();  // says itself what went wrong
  fact("Answer from", source_text(solution.source));
  if (solution.fit) return fitted(session, solution);
  if (!solution.model.empty()) fact("Model", solution.model);
  fact("Steps",
       std::to_string(solution.steps) + " of attempt " + std::to_string(solution.attempt + 1));
  if (solution.attempt > 0) fact("Board seen", solution.attempt_description);
  fact("In all",
       plural(solution.attempts, "attempt") + ", " + plural(solution.total_steps, "step"));
  fact("Halt probability", percent(static_cast<double>(solution.halt_probability)));
  fact("Time", duration_text(solution.time_ms));
  fact("Stopped because", stopped_text(solution.stopped));
  if (solution.verified() || solution.verdict.conflicts.empty()) return;
  text(plural(static_cast<std::int64_t>(solution.verdict.conflicts.size()), "conflict") + ":");
  constexpr std::size_t kMost = 6;
  conflict_list("solver/conflict", session.editor(), solution.verdict.conflicts, Layer::answer,
                kMost);
}

// What a fit says of its candidates.
void SolverView::fitted(Session& session, const Solution& solution) {
  const FitReport& fit = *solution.fit;
  for (std::size_t query = 0; query < fit.votes.size(); ++query) {
    const std::string name = fit.votes.size() > 1 ? "Test " + std::to_string(query + 1) : "Votes";
    std::string votes;
    for (const int count : fit.votes[query])
      votes += (votes.empty() ? "" : " and ") + std::to_string(count);
    fact(name.c_str(),
         (votes.empty() ? "none" : votes) + " of " + std::to_string(fit.all_votes[query]));
  }
  const bool second = std::any_of(fit.votes.begin(), fit.votes.end(),
                                  [](const auto& votes) { return votes.size() > 1; });
  if (second && button("solver/take_second", "Take the second candidate",
                       "Put the other answer on the board, as one move that undo takes back",
                       !session.thinking_stale()))
    (void)session.take_over_solution(1);  // says itself what went wrong
  fact("Steps", std::to_string(solution.total_steps));
  fact("Time", duration_text(solution.time_ms));
  fact("Stopped because", stopped_text(solution.stopped));
}

void SolverView::hints(Session& session) {
  heading("Hints");
  const bool ready = session.editor().problems().empty();
  if (button("solver/hint", session.hinting() ? "Thinking..." : "Hint",
             "The cell of which the model is most certain, with a reason where there is one",
             ready && !session.hinting()))
    session.ask_hint();
  if (session.hint()) {
    flow_button("Take hint");
    if (button("solver/take_hint", "Take hint", "Fill it in")) (void)session.take_hint();
  }
  flow_button("Undo to first wrong move");
  if (button("solver/undo_wrong", "Undo to first wrong move",
             "Go back to before the first entry that no solution has; redo brings the rest back",
             session.editor().has_entries() && session.editor().puzzle().info().solves))
    session.undo_to_first_wrong();
  const auto& hint = session.hint();
  if (!hint) return;
  ImGui::PushStyleColor(ImGuiCol_Text, colors().hint);
  text(capitalised(hint->text) + ".");
  ImGui::PopStyleColor();
  if (hint->confidence > 0)
    muted(("The model is " + percent(hint->confidence) + " sure" +
           (hint->checked ? ", and it is checked." : "; nothing has checked it."))
              .c_str());
}

}  // namespace trm::ui
