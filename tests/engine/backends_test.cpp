// The backend contract on those without weights, and the comparison of two of them.
#include "engine/backends/backend.h"
#include "puzzles/registry.h"
#include "tests/catch.h"

namespace trm {
namespace {

SlotInput input_of(const Question& question, std::uint64_t seed) {
  SlotInput input = slot_input(question, 0);
  input.seed = seed;
  return input;
}

Question board(const Puzzle& puzzle) {
  Rng rng(2);
  auto question = puzzle.info().generates ? puzzle.generate(rng, {})
                                          : puzzle.parse(puzzle.info().forms.front().example);
  if (!question) FAIL(question.error().message);
  return *question;
}

TEST_CASE("Backends answer with legal tokens and confidences from 0 to 1", "[backend]") {
  for (auto* make : {&make_random_backend, &make_exact_backend}) {
    auto backend = make({});
    REQUIRE(backend.ok());
    for (const Puzzle* puzzle : registered_puzzles()) {
      INFO((*backend)->info().name << " " << puzzle->name());
      const Question question = board(*puzzle);
      if (make == &make_exact_backend && !puzzle->info().solves) {
        CHECK((*backend)->supports(question).error().code == ErrorCode::unsupported_by_model);
        continue;
      }
      REQUIRE((*backend)->supports(question).ok());
      const SlotInput input = input_of(question, 3);
      REQUIRE((*backend)->load(1, input).ok());
      const int slots[] = {1};
      REQUIRE((*backend)->step(slots).ok());
      const SlotOutput& out = (*backend)->read(1);
      REQUIRE(static_cast<int>(out.tokens.size()) == input.layout.size());
      REQUIRE(out.confidence.size() == out.tokens.size());
      for (int i = 0; i < input.layout.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        CHECK(input.mask.at(i, out.tokens[at]));
        CHECK((out.confidence[at] >= 0 && out.confidence[at] <= 1));
      }
      CHECK((out.q_halt >= 0 && out.q_halt <= 1));
    }
  }
}

TEST_CASE("A slot's answer does not depend on its neighbours", "[backend]") {
  auto backend = make_random_backend({});
  REQUIRE(backend.ok());
  const Question question = board(*registered_puzzles().front());
  const auto answer = [&](int slot, std::vector<int> stepped) {
    for (const int s : stepped) {
      const auto seed = static_cast<std::uint64_t>(s == slot ? 7 : 100 + s);
      REQUIRE((*backend)->load(s, input_of(question, seed)).ok());
    }
    REQUIRE((*backend)->step(stepped).ok());
    return (*backend)->read(slot).tokens;
  };
  const auto alone = answer(0, {0});
  CHECK(answer(3, {1, 2, 3}) == alone);
  CHECK(answer(2, {2, 0}) == alone);
}

TEST_CASE("The check backend passes equal backends and names the first difference", "[backend]") {
  const Question question = board(*registered_puzzles().front());
  const auto pair = [&](auto* first, auto* second) {
    return make_check_backend(std::move(first({})).value(), std::move(second({})).value(), 1e-3f);
  };
  const int slots[] = {0};
  auto same = pair(&make_exact_backend, &make_exact_backend);
  REQUIRE(same.ok());
  REQUIRE((*same)->load(0, input_of(question, 1)).ok());
  CHECK((*same)->step(slots).ok());

  auto different = pair(&make_exact_backend, &make_random_backend);
  REQUIRE(different.ok());
  REQUIRE((*different)->load(0, input_of(question, 1)).ok());
  const auto stepped = (*different)->step(slots);
  REQUIRE_FALSE(stepped.ok());
  CHECK(stepped.error().code == ErrorCode::backend_failed);
  CHECK(stepped.error().message.find("slot 0") != std::string::npos);
}

}  // namespace
}  // namespace trm
