#include "puzzles/arc/arc.h"

#include <algorithm>

#include "puzzles/arc/arc_internal.h"
#include "puzzles/arc/arc_module.h"
#include "puzzles/text.h"

namespace trm {
namespace arc {
namespace {

std::string test_name(int query) { return "test " + std::to_string(query + 1); }

// What is wrong with a candidate's structure; empty: nothing.
std::string broken_structure(const Grid& grid) {
  if (grid.rows < 1 || grid.cols < 1 || grid.rows > longest_side || grid.cols > longest_side) {
    return "is " + size_text(grid.rows, grid.cols) + "; sides are 1 to 30";
  }
  if (grid.cells.size() != static_cast<std::size_t>(grid.size())) {
    return "has " + std::to_string(grid.cells.size()) + " cells instead of " +
           std::to_string(grid.size());
  }
  return "";
}

void check_candidate(int query, const Grid& grid, std::vector<Conflict>& conflicts) {
  if (const std::string wrong = broken_structure(grid); !wrong.empty()) {
    conflicts.push_back({{query, 0, 0}, test_name(query) + ": a candidate " + wrong});
    return;
  }
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      if (grid.at(row, col) >= colours) {
        conflicts.push_back({{query, row, col}, "no colour: they are 0 to 9"});
      }
    }
  }
}

// What the demonstrations say of one test.
enum class Shown { nothing, agrees, contradicts };

Shown compare_with_demos(const Question& question, int query, const std::vector<Grid>& candidates,
                         std::size_t counted) {
  const auto end =
      candidates.begin() + static_cast<std::ptrdiff_t>(std::min(counted, candidates.size()));
  Shown shown = Shown::nothing;
  for (int demo = 0; demo < demos(question); ++demo) {
    if (question.grid(static_cast<std::size_t>(2 * demo)) != test_input(question, query)) continue;
    const Grid& output = question.grid(static_cast<std::size_t>(2 * demo + 1));
    if (std::find(candidates.begin(), end, output) != end) return Shown::agrees;
    shown = Shown::contradicts;
  }
  return shown;
}

// Black grids of the sizes of the last demonstration, behind it.
Result<void> add_demonstration(Draft& draft) {
  int& shown = draft.params[demos_param];
  if (shown >= most_pairs) {
    return fail(
        ErrorCode::too_large,
        "the task has " + std::to_string(shown) + " demonstrations, as many as there may be",
        "edit");
  }
  Grid input(3, 3), output(3, 3);
  const auto end = draft.grids.begin() + 2 * shown;
  if (shown > 0) {
    const Grid &before = (end - 2)->grid, &after = (end - 1)->grid;
    input = Grid(before.rows, before.cols), output = Grid(after.rows, after.cols);
  }
  const NamedGrid pair[] = {{"", std::move(input)}, {"", std::move(output)}};
  draft.grids.insert(end, std::begin(pair), std::end(pair));
  ++shown;
  return {};
}

Result<void> remove_demonstration(Draft& draft, int index) {
  int& shown = draft.params[demos_param];
  if (index < 0 || index >= shown) {
    const std::string there =
        shown == 0 ? "the task has none" : "the task has 1 to " + std::to_string(shown);
    return fail(
        ErrorCode::invalid_field,
        "demonstration " + std::to_string(std::int64_t{index} + 1) + " does not exist; " + there,
        "index");
  }
  const auto first = draft.grids.begin() + 2 * index;
  draft.grids.erase(first, first + 2);
  --shown;
  return {};
}

}  // namespace

std::string grid_name(bool demonstration, int pair, bool output) {
  return (demonstration ? "demonstration " : "test ") + std::to_string(pair + 1) +
         (output ? ", output" : ", input");
}

Draft Task::draft(Notation notation) && {
  Draft draft;
  draft.notation = std::move(notation);
  draft.params[demos_param] = static_cast<int>(demos.size());
  for (auto& [input, output] : demos) {
    draft.grids.push_back({"", std::move(input)});
    draft.grids.push_back({"", std::move(output)});
  }
  for (Grid& test : tests) draft.grids.push_back({"", std::move(test)});
  return draft;
}

const PuzzleInfo& Arc::info() const {
  static const PuzzleInfo info = [] {
    PuzzleInfo i;
    i.name = "arc";
    i.title = "ARC tasks";
    i.summary = "Find the rule that turns each input into its output, and apply it to the tests.";
    i.rules =
        "The demonstrations show pairs of grids that one rule connects. An answer is right if it "
        "applies that rule to the test input. Nobody has written the rule down, so answers can be "
        "compared with known ones but not verified.";
    i.forms = {
        {"line", "pairs IN>OUT and tests IN>?, separated by |; rows of digits 0 to 9 joined by /",
         "10/03>01/30|023>320|123/456>?"},
        {"json", "the official task: {\"train\":[{\"input\",\"output\"}],\"test\":[{\"input\"}]}",
         "{\"train\":[{\"input\":[[0,5]],\"output\":[[0,5],[0,5]]},"
         "{\"input\":[[7]],\"output\":[[7],[7]]}],"
         "\"test\":[{\"input\":[[0,4,0]]},{\"input\":[[8],[1]]}]}"},
        {"grid", "headings \"demonstration 1\", \"test 1\"; below them rows, IN > OUT",
         "demonstration 1\n0200 > 0222\n0003 > 0003\ndemonstration 2\n60 > 66\n00 > 00\n"
         "test 1\n0800"}};
    i.checks = false;
    i.examples = true;
    return i;
  }();
  return info;
}

// Whether a rule connects the demonstrations is for the solver to find out.
std::vector<Conflict> Arc::problems(const Question&) const { return {}; }

Result<Question> Arc::empty(std::string_view size) const {
  const auto cells = parse_size(size.empty() ? "3x3" : size);
  if (!cells) return cells.error();
  const Grid grid(cells->rows, cells->cols);
  Task task{{{grid, grid}}, {grid}};
  return make(std::move(task).draft({}));
}

Result<Question> Arc::apply(const Question& question, const Edit& edit) const {
  Draft draft = question.draft();
  if (std::holds_alternative<AddExample>(edit)) {
    if (auto added = add_demonstration(draft); !added) return std::move(added).error();
  } else if (const auto* removal = std::get_if<RemoveExample>(&edit)) {
    if (auto removed = remove_demonstration(draft, removal->index); !removed)
      return std::move(removed).error();
  } else {
    return Puzzle::apply(question, edit);
  }
  return make(std::move(draft));
}

int Arc::queries(const Question& question) const {
  return static_cast<int>(question.grids().size()) - 2 * demos(question);
}

std::vector<std::pair<Question, Answer>> Arc::examples(const Question& question) const {
  std::vector<std::pair<Question, Answer>> pairs;
  for (int i = 0; i < demos(question); ++i) {
    Task task;
    task.tests.push_back(question.grid(static_cast<std::size_t>(2 * i)));
    pairs.emplace_back(make(std::move(task).draft(question.notation())).value(),
                       Answer(question.grid(static_cast<std::size_t>(2 * i + 1))));
  }
  return pairs;
}

Result<void> Arc::validate(Draft& draft) const {
  const int shown = draft.params.try_emplace(demos_param, 0).first->second;
  const auto grids = static_cast<int>(draft.grids.size());
  if (draft.params.size() != 1) {
    return fail(ErrorCode::invalid_board,
                "a task has no parameter but \"" + std::string(demos_param) + "\"", demos_param);
  }
  if (shown < 0 || shown > most_pairs || grids - 2 * shown > most_pairs) {
    return fail(ErrorCode::too_large, "a task has at most 100 demonstrations and 100 tests",
                "board");
  }
  if (grids <= 2 * shown) {
    return fail(ErrorCode::invalid_board, "a task has at least one test input", "board");
  }
  for (int i = 0; i < grids; ++i) {
    const bool demo = i < 2 * shown;
    NamedGrid& named = draft.grids[static_cast<std::size_t>(i)];
    named.name = grid_name(demo, demo ? i / 2 : i - 2 * shown, demo && i % 2 == 1);
    const Grid& grid = named.grid;
    if (grid.rows > longest_side || grid.cols > longest_side) {
      return fail(ErrorCode::too_large,
                  named.name + " is " + size_text(grid.rows, grid.cols) + "; sides are 1 to 30",
                  named.name);
    }
    const auto bad = std::find_if(grid.cells.begin(), grid.cells.end(),
                                  [](Cell value) { return value >= colours; });
    if (bad == grid.cells.end()) continue;
    const auto cell = static_cast<int>(bad - grid.cells.begin());
    const std::string place = named.name + ", " + cell_place(cell / grid.cols, cell % grid.cols);
    return fail(ErrorCode::invalid_board,
                place + ": " + std::to_string(int{*bad}) + " is no colour; they are 0 to 9", place);
  }
  return {};
}

Verdict Arc::check(const Question& question, const Answer& answer) const {
  Verdict verdict;
  const int asked = queries(question);
  if (static_cast<int>(answer.queries.size()) != asked) {
    verdict.conflicts.push_back({{0, 0, 0},
                                 "answers to " + std::to_string(answer.queries.size()) +
                                     " tests; the task has " + std::to_string(asked)});
    return verdict;
  }
  int reproduced = 0;
  for (int query = 0; query < asked; ++query) {
    const auto& candidates = answer.queries[static_cast<std::size_t>(query)];
    if (candidates.empty()) {
      verdict.conflicts.push_back({{query, 0, 0}, test_name(query) + " has no candidate"});
    }
    for (const Grid& grid : candidates) check_candidate(query, grid, verdict.conflicts);
    const Shown shown = compare_with_demos(question, query, candidates,
                                           static_cast<std::size_t>(answers_per_query()));
    reproduced += shown == Shown::agrees;
    if (shown == Shown::contradicts && !candidates.empty()) {
      verdict.conflicts.push_back(
          {{query, 0, 0},
           test_name(query) + " is an input of the demonstrations, which show another output"});
    }
  }
  // Other tests cannot be judged: that an answer looks like an answer is no evidence.
  if (verdict.conflicts.empty() && reproduced == asked) {
    verdict.status = Status::plausible;
    verdict.evidence = "every test is an input of the demonstrations and is answered alike";
  }
  return verdict;
}

int Arc::query_grid(const Question& question, int query) const {
  return static_cast<int>(test_grid(question, query));
}

Answer Arc::start_answer(const Question& question) const {
  Answer answer;
  for (int query = 0; query < queries(question); ++query) {
    const Grid& input = test_input(question, query);
    answer.queries.push_back({Grid(input.rows, input.cols)});
  }
  return answer;
}

std::vector<Conflict> Arc::partial_conflicts(const Question& question,
                                             const Answer& partial) const {
  std::vector<Conflict> found;
  const int answered = std::min(queries(question), static_cast<int>(partial.queries.size()));
  for (int query = 0; query < answered; ++query) {
    for (const Grid& grid : partial.queries[static_cast<std::size_t>(query)])
      check_candidate(query, grid, found);
  }
  return found;
}

std::shared_ptr<const Symmetry> Arc::symmetry(Rng& rng, const Question&) const {
  return random_symmetry(rng);
}
std::shared_ptr<const Symmetry> Arc::variation(Rng& rng, const Question& question,
                                               int level) const {
  return random_variation(rng, question, level > 0);
}
std::string Arc::isomorph_key(const Question& question) const {
  return canonical_text(question, nullptr);
}
std::string Arc::pair_key(const Question& question, const Answer& answer) const {
  return canonical_text(question, &answer);
}
Result<std::shared_ptr<const Symmetry>> Arc::symmetry_named(std::string_view description) const {
  return named_symmetry(description);
}

// The colours that ARC's own pages use.
std::vector<PaletteEntry> Arc::palette(const Question&) const {
  constexpr struct {
    const char* name;
    Color fill, ink;
  } looks[colours] = {{"black", 0x000000ff, 0xffffffff},   {"blue", 0x0074d9ff, 0xffffffff},
                      {"red", 0xff4136ff, 0xffffffff},     {"green", 0x2ecc40ff, 0x000000ff},
                      {"yellow", 0xffdc00ff, 0x000000ff},  {"grey", 0xaaaaaaff, 0x000000ff},
                      {"magenta", 0xf012beff, 0xffffffff}, {"orange", 0xff851bff, 0x000000ff},
                      {"azure", 0x7fdbffff, 0x000000ff},   {"maroon", 0x870c25ff, 0xffffffff}};
  std::vector<PaletteEntry> entries;
  for (int value = 0; value < colours; ++value) {
    const char key = static_cast<char>('0' + value);
    entries.push_back({static_cast<Cell>(value), looks[value].name, std::string(1, key), key,
                       looks[value].fill, looks[value].ink});
  }
  return entries;
}

}  // namespace arc

const Puzzle& arc_puzzle() {
  static const arc::Arc puzzle;
  return puzzle;
}

}  // namespace trm
