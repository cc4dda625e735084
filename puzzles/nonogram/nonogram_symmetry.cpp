// Flips and transposition: the board's cells change places, clues are read from the other end.
#include <algorithm>
#include <utility>

#include "puzzles/nonogram/nonogram_internal.h"

namespace trm::nonogram {
namespace {

/// Bit 2 of k transposes first, bit 1 then mirrors the order of the rows, bit 0 of the columns.
class Flip final : public Symmetry {
 public:
  Flip(int rows, int cols, int k) : rows_(rows), cols_(cols), k_(k) {}

  Question apply(const Question& question) const override {
    Clues clues = clues_of(question);
    if (transposes()) std::swap(clues.rows, clues.columns);
    if (mirrors_rows()) mirror(clues.rows, clues.columns);
    if (mirrors_columns()) mirror(clues.columns, clues.rows);
    Draft draft = make_draft(clues, mapped(question.grid(board_grid)));
    draft.notation = question.notation();
    // The parts of a valid question in another order are valid.
    return question.puzzle().make(std::move(draft)).value();
  }

  Answer apply(const Answer& answer) const override {
    Answer image = answer;
    for (auto& candidates : image.queries) {
      for (Grid& grid : candidates) {
        if (fits(grid)) grid = mapped(grid);
      }
    }
    return image;
  }

  std::vector<float> apply_cells(int, const std::vector<float>& values) const override {
    if (values.size() != static_cast<std::size_t>(rows_ * cols_)) return {};
    std::vector<float> image(values.size());
    for (int cell = 0; cell < rows_ * cols_; ++cell) {
      image[static_cast<std::size_t>(target(cell))] = values[static_cast<std::size_t>(cell)];
    }
    return image;
  }

  std::shared_ptr<const Symmetry> inverse() const override {
    // Mirrors undo themselves; behind a transposition they change names.
    const int back = transposes() ? 4 | (k_ & 1) << 1 | (k_ >> 1 & 1) : k_;
    return std::make_shared<Flip>(image_rows(), image_cols(), back);
  }

  std::string description() const override {
    std::string text;
    const auto add = [&](bool is, const char* what) {
      if (is) text += (text.empty() ? "" : ", ") + std::string(what);
    };
    add(transposes(), "transposed");
    add(mirrors_rows(), "rows mirrored");
    add(mirrors_columns(), "columns mirrored");
    return text.empty() ? "identity" : text;
  }

 private:
  bool transposes() const { return (k_ & 4) != 0; }
  bool mirrors_rows() const { return (k_ & 2) != 0; }
  bool mirrors_columns() const { return (k_ & 1) != 0; }
  int image_rows() const { return transposes() ? cols_ : rows_; }
  int image_cols() const { return transposes() ? rows_ : cols_; }
  bool fits(const Grid& grid) const {
    return grid.rows == rows_ && grid.cols == cols_ &&
           grid.cells.size() == static_cast<std::size_t>(rows_ * cols_);
  }

  /// The lines in the other order; those that cross them are read from their other end.
  static void mirror(std::vector<Clue>& lines, std::vector<Clue>& crossing) {
    std::reverse(lines.begin(), lines.end());
    for (Clue& clue : crossing) std::reverse(clue.begin(), clue.end());
  }

  /// Where a cell of the original goes.
  int target(int cell) const {
    int row = cell / cols_, col = cell % cols_;
    if (transposes()) std::swap(row, col);
    if (mirrors_rows()) row = image_rows() - 1 - row;
    if (mirrors_columns()) col = image_cols() - 1 - col;
    return row * image_cols() + col;
  }

  Grid mapped(const Grid& grid) const {
    Grid image(image_rows(), image_cols());
    for (int cell = 0; cell < grid.size(); ++cell) {
      image.cells[static_cast<std::size_t>(target(cell))] =
          grid.cells[static_cast<std::size_t>(cell)];
    }
    return image;
  }

  int rows_, cols_, k_;
};

}  // namespace

std::shared_ptr<const Symmetry> make_symmetry(int rows, int cols, int k) {
  return std::make_shared<Flip>(rows, cols, k);
}

std::shared_ptr<const Symmetry> Nonogram::symmetry(Rng& rng, const Question& question) const {
  const Grid& board = question.grid(board_grid);
  return make_symmetry(board.rows, board.cols, static_cast<int>(rng.below(8)));
}

}  // namespace trm::nonogram
