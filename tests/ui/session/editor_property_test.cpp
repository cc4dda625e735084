// Random hands on every puzzle: nothing crashes, undo leads back to the beginning, and what is
// saved is what was there.
#include "tests/fuzz/puzzle_checks.h"
#include "tests/ui/session/boards.h"
#include "ui/session/board_file.h"
#include "ui/session/game_id.h"

namespace trm::ui {
namespace {

/// A user without a plan.
class Hands {
 public:
  Hands(Editor& editor, std::uint64_t seed) : e_(editor), rng_(seed) {}

  void act() {
    switch (rng_.below(14)) {
      case 0:
        return e_.set_layer(rng_.chance(0.5) ? Layer::question : Layer::answer);
      case 1:
        return e_.set_tool(static_cast<Tool>(rng_.below(4)));
      case 2:
        return e_.set_brush(value());
      case 3:
      case 4:
      case 5:
        return stroke();
      case 6:
        return put();
      case 7:
        return mark();
      case 8:
        return region();
      case 9:
        return resize();
      case 10:
        return whole();
      case 11:
        return move();
      case 12:
        return travel();
      default:
        return take_over();
    }
  }

 private:
  Cell value() {
    if (rng_.chance(0.1)) return static_cast<Cell>(rng_.below(256));
    return e_.palette()[rng_.below(static_cast<std::uint32_t>(e_.palette().size()))].value;
  }
  /// Mostly inside.
  CellRef cell() {
    const auto grids = e_.grids(e_.layer());
    const int grid = rng_.between(0, static_cast<int>(grids.size()) - 1);
    const Grid& cells = *grids[static_cast<std::size_t>(grid)];
    const int off = rng_.chance(0.05) ? rng_.between(-2, 2) : 0;
    return {grid + (rng_.chance(0.02) ? rng_.between(-9, 9) : 0),
            rng_.between(0, cells.rows - 1) + off, rng_.between(0, cells.cols - 1) + off};
  }
  void stroke() {
    (void)e_.press(cell(), rng_.chance(0.3));
    for (int i = rng_.between(0, 4); i > 0; --i) {
      (void)e_.drag(cell());
      look();
    }
    if (rng_.chance(0.8)) e_.release();
  }
  /// What a cell holds after a value was put there: in a question what the module makes of it,
  /// which may move a value to its place.
  Cell expected(const Question& asked, const CellRef& where, Cell what) const {
    if (e_.layer() != Layer::question) return what;
    const auto made = asked.puzzle().apply(asked, SetCell{where.grid, where.row, where.col, what});
    if (!made) return what;  // another cell had to give way first: a unique value
    return made->grid(static_cast<std::size_t>(where.grid)).at(where.row, where.col);
  }
  void put() {
    const CellRef where = cell();
    const Cell what = value();
    const bool may = e_.may_put(where, what);
    const auto before = e_.now();
    switch (rng_.below(4)) {
      case 0: {
        const Question asked = e_.question();
        const auto done = e_.put(where, what);
        CHECK(done.ok() == may);
        if (done) CHECK(e_.at(where) == expected(asked, where, what));
        if (!done && !e_.in_stroke()) CHECK(e_.now() == before);
        return;
      }
      case 1:
        return (void)e_.type(what);
      case 2:
        return (void)e_.erase_here();
      default:
        return (void)e_.flood(where, what);
    }
  }
  void mark() {
    switch (rng_.below(6)) {
      case 0:
        return (void)e_.fill_marks();
      case 1:
        return (void)e_.tidy_marks();
      case 2:
        return (void)e_.clear_marks();
      default:
        return (void)e_.toggle_mark(cell(), value());
    }
  }
  void region() {
    const CellRef corner = cell();
    switch (rng_.below(5)) {
      case 0:
        return e_.select_all();
      case 1:
        return (void)e_.copy_region(rng_.chance(0.5));
      case 2:
        return (void)e_.paste_region();
      case 3:
        return e_.select(std::nullopt);
      default:
        return e_.select(
            Region{corner.grid, corner.row, corner.col, rng_.between(0, 4), rng_.between(0, 4)});
    }
  }
  void resize() {
    const int grid = cell().grid;
    const int rows = rng_.chance(0.1) ? rng_.between(-1, 70) : rng_.between(1, 9);
    const int cols = rng_.chance(0.5) ? rows : rng_.between(1, 9);
    switch (rng_.below(5)) {
      case 0:
        return (void)e_.copy_grid(cell().grid, grid);
      case 1:
        return (void)e_.add_example();
      case 2:
        return (void)e_.remove_example(rng_.between(-1, 3));
      default:
        return (void)e_.resize(grid, rows, cols);
    }
  }
  void whole() {
    switch (rng_.below(6)) {
      case 0:
        return (void)e_.clear_entries();
      case 1:
        return (void)e_.clear_question();
      case 2:
        return (void)e_.give_entries();
      default: {
        GameId id;
        id.puzzle = e_.puzzle().name();
        id.request.size = e_.puzzle().info().sizes.empty() ? "" : e_.puzzle().info().sizes.back();
        id.seed = rng_.next();
        if (id.request.size.starts_with("16x16")) id.request.size.clear();  // slow to make
        const auto made = generate(id);
        if (made) CHECK(e_.replace_question(*made, "generate"));
        return;
      }
    }
  }
  void move() {
    if (rng_.chance(0.3)) return e_.set_cursor(cell());
    if (rng_.chance(0.5)) return e_.next_stop(rng_.chance(0.5));
    e_.move_cursor(rng_.between(-3, 3), rng_.between(-3, 3));
  }
  void travel() {
    if (rng_.chance(0.5)) return (void)e_.undo();
    if (rng_.chance(0.5)) return (void)e_.redo();
    (void)e_.jump(rng_.below(static_cast<std::uint32_t>(test::moments(e_)) + 1));
  }
  void take_over() {
    const auto exact = e_.puzzle().solve_exact(e_.question(), {1, 2000});
    if (exact && !exact->solutions.empty()) (void)e_.take_over(exact->solutions.front(), "solve");
    Answer odd = e_.now().entries;
    for (auto& candidates : odd.queries) {
      for (Cell& one : candidates.front().cells) one = static_cast<Cell>(rng_.below(12));
    }
    if (rng_.chance(0.2)) odd.queries.pop_back();
    if (rng_.chance(0.5)) (void)e_.take_over(odd, "step");
  }

 public:
  /// What must hold after every move; draws the board as the window would.
  void look() {
    const BoardState& now = e_.now();
    const AnswerRules rules(now.question);
    const auto fits = rules.check(now.entries);
    if (!fits) FAIL(fits.error().message);
    const auto noted = check_marks(rules, now.entries, now.marks);
    if (!noted) FAIL(noted.error().message);
    CHECK(e_.problems() == e_.puzzle().problems(now.question));
    CHECK(e_.has_entries() == (now.entries != e_.puzzle().start_answer(now.question)));
    if (e_.cursor()) CHECK(e_.contains(*e_.cursor()));
    if (e_.selection()) CHECK(e_.copied()->size() == e_.selection()->rows * e_.selection()->cols);
    if (e_.copied()) CHECK_FALSE(e_.copied_text().empty());
    View view;
    view.question = &now.question;
    view.answer = &now.entries;
    view.conflicts = e_.entry_conflicts();
    fuzz::NullCanvas canvas;
    e_.puzzle().draw(canvas, view);
    (void)e_.puzzle().format_answer(now.question, now.entries);
  }

 private:
  Editor& e_;
  Rng rng_;
};

TEST_CASE("Random hands break nothing", "[ui]") {
  constexpr int kActions = 250;
  for (const Puzzle* puzzle : registered_puzzles()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      INFO(puzzle->name() << ", seed " << seed);
      const Question first = test::board(puzzle->name(), puzzle->info().forms.front().example);
      Editor e(first);
      Hands hands(e, seed);
      std::uint64_t revision = e.revision();
      for (int i = 0; i < kActions; ++i) {
        INFO("action " << i);
        const BoardState before = e.now();
        hands.act();
        hands.look();
        REQUIRE(e.revision() >= revision);
        if (!(e.now() == before)) REQUIRE(e.revision() > revision);
        revision = e.revision();
      }
      e.release();
      const std::string text = format_board_file({e.history(), puzzle->info().title, true});
      const auto saved = parse_board_file(text);
      if (!saved) FAIL(saved.error().message);
      REQUIRE(saved->history.moments().size() == test::moments(e));
      CHECK(saved->history.at() == e.history().at());
      for (std::size_t i = 0; i < test::moments(e); ++i) {
        CHECK(saved->history.moments()[i]->state == e.history().moments()[i]->state);
      }
      CHECK(format_board_file(*saved) == text);
      while (e.undo()) hands.look();
      CHECK(e.now() == fresh_state(first));
    }
  }
}

}  // namespace
}  // namespace trm::ui
