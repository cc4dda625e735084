#include "ui/jobs/solving.h"

#include <algorithm>
#include <utility>

#include "engine/solution_json.h"

namespace trm::ui {
namespace {

using namespace std::chrono_literals;

constexpr int kFewestEvents = 1024;  // a frame may be late
constexpr int kAtOnce = 4096;        // so that a fast engine never holds a frame up
constexpr const char* kReplaceKey = "editor";

std::size_t bytes_of(const event::Step& step) {
  std::size_t bytes = sizeof step + step.answer.cells.capacity() * sizeof(Cell) +
                      step.confidence.capacity() * sizeof(float) +
                      step.conflicts.capacity() * sizeof(Conflict);
  for (const Conflict& conflict : step.conflicts) bytes += conflict.message.capacity();
  return bytes;
}

}  // namespace

std::vector<std::size_t> Thinking::steps_of(int attempt, int query) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].attempt == attempt && steps[i].query == query) found.push_back(i);
  }
  return found;
}

Answer Thinking::answer_at(std::size_t step) const {
  Answer answer = question.puzzle().start_answer(question);
  std::vector<bool> known(answer.queries.size(), false);
  for (std::size_t i = step + 1; i-- > 0;) {
    const event::Step& one = steps[i];
    const auto query = static_cast<std::size_t>(one.query);
    if (one.attempt != steps[step].attempt || query >= known.size() || known[query]) continue;
    known[query] = true;
    if (one.answer.size() > 0) answer.queries[query] = {one.answer};
  }
  return answer;
}

std::vector<CellRef> Thinking::changed_at(std::size_t step) const {
  const event::Step& now = steps[step];
  Grid before;
  std::size_t i = step;
  while (i > 0 && (steps[i - 1].attempt != now.attempt || steps[i - 1].query != now.query)) --i;
  if (i > 0) {
    before = steps[i - 1].answer;
  } else {
    const Answer start = question.puzzle().start_answer(question);
    const auto query = static_cast<std::size_t>(now.query);
    if (query < start.queries.size()) before = start.best(query);
  }
  std::vector<CellRef> changed;
  for (int row = 0; row < now.answer.rows; ++row) {
    for (int col = 0; col < now.answer.cols; ++col) {
      if (before.contains(row, col) && before.at(row, col) == now.answer.at(row, col)) continue;
      changed.push_back({now.query, row, col});
    }
  }
  return changed;
}

Json thinking_to_json(const Thinking& thinking) {
  const Question& question = thinking.question;
  Json attempts = Json::array(), steps = Json::array();
  for (const auto& attempt : thinking.attempts) attempts.push(attempt_to_json(attempt));
  for (const auto& step : thinking.steps) steps.push(step_to_json(question, step));
  Json json = Json::object();
  json.set("puzzle", question.puzzle().name()).set("board", question.puzzle().to_json(question));
  json.set("attempts", std::move(attempts)).set("steps", std::move(steps));
  if (!thinking.end) return json;
  if (*thinking.end) return json.set("result", solution_to_json(thinking.end->value()));
  return json.set("error", error_members(thinking.end->error()));
}

void Solving::start(Solver& solver, SolveRequest request) {
  clear();
  thinking_.emplace(request.question);
  request.trace = true;
  request.max_events = std::max(request.max_events, kFewestEvents);
  if (request.replace_key.empty()) request.replace_key = kReplaceKey;
  auto handle = solver.submit(std::move(request));
  if (handle) {
    handle_.emplace(std::move(*handle));
  } else {
    thinking_->end = std::move(handle).error();
  }
}

void Solving::cancel() {
  if (handle_) handle_->cancel();
}

bool Solving::poll() {
  int taken = 0;
  while (handle_ && taken < kAtOnce) {
    auto event = handle_->next(0ms);
    if (!event) break;
    ++taken;
    if (auto* step = std::get_if<event::Step>(&*event)) keep(std::move(*step));
    if (auto* attempt = std::get_if<event::Attempt>(&*event))
      thinking_->attempts.push_back(std::move(*attempt));
    if (auto* fit = std::get_if<event::FitProgress>(&*event)) thinking_->fit = *fit;
    if (auto* done = std::get_if<event::Done>(&*event)) thinking_->end = std::move(done->result);
    if (thinking_->end) handle_.reset();
  }
  return taken > 0;
}

void Solving::keep(event::Step step) {
  if (step.attempt < first_kept_) return;
  const std::size_t bytes = bytes_of(step);
  kept_[step.attempt] += bytes;
  held_ += bytes;
  thinking_->steps.push_back(std::move(step));
  if (held_ > budget_ && kept_.size() > 1) shorten();
}

// Some more than must go: each time all steps that stay are moved.
void Solving::shorten() {
  while (held_ > budget_ / 4 * 3 && kept_.size() > 1) {
    held_ -= kept_.begin()->second;
    kept_.erase(kept_.begin());
    first_kept_ = kept_.begin()->first;
    thinking_->shortened = true;
  }
  std::erase_if(thinking_->steps,
                [&](const event::Step& step) { return step.attempt < first_kept_; });
}

void Solving::clear() {
  handle_.reset();
  thinking_.reset();
  kept_.clear();
  held_ = 0;
  first_kept_ = 0;
}

}  // namespace trm::ui
