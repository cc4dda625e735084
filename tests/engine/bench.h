// A scheduler whose backend and puzzle do what a test says.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "engine/lane.h"
#include "engine/scheduler.h"
#include "tests/catch.h"
#include "tests/fakes/fake_base.h"

namespace trm::test {

using std::chrono::milliseconds;

/// Boards of 1x4 cells from 0 to 3, one a query. An answer is right when all its cells are 3. The
/// first board's cells, read as a number, are the question's tag. Parameters make it misbehave.
class Probe final : public fake::FakePuzzle {
 public:
  explicit Probe(bool checks) : checks_(checks) {
    info_.name = "probe";
    info_.solves = true;
    info_.checks = checks;
  }

  const PuzzleInfo& info() const override { return info_; }
  int queries(const Question& q) const override { return static_cast<int>(q.grids().size()); }
  std::vector<Conflict> problems(const Question&) const override { return {}; }
  Result<Question> parse(std::string_view) const override {
    return fail(ErrorCode::unsupported, "the probe reads no text");
  }
  std::string format_line(const Question& q) const override { return fake::format_rows(q.grid()); }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{4, {"0", "1", "2", "3"}, 0, 0};
    return spec;
  }
  TokenLayout layout(const Question&, int) const override {
    TokenLayout layout{1, 4, {}};
    for (std::int16_t col = 0; col < 4; ++col) {
      layout.positions.push_back({Role::cell, true, 0, col});
    }
    return layout;
  }
  std::vector<Token> encode(const Question& q, int query) const override {
    const auto& cells = q.grid(static_cast<std::size_t>(query)).cells;
    return {cells.begin(), cells.end()};
  }
  std::vector<Token> encode_answer(const Question&, int, const Grid& answer) const override {
    return {answer.cells.begin(), answer.cells.end()};
  }
  Result<Grid> decode(const Question& q, int query,
                      const std::vector<Token>& tokens) const override {
    if (q.param("decode_throws") != 0) throw std::runtime_error("the probe cannot decode");
    return fake::decode_cells(tokens, layout(q, query), 0, 3, Grid(1, 4));
  }
  TokenMask mask(const Question&, int) const override { return TokenMask(4, 4, true); }
  Geometry geometry(const Question&, int) const override { return {}; }

  Verdict check(const Question& q, const Answer& answer) const override {
    if (q.param("check_throws") != 0) throw std::bad_alloc();
    Verdict verdict;
    for (std::size_t query = 0; query < answer.queries.size(); ++query) {
      const Grid& grid = answer.best(query);
      for (int col = 0; col < 4; ++col) {
        if (grid.at(0, col) == 3) continue;
        verdict.conflicts.push_back({{static_cast<int>(query), 0, col}, "not 3"});
      }
    }
    if (!checks_) return {Status::plausible, {}, "none"};
    if (verdict.conflicts.empty()) verdict.status = Status::verified;
    return verdict;
  }
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question& q) const override {
    if (q.param("symmetry_throws") != 0) throw std::runtime_error("the probe has no mirror");
    return Puzzle::symmetry(rng, q);
  }
  /// As many solutions as the parameter says; with "slow" it searches until it is stopped.
  Result<ExactResult> solve_exact(const Question& q, const ExactLimits& limits) const override {
    const auto stopped = [&] {
      return (limits.stop != nullptr && *limits.stop) ||
             (limits.deadline && std::chrono::steady_clock::now() >= *limits.deadline);
    };
    ExactResult result;
    if (q.param("slow") != 0) {
      while (!stopped()) std::this_thread::sleep_for(milliseconds(1));
      return result;
    }
    const int count = std::min(q.param("solutions", 1), limits.solutions);
    for (int i = 0; i < count; ++i) result.solutions.emplace_back(Grid(1, 4, 3));
    result.complete = q.param("solutions", 1) < limits.solutions;
    return result;
  }

 protected:
  int highest() const override { return 3; }
  Result<void> validate(Draft&) const override { return {}; }

 private:
  bool checks_;
  PuzzleInfo info_;
};

inline const Probe& probe(bool checks = true) {
  static const Probe checked(true), plain(false);
  return checks ? checked : plain;
}

/// 0..255.
inline Question question(int tag, Params params = {}, int queries = 1, bool checks = true) {
  Draft draft;
  draft.params = std::move(params);
  for (int query = 0; query < queries; ++query) {
    Grid grid(1, 4);
    for (int i = 0, rest = tag; i < 4; ++i, rest /= 4) {
      grid.cells[static_cast<std::size_t>(i)] = static_cast<Cell>(rest % 4);
    }
    draft.grids.push_back({"board", std::move(grid)});
  }
  return probe(checks).make(std::move(draft)).value();
}

inline int tag_of(const Question& q) {
  const auto& cells = q.grid().cells;
  return cells[0] + 4 * cells[1] + 16 * cells[2] + 64 * cells[3];
}

/// A row of the backend.
struct Row {
  SlotInput input;  ///< without the question
  int tag = 0;
  int step = 0;  ///< 1.. while it is played
  SlotOutput output;
};

/// What the backend does. Members are called on the engine thread.
struct Script {
  /// Writes row.output. Default: wrong for ever.
  std::function<void(Row&)> play;
  /// Before anything is stepped; its error is the step's.
  std::function<Result<void>(const std::vector<const Row*>&)> before;
  std::function<Result<void>(const Row&)> load;
  std::int64_t row_bytes = 0;
};

/// What happened, and a gate before each step. Thread-safe.
class Stage {
 public:
  /// Lets so many steps pass.
  void allow(int steps) {
    change([&] { permits_ += steps; });
  }
  void close() {
    change([&] { open_ = false; });
  }
  void open() {
    change([&] { open_ = true; });
  }
  /// Waits until the engine stands at the closed gate after `steps` steps.
  void wait_at(std::size_t steps) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(20),
                              [&] { return blocked_ && steps_.size() == steps; }));
  }
  /// The tags of the rows of each step.
  std::vector<std::vector<int>> steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
  }
  std::vector<int> rows() const {
    std::vector<int> counts;
    for (const auto& step : steps()) counts.push_back(static_cast<int>(step.size()));
    return counts;
  }
  /// What was loaded, in this order.
  std::vector<Row> loads() const {
    const std::lock_guard lock(mutex_);
    return loads_;
  }
  std::vector<int> loaded_tags() const {
    std::vector<int> tags;
    for (const Row& row : loads()) tags.push_back(row.tag);
    return tags;
  }

  void loaded(const Row& row) {
    change([&] { loads_.push_back(row); });
  }
  void stepped(std::vector<int> tags) {
    change([&] { steps_.push_back(std::move(tags)); });
  }
  void pass() {
    std::unique_lock lock(mutex_);
    blocked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_ || permits_ > 0; });
    blocked_ = false;
    if (!open_) --permits_;
  }

 private:
  template <class F>
  void change(F&& what) {
    const std::lock_guard lock(mutex_);
    what();
    changed_.notify_all();
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true, blocked_ = false;
  int permits_ = 0;
  std::vector<std::vector<int>> steps_;
  std::vector<Row> loads_;
};

class ScriptedBackend final : public Backend {
 public:
  ScriptedBackend(int slots, Script script, std::shared_ptr<Stage> stage)
      : script_(std::move(script)),
        stage_(std::move(stage)),
        rows_(static_cast<std::size_t>(slots)) {
    info_.name = "scripted";
    info_.slots = slots;
  }
  const BackendInfo& info() const override { return info_; }
  Result<void> supports(const Question&) const override { return {}; }
  std::int64_t step_bytes(const Question&, int rows) const override {
    return script_.row_bytes * rows;
  }
  Result<void> load(int slot, const SlotInput& input) override {
    Row row{input, tag_of(*input.question), 0, {}};
    row.input.question = nullptr;
    if (script_.load) {
      if (auto loaded = script_.load(row); !loaded) return loaded;
    }
    row.output = {std::vector<Token>(input.tokens.size(), 0),
                  std::vector<float>(input.tokens.size(), 0.5f), 0.0f};
    stage_->loaded(row);
    rows_[static_cast<std::size_t>(slot)] = std::move(row);
    return {};
  }
  Result<void> step(std::span<const int> slots) override {
    stage_->pass();
    std::vector<const Row*> asked;
    for (const int slot : slots) asked.push_back(&rows_[static_cast<std::size_t>(slot)]);
    if (script_.before) {
      if (auto allowed = script_.before(asked); !allowed) return allowed;
    }
    std::vector<int> tags;
    for (const int slot : slots) {
      Row& row = rows_[static_cast<std::size_t>(slot)];
      ++row.step;
      tags.push_back(row.tag);
      if (script_.play) script_.play(row);
    }
    stage_->stepped(std::move(tags));
    return {};
  }
  const SlotOutput& read(int slot) const override {
    return rows_[static_cast<std::size_t>(slot)].output;
  }

 private:
  const Script script_;
  const std::shared_ptr<Stage> stage_;
  BackendInfo info_;
  std::vector<Row> rows_;
};

/// A scheduler on a scripted backend; its end opens the gate.
class Bench {
 public:
  explicit Bench(int slots, Script script = {}, LaneOptions options = {}, int queue = 256)
      : stage_(std::make_shared<Stage>()),
        lane_(std::make_shared<Lane>(
            std::make_unique<ScriptedBackend>(slots, std::move(script), stage_), options)),
        scheduler_(std::make_unique<Scheduler>(queue)) {}
  ~Bench() { stage_->open(); }

  Stage& stage() { return *stage_; }
  Scheduler& scheduler() { return *scheduler_; }
  Result<SolveHandle> try_submit(SolveRequest request) {
    return scheduler_->submit(std::move(request), lane_);
  }
  SolveHandle submit(SolveRequest request) {
    auto handle = try_submit(std::move(request));
    if (!handle) FAIL(handle.error().message);
    return std::move(handle).value();
  }
  Result<Solution> solve(SolveRequest request) { return submit(std::move(request)).wait(); }

 private:
  std::shared_ptr<Stage> stage_;
  std::shared_ptr<Lane> lane_;
  std::unique_ptr<Scheduler> scheduler_;
};

/// A request without the rule solver's verdict.
inline SolveRequest request(Question q, int max_steps = 4, int attempts = 1) {
  SolveRequest r(std::move(q));
  r.max_steps = max_steps;
  r.attempts = attempts;
  r.rules_ms = 0;
  return r;
}

inline void answer_right(Row& row) { row.output.tokens.assign(4, 3); }

}  // namespace trm::test
