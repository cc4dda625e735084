// The rule solver as a backend: its answer stands at the first step.
#include <optional>
#include <utility>

#include "engine/backends/backend.h"

namespace trm {
namespace {

class ExactBackend final : public Backend {
 public:
  explicit ExactBackend(const BackendOptions& options) {
    info_.name = "exact";
    info_.device = "cpu";
    info_.slots = options.slots;
    info_.attempts = 1;  // rules look the same in a mirror
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
    s.searched = false;
    s.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
    return {};
  }

  Result<void> step(std::span<const int> slots) override {
    for (const int index : slots) {
      Slot& s = slots_[static_cast<std::size_t>(index)];
      if (std::exchange(s.searched, true)) continue;
      const Puzzle& puzzle = s.question->puzzle();
      ExactLimits limits;  // a number of branches, not a time, so that answers repeat
      limits.solutions = 1;
      const auto exact = puzzle.solve_exact(*s.question, limits);
      if (!exact) return exact.error();
      if (exact->solutions.empty()) continue;  // none, or too hard: the board stays as it is
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
  struct Slot {
    std::optional<Question> question;
    int query = 0;
    bool searched = false;
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
