// The rule solver as a backend: its answer stands at the first step, or at a later one where the
// search is long.
#include <algorithm>
#include <optional>

#include "engine/backends/backend.h"

namespace trm {
namespace {

class ExactBackend final : public Backend {
 public:
  explicit ExactBackend(const BackendOptions& options) {
    info_.name = "exact";
    info_.device = "cpu";
    info_.slots = options.slots;
    info_.model.name = "exact";
    slots_.resize(static_cast<std::size_t>(options.slots));
  }

  const BackendInfo& info() const override { return info_; }

  Result<void> supports(const Question& question) const override {
    if (question.puzzle().info().solves) return {};
    return fail(ErrorCode::unsupported_by_model,
                "the module " + question.puzzle().name() + " has no rule solver", "backend");
  }

  Result<void> load(int slot, const SlotInput& input) override {
    Slot& s = slots_[static_cast<std::size_t>(slot)];
    s.question = *input.question;
    s.query = input.query;
    s.nodes = kFirstNodes;
    s.over = false;
    s.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
    return {};
  }

  Result<void> step(std::span<const int> slots) override {
    for (const int index : slots) {
      Slot& s = slots_[static_cast<std::size_t>(index)];
      if (s.over) continue;
      const Puzzle& puzzle = s.question->puzzle();
      ExactLimits limits;
      limits.solutions = 1;
      const std::int64_t most = limits.nodes;
      limits.nodes = std::min(s.nodes, most);
      const auto exact = puzzle.solve_exact(*s.question, limits);
      if (!exact) return exact.error();
      s.over = exact->complete || !exact->solutions.empty() || s.nodes >= most;
      s.nodes *= 2;
      if (exact->solutions.empty()) continue;  // none yet, or none at all: the board stays as it is
      const Answer& answer = exact->solutions.front();
      const auto labels = puzzle.encode_answer(*s.question, s.query,
                                               answer.best(static_cast<std::size_t>(s.query)));
      for (std::size_t p = 0; p < labels.size() && p < s.output.tokens.size(); ++p) {
        if (labels[p] != Puzzle::ignore_label) s.output.tokens[p] = labels[p];
        s.output.confidence[p] = 1.0f;
      }
      s.output.q_halt = 1.0f;
    }
    return {};
  }

  const SlotOutput& read(int slot) const override {
    return slots_[static_cast<std::size_t>(slot)].output;
  }

 private:
  // A long search would keep the engine from everybody else. So a step searches a little, and the
  // next one twice as much from the beginning (which costs twice the search at the most), until the
  // module's limit; counted in branches, not in time, so that steps repeat.
  static constexpr std::int64_t kFirstNodes = 1 << 14;

  struct Slot {
    std::optional<Question> question;
    int query = 0;
    std::int64_t nodes = kFirstNodes;  // of the next step's search
    bool over = false;                 // solved, without a solution, or too hard
    SlotOutput output;
  };
  BackendInfo info_;
  std::vector<Slot> slots_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_exact_backend(const BackendOptions& options) {
  return std::unique_ptr<Backend>(std::make_unique<ExactBackend>(options));
}

}  // namespace trm
