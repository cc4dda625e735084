// Two backends side by side: a decorator that fails where they differ.
#include <cmath>

#include "engine/backends/backend.h"

namespace trm {
namespace {

class CheckBackend final : public Backend {
 public:
  CheckBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second, float tolerance)
      : first_(std::move(first)),
        second_(std::move(second)),
        tolerance_(tolerance),
        info_(first_->info()) {
    info_.name = "check";
    info_.slots = std::min(first_->info().slots, second_->info().slots);
  }

  const BackendInfo& info() const override { return info_; }

  Result<void> supports(const Question& question) const override {
    if (auto supported = first_->supports(question); !supported) return supported;
    return second_->supports(question);
  }

  Result<void> load(int slot, const SlotInput& input) override {
    if (auto loaded = first_->load(slot, input); !loaded) return loaded;
    return second_->load(slot, input);
  }

  Result<void> step(std::span<const int> slots) override {
    if (auto stepped = first_->step(slots); !stepped) return stepped;
    if (auto stepped = second_->step(slots); !stepped) return stepped;
    for (const int slot : slots) {
      if (auto same = compare(slot); !same) return same;
    }
    return {};
  }

  const SlotOutput& read(int slot) const override { return first_->read(slot); }

 private:
  Result<void> compare(int slot) const {
    const SlotOutput &a = first_->read(slot), &b = second_->read(slot);
    if (a.tokens.size() != b.tokens.size()) return differ(slot, "lengths", 0, 0);
    for (std::size_t p = 0; p < a.tokens.size(); ++p) {
      const float difference = std::abs(a.confidence[p] - b.confidence[p]);
      if (!(difference <= tolerance_)) return differ(slot, "confidences", p, difference);
      // Tokens may differ only where both find them about equally likely; then confidences are as
      // near as the tolerance, which cannot be told from one number: any difference is reported.
      if (a.tokens[p] != b.tokens[p]) return differ(slot, "tokens", p, difference);
    }
    const float halt = std::abs(a.q_halt - b.q_halt);
    return halt <= tolerance_ ? Result<void>() : differ(slot, "halt probabilities", 0, halt);
  }

  Result<void> differ(int slot, const char* what, std::size_t position, float difference) const {
    return fail(ErrorCode::backend_failed,
                std::string(first_->info().name) + " and " + second_->info().name +
                    " differ in their " + what + ": slot " + std::to_string(slot) + ", position " +
                    std::to_string(position) + ", difference " + std::to_string(difference));
  }

  std::unique_ptr<Backend> first_, second_;
  float tolerance_;
  BackendInfo info_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_check_backend(std::unique_ptr<Backend> first,
                                                    std::unique_ptr<Backend> second,
                                                    float tolerance) {
  if (!first || !second || !(tolerance >= 0)) {
    return fail(ErrorCode::invalid_field, "check needs two backends and a tolerance of at least 0",
                "tolerance");
  }
  return std::unique_ptr<Backend>(
      std::make_unique<CheckBackend>(std::move(first), std::move(second), tolerance));
}

}  // namespace trm
