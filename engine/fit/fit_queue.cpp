#include "engine/fit/fit_queue.h"

#include <algorithm>
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "engine/fit/fit_run.h"
#include "engine/guard.h"

namespace trm {
namespace {

// Of this thread and those that it starts: normal solves run at 0 and get nearly all of a core that
// both want.
void lower_priority() {
#if defined(__linux__)
  constexpr int kNice = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
#endif
}

// The share of the votes that agree with each cell of a grid.
std::vector<float> agreement(const Ballot& ballot, const Grid& grid) {
  std::vector<float> shares(grid.cells.size(), 0);
  for (const auto& candidate : ballot.ranked()) {
    if (candidate.grid.rows != grid.rows || candidate.grid.cols != grid.cols) continue;
    const float share = static_cast<float>(candidate.votes) / static_cast<float>(ballot.votes());
    for (std::size_t i = 0; i < shares.size(); ++i)
      shares[i] += candidate.grid.cells[i] == grid.cells[i] ? share : 0;
  }
  return shares;
}

/// The most voted candidates of each query.
using Ranking = std::vector<std::vector<Ballot::Candidate>>;

Ranking ranking_of(const FitOutcome& outcome, int wanted) {
  Ranking ranking;
  for (const Ballot& ballot : outcome.ballots) {
    auto ranked = ballot.ranked();
    ranked.resize(std::min(ranked.size(), static_cast<std::size_t>(wanted)));
    ranking.push_back(std::move(ranked));
  }
  return ranking;
}

// The candidates, and how many votes they had.
void put_candidates(const FitOutcome& outcome, const Ranking& ranking, Solution& solution,
                    FitReport& report) {
  double halt = 1;
  for (std::size_t query = 0; query < ranking.size(); ++query) {
    const Ballot& ballot = outcome.ballots[query];
    std::vector<Grid> grids;
    report.votes.emplace_back();
    report.all_votes.push_back(ballot.votes());
    for (const Ballot::Candidate& candidate : ranking[query]) {
      report.votes.back().push_back(candidate.votes);
      grids.push_back(candidate.grid);
    }
    halt = std::min(halt, grids.empty() ? 0 : ranking[query].front().mean_halt());
    solution.confidence.push_back(grids.empty() ? std::vector<float>()
                                                : agreement(ballot, grids.front()));
    solution.answer.queries.push_back(std::move(grids));
  }
  solution.halt_probability = static_cast<float>(halt);
}

Solution solution_of(const SolveRequest& request, const FitOutcome& outcome, const Ranking& ranking,
                     Stopped stopped) {
  Solution solution(request.question);
  solution.source = solution.model = "fit";
  solution.stopped = stopped;
  solution.attempts = 1;
  solution.attempt_description = "candidate 1";
  solution.attempt = 1;
  solution.total_steps = outcome.state.steps;
  solution.steps = 1;
  FitReport report{outcome.state, {}, {}};
  put_candidates(outcome, ranking, solution, report);
  solution.verdict = request.question.puzzle().check(request.question, solution.answer);
  if (solution.verdict.status == Status::unverified) {
    solution.verdict.evidence = outcome.evidence();
    if (outcome.plausible() && solution.verdict.conflicts.empty())
      solution.verdict.status = Status::plausible;
  }
  solution.fit = std::move(report);
  return solution;
}

// The weights' answer to the task as it stands, as a step of attempt 0.
void push_steps(SolveHandle::State& state, const FitLook& look, int step) {
  for (std::size_t query = 0; query < look.proposals.size(); ++query) {
    for (const Proposal& proposal : look.proposals[query]) {
      if (!proposal.plain) continue;
      state.push(event::Step{
          static_cast<int>(query), 0, step, proposal.grid, proposal.confidence, proposal.halt, {}});
      break;
    }
  }
}

// The candidates as attempts behind that of the network while it learned: "candidate 1", ...
void push_candidates(SolveHandle::State& state, const FitOutcome& outcome, const Ranking& ranking,
                     int wanted) {
  for (int i = 0; i < wanted; ++i) {
    const auto rank = static_cast<std::size_t>(i);
    state.push(event::Attempt{i + 1, "candidate " + std::to_string(i + 1)});
    for (std::size_t query = 0; query < ranking.size(); ++query) {
      if (rank >= ranking[query].size()) continue;
      const Ballot::Candidate& candidate = ranking[query][rank];
      state.push(event::Step{static_cast<int>(query),
                             i + 1,
                             1,
                             candidate.grid,
                             agreement(outcome.ballots[query], candidate.grid),
                             static_cast<float>(candidate.mean_halt()),
                             {}});
    }
  }
}

FitQueueOptions completed(FitQueueOptions options) {
  constexpr std::int64_t kMemory = std::int64_t{1} << 30;
  const int most = native::usable_threads();
  options.threads = options.threads > 0 ? std::min(options.threads, most) : most;
  if (options.max_memory == 0) options.max_memory = kMemory;
  return options;
}

}  // namespace

FitQueue::FitQueue(const FitQueueOptions& options, FittingNetFactory make)
    : options_(completed(options)), make_(std::move(make)) {}

FitQueue::~FitQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const Waiting& one : waiting_) one.state->finish(shutting_down_error());
}

int FitQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(waiting_.size());
}

Result<SolveHandle> FitQueue::submit(SolveRequest request) {
  const std::int64_t bytes = fit_bytes(request.question);
  if (bytes > options_.max_memory) {
    return fail(ErrorCode::out_of_memory,
                "a fit of this task takes about " + std::to_string(bytes) +
                    " bytes, max_memory allows " + std::to_string(options_.max_memory),
                "max_memory");
  }
  auto state = std::make_shared<SolveHandle::State>(request.deadline,
                                                    static_cast<std::size_t>(request.max_events));
  const std::string key = request.replace_key;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return shutting_down_error();
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    const auto older = take_keyed(key);
    std::erase_if(waiting_, [&](const Waiting& one) {
      return one.state != older && one.state->ended.load();
    });
    auto place = std::find_if(waiting_.begin(), waiting_.end(),
                              [&](const Waiting& one) { return one.state == older; });
    if (place != waiting_.end()) {
      *place = Waiting{std::move(request), state};
    } else if (static_cast<int>(waiting_.size()) >= options_.limit) {
      return fail(ErrorCode::busy, "the queue is full (" + std::to_string(options_.limit) +
                                       " fits): try again later");
    } else {
      const int priority = request.priority;
      place = std::find_if(waiting_.begin(), waiting_.end(),
                           [&](const Waiting& one) { return one.request.priority < priority; });
      waiting_.insert(place, Waiting{std::move(request), state});
    }
    // One that is refused must not have ended another.
    if (older) older->cancel(replaced_error());
    if (!key.empty()) keyed_[key] = state;
  }
  wake_.notify_one();
  return SolveHandle(std::move(state));
}

void FitQueue::replace(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto older = take_keyed(key)) older->cancel(replaced_error());
  keyed_.erase(key);
}

// The newest request with that key, if it has not ended; null: there is none.
std::shared_ptr<SolveHandle::State> FitQueue::take_keyed(const std::string& key) {
  std::erase_if(keyed_, [](const auto& one) {
    const auto state = one.second.lock();
    return !state || state->ended;
  });
  const auto found = keyed_.find(key);
  return key.empty() || found == keyed_.end() ? nullptr : found->second.lock();
}

void FitQueue::run() {
  lower_priority();
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    serve(next);
  }
}

void FitQueue::serve(const Waiting& next) {
  if (!next.state->begin()) return;
  next.state->finish(guarded([&] { return fitted(next); }));
}

bool FitQueue::over(const SolveHandle::State& state) const {
  return stopping_ || state.cancelled ||
         (state.deadline && SolveHandle::State::Clock::now() >= *state.deadline);
}

int FitQueue::networks_for(const Question& question) const {
  return std::clamp(static_cast<int>(options_.max_memory / fit_bytes(question)), 1,
                    options_.threads);
}

Result<Solution> FitQueue::fitted(const Waiting& next) {
  const SolveRequest& request = next.request;
  SolveHandle::State& state = *next.state;
  FitOptions options;
  options.seconds = request.fit_seconds > 0 ? request.fit_seconds : SolveRequest::kFitSeconds;
  options.seed = request.seed;
  options.networks = networks_for(request.question);
  if (!request.symmetries) options.images = options.poses = 1;
  int looks = 0;
  if (request.trace) state.push(event::Attempt{0, "plain"});
  FitWatch watch;
  watch.stop = [&] { return over(state); };
  watch.state = [&](const FitState& now) { state.push(event::FitProgress{now, options.seconds}); };
  watch.look = [&](const FitLook& look) {
    if (request.trace) push_steps(state, look, ++looks);
  };
  auto outcome = fit(request.question, options, make_, watch);
  if (!outcome) return std::move(outcome).error();
  if (stopping_) return shutting_down_error();
  if (outcome->stopped && !outcome->answered()) {
    return state.cancelled ? fail(ErrorCode::cancelled, "cancelled before the first answer")
                           : fail(ErrorCode::deadline_exceeded,
                                  "the deadline passed before the first answer", "deadline_ms");
  }
  const Ranking ranking = ranking_of(*outcome, request.candidates());
  if (request.trace) push_candidates(state, *outcome, ranking, request.candidates());
  Stopped stopped = outcome->convinced ? Stopped::fitted : Stopped::fit_seconds;
  if (outcome->stopped) stopped = state.cancelled ? Stopped::cancelled : Stopped::deadline;
  return solution_of(request, *outcome, ranking, stopped);
}

}  // namespace trm
