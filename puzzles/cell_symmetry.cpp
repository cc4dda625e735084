#include "puzzles/cell_symmetry.h"

#include <cassert>
#include <cstddef>
#include <utility>

namespace trm {
namespace {

std::array<Cell, 256> identity_values() {
  std::array<Cell, 256> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Cell>(i);
  return values;
}

/// Size of the first grid and parameters of a question.
struct Shape {
  int rows = 0;
  int cols = 0;
  Params params;
};

class CellSymmetry final : public Symmetry {
 public:
  CellSymmetry(Shape from, CellMap map, MapOthers others)
      : from_(std::move(from)), map_(std::move(map)), others_(others) {
    assert(map_.rows * map_.cols == from_.rows * from_.cols);
    assert(map_.source.size() == static_cast<std::size_t>(map_.rows * map_.cols));
  }

  Question apply(const Question& question) const override {
    Draft draft = question.draft();
    assert(draft.grids.size() == 1 || others_ != nullptr);
    assert(fits(draft.grids.front().grid));
    draft.grids.front().grid = mapped(draft.grids.front().grid);
    draft.params = map_.params;
    if (others_ != nullptr) others_(map_, question, draft);
    auto made = question.puzzle().make(std::move(draft));
    // The module promised that this map keeps the structure valid.
    assert(made.ok());
    return made ? std::move(made).value() : question;
  }

  Answer apply(const Answer& answer) const override {
    Answer result = answer;
    for (auto& candidates : result.queries) {
      for (Grid& grid : candidates) grid = mapped(grid);
    }
    return result;
  }

  std::vector<float> apply_cells(int, const std::vector<float>& values) const override {
    std::vector<float> result;
    if (values.size() != map_.source.size()) return result;
    for (const std::int32_t from : map_.source) {
      result.push_back(values[static_cast<std::size_t>(from)]);
    }
    return result;
  }

  std::shared_ptr<const Symmetry> inverse() const override {
    CellMap back = CellMap::identity(from_.rows, from_.cols, from_.params);
    for (std::size_t i = 0; i < map_.source.size(); ++i) {
      back.source[static_cast<std::size_t>(map_.source[i])] = static_cast<std::int32_t>(i);
    }
    for (std::size_t i = 0; i < map_.value.size(); ++i) {
      back.value[map_.value[i]] = static_cast<Cell>(i);
    }
    back.description = "inverse of " + map_.description;
    return std::make_shared<CellSymmetry>(Shape{map_.rows, map_.cols, map_.params}, std::move(back),
                                          others_);
  }

  std::string description() const override { return map_.description; }

 private:
  bool fits(const Grid& grid) const { return grid.rows == from_.rows && grid.cols == from_.cols; }

  /// The rearranged grid; a grid of a foreign size (a malformed answer) stays as it is.
  Grid mapped(const Grid& grid) const {
    if (!fits(grid)) return grid;
    Grid result(map_.rows, map_.cols);
    for (std::size_t i = 0; i < result.cells.size(); ++i) {
      result.cells[i] = map_.value[grid.cells[static_cast<std::size_t>(map_.source[i])]];
    }
    return result;
  }

  Shape from_;
  CellMap map_;
  MapOthers others_;
};

}  // namespace

CellMap CellMap::identity(int rows, int cols, Params params) {
  CellMap map;
  map.rows = rows;
  map.cols = cols;
  map.source.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
  for (std::size_t i = 0; i < map.source.size(); ++i) map.source[i] = static_cast<std::int32_t>(i);
  map.value = identity_values();
  map.params = std::move(params);
  map.description = "identity";
  return map;
}

std::shared_ptr<const Symmetry> make_cell_symmetry(const Question& original, CellMap map,
                                                   MapOthers others) {
  const Grid& grid = original.grid();
  return std::make_shared<CellSymmetry>(Shape{grid.rows, grid.cols, original.params()},
                                        std::move(map), others);
}

CellMap dihedral_map(int rows, int cols, int k) {
  const bool transpose = (k & 4) != 0;
  const bool mirror_rows = (k & 2) != 0;
  const bool mirror_cols = (k & 1) != 0;
  CellMap map = CellMap::identity(transpose ? cols : rows, transpose ? rows : cols, {});
  for (int row = 0; row < map.rows; ++row) {
    for (int col = 0; col < map.cols; ++col) {
      const int r = mirror_rows ? map.rows - 1 - row : row;
      const int c = mirror_cols ? map.cols - 1 - col : col;
      map.source[static_cast<std::size_t>(row * map.cols + col)] =
          transpose ? c * cols + r : r * cols + c;
    }
  }
  constexpr const char* names[] = {"identity",
                                   "mirrored left to right",
                                   "mirrored top to bottom",
                                   "turned by 180 degrees",
                                   "transposed",
                                   "turned clockwise",
                                   "turned counter-clockwise",
                                   "transposed along the other diagonal"};
  map.description = names[k & 7];
  return map;
}

}  // namespace trm
