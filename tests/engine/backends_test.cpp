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
