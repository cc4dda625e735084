#include "engine/job.h"

#include <algorithm>

namespace trm {
namespace {

constexpr std::int64_t kFallbackNodes = 5'000'000;

// Confidence of each cell of a query's grid from the confidence of the token positions.
std::vector<float> by_cell(const TokenLayout& layout, const std::vector<float>& by_position,
                           const Grid& grid) {
  std::vector<float> cells(grid.cells.size(), 0.0f);
  for (std::size_t p = 0; p < layout.positions.size() && p < by_position.size(); ++p) {
    const Position& position = layout.positions[p];
    if (position.role == Role::cell && grid.contains(position.row, position.col)) {
      cells[grid.index(position.row, position.col)] = by_position[p];
    }
  }
  return cells;
}

}  // namespace

float Job::Found::least_halt() const {
  return q_halt.empty() ? 0 : *std::min_element(q_halt.begin(), q_halt.end());
}

Job::Job(SolveRequest request, std::shared_ptr<BackendUnit> unit,
         std::shared_ptr<SolveHandle::State> state)
    : request_(std::move(request)),
      unit_(std::move(unit)),
      state_(std::move(state)),
      queries_(request_.question.puzzle().queries(request_.question)),
      mapped_(request_.question),
      candidates_(static_cast<std::size_t>(queries_)) {}

bool Job::start() {
  std::vector<int> free;
  for (std::size_t s = 0; s < unit_->busy.size() && static_cast<int>(free.size()) < queries_; ++s) {
    if (!unit_->busy[s]) free.push_back(static_cast<int>(s));
  }
  if (static_cast<int>(free.size()) < queries_) return false;
  slots_ = std::move(free);
  for (const int s : slots_) unit_->busy[static_cast<std::size_t>(s)] = true;
  if (auto loaded = load_attempt(); !loaded) fail_with(loaded.error());
  return true;
}

void Job::release() {
  for (const int s : slots_) unit_->busy[static_cast<std::size_t>(s)] = false;
  slots_.clear();
}

Result<void> Job::load_attempt() {
  const Puzzle& puzzle = request_.question.puzzle();
  step_ = 0;
  std::string description = "plain";
  if (attempt_ == 0) {
    mapped_ = request_.question;
    back_.reset();
  } else {
    Rng rng = Rng::stream(request_.seed, static_cast<std::uint64_t>(attempt_));
    const auto symmetry = puzzle.symmetry(rng, request_.question);
    mapped_ = symmetry->apply(request_.question);
    back_ = symmetry->inverse();
    description = symmetry->description();
  }
  state_->push(event::Attempt{attempt_, description});
  for (int q = 0; q < queries_; ++q) {
    SlotInput input = slot_input(mapped_, q);
    input.seed = request_.seed + static_cast<std::uint64_t>(attempt_);
    if (auto loaded = unit_->backend->load(slots_[static_cast<std::size_t>(q)], input); !loaded) {
      return loaded;
    }
  }
  return {};
}

bool Job::interrupted() {
  if (state_->cancelled) {
    if (steps_total_ == 0) {
      fail_with(fail(ErrorCode::cancelled, "cancelled before the first step"));
    } else {
      end(Stopped::cancelled);
    }
    return true;
  }
  if (request_.deadline && std::chrono::steady_clock::now() - submitted_ >= *request_.deadline) {
    if (steps_total_ == 0) {
      fail_with(fail(ErrorCode::deadline_exceeded, "the deadline passed before the first step",
                     "deadline_ms"));
    } else {
      end(Stopped::deadline);
    }
    return true;
  }
  return false;
}

Job::Found Job::read() const {
  const Puzzle& puzzle = request_.question.puzzle();
  Found found;
  found.steps = step_;
  for (int q = 0; q < queries_; ++q) {
    const SlotOutput& output = unit_->backend->read(slots_[static_cast<std::size_t>(q)]);
    found.q_halt.push_back(output.q_halt);
    auto grid = puzzle.decode(mapped_, q, output.tokens);
    if (grid) {
      found.confidence.push_back(by_cell(puzzle.layout(mapped_, q), output.confidence, *grid));
      found.answer.queries.push_back({std::move(*grid)});
    } else {
      found.confidence.emplace_back();
      found.answer.queries.emplace_back();  // tokens that are no board: no candidate yet
    }
  }
  if (back_) {
    found.answer = back_->apply(found.answer);
    for (int q = 0; q < queries_; ++q) {
      auto& cells = found.confidence[static_cast<std::size_t>(q)];
      cells = back_->apply_cells(q, cells);
    }
  }
  const bool whole = std::none_of(found.answer.queries.begin(), found.answer.queries.end(),
                                  [](const auto& candidates) { return candidates.empty(); });
  if (whole) {
    found.verdict = puzzle.check(request_.question, found.answer);
  } else {
    found.verdict.conflicts.push_back({{0, 0, 0}, "the tokens stand for no board yet"});
  }
  return found;
}

void Job::report(const Found& found) {
  if (!request_.trace) return;
  for (int q = 0; q < queries_; ++q) {
    const auto i = static_cast<std::size_t>(q);
    if (found.answer.queries[i].empty()) continue;
    event::Step step{
        q, attempt_, step_, found.answer.queries[i].front(), found.confidence[i], found.q_halt[i],
        {}};
    for (const Conflict& conflict : found.verdict.conflicts) {
      if (conflict.cell.grid == q) step.conflicts.push_back(conflict);
    }
    state_->push(std::move(step));
  }
}

bool Job::better(const Found& a, const Found& b) const {
  const auto empty = [](const Found& f) {
    return std::count_if(f.answer.queries.begin(), f.answer.queries.end(),
                         [](const auto& candidates) { return candidates.empty(); });
  };
  const auto rank = [&](const Found& f) {
    return std::tuple(static_cast<int>(f.verdict.status), empty(f), f.verdict.conflicts.size(),
                      -f.least_halt());
  };
  return rank(a) < rank(b);
}

void Job::collect_candidates(const Found& found) {
  for (std::size_t q = 0; q < candidates_.size(); ++q) {
    if (found.answer.queries[q].empty()) continue;
    const Grid& grid = found.answer.queries[q].front();
    auto& list = candidates_[q];
    const auto same =
        std::find_if(list.begin(), list.end(), [&](const auto& c) { return c.first == grid; });
    if (same == list.end()) {
      list.emplace_back(grid, found.q_halt[q]);
    } else {
      same->second = std::max(same->second, found.q_halt[q]);
    }
  }
}

void Job::after_step() {
  ++step_;
  ++steps_total_;
  Found found = read();
  report(found);
  const bool verified = found.verdict.status == Status::verified;
  const bool checks = request_.question.puzzle().info().checks;
  const bool halted = !checks && found.least_halt() > 0.5f;
  const bool last = step_ >= request_.max_steps;
  if (!checks && (halted || last)) collect_candidates(found);
  if (!best_ || better(found, *best_)) best_ = std::move(found);
  if (verified) return end(Stopped::verified);
  if (interrupted()) return;
  if (!halted && !last) return;
  if (++attempt_ < request_.attempts) {
    if (auto loaded = load_attempt(); !loaded) fail_with(loaded.error());
    return;
  }
  --attempt_;
  if (checks && request_.fallback == Fallback::exact && request_.question.puzzle().info().solves) {
    wants_fallback_ = true;
    return;
  }
  end(halted ? Stopped::halted : Stopped::max_steps);
}

Solution Job::make_solution(Stopped stopped) {
  Solution solution(request_.question);
  const BackendInfo& info = unit_->backend->info();
  solution.model = info.model.name.empty() ? info.name : info.model.name;
  solution.source = info.name == "torch" ? "model" : info.name;
  solution.attempts = attempt_ + 1;
  solution.stopped = stopped;
  if (best_) {
    solution.answer = best_->answer;
    solution.verdict = best_->verdict;
    solution.confidence = best_->confidence;
    solution.steps = best_->steps;
    solution.halt_probability = best_->least_halt();
  }
  // Several candidates count only where the rules cannot pick one.
  const int wanted = request_.answers_per_query > 0
                         ? request_.answers_per_query
                         : request_.question.puzzle().answers_per_query();
  for (std::size_t q = 0; q < candidates_.size() && !candidates_[q].empty(); ++q) {
    auto list = candidates_[q];
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    solution.answer.queries.resize(candidates_.size());
    solution.answer.queries[q].clear();
    for (int i = 0; i < wanted && i < static_cast<int>(list.size()); ++i) {
      solution.answer.queries[q].push_back(list[static_cast<std::size_t>(i)].first);
    }
  }
  if (!candidates_.empty() && !candidates_.front().empty()) {
    solution.verdict = request_.question.puzzle().check(request_.question, solution.answer);
  }
  solution.time_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - submitted_)
          .count();
  return solution;
}

void Job::end(Stopped stopped) {
  ended_ = true;
  state_->finish(make_solution(stopped));
}

void Job::fail_with(Error error) {
  ended_ = true;
  state_->finish(std::move(error));
}

void Job::run_fallback() {
  ExactLimits limits;
  limits.solutions = 1;
  limits.nodes = kFallbackNodes;
  const Puzzle& puzzle = request_.question.puzzle();
  const auto exact = puzzle.solve_exact(request_.question, limits);
  Solution solution = make_solution(Stopped::max_steps);
  if (exact && !exact->solutions.empty()) {
    solution.answer = exact->solutions.front();
    solution.verdict = puzzle.check(request_.question, solution.answer);
    solution.confidence.clear();
    solution.source = "exact";
    solution.stopped = Stopped::fallback;
  } else if (exact && exact->complete) {
    solution.verdict.evidence = "the rule solver found that there is no solution";
  }
  solution.time_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - submitted_)
          .count();
  ended_ = true;
  state_->finish(std::move(solution));
}

}  // namespace trm
