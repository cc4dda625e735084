#include "bench/examiner.h"

#include <algorithm>
#include <mutex>

#include "bench/policy.h"

namespace trm::bench {
namespace {

/// Attempts that no time limit of a person's patience uses up: the engine's own limit.
constexpr int kManyAttempts = 1024;

SolveRequest request_for(const Question& question, const Budget& budget) {
  SolveRequest request = plain_request(question);
  request.model = budget.model;
  request.max_steps = budget.max_steps;
  request.seed = budget.seed;
  request.suppose = budget.suppose;
  request.attempts = budget.seconds > 0 ? kManyAttempts : budget.attempts;
  if (budget.seconds > 0) {
    request.deadline = std::chrono::milliseconds(
        std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 * budget.seconds)));
  }
  return request;
}

/// The end of a request; the error cancelled when `stop` turned true before.
Result<Solution> await(SolveHandle handle, const std::atomic<bool>& stop) {
  for (;;) {
    const auto event = handle.next(std::chrono::milliseconds(50));
    if (event && std::holds_alternative<event::Done>(*event)) {
      return std::get<event::Done>(*event).result;
    }
    if (stop) return fail(ErrorCode::cancelled, "interrupted");
  }
}

}  // namespace

Result<Judged> Examiner::examine_one(const BoardEntry& board) {
  const auto start = Clock::now();
  auto handle = solver_.submit(request_for(board.question, budget_));
  if (!handle) return handle.error();
  const auto solution = await(std::move(*handle), stop_);
  const double seconds = seconds_since(start);
  if (solution) return judge(board, *solution, seconds);
  if (solution.error().code == ErrorCode::cancelled) return Judged();
  if (solution.error().code != ErrorCode::deadline_exceeded) return solution.error();
  Judged late;  // time was up before the first step
  late.measured = true;
  late.seconds = seconds;
  return late;
}

Result<std::vector<Judged>> Examiner::examine(const std::string& what, const std::string& file,
                                              const std::vector<const BoardEntry*>& boards) {
  std::vector<Judged> judged(boards.size());
  {
    Ticker ticker(what + ", boards");
    std::mutex mutex;  // of what follows
    std::int64_t done = 0;
    const auto work = [&](std::size_t i) -> Result<bool> {
      if (boards[i] == nullptr) return true;
      auto one = examine_one(*boards[i]);
      if (!one) {
        return fail(one.error().code,
                    file + ", line " + std::to_string(boards[i]->line) + ": " + one.error().message,
                    one.error().field);
      }
      const std::lock_guard lock(mutex);
      judged[i] = std::move(*one);
      ticker(++done, static_cast<std::int64_t>(boards.size()));
      return !stop_;
    };
    if (auto shared = share_out(boards.size(), budget_.callers, work); !shared) {
      return shared.error();
    }
  }
  if (auto read = judge_last_steps(boards, judged); !read) return read.error();
  return judged;
}

Result<void> Examiner::judge_last_steps(const std::vector<const BoardEntry*>& boards,
                                        std::vector<Judged>& judged) {
  Ticker ticker("last steps, boards");
  const auto slots = static_cast<std::size_t>(solver_.options().slots);
  for (std::size_t i = 0; i < boards.size() && !stop_;) {
    std::vector<std::size_t> batch;
    std::vector<const Question*> questions;
    std::size_t rows = 0;
    std::string model;
    for (; i < boards.size(); ++i) {  // as many of one model as there are slots
      if (!judged[i].measured || !boards[i]->answer || judged[i].model.empty()) continue;
      const Question& question = boards[i]->question;
      rows += static_cast<std::size_t>(question.puzzle().queries(question));
      if (!batch.empty() && (rows > slots || judged[i].model != model)) break;
      model = judged[i].model;
      batch.push_back(i);
      questions.push_back(&question);
    }
    if (batch.empty()) break;
    const auto answers = last_step_.answers(model, questions);
    if (!answers) return answers.error();
    for (std::size_t k = 0; k < batch.size(); ++k) {
      judged[batch[k]].exact = equals_label((*answers)[k], *boards[batch[k]]->answer);
    }
    ticker(static_cast<std::int64_t>(i), static_cast<std::int64_t>(boards.size()));
  }
  return {};
}

}  // namespace trm::bench
