// The contract of playing: what a player may put where, what is said on the way, where it is drawn.
#include <algorithm>
#include <set>

#include "tests/contract/contract.h"
#include "tests/puzzles/recorder.h"

namespace trm {
namespace {

using contract::boards;
using contract::examples;
using contract::modules;
using contract::solved;
using test::centre_of;
using test::Recorder;

/// Boards without and with problems.
std::vector<Question> all_boards(const Puzzle& puzzle) {
  std::vector<Question> all = boards(puzzle, 1);
  for (const Question& question : examples(puzzle)) all.push_back(question);
  all.push_back(puzzle.empty("").value());
  return all;
}

/// For each cell of a query's answer the values of answer_palette() that the mask allows there.
std::vector<std::set<Cell>> allowed_values(const Question& question, int query, const Grid& grid) {
  const Puzzle& puzzle = question.puzzle();
  const TokenLayout layout = puzzle.layout(question, query);
  const TokenMask mask = puzzle.mask(question, query);
  std::vector<std::set<Cell>> allowed(grid.cells.size());
  for (const PaletteEntry& entry : puzzle.answer_palette(question)) {
    const auto labels =
        puzzle.encode_answer(question, query, Grid(grid.rows, grid.cols, entry.value));
    for (int i = 0; i < layout.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Position& position = layout.positions[at];
      const bool cell = position.role == Role::cell && position.answer &&
                        grid.contains(position.row, position.col);
      if (cell && labels[at] != Puzzle::ignore_label && mask.at(i, labels[at]))
        allowed[grid.index(position.row, position.col)].insert(entry.value);
    }
  }
  return allowed;
}

TEST_CASE("Players find the values of right answers in every open cell", "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer start = puzzle->start_answer(question);
      const Answer right = solved(question);
      for (int query = 0; query < puzzle->queries(question); ++query) {
        INFO(puzzle->format_line(question) << ", query " << query);
        const Grid& wanted = right.best(static_cast<std::size_t>(query));
        const auto allowed = allowed_values(question, query, wanted);
        const Grid& begun = start.best(static_cast<std::size_t>(query));
        for (std::size_t cell = 0; cell < allowed.size(); ++cell) {
          INFO("cell " << cell);
          // What nobody can change stands there from the beginning.
          const bool same_size = begun.rows == wanted.rows && begun.cols == wanted.cols;
          const bool given = same_size && begun.cells[cell] == wanted.cells[cell];
          CHECK((given || allowed[cell].contains(wanted.cells[cell])));
        }
      }
    }
  }
}

TEST_CASE("Palettes name each value once, and their letters can be read by day and by night",
          "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    const Question question = puzzle->empty("").value();
    for (const auto& palette : {puzzle->palette(question), puzzle->answer_palette(question)}) {
      std::set<Cell> values;
      std::set<char> keys;
      CHECK_FALSE(palette.empty());
      for (const PaletteEntry& entry : palette) {
        INFO(entry.name);
        CHECK(values.insert(entry.value).second);
        CHECK((entry.key == 0 || keys.insert(entry.key).second));
        CHECK_FALSE(entry.name.empty());
        CHECK(entry.fill != entry.ink);
        if (entry.label.empty()) continue;
        CHECK(contrast(entry.fill, entry.ink) >= 3);
        CHECK(contrast(night(entry.fill), night(entry.ink)) >= 3);
      }
    }
  }
}

/// A player's way from the start to an answer: the sizes first, then the cells in random order.
/// Calls `look` at every stop.
template <class Function>
void play(const Question& question, const Answer& goal, Rng& rng, Function&& look) {
  Answer partial = question.puzzle().start_answer(question);
  REQUIRE(partial.queries.size() == goal.queries.size());
  for (std::size_t query = 0; query < goal.queries.size(); ++query) {
    REQUIRE(partial.queries[query].size() == 1);
    Grid& grid = partial.queries[query].front();
    const Grid& wanted = goal.best(query);
    if (grid.rows != wanted.rows || grid.cols != wanted.cols) grid = Grid(wanted.rows, wanted.cols);
    look(partial);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < wanted.cells.size(); ++i) {
      if (grid.cells[i] != wanted.cells[i]) order.push_back(i);
    }
    rng.shuffle(order);
    for (const std::size_t cell : order) {
      grid.cells[cell] = wanted.cells[cell];
      look(partial);
    }
  }
}

TEST_CASE("Nothing is wrong with a right answer at any point of the way to it",
          "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      INFO(puzzle->format_line(question));
      const Answer start = puzzle->start_answer(question);
      CHECK(static_cast<int>(start.queries.size()) == puzzle->queries(question));
      CHECK(puzzle->partial_conflicts(question, start).empty());
      if (!puzzle->info().solves) continue;  // no answer is known to be right
      Rng rng(11);
      play(question, solved(question), rng, [&](const Answer& partial) {
        const auto conflicts = puzzle->partial_conflicts(question, partial);
        INFO(puzzle->format_answer(question, partial));
        if (!conflicts.empty()) FAIL(conflicts.front().message);
      });
    }
  }
}

TEST_CASE("A finished answer that is wrong has a conflict; malformed ones do not crash",
          "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer start = puzzle->start_answer(question);
      Answer no_candidate = start, torn = start, more = start;
      no_candidate.queries.front().clear();
      torn.queries.front().front().cells.pop_back();
      more.queries.push_back(more.queries.front());
      for (const Answer& answer : {Answer(), no_candidate, torn, more, Answer(Grid(0, 0)),
                                   Answer(Grid(64, 64, 255)), Answer(Grid(1, 1, 7))}) {
        (void)puzzle->partial_conflicts(question, answer);
        for (const CellRef& cell :
             {CellRef{0, 0, 0}, CellRef{0, -1, 70}, CellRef{9, 0, 0}, CellRef{-1, 0, 0}}) {
          (void)puzzle->reason(question, answer, cell, 1);
          (void)puzzle->reason(question, answer, cell, 255);
        }
        View view;
        view.question = &question;
        view.answer = &answer;
        (void)test::recorded(view);
        CHECK(static_cast<int>(puzzle->answer_areas(question, answer, view.area).size()) ==
              puzzle->queries(question));
      }
      if (!puzzle->info().checks) continue;
      const Answer right_answer = solved(question);
      const Cell right_value = right_answer.best().cells.back();
      const auto open = start.best();
      for (const PaletteEntry& entry : puzzle->answer_palette(question)) {
        // In an answer of another size nobody has filled in a 0.
        const bool same_size = open.size() == right_answer.best().size();
        const bool missing = entry.value == (same_size ? open.cells.back() : Cell{0});
        if (entry.value == right_value || missing) continue;
        Answer wrong = right_answer;
        wrong.queries.front().front().cells.back() = entry.value;
        INFO(puzzle->format_line(question) << ", last cell " << entry.name);
        CHECK_FALSE(puzzle->partial_conflicts(question, wrong).empty());
      }
    }
  }
}

TEST_CASE("Hints have their reasons, and every reason is true", "[contract][play]") {
  int reasons = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      Answer partial = puzzle->start_answer(question);
      if (!puzzle->hint(question, partial)) continue;
      INFO(puzzle->format_line(question));
      const auto exact = puzzle->solve_exact(question, {50, 200'000});
      REQUIRE(exact.ok());
      const auto some_solution_has = [&](const CellRef& cell, Cell value) {
        return std::any_of(
            exact->solutions.begin(), exact->solutions.end(), [&](const Answer& solution) {
              return solution.best(static_cast<std::size_t>(cell.grid)).at(cell.row, cell.col) ==
                     value;
            });
      };
      for (int hints = 0;; ++hints) {
        const auto hint = puzzle->hint(question, partial);
        if (!hint) break;
        REQUIRE(hints < 4096);
        ++reasons;
        CHECK(puzzle->reason(question, partial, hint->cell, hint->value) == hint->reason);
        CHECK((some_solution_has(hint->cell, hint->value) || !exact->complete));
        partial.queries[static_cast<std::size_t>(hint->cell.grid)].front().at(
            hint->cell.row, hint->cell.col) = hint->value;
        // All that is said about other cells of the board as it stands now.
        if (hints % 8 != 1 || partial.best().size() > 250) continue;
        const Grid now = partial.best();
        for (int cell = 0; cell < now.size(); ++cell) {
          for (const PaletteEntry& entry : puzzle->answer_palette(question)) {
            const CellRef place{0, cell / now.cols, cell % now.cols};
            if (!puzzle->reason(question, partial, place, entry.value)) continue;
            ++reasons;
            CHECK(entry.value != now.at(place.row, place.col));
            CHECK((some_solution_has(place, entry.value) || !exact->complete));
          }
        }
      }
    }
  }
  CHECK(reasons > 200);
}

TEST_CASE("Empty boards come in every size, can be written, and resized to every other",
          "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    std::vector<std::string> sizes = puzzle->info().sizes;
    sizes.emplace_back();
    for (const std::string& size : sizes) {
      INFO("size " << size);
      const auto empty = puzzle->empty(size);
      if (!empty) FAIL(empty.error().message);
      for (const NamedGrid& named : empty->grids()) {
        CHECK(std::all_of(named.grid.cells.begin(), named.grid.cells.end(),
                          [](Cell value) { return value == 0; }));
      }
      const auto again = puzzle->parse(puzzle->format_line(*empty));
      if (!again) FAIL(again.error().message);
      CHECK(*again == *empty);
      (void)puzzle->problems(*empty);
      CHECK_FALSE(puzzle->start_answer(*empty).queries.empty());
      if (empty->grids().size() > 1) continue;
      for (const std::string& other : puzzle->info().sizes) {
        const auto cells = parse_size(other.substr(0, other.find(':'))).value();
        const auto resized = puzzle->apply(*empty, Resize{0, cells.rows, cells.cols});
        if (!resized) FAIL(resized.error().message);
        CHECK(resized->grid() == Grid(cells.rows, cells.cols));
      }
    }
    if (!puzzle->info().sizes.empty())
      CHECK(*puzzle->empty("") == *puzzle->empty(puzzle->info().sizes.front()));
    for (const char* wrong : {"0x0", "-3x4", "999x999", "x", "4x", "4x4x4", "size", "3x3:"}) {
      INFO(wrong);
      const auto refused = puzzle->empty(wrong);
      REQUIRE_FALSE(refused.ok());
      CHECK_FALSE(refused.error().message.empty());
    }
  }
}

TEST_CASE("Resizing keeps what fits", "[contract][play]") {
  int kept = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      if (question.grids().size() > 1) continue;
      const Grid& before = question.grid();
      for (const std::string& size : puzzle->info().sizes) {
        const auto cells = parse_size(size.substr(0, size.find(':'))).value();
        const auto resized = puzzle->apply(question, Resize{0, cells.rows, cells.cols});
        if (!resized) FAIL(resized.error().message);
        const bool larger = cells.rows >= before.rows && cells.cols >= before.cols;
        for (int row = 0; row < std::min(cells.rows, before.rows); ++row) {
          for (int col = 0; col < std::min(cells.cols, before.cols); ++col) {
            const Cell value = resized->grid().at(row, col);
            // A smaller board may not know the value.
            CHECK((value == before.at(row, col) || (!larger && value == 0)));
            kept += value != 0;
          }
        }
      }
    }
  }
  CHECK(kept > 100);
}

TEST_CASE("Demonstrations are added and taken away where the module has them", "[contract][play]") {
  int with = 0;
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : all_boards(*puzzle)) {
      const auto added = puzzle->apply(question, AddExample{});
      const auto shown = static_cast<int>(puzzle->examples(question).size());
      if (!puzzle->info().examples) {
        CHECK(added.error().code == ErrorCode::unsupported);
        CHECK(puzzle->apply(question, RemoveExample{0}).error().code == ErrorCode::unsupported);
        continue;
      }
      ++with;
      if (!added) FAIL(added.error().message);
      CHECK(static_cast<int>(puzzle->examples(*added).size()) == shown + 1);
      CHECK(puzzle->queries(*added) == puzzle->queries(question));
      const auto removed = puzzle->apply(*added, RemoveExample{shown});
      REQUIRE(removed.ok());
      CHECK(*removed == question);
      for (const int index : {-1, shown + 1, 1 << 30})
        CHECK_FALSE(puzzle->apply(*added, RemoveExample{index}).ok());
    }
  }
  CHECK(with > 0);
}

bool inside(const Rect& rect, const Rect& area) {
  const float slack = 0.01f;
  return rect.width > 0 && rect.height > 0 && rect.x >= area.x - slack &&
         rect.y >= area.y - slack && rect.x + rect.width <= area.x + area.width + slack &&
         rect.y + rect.height <= area.y + area.height + slack;
}

bool overlap(const Rect& a, const Rect& b) {
  const float slack = 0.01f;
  return a.x + slack < b.x + b.width && b.x + slack < a.x + a.width &&
         a.y + slack < b.y + b.height && b.y + slack < a.y + a.height;
}

/// Answers as players and models give them: begun, of other sizes, none.
std::vector<Answer> some_answers(const Question& question) {
  const auto count = static_cast<std::size_t>(question.puzzle().queries(question));
  std::vector<Answer> all{question.puzzle().start_answer(question)};
  for (const Grid& grid : {Grid(1, 1), Grid(1, 30), Grid(30, 1), Grid(30, 30)}) {
    all.emplace_back();
    all.back().queries.resize(count, {grid});
  }
  return all;
}

TEST_CASE("Answers have places of their own, and clicks find their cells", "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : all_boards(*puzzle)) {
      INFO(puzzle->format_line(question));
      std::set<int> asked;
      for (int query = 0; query < puzzle->queries(question); ++query) {
        const int grid = puzzle->query_grid(question, query);
        CHECK((grid >= 0 && grid < static_cast<int>(question.grids().size())));
        CHECK(asked.insert(grid).second);
      }
      for (const Rect& area : {Rect{20, 10, 300, 200}, Rect{0, 0, 90, 400}}) {
        CHECK(static_cast<int>(puzzle->answer_areas(question, Answer(), area).size()) ==
              puzzle->queries(question));
        for (const Answer& answer : some_answers(question)) {
          const auto places = puzzle->answer_areas(question, answer, area);
          REQUIRE(static_cast<int>(places.size()) == puzzle->queries(question));
          const auto grids = puzzle->areas(question, area);
          for (std::size_t i = 0; i < places.size(); ++i) {
            CHECK(inside(places[i], area));
            for (std::size_t k = i + 1; k < places.size(); ++k)
              CHECK_FALSE(overlap(places[i], places[k]));
            for (std::size_t k = 0; k < grids.size(); ++k) {
              const bool own =
                  puzzle->query_grid(question, static_cast<int>(i)) == static_cast<int>(k);
              CHECK((own || !overlap(places[i], grids[k])));
            }
            const Grid& grid = answer.best(i);
            for (int row = 0; row < grid.rows; ++row) {
              for (int col = 0; col < grid.cols; ++col) {
                const Rect cell = cell_rect(places[i], grid, row, col);
                const auto found = cell_at(places[i], grid, centre_of(cell));
                REQUIRE(found == CellRef{0, row, col});
              }
            }
          }
        }
      }
    }
  }
}

TEST_CASE("Answers are drawn in their places", "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : boards(*puzzle, 1)) {
      const Answer answer = solved(question);
      View view;
      view.question = &question;
      view.answer = &answer;
      view.area = {20, 10, 300, 200};
      const Recorder recorder = test::recorded(view);
      const auto places = puzzle->answer_areas(question, answer, view.area);
      for (std::size_t query = 0; query < places.size(); ++query) {
        const Grid& grid = answer.best(query);
        for (int row = 0; row < grid.rows; ++row) {
          for (int col = 0; col < grid.cols; ++col) {
            const Rect cell = cell_rect(places[query], grid, row, col);
            CHECK(std::any_of(recorder.fills.begin(), recorder.fills.end(), [&](const auto& fill) {
              return inside(fill.rect, cell) && fill.rect.width > cell.width * 0.7f;
            }));
          }
        }
      }
    }
  }
}

TEST_CASE("A dark picture has the parts of the light one, and both can be read",
          "[contract][play]") {
  for (const Puzzle* puzzle : modules()) {
    INFO(puzzle->name());
    for (const Question& question : all_boards(*puzzle)) {
      std::vector<Answer> answers = some_answers(question);
      if (puzzle->problems(question).empty()) answers.push_back(solved(question));
      std::vector<const Answer*> shown{nullptr};
      for (const Answer& answer : answers) shown.push_back(&answer);
      for (const Answer* answer : shown) {
        View view;
        view.question = &question;
        view.answer = answer;
        view.conflicts = {{{0, 0, 0}, "here"}};
        const Recorder light = test::recorded(view);
        view.dark = true;
        const Recorder dark = test::recorded(view);
        CHECK(dark.fills.size() == light.fills.size());
        CHECK(dark.lines.size() == light.lines.size());
        CHECK(dark.circles.size() == light.circles.size());
        REQUIRE(dark.labels.size() == light.labels.size());
        for (const Recorder* picture : {&light, &dark}) {
          for (const auto& label : picture->labels) {
            if ((label.ground & 0xffu) != 0xffu) continue;  // washed red
            INFO(label.text << std::hex << " " << label.ground << " " << label.color);
            REQUIRE(contrast(label.color, label.ground) >= 3);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace trm
