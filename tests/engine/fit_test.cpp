// Fitting without a network that learns: sizes, scenes, votes, what is done when, and the queue.
// The network itself is tested in tests/torch.
#include <atomic>
#include <thread>

#include "engine/ballot.h"
#include "engine/fit/fit_queue.h"
#include "engine/fit/fit_run.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

using std::chrono::milliseconds;

Question task_of(const std::string& text) {
  const auto question = (*find_puzzle("arc"))->parse(text);
  if (!question) FAIL(question.error().message);
  return *question;
}

// Three demonstrations: 1 becomes 2, 3 becomes 4.
const char* const kRecolour = "10/03>20/04|013/111>024/222|3/1>4/2|110/300>?";

std::vector<FitQuery> queries_of(const Question& question) {
  std::vector<FitQuery> queries;
  for (int q = 0; q < question.puzzle().queries(question); ++q) queries.push_back({question, q});
  return queries;
}

FitTask fit_task(const Question& question, int poses = 8) {
  auto task = FitTask::make(question, queries_of(question), poses);
  if (!task) FAIL(task.error().message);
  return std::move(*task);
}

using Sizes = std::vector<std::pair<BoardSize, BoardSize>>;

TEST_CASE("Sizes of answers follow the rule that the demonstrations share", "[fit]") {
  struct Case {
    Sizes pairs;
    BoardSize asked, answer;
  };
  const Case cases[] = {{{{{3, 4}, {3, 4}}, {{5, 2}, {5, 2}}}, {7, 7}, {7, 7}},
                        {{{{3, 4}, {1, 1}}, {{5, 2}, {1, 1}}}, {7, 7}, {1, 1}},
                        {{{{3, 4}, {4, 3}}, {{5, 2}, {2, 5}}}, {7, 8}, {8, 7}},
                        {{{{3, 3}, {9, 9}}, {{2, 2}, {6, 6}}}, {4, 5}, {12, 15}},
                        {{{{6, 4}, {3, 2}}, {{8, 8}, {4, 4}}}, {10, 2}, {5, 1}},
                        {{{{6, 4}, {3, 2}}, {{8, 8}, {4, 4}}}, {9, 2}, {0, 0}},
                        {{{{6, 4}, {6, 1}}, {{8, 8}, {8, 1}}}, {9, 2}, {9, 1}}};
  for (const auto& [pairs, asked, answer] : cases) {
    const auto rule = SizeRule::find(pairs);
    REQUIRE(rule.has_value());
    CHECK(rule->of(asked) == answer);
  }
  CHECK_FALSE(SizeRule::find({{{3, 3}, {2, 2}}, {{4, 4}, {4, 4}}}).has_value());
  CHECK_FALSE(SizeRule::find({}).has_value());
  CHECK(SizeRule::find({{{3, 3}, {6, 9}}, {{2, 2}, {4, 6}}})->factors() == std::pair(2, 3));
}

TEST_CASE("Candidates are ranked by votes, then by what the halt head says", "[fit]") {
  Ballot ballot;
  CHECK(ballot.empty());
  const Grid a(1, 1, 1), b(1, 1, 2), c(1, 2, 1);
  ballot.add(a, 0.9);
  ballot.add(b, 0.2);
  ballot.add(b, 0.4);
  ballot.add(c, 0.95);
  CHECK(ballot.votes() == 4);
  CHECK(ballot.best(9) == std::vector<Grid>{b, c, a});
  CHECK(ballot.best(2) == std::vector<Grid>{b, c});
  CHECK(ballot.ranked().front().mean_halt() == Approx(0.3));
}

TEST_CASE("Every image of a task is read back as the task's own answer", "[fit]") {
  const char* const tasks[] = {kRecolour,
                               "12>1|34/56>33/33/33|1>?",             // no rule of its size
                               "12>11/22|34/56>33/33/44/44|1>?",      // twice as high
                               "10>1100/1100|02>0022/0022|30>?",      // twice the size
                               "123/456>14/25/36|12>1/2|789/012>?"};  // turned
  for (const char* const text : tasks) {
    INFO(text);
    const Question question = task_of(text);
    const FitTask task = fit_task(question);
    Rng rng(7);
    for (int i = 0; i < 40; ++i) {
      const auto image = task.image(i % task.poses(), i > 0, rng);
      const auto scene = task.scene(image.pose);
      const EncodedPair all = task.demonstrations(image);
      REQUIRE(static_cast<int>(all.tokens.size()) == scene.layout.size());
      REQUIRE(all.labels.size() == all.tokens.size());
      std::size_t from = 0;
      for (int board = 0; board < task.demonstrations(); ++board) {
        const auto asked = task.ask(image, board);
        const std::size_t length = asked.tokens.size();
        CHECK(std::equal(asked.tokens.begin(), asked.tokens.end(),
                         all.tokens.begin() + static_cast<std::ptrdiff_t>(from)));
        // Labels stand for the answer; where they say nothing anything may stand.
        std::vector<Token> answer(all.labels.begin() + static_cast<std::ptrdiff_t>(from),
                                  all.labels.begin() + static_cast<std::ptrdiff_t>(from + length));
        for (Token& token : answer) {
          if (token == Puzzle::ignore_label)
            token = 0;
          else
            CHECK(asked.legal[static_cast<std::size_t>(token)]);
        }
        const auto grid = task.read(image, asked, answer);
        REQUIRE(grid.ok());
        CHECK(*grid == task.output(board));
        from += length;
      }
      CHECK(from == all.tokens.size());
    }
  }
}

TEST_CASE("Inputs are arranged only where answers are multiples of them", "[fit]") {
  CHECK(fit_task(task_of("10>1100/1100|02>0022/0022|30>?")).arrangement() == Arrangement::enlarged);
  CHECK(fit_task(task_of("10>1010/1010|02>0202/0202|30>?")).arrangement() == Arrangement::repeated);
  // Twice as high, but always five wide.
  const FitTask other = fit_task(task_of("123>11111/11111|12345>11111/11111|12>?"));
  CHECK(other.size_rule().has_value());
  CHECK(other.arrangement() == Arrangement::as_is);
  CHECK_FALSE(fit_task(task_of("12>1|34/56>33/33/33|1>?")).size_rule().has_value());
}

TEST_CASE("Relations of a scene never leave a board", "[fit]") {
  const FitTask task = fit_task(task_of(kRecolour));
  for (int pose = 0; pose < task.poses(); ++pose) {
    std::vector<int> board_of;
    for (int board = 0; board < task.demonstrations(); ++board)
      board_of.resize(
          board_of.size() + static_cast<std::size_t>(task.scene(pose, board).layout.size()), board);
    const auto scene = task.scene(pose);
    REQUIRE(static_cast<int>(board_of.size()) == scene.layout.size());
    bool objects = false;
    for (const Relation& relation : scene.geometry) {
      objects = objects || relation.name == "object";
      if (relation.kind == RelationKind::offset) {
        REQUIRE(relation.neighbour.size() == board_of.size());
        for (std::size_t p = 0; p < board_of.size(); ++p) {
          const std::int32_t n = relation.neighbour[p];
          if (n >= 0) CHECK(board_of[static_cast<std::size_t>(n)] == board_of[p]);
        }
        continue;
      }
      for (std::size_t set = 0; set + 1 < relation.starts.size(); ++set) {
        const auto first = static_cast<std::size_t>(
            relation.members[static_cast<std::size_t>(relation.starts[set])]);
        for (std::int32_t m = relation.starts[set]; m < relation.starts[set + 1]; ++m)
          CHECK(board_of[static_cast<std::size_t>(relation.members[static_cast<std::size_t>(m)])] ==
                board_of[first]);
      }
    }
    CHECK(objects);
  }
}

TEST_CASE("Tasks without demonstrations cannot be fitted", "[fit]") {
  const auto task = FitTask::make(task_of("12>?"), {}, 1);
  REQUIRE_FALSE(task.ok());
  CHECK(task.error().code == ErrorCode::unsupported);
}

/// Knows the answers: it gives those to the boards that it has learned from, and others as told.
class Knowing final : public FittingNet {
 public:
  struct Plan {
    int learns_after = 3;     ///< steps until it reproduces what it has learned from
    bool generalises = true;  ///< then it answers other boards too
    int only = -1;            ///< and no network but this one does
    bool overflows = false;
    std::atomic<bool> wrong_rate{false};
    std::atomic<int> steps{0};
    std::atomic<int> moves{0};
    std::atomic<int> made{0};
  };
  Knowing(std::shared_ptr<const FitTask> task, std::shared_ptr<Plan> plan)
      : task_(std::move(task)),
        plan_(std::move(plan)),
        generalises_(plan_->only < 0 || plan_->made++ == plan_->only) {}

  double train(double lr_scale) override {
    if (!(lr_scale > 0 && lr_scale <= 1)) plan_->wrong_rate = true;  // on any thread
    std::this_thread::sleep_for(milliseconds(1));
    ++plan_->steps;
    return plan_->overflows ? std::numeric_limits<double>::quiet_NaN() : 0.5;
  }
  std::vector<Proposal> propose(int board, int images) override {
    std::vector<Proposal> proposals;
    const bool learned = plan_->steps >= plan_->learns_after;
    for (int i = 0; i < images; ++i) {
      const auto image = FitTask::Image{};
      const auto asked = task_->ask(image, board);
      auto tokens = asked.tokens;
      const bool knows =
          learned && (board < task_->demonstrations() || (plan_->generalises && generalises_));
      for (Token& token : tokens) {
        if (knows && token == 3)
          token = 4;
        else if (knows && token == 5)
          token = 6;
      }
      auto grid = task_->read(image, asked, tokens);
      if (!grid) continue;
      proposals.push_back({std::move(*grid), 0.75f, i == 0, {}});
      if (i == 0) proposals.back().confidence.assign(proposals.back().grid.cells.size(), 0.5f);
    }
    return proposals;
  }
  Result<void> move_to(std::shared_ptr<const FitTask> task) override {
    task_ = std::move(task);
    ++plan_->moves;
    return {};
  }

 private:
  std::shared_ptr<const FitTask> task_;
  std::shared_ptr<Plan> plan_;
  bool generalises_;
};

FittingNetFactory knowing(const std::shared_ptr<Knowing::Plan>& plan) {
  return [plan](std::shared_ptr<const FitTask> task,
                std::uint64_t) -> Result<std::unique_ptr<FittingNet>> {
    return std::unique_ptr<FittingNet>(new Knowing(std::move(task), plan));
  };
}

const Grid kRight = [] {
  Grid grid(2, 3);
  grid.cells = {2, 2, 0, 4, 0, 0};
  return grid;
}();

TEST_CASE("A fit ends early when two demonstrations were answered while held out", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  const Question question = task_of(kRecolour);
  int looks = 0;
  FitWatch watch;
  watch.look = [&](const FitLook& look) {
    ++looks;
    CHECK(look.proposals.size() == 1);
  };
  const auto outcome = fit(question, {20, 1, 8, 8}, knowing(plan), watch);
  REQUIRE(outcome.ok());
  CHECK(outcome->convinced);
  CHECK_FALSE(plan->wrong_rate);
  CHECK(outcome->state.seconds < 15);
  CHECK(plan->moves == 2);
  CHECK(looks >= 8);
  CHECK(outcome->state.held_out == 2);
  CHECK(outcome->state.reproduced == 3);
  CHECK(outcome->plausible());
  CHECK(outcome->evidence() == "3 of 3 demonstrations reproduced, 2 answered while held out");
  CHECK(outcome->ballots[0].best(1) == std::vector<Grid>{kRight});
}

TEST_CASE("One answer to what was held out is not called plausible", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  plan->only = 1;  // the network of the second round knows the rule, the others do not
  const auto outcome = fit(task_of(kRecolour), {12, 1, 2, 1}, knowing(plan), {});
  REQUIRE(outcome.ok());
  CHECK_FALSE(outcome->convinced);
  CHECK(plan->made >= 2);
  CHECK(outcome->state.held_out == 1);
  CHECK(outcome->state.reproduced == 3);
  CHECK_FALSE(outcome->plausible());
  CHECK(outcome->evidence() == "3 of 3 demonstrations reproduced, 1 answered while held out");
  const auto ranked = outcome->ballots[0].ranked();
  REQUIRE(ranked.size() == 1);  // its votes replace those of the first round
  CHECK(ranked[0].grid == kRight);
}

TEST_CASE("The same demonstration answered twice convinces nobody", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  // Nobody can answer the first: only its output shows a 4.
  const auto outcome = fit(task_of("1300>2400|1000>2000|1030>?"), {8, 1, 2, 1}, knowing(plan), {});
  REQUIRE(outcome.ok());
  CHECK(plan->moves >= 2);
  CHECK_FALSE(outcome->convinced);
  CHECK(outcome->state.held_out == 1);
  CHECK(outcome->state.reproduced == 2);
  CHECK_FALSE(outcome->plausible());
}

TEST_CASE("What is only learned by heart is not called plausible", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  plan->generalises = false;
  const auto outcome = fit(task_of(kRecolour), {12, 1, 2, 1}, knowing(plan), {});
  REQUIRE(outcome.ok());
  CHECK(plan->moves >= 2);  // in vain: another round began
  CHECK_FALSE(outcome->convinced);
  CHECK(outcome->state.reproduced == 3);
  CHECK_FALSE(outcome->plausible());
  CHECK(outcome->evidence() == "3 of 3 demonstrations reproduced, none answered while held out");
}

TEST_CASE("Networks side by side vote together, and two that are done end all", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  const auto outcome = fit(task_of(kRecolour), {20, 1, 8, 8, 3}, knowing(plan), {});
  REQUIRE(outcome.ok());
  CHECK(outcome->convinced);
  CHECK_FALSE(plan->wrong_rate);
  CHECK(outcome->plausible());
  CHECK(outcome->state.held_out >= 2);
  CHECK(outcome->state.steps == plan->steps);
  CHECK(outcome->ballots[0].votes() >= 16);
  CHECK(outcome->ballots[0].best(1) == std::vector<Grid>{kRight});
  plan->overflows = true;
  CHECK_FALSE(fit(task_of(kRecolour), {20, 1, 8, 8, 3}, knowing(plan), {}).ok());
}

TEST_CASE("A single demonstration is learned without holding one out", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  const auto outcome = fit(task_of("13>24|31>?"), {2, 1, 2, 1}, knowing(plan), {});
  REQUIRE(outcome.ok());
  CHECK(plan->moves == 0);
  CHECK_FALSE(outcome->convinced);
  CHECK_FALSE(outcome->plausible());  // nothing says that it would answer another
  CHECK(outcome->evidence() == "1 of 1 demonstrations reproduced");
}

TEST_CASE("A fit stops when it is told, and gives up when it only overflows", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  plan->learns_after = 1 << 30;
  FitWatch watch;
  watch.stop = [&] { return plan->steps >= 5; };
  const auto stopped = fit(task_of(kRecolour), {60, 1, 2, 1}, knowing(plan), watch);
  REQUIRE(stopped.ok());
  CHECK(stopped->stopped);
  plan->overflows = true;
  const auto failed = fit(task_of(kRecolour), {60, 1, 2, 1}, knowing(plan), {});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == ErrorCode::backend_failed);
}

SolveRequest fit_request(double seconds, const char* text = kRecolour) {
  SolveRequest request(task_of(text));
  request.fit_seconds = seconds;
  return request;
}

TEST_CASE("The queue answers with two candidates, their votes and the evidence", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  FitQueue queue({4, 2, 0}, knowing(plan));
  auto request = fit_request(20);
  request.trace = true;
  request.max_events = 100'000;
  auto handle = queue.submit(std::move(request));
  REQUIRE(handle.ok());
  std::map<int, std::string> attempts;
  int steps = 0, progress = 0;
  std::optional<Result<Solution>> result;
  while (!result) {
    const auto event = handle->next(milliseconds(1000));
    if (!event) continue;
    if (const auto* attempt = std::get_if<event::Attempt>(&*event))
      attempts[attempt->attempt] = attempt->description;
    if (const auto* step = std::get_if<event::Step>(&*event)) {
      ++steps;
      CHECK(attempts.contains(step->attempt));
      CHECK(step->confidence.size() == step->answer.cells.size());
    }
    if (const auto* fit = std::get_if<event::FitProgress>(&*event)) {
      ++progress;
      CHECK(fit->budget == 20);
    }
    if (auto* done = std::get_if<event::Done>(&*event)) result = done->result;
  }
  REQUIRE(result->ok());
  const Solution& solution = **result;
  CHECK(progress > 0);
  CHECK(steps > 2);
  CHECK(attempts ==
        std::map<int, std::string>{{0, "plain"}, {1, "candidate 1"}, {2, "candidate 2"}});
  CHECK(solution.verdict.status == Status::plausible);
  CHECK_FALSE(solution.verified());
  CHECK(solution.source == "fit");
  CHECK(solution.stopped == Stopped::fitted);
  CHECK(solution.answer.best() == kRight);
  REQUIRE(solution.fit.has_value());
  CHECK(solution.fit->votes[0][0] <= solution.fit->all_votes[0]);
  CHECK(solution.confidence[0].size() == 6);
}

TEST_CASE("Fits are cancelled, replaced, late, refused when many wait, and ended with the queue",
          "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  plan->learns_after = 1 << 30;
  std::optional<SolveHandle> open;
  {
    FitQueue queue({2, 1, 0}, knowing(plan));
    auto running = queue.submit(fit_request(600));
    REQUIRE(running.ok());
    while (plan->steps == 0) std::this_thread::sleep_for(milliseconds(1));
    auto late = fit_request(600);
    late.deadline = milliseconds(20);
    auto too_late = queue.submit(std::move(late));
    auto keyed = fit_request(600);
    keyed.replace_key = "k";
    auto older = queue.submit(keyed);
    REQUIRE(older.ok());
    const auto full = queue.submit(fit_request(600));
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().code == ErrorCode::busy);
    CHECK(too_late->wait().error().code == ErrorCode::deadline_exceeded);
    auto newer = queue.submit(keyed);
    REQUIRE(newer.ok());
    CHECK(older->wait().error().field == "replace_key");
    running->cancel();
    const auto cancelled = running->wait();
    if (cancelled.ok()) {  // after the first look
      CHECK(cancelled->stopped == Stopped::cancelled);
      CHECK(cancelled->answer.queries.front().size() == 1);
    } else {
      CHECK(cancelled.error().code == ErrorCode::cancelled);
    }
    open.emplace(std::move(*newer));
  }
  const auto ended = open->wait();
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().code == ErrorCode::unavailable);
}

TEST_CASE("A fit that takes more memory than allowed is refused", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  FitQueue queue({4, 1, 1 << 20}, knowing(plan));
  const auto refused = queue.submit(fit_request(1));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::out_of_memory);
  CHECK(refused.error().field == "max_memory");
}

TEST_CASE("Fits of higher priority come first", "[fit]") {
  auto plan = std::make_shared<Knowing::Plan>();
  FitQueue queue({8, 1, 0}, knowing(plan));
  std::vector<SolveHandle> handles;
  auto first = queue.submit(fit_request(0.3, "1>2|1>?"));
  for (const int priority : {0, 5, 5}) {
    auto request = fit_request(0.3, "1>2|1>?");
    request.priority = priority;
    auto handle = queue.submit(std::move(request));
    REQUIRE(handle.ok());
    handles.push_back(std::move(*handle));
  }
  CHECK(handles[1].wait().ok());
  CHECK(handles[2].wait()->time_ms > handles[1].wait()->time_ms);
  CHECK(handles[0].wait()->time_ms > handles[2].wait()->time_ms);
}

}  // namespace
}  // namespace trm
