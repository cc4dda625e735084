#include "ui/views/steps_view.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "ui/app/imgui_canvas.h"
#include "ui/app/theme.h"
#include "ui/app/widgets.h"
#include "ui/views/stepping.h"
#include "ui/views/words.h"

namespace trm::ui {
namespace {

float mean(const std::vector<float>& values) {
  if (values.empty()) return 0;
  const float sum = std::accumulate(values.begin(), values.end(), 0.0f);
  const float all = sum / static_cast<float>(values.size());
  return std::isfinite(all) ? all : 0;
}

float highest(const std::vector<float>& values) {
  return values.empty() ? 1 : std::max(1.0f, *std::max_element(values.begin(), values.end()));
}

}  // namespace

void StepsView::draw_content(Session& session, Shell& shell) {
  const Thinking* thinking = session.thinking();
  if (thinking == nullptr || (thinking->steps.empty() && !session.solving())) {
    forget();
    heading("Nothing to see yet");
    muted(
        "Press Solve. The network answers, looks at its own answer and answers again; each of "
        "these steps appears here, with how sure it is and what it changed.");
    return;
  }
  if (thinking->steps.empty()) {
    muted("Waiting for the first step...");
    return;
  }
  take_in(*thinking);
  if (track(session.cursor()).places.empty()) {
    lists(session);
    muted("This attempt has no step yet.");
    return;
  }
  constexpr float kSmallest = 6, kNarrow = 26, kPlot = 3.5f;  // in lines of letters
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float least = kNarrow * line_height();
  if (room.x < least || room.y < kSmallest * line_height()) {
    side(session, shell);
    return plots(session, kPlot * line_height(), 2);
  }
  // One large picture is enough.
  if (shell.thinking_frame != ImGui::GetFrameCount()) {
    miniature(session, std::min(room.y, room.x * 0.4f));
    ImGui::SameLine();
  }
  const ImVec2 rest = ImGui::GetContentRegionAvail();
  const bool beside = rest.x >= least;
  ImGui::BeginChild("controls",
                    {beside ? std::min(rest.x * 0.48f, 20 * line_height()) : 0, rest.y});
  side(session, shell);
  const ImGuiStyle& style = ImGui::GetStyle();
  const float around = line_height() + style.ItemSpacing.y + 2 * style.CellPadding.y + 1;
  // What is left below the buttons, in one row where they fit.
  if (!beside)
    plots(session, std::max(2 * line_height(), ImGui::GetContentRegionAvail().y - around), 4);
  ImGui::EndChild();
  if (!beside) return;
  ImGui::SameLine();
  ImGui::BeginChild("curves", {0, rest.y});
  // Two rows that fit, where they are not too low then.
  plots(session, std::max(2 * line_height(), rest.y / 2 - around), 2);
  ImGui::EndChild();
}

void StepsView::forget() {
  tracks_.clear();
  attempts_.clear();
  seen_ = 0;
}

// Each step is looked at once.
void StepsView::take_in(const Thinking& thinking) {
  const auto& steps = thinking.steps;
  // A new thinking may lie where the old one was: its steps tell.
  const auto is_last = [&](const event::Step& step) {
    return step.attempt == last_.attempt && step.query == last_.query && step.step == last_.step &&
           step.q_halt == last_.q_halt && step.confidence == last_.confidence;
  };
  if (seen_ > steps.size() || (seen_ > 0 && !is_last(steps[seen_ - 1]))) forget();
  if (seen_ == steps.size()) return;
  constexpr std::size_t kAtOnce = 32;  // so that a fast engine never holds a frame up
  const std::size_t end = std::min(steps.size(), seen_ + kAtOnce);
  for (; seen_ < end; ++seen_) {
    const event::Step& step = steps[seen_];
    Track& track = tracks_[{step.attempt, step.query}];
    track.places.push_back(seen_);
    track.halt.push_back(std::isfinite(step.q_halt) ? step.q_halt : 0);
    track.conflicts.push_back(static_cast<float>(step.conflicts.size()));
    track.confidence.push_back(mean(step.confidence));
    track.changed.push_back(static_cast<float>(thinking.changed_at(seen_).size()));
  }
  last_ = steps[seen_ - 1];
  if (seen_ < steps.size()) redraw_in(0);
}

const StepsView::Track& StepsView::track(const StepCursor& cursor) const {
  static const Track none;
  const auto found = tracks_.find({cursor.attempt, cursor.query});
  return found == tracks_.end() ? none : found->second;
}

void StepsView::side(Session& session, Shell& shell) {
  lists(session);
  if (session.thinking_stale())
    muted("The board has changed since: this is the thinking about the one before.");
  controls(session);
  actions(session, shell);
}

void StepsView::lists(Session& session) {
  const Thinking& thinking = *session.thinking();
  StepCursor& cursor = session.cursor();
  if (attempts_.size() != thinking.attempts.size()) {
    attempts_.clear();
    for (const event::Attempt& attempt : thinking.attempts)
      attempts_.push_back(std::to_string(attempt.attempt + 1) + ": " + attempt.description);
  }
  if (attempts_.size() > 1) {
    int chosen = 0;
    for (std::size_t i = 0; i < thinking.attempts.size(); ++i) {
      if (thinking.attempts[i].attempt == cursor.attempt) chosen = static_cast<int>(i);
    }
    if (combo("steps/attempt", "##attempt", chosen, attempts_)) {
      cursor.attempt = thinking.attempts[static_cast<std::size_t>(chosen)].attempt;
      go_to_step(session, SIZE_MAX);
    }
  }
  const int queries = thinking.question.puzzle().queries(thinking.question);
  if (queries < 2) return;
  if (static_cast<int>(queries_.size()) != queries) {
    queries_.clear();
    for (int query = 1; query <= queries; ++query) queries_.push_back(std::to_string(query));
  }
  int chosen = std::clamp(cursor.query, 0, queries - 1);
  if (!combo("steps/query", "Question", chosen, queries_)) return;
  cursor.query = chosen;
  go_to_step(session, cursor.index);
}

void StepsView::controls(Session& session) {
  StepCursor& cursor = session.cursor();
  const Track& shown = track(cursor);
  if (shown.places.empty()) return;
  const std::size_t last = shown.places.size() - 1;
  const std::size_t at = std::min(cursor.index, last);
  int step = static_cast<int>(at) + 1;
  if (slider("steps/slider", "Step", step, 1, static_cast<int>(last) + 1))
    go_to_step(session, static_cast<std::size_t>(step - 1));
  if (button("steps/first", "|<", "First step", at > 0)) go_to_step(session, 0);
  flow_button("<");
  if (button("steps/back", "<", "One step back", at > 0)) go_to_step(session, at - 1);
  flow_button("Pause");
  if (toggle("steps/play", cursor.playing ? "Pause" : "Play", cursor.playing,
             "Watch the steps one after the other"))
    play_steps(session);
  flow_button(">");
  if (button("steps/next", ">", "One step on", at < last)) go_to_step(session, at + 1);
  flow_button(">|");
  if (button("steps/last", ">|", "Last step", at < last)) go_to_step(session, last);
  if (session.solving()) {
    flow_button("Follow");
    if (toggle("steps/follow", "Follow", cursor.follow, "Go along with the newest step")) {
      cursor.follow = !cursor.follow;
      cursor.playing = false;
    }
  }
  flow_button("Take over");
}

void StepsView::actions(Session& session, Shell& shell) {
  if (button("steps/take_over", "Take over",
             "Put the answer of this step on the board, as one move that undo takes back",
             !session.thinking_stale()))
    (void)session.take_over_step();  // says itself what went wrong
  flow_button("Export...");
  if (button("steps/export", "Export...", "The steps as an animation, a strip of pictures or JSON"))
    shell.dialog = "export_thinking";
}

void StepsView::plots(Session& session, float height, int most_columns) {
  const Track& shown = track(session.cursor());
  if (shown.places.empty()) return;
  const std::size_t at = std::min(session.cursor().index, shown.places.size() - 1);
  struct Curve {
    const char *name, *caption;
    const std::vector<float>& values;
    bool share;  // of 1, else a number of cells
  };
  const Curve curves[] = {{"steps/plot/halt", "Halt", shown.halt, true},
                          {"steps/plot/conflicts", "Conflicts", shown.conflicts, false},
                          {"steps/plot/confidence", "Certain", shown.confidence, true},
                          {"steps/plot/changed", "Changed", shown.changed, false}};
  const float width = ImGui::GetContentRegionAvail().x;
  int columns = std::clamp(static_cast<int>(width / (5 * line_height())), 1, most_columns);
  if (columns == 3) columns = 2;
  if (!ImGui::BeginTable("plots", columns)) return;
  for (const Curve& curve : curves) {
    ImGui::TableNextColumn();
    const auto now = static_cast<double>(curve.values[at]);
    const std::string caption = std::string(curve.caption) + " " +
                                (curve.share ? std::to_string(std::lround(now * 100)) + " %"
                                             : std::to_string(std::lround(now)));
    const int picked = plot(curve.name, caption.c_str(), curve.values, static_cast<int>(at), 0,
                            curve.share ? 1 : highest(curve.values), height);
    if (picked >= 0 && picked < static_cast<int>(shown.places.size()))
      go_to_step(session, static_cast<std::size_t>(picked));
  }
  ImGui::EndTable();
}

void StepsView::miniature(const Session& session, float side) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({side, side});
  probe().mark_last("steps/picture");
  const auto step = session.shown_step();
  if (!step) return;
  ImguiCanvas canvas(*ImGui::GetWindowDrawList());
  const float margin = side * 0.02f;
  draw_step(canvas, *session.thinking(), *step,
            {at.x + margin, at.y + margin, side - 2 * margin, side - 2 * margin}, is_dark());
}

}  // namespace trm::ui
