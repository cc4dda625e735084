// The public facade: questions in, checked answers out. Torch-free.
//
// Trace of one request: submit() validates it and queues it; the engine thread loads its plain
// board into a free slot (one row of the carry); each tick runs one supervision step for all busy
// slots; the decoded board goes through Puzzle::check; the slot is freed when the board is
// verified, the budget is spent or the caller cancels. Further attempts (symmetries, noise) then
// run in whatever slots nobody waits for, until one is verified. The Solution waits in the handle.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/device.h"
#include "engine/fit/fit_state.h"
#include "engine/weights/model_file.h"
#include "puzzles/puzzle.h"

namespace trm {

/// What to do when no attempt is verified.
enum class Fallback {
  none,  ///< answer with the best board, unverified
  exact  ///< ask the rule solver; the solution is labelled so
};

/// How the model's time is spent on a question. Attempt 0 is the plain board. The others see it
/// under a random symmetry, from a random start state, with noise; what an attempt does follows
/// from (seed, its index) alone, whatever else the engine is doing. They begin when attempt 0 has
/// ended unverified, side by side; the first verified board wins.
///
/// The defaults solved most of what was measured (docs/performance.md, Attempts).
struct AttemptPolicy {
  int attempts = 8;    ///< 1..1024
  int max_steps = 16;  ///< supervision steps of one attempt, 1..1024
  /// Attempts after the first take up to so many further cells as given, guessed by the module
  /// (Puzzle::suppose), a random number of them each: at most one at first, more the more attempts
  /// have failed. 0..64; 0: none. The answer is checked against the question as it was asked.
  /// Without effect where the module cannot guess.
  int suppose = 0;
  bool symmetries = true;  ///< attempts after the first see the board under a symmetry, mapped back
  double start_noise = 1;  ///< std on the start state, 0..10; not attempt 0
  double noise = 0;        ///< std added to z before each step but the first, 0..10; not attempt 0
  /// An attempt is given up when its board has not changed for so many steps in a row and no
  /// confidence has moved by 1e-3 or more meanwhile: 1..1024; 0: never.
  int settle_steps = 0;
  /// End an attempt when the halt head says so (probability above 0.5). Modules without checkable
  /// rules have no better sign and always do.
  bool halt = false;
};

/// One question and the budget for it. Fields that this version cannot honour are refused by name
/// (unsupported), never ignored.
struct SolveRequest : AttemptPolicy {
  Question question;
  /// Empty: a fit for questions with demonstrations ("fit"), where this build and backend can; for
  /// others the most specific model that supports the question.
  std::string model;
  std::optional<std::chrono::milliseconds> deadline;  ///< from submit(); > 0
  /// Of fits: time to fit a network to the demonstrations, 0..3600; 0: kFitSeconds. It counts from
  /// when the fit begins. The policy's symmetries and the seed apply to fits too, the rest of the
  /// policy does not.
  double fit_seconds = 0;
  static constexpr double kFitSeconds = 60;
  int answers_per_query = 0;  ///< 0: as many as the module counts
  bool trace = false;         ///< emit a Step event for each step
  /// Events kept for a reader that falls behind, 1..1,000,000; beyond them the oldest Step is
  /// dropped.
  int max_events = 256;
  Fallback fallback = Fallback::none;
  /// Time for the rule solver to say how many solutions an unverified board has (Solution::rules),
  /// in milliseconds, within the deadline, 0..10000; 0: it is not asked.
  int rules_ms = 50;
  /// -1000..1000. Higher first, first come first served within one. Strict: while higher ones keep
  /// coming, lower ones wait.
  int priority = 0;
  /// Up to 64 bytes. A newer request with the same key replaces this one: if it waits it ends with
  /// the error cancelled (field replace_key) and its place in the queue goes to the newer one, if
  /// it runs it is cancelled. The key is shared by all callers of the solver. Empty: none.
  std::string replace_key;
  std::uint64_t seed = 0;  ///< for symmetries and noise

  /// Candidates wanted for each query.
  int candidates() const {
    return answers_per_query > 0 ? answers_per_query : question.puzzle().answers_per_query();
  }

  explicit SolveRequest(Question q) : question(std::move(q)) {}
};

/// Why an answer is final.
enum class Stopped {
  verified,    ///< check() passed
  halted,      ///< all attempts ended, the last one because the halt head said so
  max_steps,   ///< all attempts ended, the last one with its steps spent
  deadline,    ///< time was up
  cancelled,   ///< the caller cancelled
  fallback,    ///< the rule solver answered
  settled,     ///< all attempts ended, the last one because its board no longer changed
  fitted,      ///< a fit answered two demonstrations that were held out, then reproduced all
  fit_seconds  ///< the time of a fit was over
};
std::string_view stopped_name(Stopped stopped);

/// What the rule solver, not the model, says of a question.
struct RuleVerdict {
  int solutions = 0;      ///< 0: none, 1: exactly one, 2: several
  bool complete = false;  ///< the search ended; false: it stopped at the second solution
  double time_ms = 0;     ///< that it took
};

/// What a fit says of its answers.
struct FitReport {
  FitState state;
  /// For each query the candidates of the answer: how many of the votes each had.
  std::vector<std::vector<int>> votes;
  std::vector<int> all_votes;  ///< by query
};

struct Solution {
  Question question;
  Answer answer;
  Verdict verdict;     ///< of `answer`, by the module's check
  std::string source;  ///< "model", "fit", "exact" (rule solver) or "random": who made the answer
  std::string model;   ///< name of the model or backend
  int steps = 0;       ///< supervision steps of the attempt that gave the answer, up to it
  /// Index of the attempt that gave the answer; 0: the plain board. Of fits, whose attempt 0 is
  /// the network while it learns, 1 and on are the candidates.
  int attempt = 0;
  std::string attempt_description = "plain";  ///< "plain", or its symmetry and noise
  int attempts = 0;                           ///< attempts started
  std::int64_t total_steps = 0;               ///< supervision steps of all rows of all attempts
  float halt_probability = 0;
  std::vector<std::vector<float>> confidence;  ///< for each query one value a cell of its grid
  Stopped stopped = Stopped::max_steps;
  std::optional<RuleVerdict> rules;  ///< only for unverified answers, and where it is known
  std::optional<FitReport> fit;      ///< of answers by a fit
  double time_ms = 0;                ///< from submit to the end

  bool verified() const { return verdict.status == Status::verified; }
  explicit Solution(Question q) : question(std::move(q)) {}
};

namespace event {
/// An attempt begins.
struct Attempt {
  int attempt = 0;          ///< 0: the plain board
  std::string description;  ///< "plain", or its symmetry and noise
};
/// One supervision step of one query (only with trace). Steps of attempts that run side by side
/// alternate.
struct Step {
  int query = 0;
  int attempt = 0;
  int step = 0;                   ///< 1..max_steps
  Grid answer;                    ///< mapped back to the question as it was asked
  std::vector<float> confidence;  ///< one a cell, mapped back
  float q_halt = 0;
  std::vector<Conflict> conflicts;
};
/// Progress of a fit, a few times a second.
struct FitProgress {
  FitState state;
  double budget = 0;  ///< seconds that it may take
};
/// The end; nothing follows.
struct Done {
  Result<Solution> result;
};
}  // namespace event
using Event = std::variant<event::Attempt, event::Step, event::FitProgress, event::Done>;

/// A request under way. Thread-safe. Movable; dropping it cancels the request.
class SolveHandle {
 public:
  struct State;  ///< shared with the engine thread
  explicit SolveHandle(std::shared_ptr<State> state);
  SolveHandle(SolveHandle&&) noexcept;
  SolveHandle& operator=(SolveHandle&&) noexcept;
  ~SolveHandle();

  /// The next event, waiting at most `timeout`. Events wait in a bounded queue (oldest Step is
  /// dropped), so a slow reader never delays the engine. After Done: nullopt at once.
  std::optional<Event> next(std::chrono::milliseconds timeout);
  /// Asks the engine to stop; Done follows with stopped = cancelled, or at once with the error
  /// cancelled when the request still waits.
  void cancel();
  /// Blocks until the end. Leaves the events in the queue.
  Result<Solution> wait();

 private:
  std::shared_ptr<State> state_;
};

struct SolverOptions {
  std::vector<std::string> model_files;  ///< safetensors files
  std::string model_dir;                 ///< all *.safetensors in it; empty: none
  /// "native" (our own kernels, CPU), "torch" (LibTorch, CPU and CUDA), "exact", "random", or
  /// "auto": native on the CPU, torch on CUDA.
  std::string backend = "auto";
  Device device;
  /// "float32", "bfloat16", or "auto": bfloat16 where the device multiplies it in hardware.
  std::string precision = "auto";
  int slots = 8;    ///< rows stepped together, 1..256
  int queue = 256;  ///< waiting requests before `busy`
  int threads = 0;  ///< of the network; 0: one a core
  std::uint64_t seed = 0;
  /// Answers, and which attempt wins, never depend on what else runs: attempts of a request run one
  /// after another. Slower. Deadlines
  /// still end a request by the clock. The torch backend pads every step to that size, so that
  /// max_memory counts whole batches.
  bool deterministic = false;
  /// Bytes that one step's rows may take beyond the weights, by the backend's estimate; 0: no
  /// limit. A request that alone takes more is refused, others wait.
  std::int64_t max_memory = 0;
};

/// What a solver has done since it was made; the numbers are read one after another.
struct SolverStats {
  int waiting = 0;             ///< requests in the queue
  std::int64_t steps = 0;      ///< supervision steps of whatever rows were in slots
  std::int64_t rows = 0;       ///< rows in those steps: rows / steps of them shared one
  std::int64_t last_rows = 0;  ///< rows in the last step
};

/// Thread-safe; owns one engine thread, which owns the models. The destructor cancels what runs.
class Solver {
 public:
  /// Loads the models. Errors: invalid_field, not_found, those of open_model_file
  /// and of the backend's make function.
  static Result<std::unique_ptr<Solver>> create(const SolverOptions& options);
  ~Solver();

  /// Queues a request; never blocks. Errors: invalid_board (problems of the question, with their
  /// places), invalid_field, unsupported (a field of a later version), no_model,
  /// unsupported_by_model, unknown_model, out_of_memory (more than max_memory), busy, unavailable.
  Result<SolveHandle> submit(SolveRequest request);
  /// Whether this build and backend fit networks to demonstrations.
  bool can_fit() const;
  /// Whether submit() would do so for questions of a puzzle with SolveRequest::model `model`, which
  /// takes seconds to minutes.
  bool fits(const Puzzle& puzzle, std::string_view model) const;
  /// submit() and wait().
  Result<Solution> solve(SolveRequest request);
  /// The same; `on_event` is called on this thread for every event.
  Result<Solution> solve(SolveRequest request, const std::function<void(const Event&)>& on_event);

  Result<Question> generate(std::string_view puzzle, const GenerateRequest& request,
                            std::uint64_t seed) const;
  Verdict check(const Question& question, const Answer& answer) const;
  Result<Hint> hint(const Question& question, const Answer& partial) const;

  std::vector<const Puzzle*> puzzles() const;
  std::vector<ModelInfo> models() const;
  SolverStats stats() const;
  /// Loads changed and new model files, drops removed ones; requests under way keep their model.
  Result<void> reload();

  /// As given to create(), with what "auto" stands for in its place.
  const SolverOptions& options() const;

 private:
  class Impl;
  explicit Solver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace trm
