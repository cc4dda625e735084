#include "cli/watch.h"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <utility>

#include "cli/board_view.h"
#include "puzzles/text.h"

namespace trm::cli {
namespace {

constexpr std::size_t shown_conflicts = 8;

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string duration(double ms) {
  return ms < 1000 ? fixed(ms, 1) + " ms" : fixed(ms / 1000, 2) + " s";
}

bool is_complete(const Question& question, const Answer& answer) {
  return static_cast<int>(answer.queries.size()) == question.puzzle().queries(question) &&
         std::none_of(answer.queries.begin(), answer.queries.end(),
                      [](const auto& candidates) { return candidates.empty(); });
}

std::string rule_solver_says(const RuleVerdict& rules) {
  const char* says[] = {"no solution", "exactly one solution", "several solutions"};
  return std::string("  the rule solver: the board has ") +
         says[std::clamp(rules.solutions, 0, 2)] + "\n";
}

std::string ended(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

std::string counted(std::int64_t number, std::string_view word) {
  return std::to_string(number) + " " + std::string(word) + (number == 1 ? "" : "s");
}

Watch::Watch(std::ostream& out, const Terminal& terminal, const Question& question,
             std::chrono::milliseconds pause)
    : out_(out), terminal_(terminal), question_(question), pause_(pause) {
  const auto queries = static_cast<std::size_t>(question.puzzle().queries(question));
  pictures_.resize(queries);
}

void Watch::on_event(const Event& event) {
  if (const auto* begun = std::get_if<event::Attempt>(&event)) attempt(*begun);
  if (const auto* stepped = std::get_if<event::Step>(&event)) step(*stepped);
}

void Watch::attempt(const event::Attempt& attempt) {
  last_[attempt.attempt].resize(pictures_.size());
  // The plain attempt is what everybody expects; only further ones are worth a line.
  if (attempt.attempt == 0) return;
  out_ << "attempt " << attempt.attempt + 1 << ": " << attempt.description << '\n';
  drawn_ = 0;
}

std::string Watch::picture(const event::Step& step) const {
  const Grid& before = last_.at(step.attempt)[static_cast<std::size_t>(step.query)];
  const bool first = before.cells.empty();
  std::string text = "step " + std::to_string(step.step);
  if (step.attempt > 0) text = "attempt " + std::to_string(step.attempt + 1) + ", " + text;
  if (pictures_.size() > 1) text += ", query " + std::to_string(step.query + 1);
  if (!first) text += ", " + counted(changed_cells(before, step.answer), "cell") + " changed";
  text += ", " + counted(static_cast<std::int64_t>(step.conflicts.size()), "conflict");
  text += ", halt probability " + fixed(step.q_halt, 2) + "\n";
  BoardFrame frame;
  frame.question = &question_;
  frame.query = step.query;
  frame.grid = &step.answer;
  frame.previous = first ? nullptr : &before;
  frame.confidence = &step.confidence;
  frame.conflicts = &step.conflicts;
  return text + draw_frame(frame, terminal_);
}

void Watch::step(const event::Step& step) {
  const auto query = static_cast<std::size_t>(step.query);
  if (query >= pictures_.size() || !last_.contains(step.attempt)) return;
  pictures_[query] = picture(step);
  last_[step.attempt][query] = step.answer;
  if (!terminal_.interactive) {
    out_ << pictures_[query] << '\n' << std::flush;
    return;
  }
  std::string screen;
  for (const std::string& one : pictures_) screen += one;
  const auto height = static_cast<int>(std::count(screen.begin(), screen.end(), '\n'));
  // A screen that has scrolled away cannot be redrawn: then the pictures follow each other.
  if (drawn_ > 0 && drawn_ < terminal_.rows) out_ << "\x1b[" << drawn_ << "A\x1b[J";
  out_ << screen << std::flush;
  drawn_ = height;
  std::this_thread::sleep_for(pause_);
}

std::string describe_boards(const Solution& solution, const Terminal& terminal) {
  const Question& question = solution.question;
  const Puzzle& puzzle = question.puzzle();
  std::string text = ended(puzzle.format_readable(question));
  if (!is_complete(question, solution.answer)) return text;
  text += '\n';
  if (terminal.colors == Colors::none) {
    return text + ended(puzzle.format_answer_readable(question, solution.answer));
  }
  for (std::size_t query = 0; query < solution.answer.queries.size(); ++query) {
    BoardFrame frame;
    frame.question = &question;
    frame.query = static_cast<int>(query);
    frame.grid = &solution.answer.best(query);
    if (query < solution.confidence.size()) frame.confidence = &solution.confidence[query];
    frame.conflicts = &solution.verdict.conflicts;
    text += draw_frame(frame, terminal);
    const auto& candidates = solution.answer.queries[query];
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      text += "candidate " + std::to_string(i + 1) + "\n";
      frame.grid = &candidates[i];
      frame.confidence = nullptr;
      text += draw_frame(frame, terminal);
    }
  }
  return text;
}

std::string describe_outcome(const Solution& solution, const Terminal& terminal) {
  const Status status = solution.verdict.status;
  const Tone tone = status == Status::unverified ? Tone::bad : Tone::good;
  std::string text = toned(status_name(status), tone, terminal.colors);
  if (!solution.verdict.evidence.empty()) text += " (" + solution.verdict.evidence + ")";
  text += ": " + counted(solution.fit ? solution.total_steps : solution.steps, "step") + ", ";
  if (!solution.fit) text += counted(solution.attempts, "attempt") + ", ";
  text += duration(solution.time_ms);
  if (solution.attempt > 0 && !solution.fit) {
    text += " (answered by attempt " + std::to_string(solution.attempt + 1) + ": " +
            solution.attempt_description + ")";
  }
  text += ", stopped: " + std::string(stopped_name(solution.stopped));
  text += ", by " + solution.source;
  if (!solution.model.empty() && solution.model != solution.source) text += " " + solution.model;
  text += '\n';
  if (solution.rules) text += rule_solver_says(*solution.rules);
  const auto& conflicts = solution.verdict.conflicts;
  for (std::size_t i = 0; i < std::min(conflicts.size(), shown_conflicts); ++i) {
    text += "  " + cell_place(conflicts[i].cell.row, conflicts[i].cell.col) + ": " +
            conflicts[i].message + "\n";
  }
  if (conflicts.size() > shown_conflicts) {
    text += "  and " + std::to_string(conflicts.size() - shown_conflicts) + " more\n";
  }
  return text;
}

Result<Solution> follow(SolveHandle& handle, const std::function<void(const Event&)>& on_event) {
  // Every request ends with Done; the waiting time only bounds how long next() sleeps.
  for (;;) {
    auto event = handle.next(std::chrono::milliseconds(1000));
    if (!event) continue;
    if (auto* done = std::get_if<event::Done>(&*event)) return std::move(done->result);
    on_event(*event);
  }
}

}  // namespace trm::cli
