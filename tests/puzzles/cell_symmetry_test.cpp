#include "puzzles/cell_symmetry.h"

#include <set>

#include "tests/catch.h"
#include "tests/puzzles/toy.h"

using namespace trm;
using namespace trm::test;

namespace {

Question mapped(const Question& question, int k) {
  CellMap map = dihedral_map(question.grid().rows, question.grid().cols, k);
  map.params = question.params();
  return make_cell_symmetry(question, map)->apply(question);
}

}  // namespace

TEST_CASE("the eight symmetries of a rectangle", "[symmetry]") {
  const Question question = toy_question(2, 3, {0, 1, 2, 3, 2, 1});
  CHECK(mapped(question, 0).grid() == question.grid());
  CHECK(mapped(question, 1).grid() == grid_of(2, 3, {2, 1, 0, 1, 2, 3}));
  CHECK(mapped(question, 2).grid() == grid_of(2, 3, {3, 2, 1, 0, 1, 2}));
  CHECK(mapped(question, 3).grid() == grid_of(2, 3, {1, 2, 3, 2, 1, 0}));
  CHECK(mapped(question, 4).grid() == grid_of(3, 2, {0, 3, 1, 2, 2, 1}));
  CHECK(mapped(question, 5).grid() == grid_of(3, 2, {3, 0, 2, 1, 1, 2}));
  CHECK(mapped(question, 6).grid() == grid_of(3, 2, {2, 1, 1, 2, 0, 3}));
  CHECK(mapped(question, 7).grid() == grid_of(3, 2, {1, 2, 2, 1, 3, 0}));
}

TEST_CASE("the eight symmetries of a square are all different", "[symmetry]") {
  const Question question = toy_question(3, 3, {0, 1, 2, 0, 0, 3, 0, 0, 0});
  std::set<std::vector<Cell>> seen;
  std::set<std::string> names;
  for (int k = 0; k < 8; ++k) {
    seen.insert(mapped(question, k).grid().cells);
    names.insert(dihedral_map(3, 3, k).description);
  }
  CHECK(seen.size() == 8);
  CHECK(names.size() == 8);
}

TEST_CASE("the inverse restores questions, answers and parameters", "[symmetry]") {
  Rng rng(11);
  for (int round = 0; round < 40; ++round) {
    const int rows = rng.between(1, 6);
    const int cols = rng.between(1, 6);
    Draft draft = board_draft(Grid(rows, cols));
    for (Cell& cell : draft.grids[0].grid.cells) cell = static_cast<Cell>(rng.below(4));
    draft.params["weight"] = 5;
    const Question question = toy().make(draft).value();

    CellMap map = dihedral_map(rows, cols, round % 8);
    rng.shuffle(map.source);
    map.value = {1, 2, 3, 0};
    for (std::size_t i = 4; i < 256; ++i) map.value[i] = static_cast<Cell>(i);
    map.params = {{"weight", 9}};
    const auto symmetry = make_cell_symmetry(question, map);
    const auto inverse = symmetry->inverse();

    const Question there = symmetry->apply(question);
    CHECK(there.param("weight") == 9);
    CHECK(there.grid().rows == map.rows);
    CHECK(there.grid().cells[0] ==
          (question.grid().cells[static_cast<std::size_t>(map.source[0])] + 1) % 4);
    CHECK(inverse->apply(there) == question);
    CHECK(inverse->inverse()->apply(question) == there);
    const Answer answer(question.grid());
    CHECK(symmetry->apply(answer).best() == there.grid());
    CHECK(inverse->apply(symmetry->apply(answer)) == answer);
  }
}

TEST_CASE("an answer of a foreign size stays as it is", "[symmetry]") {
  const Question question = toy_question(2, 3, {0, 1, 2, 3, 2, 1});
  const auto symmetry = make_cell_symmetry(question, dihedral_map(2, 3, 4));
  const Answer foreign(grid_of(1, 2, {1, 2}));
  CHECK(symmetry->apply(foreign) == foreign);
  CHECK(symmetry->apply(Answer()) == Answer());
}
