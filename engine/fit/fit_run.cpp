#include "engine/fit/fit_run.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <mutex>
#include <optional>
#include <set>

#include "engine/guard.h"

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

// Of the time that is left, for learning without the demonstration that is held out.
constexpr double kHeldOutShare = 0.45;
// Seconds until the first look; each pause is longer than the one before, and than looking takes.
constexpr double kFirstLook = 0.5, kLonger = 1.25, kLookShare = 0.1;
// Demonstrations that must be answered while they are held out before an answer is plausible: one
// is often answered by chance, or by a rule that is not the task's.
constexpr int kConvincing = 2;
// Looks in a row that must agree that a part is done, and after which learning by heart is given up
// on.
constexpr int kSureLooks = 2, kByHeartLooks = 4;
// A further round needs so much of the time that the last one took.
constexpr double kRoundShare = 0.35;
constexpr int kWarmUpSteps = 20;
// The learning rate falls over the last part of a part's time, so that the weights settle.
constexpr double kFall = 0.3, kLeastRate = 0.02;
constexpr std::chrono::milliseconds kReport{250};
constexpr double kLossMemory = 0.05;
constexpr int kMostOverflows = 50;

std::vector<FitQuery> queries_of(const Question& question) {
  std::vector<FitQuery> queries;
  for (int query = 0; query < question.puzzle().queries(question); ++query)
    queries.push_back({question, query});
  return queries;
}

// Whether a demonstration's answer shows no value that neither its question nor the others' answers
// show: else nobody could give it.
bool answerable(const std::vector<std::pair<Question, Answer>>& examples, std::size_t held) {
  std::vector<bool> known(256, false);
  const auto show = [&](const Grid& grid) {
    for (const Cell cell : grid.cells) known[cell] = true;
  };
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (i != held) show(examples[i].second.best());
  }
  for (const NamedGrid& named : examples[held].first.grids()) show(named.grid);
  const auto& cells = examples[held].second.best().cells;
  return std::all_of(cells.begin(), cells.end(), [&](Cell cell) { return known[cell]; });
}

// What the networks of a fit share. Thread-safe but for the constant members.
class Shared {
 public:
  Shared(const Question& asked, const FitOptions& fit_options, const FittingNetFactory& factory,
         const FitWatch& fit_watch)
      : question(asked),
        options(fit_options),
        make(factory),
        examples(asked.puzzle().examples(asked)),
        watch_(fit_watch) {
    outcome_.ballots.resize(static_cast<std::size_t>(question.puzzle().queries(question)));
    best_.demonstrations = static_cast<int>(examples.size());
  }

  const Question& question;
  const FitOptions& options;
  const FittingNetFactory& make;
  const std::vector<std::pair<Question, Answer>> examples;

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  int next_round() { return rounds_++; }
  void count_step() { ++steps_; }

  /// Whether all networks have to stop.
  bool over() {
    if (over_) return true;
    if (!watch_.stop || !watch_.stop()) return false;
    const std::lock_guard lock(mutex_);
    outcome_.stopped = over_ = true;
    return true;
  }

  /// A network has answered the demonstration that it had not learned from.
  void answered(std::size_t held) {
    const std::lock_guard lock(mutex_);
    answered_.insert(held);
  }

  /// A network has answered the one that was held out, and then reproduced all. Enough such end the
  /// fit.
  void complete(std::size_t held) {
    const std::lock_guard lock(mutex_);
    completed_.insert(held);
    if (static_cast<int>(completed_.size()) >= kConvincing) outcome_.convinced = over_ = true;
  }

  /// One network less; the others go on.
  void fail_with(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }

  // Votes of weights of which more is known to be right replace those of others: of the second part
  // of a round, of those that reproduce all that they have learned from, of rounds in which the
  // demonstration that was held out was answered.
  void vote(const FitState& state, int learned, bool held_right, const FitLook& look) {
    const int rank = 4 * (state.learning_all && held_right) + 2 * state.learning_all +
                     (state.reproduced == learned);
    const std::lock_guard lock(mutex_);
    if (rank < rank_) return;
    if (rank > rank_) outcome_.ballots.assign(outcome_.ballots.size(), {});
    rank_ = rank;
    best_ = state;
    for (std::size_t query = 0; query < look.proposals.size(); ++query) {
      for (const Proposal& p : look.proposals[query]) outcome_.ballots[query].add(p.grid, p.halt);
    }
  }

  void report(const FitState& state) const {
    if (watch_.state) watch_.state(of_all(state));
  }
  void show(const FitLook& look) const {
    if (watch_.look) watch_.look(look);
  }

  /// When all networks have stopped.
  Result<FitOutcome> end() {
    if (error_ && !outcome_.answered()) return *error_;
    outcome_.state = of_all(best_);
    return std::move(outcome_);
  }

 private:
  // A network's state with what all of them have come to.
  FitState of_all(FitState state) const {
    state.seconds = seconds();
    state.steps = steps_;
    const std::lock_guard lock(mutex_);
    state.held_out = static_cast<int>(answered_.size());
    return state;
  }

  const FitWatch& watch_;
  const Clock::time_point start_ = Clock::now();
  std::atomic<int> rounds_{0};
  std::atomic<std::int64_t> steps_{0};
  std::atomic<bool> over_{false};
  mutable std::mutex mutex_;  // guards what follows
  FitOutcome outcome_;
  FitState best_;  // of the weights whose votes count
  int rank_ = 0;
  std::set<std::size_t> answered_;   // while they were held out
  std::set<std::size_t> completed_;  // of them: all were reproduced afterwards
  std::optional<Error> error_;
};

// One network after another on one thread.
class Worker {
 public:
  /// Only the first one tells how it goes: several would contradict each other.
  Worker(Shared& shared, bool first)
      : shared_(shared), first_(first), images_(shared.options.images) {
    state_.demonstrations = static_cast<int>(shared.examples.size());
  }

  void run() noexcept {
    try {
      for (double took = 0; !shared_.over() && time_left() > kRoundShare * took;) {
        const double begun = shared_.seconds();
        if (auto done = round(shared_.next_round()); !done) return shared_.fail_with(done.error());
        took = shared_.seconds() - begun;
      }
    } catch (...) {
      shared_.fail_with(current_error());
    }
  }

  const FitState& state() const { return state_; }

 private:
  enum class Look { go_on, done, give_up };

  double time_left() const { return shared_.options.seconds - shared_.seconds(); }

  // Fresh weights, another demonstration held out, then all of them.
  Result<void> round(int number) {
    net_.reset();
    state_.reproduced = 0;
    held_right_ = state_.learning_all = false;
    const auto held = held_in(number);
    if (held) {
      if (auto tried = hold_out(*held, number); !tried) return tried;
    }
    if (shared_.over()) return {};
    auto task =
        FitTask::make(shared_.question, queries_of(shared_.question), shared_.options.poses);
    if (!task) return std::move(task).error();
    if (auto begun = begin(std::move(*task), number); !begun) return begun;
    state_.learning_all = true;
    state_.reproduced = 0;
    const auto learned = learn(time_left(), [&] { return look_at_all(); });
    if (learned && sure_ && held_right_) shared_.complete(*held);
    return learned;
  }

  Result<void> begin(FitTask task, int number) {
    task_ = std::make_shared<const FitTask>(std::move(task));
    if (net_) return net_->move_to(task_);
    auto made = shared_.make(task_, shared_.options.seed + static_cast<std::uint64_t>(number));
    if (!made) return made.error();
    net_ = std::move(*made);
    return {};
  }

  // The demonstration to hold out in a round: the last first, only such as can be answered; nothing
  // for a task with one demonstration.
  std::optional<std::size_t> held_in(int number) const {
    const std::size_t count = shared_.examples.size();
    if (count < 2) return std::nullopt;
    std::vector<std::size_t> order;
    for (std::size_t i = count; i-- > 0;) {
      if (answerable(shared_.examples, i)) order.push_back(i);
    }
    if (order.empty()) order.push_back(count - 1);
    return order[static_cast<std::size_t>(number) % order.size()];
  }

  Result<void> hold_out(std::size_t held, int number) {
    const Question& question = shared_.question;
    auto others = question.puzzle().apply(question, RemoveExample{static_cast<int>(held)});
    if (!others) return others.error();
    auto queries = queries_of(question);
    queries.push_back({shared_.examples[held].first, 0});
    auto task = FitTask::make(*others, queries, shared_.options.poses);
    if (!task) return std::move(task).error();
    if (auto begun = begin(std::move(*task), number); !begun) return begun;
    const Grid& wanted = shared_.examples[held].second.best();
    auto learned = learn(kHeldOutShare * time_left(), [&] { return look_at_held(wanted); });
    held_right_ = learned && sure_;
    if (held_right_) shared_.answered(held);
    return learned;
  }

  // Trains for so long, or until looks agree that it is done or in vain.
  template <class LookAt>
  Result<void> learn(double time, LookAt&& look_at) {
    const double begin = shared_.seconds();
    double pause = kFirstLook, next_look = begin + pause;
    int done = 0, in_vain = 0, steps = 0, overflows = 0;
    sure_ = false;
    while (!shared_.over() && shared_.seconds() - begin < time) {
      if (shared_.seconds() >= next_look) {
        const double before = shared_.seconds();
        const Look seen = look_at();
        const double took = shared_.seconds() - before;
        pause = std::max(kLonger * pause, took / kLookShare);
        // Large tasks: fewer images, so that most of the time is left to learn.
        if (took > kLookShare * shared_.options.seconds) images_ = std::max(1, images_ / 2);
        next_look = shared_.seconds() + pause;
        done = seen == Look::done ? done + 1 : 0;
        in_vain = seen == Look::give_up ? in_vain + 1 : 0;
        sure_ = done >= kSureLooks;
        if (sure_ || in_vain >= kByHeartLooks) return {};
      }
      const double left = (time - (shared_.seconds() - begin)) / (kFall * time);
      const double warm = std::min(1.0, ++steps / static_cast<double>(kWarmUpSteps));
      const double loss = net_->train(std::clamp(left + kLeastRate, kLeastRate, warm));
      if (std::isfinite(loss)) {
        overflows = 0;
        count(loss);
      } else if (++overflows > kMostOverflows) {
        return fail(ErrorCode::backend_failed, "fitting overflows at every step");
      }
    }
    if (!shared_.over()) sure_ = look_at() == Look::done;
    return {};
  }

  void count(double loss) {
    state_.loss = counted_ ? state_.loss + kLossMemory * (loss - state_.loss) : loss;
    counted_ = true;
    shared_.count_step();
    if (!first_ || Clock::now() < next_report_) return;
    next_report_ = Clock::now() + kReport;
    shared_.report(state_);
  }

  // A look that is cut short, because the fit is over, counts for nothing.
  void look_at_demonstrations() {
    int right = 0;
    for (int i = 0; i < task_->demonstrations(); ++i) {
      if (shared_.over()) return;
      const auto proposals = net_->propose(i, 1);
      right += !proposals.empty() && proposals.front().grid == task_->output(i);
    }
    state_.reproduced = right;
  }

  Look look_at_held(const Grid& wanted) {
    look_at_demonstrations();
    Ballot ballot;
    const int board = task_->demonstrations() + task_->queries() - 1;
    if (shared_.over()) return Look::go_on;
    for (const Proposal& p : net_->propose(board, images_)) ballot.add(p.grid, p.halt);
    look_at_queries();
    if (!ballot.empty() && ballot.best(1).front() == wanted) return Look::done;
    const bool by_heart = state_.reproduced == task_->demonstrations();
    return by_heart ? Look::give_up : Look::go_on;
  }

  Look look_at_all() {
    look_at_demonstrations();
    look_at_queries();
    return state_.reproduced == state_.demonstrations ? Look::done : Look::go_on;
  }

  void look_at_queries() {
    FitLook look;
    const int queries = shared_.question.puzzle().queries(shared_.question);
    for (int query = 0; query < queries; ++query) {
      if (shared_.over()) return;
      look.proposals.push_back(net_->propose(task_->demonstrations() + query, images_));
    }
    shared_.vote(state_, task_->demonstrations(), held_right_, look);
    if (first_) shared_.show(look);
  }

  Shared& shared_;
  const bool first_;
  int images_;  // that vote at a time
  std::shared_ptr<const FitTask> task_;
  std::unique_ptr<FittingNet> net_;
  FitState state_;
  bool counted_ = false;     // state_.loss is one
  bool sure_ = false;        // the last part ended because looks agreed that it was done
  bool held_right_ = false;  // this network answered what was held out
  Clock::time_point next_report_;
};

}  // namespace

bool FitOutcome::answered() const {
  return std::any_of(ballots.begin(), ballots.end(),
                     [](const Ballot& ballot) { return !ballot.empty(); });
}

bool FitOutcome::plausible() const {
  const bool complete = std::none_of(ballots.begin(), ballots.end(),
                                     [](const Ballot& ballot) { return ballot.empty(); });
  return complete && convinced;
}

std::string FitOutcome::evidence() const {
  if (!state.learning_all && state.demonstrations > 1) {
    return "stopped while one was held out: " + std::to_string(state.reproduced) +
           " of the other " + std::to_string(state.demonstrations - 1) +
           " demonstrations reproduced";
  }
  std::string text = std::to_string(state.reproduced) + " of " +
                     std::to_string(state.demonstrations) + " demonstrations reproduced";
  if (state.demonstrations > 1) {
    text += ", " + (state.held_out > 0 ? std::to_string(state.held_out) : std::string("none")) +
            " answered while held out";
  }
  return text;
}

std::int64_t fit_bytes(const Question& question) {
  // Measured with pairs of 30x30: two rows of what a step keeps of a position, and eight lanes.
  constexpr std::int64_t kOfPosition = 16'000, kOfNetwork = 16 << 20;
  std::int64_t positions = 0;
  for (const auto& [shown, answer] : question.puzzle().examples(question)) {
    const Grid& input = question.puzzle().query_input(shown, 0);
    const Grid& output = answer.best();
    // With end markers on two sides.
    positions += std::int64_t{std::max(input.rows, output.rows) + 1} *
                 (std::max(input.cols, output.cols) + 1);
  }
  return kOfNetwork + positions * kOfPosition;
}

Result<FitOutcome> fit(const Question& question, const FitOptions& options,
                       const FittingNetFactory& make, const FitWatch& watch) {
  Shared shared(question, options, make, watch);
  std::vector<std::future<void>> others;
  try {
    for (int i = 1; i < options.networks; ++i) {
      others.push_back(std::async(std::launch::async, [&shared] { Worker(shared, false).run(); }));
    }
  } catch (const std::exception&) {  // no further thread: fewer networks do
  }
  Worker first(shared, true);
  first.run();
  for (const auto& other : others) {
    while (other.wait_for(kReport) != std::future_status::ready) shared.report(first.state());
  }
  return shared.end();
}

}  // namespace trm
