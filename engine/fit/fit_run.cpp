#include "engine/fit/fit_run.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace trm {
namespace {

using Clock = std::chrono::steady_clock;

// Of the time that is left, for learning without the demonstration that is held out.
constexpr double kHeldOutShare = 0.45;
// Seconds until the first look; each pause is longer than the one before, and than looking takes.
constexpr double kFirstLook = 0.5, kLonger = 1.25, kLookShare = 0.1;
// Looks in a row that must agree that a part is done, and after which learning by heart is given up
// on.
constexpr int kSureLooks = 2, kByHeartLooks = 4;
// A further round needs so much of the time that the last one took.
constexpr double kRoundShare = 0.7;
constexpr int kWarmUpSteps = 20;
// The learning rate falls over the last part of a part's time, so that the weights settle.
constexpr double kFall = 0.3, kLeastRate = 0.02;
constexpr double kReportSeconds = 0.25;
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

class Fit {
 public:
  Fit(const Question& question, const FitOptions& options, const FittingNetFactory& make,
      const FitWatch& watch)
      : question_(question),
        options_(options),
        make_(make),
        watch_(watch),
        examples_(question.puzzle().examples(question)) {
    outcome_.ballots.resize(static_cast<std::size_t>(question.puzzle().queries(question)));
    outcome_.state.demonstrations = static_cast<int>(examples_.size());
  }

  Result<FitOutcome> run() {
    for (int number = 0;; ++number) {
      const double begun = seconds();
      if (auto done = round(number); !done) return std::move(done).error();
      if (stopped() || outcome_.early) break;
      if (options_.seconds - seconds() < kRoundShare * (seconds() - begun)) break;
    }
    FitState& state = outcome_.state;
    state.seconds = seconds();
    state.reproduced = best_.reproduced;
    state.held_out_right = best_.held_out_right;
    state.learning_all = best_.learning_all;
    return std::move(outcome_);
  }

 private:
  enum class Look { go_on, done, give_up };

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  bool stopped() {
    outcome_.stopped = outcome_.stopped || (watch_.stop && watch_.stop());
    return outcome_.stopped;
  }

  // Fresh weights, another demonstration held out, then all of them.
  Result<void> round(int number) {
    FitState& state = outcome_.state;
    net_.reset();
    state.reproduced = 0;
    state.held_out_right = state.learning_all = false;
    if (auto held = hold_out(number); !held) return held;
    if (stopped()) return {};
    auto task = FitTask::make(question_, queries_of(question_), options_.poses);
    if (!task) return std::move(task).error();
    if (auto begun = begin(std::move(*task), number); !begun) return begun;
    state.learning_all = true;
    state.reproduced = 0;
    auto learned = learn(options_.seconds - seconds(), [&] { return look_at_all(); });
    outcome_.early = state.reproduced == state.demonstrations &&
                     (state.held_out_right || !state.held_out) && sure_;
    return learned;
  }

  Result<void> begin(FitTask task, int number) {
    task_ = std::make_shared<const FitTask>(std::move(task));
    if (net_) return net_->move_to(task_);
    auto made = make_(task_, options_.seed + static_cast<std::uint64_t>(number));
    if (!made) return made.error();
    net_ = std::move(*made);
    return {};
  }

  // The demonstration to hold out in a round: the last first, only such as can be answered; nothing
  // for a task with one demonstration.
  std::optional<std::size_t> held_in(int number) const {
    std::vector<std::size_t> order;
    for (std::size_t i = examples_.size(); examples_.size() > 1 && i-- > 0;) {
      if (answerable(examples_, i)) order.push_back(i);
    }
    if (order.empty() && examples_.size() > 1) order.push_back(examples_.size() - 1);
    if (order.empty()) return std::nullopt;
    return order[static_cast<std::size_t>(number) % order.size()];
  }

  Result<void> hold_out(int number) {
    const auto held = held_in(number);
    if (!held) return {};
    auto others = question_.puzzle().apply(question_, RemoveExample{static_cast<int>(*held)});
    if (!others) return others.error();
    auto queries = queries_of(question_);
    queries.push_back({examples_[*held].first, 0});
    auto task = FitTask::make(*others, queries, options_.poses);
    if (!task) return std::move(task).error();
    if (auto begun = begin(std::move(*task), number); !begun) return begun;
    outcome_.state.held_out = true;
    const Grid& wanted = examples_[*held].second.best();
    const double left = options_.seconds - seconds();
    return learn(kHeldOutShare * left, [&] { return look_at_held(wanted); });
  }

  // Trains for so long, or until looks agree that it is done or in vain.
  template <class LookAt>
  Result<void> learn(double time, LookAt&& look_at) {
    const double begin = seconds();
    double pause = kFirstLook, next_look = begin + pause;
    int done = 0, in_vain = 0, steps = 0, overflows = 0;
    sure_ = false;
    while (!stopped() && seconds() - begin < time) {
      if (seconds() >= next_look) {
        const double before = seconds();
        const Look seen = look_at();
        pause = std::max(kLonger * pause, (seconds() - before) / kLookShare);
        next_look = seconds() + pause;
        done = seen == Look::done ? done + 1 : 0;
        in_vain = seen == Look::give_up ? in_vain + 1 : 0;
        sure_ = done >= kSureLooks;
        if (sure_ || in_vain >= kByHeartLooks) return {};
      }
      const double left = (time - (seconds() - begin)) / (kFall * time);
      const double loss = net_->train(
          std::clamp(left + kLeastRate, kLeastRate, std::min(1.0, (++steps + 0.0) / kWarmUpSteps)));
      if (std::isfinite(loss)) {
        count(loss);
      } else if (++overflows > kMostOverflows) {
        return fail(ErrorCode::backend_failed, "fitting overflows at every step");
      }
      report();
    }
    if (!outcome_.stopped) sure_ = look_at() == Look::done;
    return {};
  }

  void count(double loss) {
    FitState& state = outcome_.state;
    state.loss = state.steps == 0 ? loss : state.loss + kLossMemory * (loss - state.loss);
    ++state.steps;
  }

  void report() {
    outcome_.state.seconds = seconds();
    if (!watch_.state || seconds() < next_report_) return;
    next_report_ = seconds() + kReportSeconds;
    watch_.state(outcome_.state);
  }

  void look_at_demonstrations() {
    int right = 0;
    for (int i = 0; i < task_->demonstrations(); ++i) {
      const auto proposals = net_->propose(i, 1);
      right += !proposals.empty() && proposals.front().grid == task_->output(i);
    }
    outcome_.state.reproduced = right;
  }

  Look look_at_held(const Grid& wanted) {
    look_at_demonstrations();
    Ballot ballot;
    const int board = task_->demonstrations() + task_->queries() - 1;
    for (const Proposal& p : net_->propose(board, options_.images)) ballot.add(p.grid, p.halt);
    const bool right = !ballot.empty() && ballot.best(1).front() == wanted;
    outcome_.state.held_out_right = right;
    vote();
    if (right) return Look::done;
    const bool by_heart = outcome_.state.reproduced == task_->demonstrations();
    return by_heart ? Look::give_up : Look::go_on;
  }

  Look look_at_all() {
    look_at_demonstrations();
    vote();
    const bool all = outcome_.state.reproduced == outcome_.state.demonstrations;
    return all ? Look::done : Look::go_on;
  }

  // Votes of weights of which more is known to be right replace those of others: of the second part
  // of a round, of those that reproduce all that they have learned from, of rounds in which the
  // demonstration that was held out was answered.
  void vote() {
    const FitState& state = outcome_.state;
    const int rank = 4 * (state.learning_all && state.held_out_right) + 2 * state.learning_all +
                     (state.reproduced == task_->demonstrations());
    if (rank > rank_) outcome_.ballots.assign(outcome_.ballots.size(), {});
    if (rank >= rank_) best_ = state;
    FitLook look{state, {}};
    for (std::size_t query = 0; query < outcome_.ballots.size(); ++query) {
      look.proposals.push_back(
          net_->propose(task_->demonstrations() + static_cast<int>(query), options_.images));
      if (rank < rank_) continue;
      for (const Proposal& p : look.proposals.back()) outcome_.ballots[query].add(p.grid, p.halt);
    }
    rank_ = std::max(rank, rank_);
    if (watch_.look) watch_.look(look);
  }

  const Question& question_;
  const FitOptions& options_;
  const FittingNetFactory& make_;
  const FitWatch& watch_;
  const std::vector<std::pair<Question, Answer>> examples_;
  const Clock::time_point start_ = Clock::now();
  double next_report_ = 0;
  std::shared_ptr<const FitTask> task_;
  std::unique_ptr<FittingNet> net_;
  bool sure_ = false;  // the last part ended because looks agreed that it was done
  FitOutcome outcome_;
  FitState best_;  // of the weights whose votes count
  int rank_ = 0;
};

}  // namespace

bool FitOutcome::plausible() const {
  const bool answered = std::none_of(ballots.begin(), ballots.end(),
                                     [](const Ballot& ballot) { return ballot.empty(); });
  return answered && state.learning_all && state.reproduced == state.demonstrations &&
         state.held_out_right;
}

std::string FitOutcome::evidence() const {
  std::string text = std::to_string(state.reproduced) + " of " +
                     std::to_string(state.demonstrations) + " demonstrations reproduced";
  if (state.held_out)
    text += state.held_out_right ? ", one of them while it was held out"
                                 : ", none while it was held out";
  return text;
}

Result<FitOutcome> fit(const Question& question, const FitOptions& options,
                       const FittingNetFactory& make, const FitWatch& watch) {
  return Fit(question, options, make, watch).run();
}

}  // namespace trm
