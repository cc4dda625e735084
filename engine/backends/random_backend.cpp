// Legal random tokens: a fake that needs no weights and never waits.
#include "engine/backends/backend.h"

namespace trm {
namespace {

class RandomBackend final : public Backend {
 public:
  explicit RandomBackend(const BackendOptions& options) : seed_(options.seed) {
    info_.name = "random";
    info_.device = "cpu";
    info_.slots = options.slots;
    info_.model.name = "random";
    slots_.resize(static_cast<std::size_t>(options.slots));
  }

  const BackendInfo& info() const override { return info_; }
  Result<void> supports(const Question&) const override { return {}; }

  Result<void> load(int slot, const SlotInput& input) override {
    Slot& s = slots_[static_cast<std::size_t>(slot)];
    // The board's seed alone decides, so that an answer does not depend on slot or neighbours.
    s.rng = Rng::stream(seed_, input.seed * 64 + static_cast<std::uint64_t>(input.query));
    s.mask = input.mask;
    s.output = {input.tokens, std::vector<float>(input.tokens.size(), 0.0f), 0.0f};
    return {};
  }

  Result<void> step(std::span<const int> slots) override {
    for (const int index : slots) {
      Slot& s = slots_[static_cast<std::size_t>(index)];
      for (std::size_t p = 0; p < s.output.tokens.size(); ++p) {
        std::vector<Token> legal;
        for (Token t = 0; t < s.mask.vocab; ++t) {
          if (s.mask.at(static_cast<int>(p), t)) legal.push_back(t);
        }
        if (legal.empty()) continue;
        s.output.tokens[p] = legal[s.rng.below(static_cast<std::uint32_t>(legal.size()))];
        s.output.confidence[p] = 1.0f / static_cast<float>(legal.size());
      }
      s.output.q_halt = static_cast<float>(s.rng.uniform());
    }
    return {};
  }

  const SlotOutput& read(int slot) const override {
    return slots_[static_cast<std::size_t>(slot)].output;
  }

 private:
  struct Slot {
    Rng rng;
    TokenMask mask;
    SlotOutput output;
  };
  std::uint64_t seed_;
  BackendInfo info_;
  std::vector<Slot> slots_;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_random_backend(const BackendOptions& options) {
  return std::unique_ptr<Backend>(std::make_unique<RandomBackend>(options));
}

}  // namespace trm
