// Numbers of solutions, hints, the first wrong move.
#include "ui/jobs/rules.h"

#include "tests/fakes/plain.h"
#include "tests/ui/jobs/bench.h"

namespace trm::ui {
namespace {

using namespace std::chrono_literals;
using test::board_of;
using test::named;
using test::parsed;
using test::solution_of;
using test::solver_with;
using Kind = SolutionCount::Kind;

const std::atomic<bool> going{false}, stopped{true};

Kind count(const Question& question, const std::atomic<bool>& stop = going) {
  return count_solutions(question, 5s, stop).kind;
}

// A 4x4 board with one solution: 1234 3412 2143 4321.
Question small() {
  return parsed("sudoku",
                "1..."
                ".41."
                ".1.3"
                "4...");
}

BoardState with(BoardState state, std::initializer_list<std::array<int, 3>> entries) {
  for (const auto& [row, col, value] : entries)
    state.entries.queries[0][0].at(row, col) = static_cast<Cell>(value);
  return state;
}

TEST_CASE("Boards have no, one or many solutions", "[jobs]") {
  CHECK(count(small()) == Kind::one);
  CHECK(count(parsed("sudoku", "................")) == Kind::many);
  CHECK(count(parsed("sudoku", "12..............")) == Kind::many);
  CHECK(count(parsed("sudoku", "12....34........")) == Kind::none);
  CHECK(count(parsed("sudoku", "11..............")) == Kind::none);
  CHECK(count(parsed("maze", "S#G/")) == Kind::none);
  CHECK(count(parsed("maze", "S G/")) == Kind::one);
  CHECK(count(parsed("maze", "   /   ")) == Kind::none);
  CHECK(count(board_of(named("arc"))) == Kind::unsupported);
  CHECK(count_solutions(small(), 5s, going).ms >= 0);
}

TEST_CASE("A search that is stopped does not know", "[jobs]") {
  const Question hard = board_of(named("sudoku"));
  CHECK(count_solutions(hard, 0ms, going).kind == Kind::unknown);
  const auto kind = count(parsed("sudoku", std::string(256, '.')), stopped);
  CHECK((kind == Kind::unknown || kind == Kind::many));
  CHECK(count_text({Kind::unknown}).find("time") != std::string::npos);
  CHECK(count_text({Kind::one}) == "exactly one solution");
  CHECK(count_text({Kind::none}) == "no solution");
  CHECK_FALSE(count_text({Kind::many}).empty());
  CHECK_FALSE(count_text({Kind::unsupported}).empty());
}

TEST_CASE("A rule solver that fails says why, and nothing of time", "[jobs]") {
  class Failing final : public fake::Plain {
    Result<ExactResult> solve_exact(const Question&, const ExactLimits&) const override {
      return fail(ErrorCode::internal, "the rules contradict themselves");
    }
  };
  const Failing puzzle;
  const auto counted = count_solutions(puzzle.parse("00/00").value(), 5s, going);
  CHECK(counted.kind == Kind::unknown);
  CHECK(count_text(counted).find("the rules contradict themselves") != std::string::npos);
  CHECK(count_text(counted).find("time") == std::string::npos);
}

TEST_CASE("Following hints solves the board, with a model and without", "[jobs]") {
  const auto exact = solver_with("exact"), random = solver_with("random");
  for (Solver* solver : {exact.get(), random.get(), static_cast<Solver*>(nullptr)}) {
    for (const Question& question :
         {small(), board_of(named("sudoku")), parsed("maze", "S #  /  # G/     ")}) {
      INFO(question.puzzle().name());
      BoardState state = fresh_state(question);
      int moves = 0;
      for (; moves < 100; ++moves) {
        const auto hint = find_hint(solver, state, "", going);
        if (!hint) {
          CHECK(hint.error().code == ErrorCode::exhausted);
          break;
        }
        Cell& cell = state.entries.queries[0][0].at(hint->cell.row, hint->cell.col);
        REQUIRE(cell != hint->value);
        cell = hint->value;
        CHECK(hint->text.find("row " + std::to_string(hint->cell.row + 1) + ", column " +
                              std::to_string(hint->cell.col + 1)) == 0);
        if (!hint->reason.empty()) CHECK(hint->text.find(hint->reason) != std::string::npos);
      }
      // Without a model a module may have no simple reason left; with one there always is a cell.
      if (solver == exact.get()) {
        CHECK(question.puzzle().check(question, state.entries).status == Status::verified);
      }
      CHECK(moves > 3);
    }
  }
}

TEST_CASE("A hint of a verified answer is checked, says its cell and how certain the model is",
          "[jobs]") {
  const auto solver = solver_with("exact");
  const auto hint = find_hint(solver.get(), fresh_state(small()), "", going);
  if (!hint) FAIL(hint.error().message);
  CHECK(hint->checked);
  CHECK(hint->confidence > 0);
  CHECK(hint->value == solution_of(small()).best().at(hint->cell.row, hint->cell.col));
  CHECK(hint->text.find(" is " + std::to_string(hint->value)) != std::string::npos);
  CHECK_FALSE(hint->reason.empty());  // one of so many certain cells has one
}

TEST_CASE("A model that guesses never makes a hint that the rule solver knows to be wrong",
          "[jobs]") {
  const auto solver = solver_with("random");
  const Answer right = solution_of(small());
  for (int i = 0; i < 10; ++i) {
    const auto hint = find_hint(solver.get(), fresh_state(small()), "", going);
    if (!hint) FAIL(hint.error().message);
    CHECK(hint->value == right.best().at(hint->cell.row, hint->cell.col));
  }
}

TEST_CASE("What every solution has is certain, whoever found it", "[jobs]") {
  const auto solver = solver_with("random");
  BoardState state = fresh_state(board_of(named("sudoku")));
  int without_reason = 0;
  for (int i = 0; i < 8; ++i) {
    const auto hint = find_hint(solver.get(), state, "", going);
    if (!hint) FAIL(hint.error().message);
    CHECK(hint->checked);
    CHECK(hint->text.find("probably") == std::string::npos);
    without_reason += hint->reason.empty() ? 1 : 0;
    state.entries.queries[0][0].at(hint->cell.row, hint->cell.col) = hint->value;
  }
  CHECK(without_reason > 0);
}

TEST_CASE("A verified answer that is against an entry makes nothing certain", "[jobs]") {
  const auto solver = solver_with("exact");
  const Question open = parsed("sudoku", "................");  // 288 solutions
  const Cell theirs = solution_of(open).best().at(0, 0);
  const auto mine = with(fresh_state(open), {{0, 0, theirs % 4 + 1}});
  const auto hint = find_hint(solver.get(), mine, "", going);
  if (!hint) FAIL(hint.error().message);
  CHECK(hint->reason.empty());
  CHECK_FALSE(hint->checked);
  CHECK(hint->text.find(" is probably ") != std::string::npos);
  const auto same = find_hint(solver.get(), with(fresh_state(open), {{0, 0, theirs}}), "", going);
  if (!same) FAIL(same.error().message);
  CHECK(same->checked);
}

TEST_CASE("Every puzzle gives a hint or says why not", "[jobs]") {
  for (const char* backend : {"exact", "random"}) {
    const auto solver = solver_with(backend);
    for (const Puzzle* puzzle : registered_puzzles()) {
      INFO(puzzle->name() << ", " << backend);
      const BoardState state = fresh_state(board_of(*puzzle));
      const auto hint = find_hint(solver.get(), state, "", going);
      if (!hint) {
        CHECK_FALSE(hint.error().message.empty());
        continue;
      }
      const auto query = static_cast<std::size_t>(hint->cell.grid);
      REQUIRE(query < state.entries.queries.size());
      CHECK(state.entries.best(query).contains(hint->cell.row, hint->cell.col));
      if (state.entries.queries.size() > 1)
        CHECK(hint->text.find("answer " + std::to_string(query + 1)) == 0);
    }
  }
}

TEST_CASE("Wrong entries are hinted first", "[jobs]") {
  const auto solver = solver_with("exact");
  // 3 fits its row, column and box, but no solution has it there.
  const auto quiet = with(fresh_state(small()), {{0, 1, 3}});
  REQUIRE(small().puzzle().partial_conflicts(small(), quiet.entries).empty());
  for (Solver* one : {solver.get(), static_cast<Solver*>(nullptr)}) {
    const auto hint = find_hint(one, quiet, "", going);
    if (!hint) FAIL(hint.error().message);
    CHECK(hint->cell == CellRef{0, 0, 1});
    CHECK(hint->value == 0);
    CHECK(hint->text == "row 1, column 2 cannot be 3");
    CHECK(hint->checked);
  }
  // One that breaks a rule on its face says which.
  const auto loud =
      find_hint(solver.get(), with(fresh_state(small()), {{0, 1, 2}, {0, 2, 1}}), "", going);
  if (!loud) FAIL(loud.error().message);
  CHECK(loud->cell == CellRef{0, 0, 2});
  CHECK(loud->text.find("row 1, column 3 cannot be 1: ") == 0);
  // With several solutions only what breaks a rule is known to be wrong.
  const Question open = parsed("sudoku", "................");
  const auto doubled =
      find_hint(nullptr, with(fresh_state(open), {{0, 0, 1}, {0, 1, 1}}), "", going);
  if (!doubled) FAIL(doubled.error().message);
  CHECK(doubled->value == 0);
  CHECK(doubled->text.find(" cannot be 1") != std::string::npos);
}

TEST_CASE("Boards that nobody can give hints for say so", "[jobs]") {
  const auto code = [](Solver* solver, const BoardState& state) {
    const auto hint = find_hint(solver, state, "", going);
    REQUIRE_FALSE(hint.ok());
    CHECK_FALSE(hint.error().message.empty());
    return hint.error().code;
  };
  BoardState done = fresh_state(small());
  done.entries = solution_of(small());
  CHECK(code(nullptr, done) == ErrorCode::exhausted);
  CHECK(code(solver_with("exact").get(), done) == ErrorCode::exhausted);
  CHECK(code(nullptr, fresh_state(parsed("sudoku", "12....34........"))) ==
        ErrorCode::invalid_board);
  CHECK(code(nullptr, fresh_state(parsed("maze", "   /   "))) == ErrorCode::invalid_board);
  CHECK(code(nullptr, fresh_state(board_of(named("arc")))) == ErrorCode::unsupported);
  const auto unknown =
      find_hint(solver_with("exact").get(), fresh_state(board_of(named("arc"))), "", going);
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == ErrorCode::unsupported_by_model);
  const auto cancelled = find_hint(solver_with("random").get(), fresh_state(small()), "", stopped);
  REQUIRE_FALSE(cancelled.ok());
  CHECK(cancelled.error().code == ErrorCode::cancelled);
}

// --- The first wrong move ------------------------------------------------------------------------

TEST_CASE("Undo goes back to before the first entry that no solution has", "[jobs]") {
  History history(fresh_state(small()));
  const auto found = [&] {
    const auto result = before_first_wrong(history, going);
    if (!result) FAIL(result.error().message);
    return *result;
  };
  CHECK_FALSE(found());
  history.push(with(history.now(), {{0, 1, 2}}), "right");
  CHECK_FALSE(found());
  history.push(with(history.now(), {{0, 2, 4}}), "wrong");
  CHECK(found() == 1u);
  history.push(with(history.now(), {{3, 3, 1}}), "right");
  CHECK(found() == 1u);
  history.push(with(history.now(), {{0, 2, 3}}), "mended");
  CHECK_FALSE(found());
  history.push(with(history.now(), {{3, 1, 2}}), "wrong again");
  CHECK(found() == 4u);
  REQUIRE(history.jump(3));  // what could be redone does not count
  CHECK(found() == 1u);
}

TEST_CASE("Several solutions: an entry is wrong when none has it with the others", "[jobs]") {
  const Question question = parsed("maze", "S  /   /  G");  // six shortest paths
  History history(fresh_state(question));
  history.push(with(history.now(), {{0, 1, 4}}), "right");
  history.push(with(history.now(), {{1, 0, 4}}), "another path's");
  const auto found = before_first_wrong(history, going);
  if (!found) FAIL(found.error().message);
  CHECK(*found == std::optional<std::size_t>(1));
}

TEST_CASE("Entries are judged by the question that they were made for", "[jobs]") {
  const auto found = [](const History& history) {
    const auto result = before_first_wrong(history, going);
    if (!result) FAIL(result.error().message);
    return *result;
  };
  // Wrong before a given was added, and after.
  History wrong(fresh_state(small()));
  wrong.push(with(wrong.now(), {{0, 3, 4}}), "right");
  wrong.push(with(wrong.now(), {{0, 1, 3}}), "wrong");
  const Question given = parsed("sudoku", "1....41..1.34..1");
  wrong.push(with(fresh_state(given), {{0, 3, 4}, {0, 1, 3}}), "one more given");
  CHECK(found(wrong) == std::optional<std::size_t>(1));
  // Right in a maze whose shortest path went there, wrong since a wall stands in the way.
  History right(fresh_state(parsed("maze", "S  /   /  G")));
  right.push(with(right.now(), {{0, 1, 4}}), "right");
  right.push(with(fresh_state(parsed("maze", "S #/   /  G")), {{0, 1, 4}, {1, 0, 4}}), "wall");
  CHECK(found(right) == std::optional<std::size_t>(1));
  // Without entries nothing was wrong, whatever the question.
  History fresh(fresh_state(parsed("sudoku", "................")));
  fresh.push(with(fresh_state(small()), {{0, 1, 3}}), "givens and an entry");
  CHECK(found(fresh) == std::optional<std::size_t>(0));
}

TEST_CASE("Entries in a board with too many solutions are not called right", "[jobs]") {
  const Question open = parsed("sudoku", "................");
  History history(fresh_state(open));
  // In none of the first solutions that the search finds, but in 72 of the others.
  const Cell late = solution_of(open).best().at(0, 0) % 4 + 1;
  history.push(with(history.now(), {{0, 0, late}}), "entry");
  history.push(with(fresh_state(small()), {{0, 1, 3}}), "other givens, a wrong entry");
  const auto found = before_first_wrong(history, going);
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().code == ErrorCode::exhausted);
}

TEST_CASE("Where nothing can be compared it says why", "[jobs]") {
  const auto code = [](BoardState state, const std::atomic<bool>& stop = going) {
    const auto found = before_first_wrong(History(std::move(state)), stop);
    REQUIRE_FALSE(found.ok());
    CHECK_FALSE(found.error().message.empty());
    return found.error().code;
  };
  CHECK(code(fresh_state(board_of(named("arc")))) == ErrorCode::unsupported);
  CHECK(code(fresh_state(parsed("sudoku", "................"))) == ErrorCode::exhausted);
  CHECK(code(fresh_state(parsed("sudoku", "12....34........"))) == ErrorCode::invalid_board);
  CHECK(code(with(fresh_state(small()), {{0, 1, 3}})) == ErrorCode::exhausted);
  CHECK(code(fresh_state(small()), stopped) == ErrorCode::cancelled);
  for (const Puzzle* puzzle : registered_puzzles()) {
    INFO(puzzle->name());
    if (!puzzle->info().solves) continue;
    const auto found = before_first_wrong(History(fresh_state(board_of(*puzzle))), going);
    if (found) CHECK_FALSE(found->has_value());
  }
}

}  // namespace
}  // namespace trm::ui
