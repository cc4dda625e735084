// Symmetries of tasks: all grids turned or mirrored alike, colours 1 to 9 renamed. Colour 0, the
// usual ground, keeps its name, as in the official builder.
#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "puzzles/arc/arc_internal.h"

namespace trm::arc {
namespace {

using Renaming = std::array<Cell, 256>;  // values that are no colours stay

// The eight symmetries of a rectangle in the official numbering (dataset/common.py): 0 identity,
// 1 to 3 quarter turns to the left, 4 columns reversed, 5 rows reversed, 6 transposed, 7 transposed
// along the other diagonal.
constexpr std::array<int, 8> inverse_of{0, 3, 2, 1, 4, 5, 6, 7};

// The cell of the original grid that stands at (row, col) of the turned one.
std::pair<int, int> source(const Grid& grid, int kind, int row, int col) {
  switch (kind) {
    case 1:
      return {col, grid.cols - 1 - row};
    case 2:
      return {grid.rows - 1 - row, grid.cols - 1 - col};
    case 3:
      return {grid.rows - 1 - col, row};
    case 4:
      return {row, grid.cols - 1 - col};
    case 5:
      return {grid.rows - 1 - row, col};
    case 6:
      return {col, row};
    case 7:
      return {grid.rows - 1 - col, grid.cols - 1 - row};
    default:
      return {row, col};
  }
}

Grid turned(const Grid& grid, int kind) {
  const bool upright = kind == 0 || kind == 2 || kind == 4 || kind == 5;
  Grid result(upright ? grid.rows : grid.cols, upright ? grid.cols : grid.rows);
  for (int row = 0; row < result.rows; ++row) {
    for (int col = 0; col < result.cols; ++col) {
      const auto [from_row, from_col] = source(grid, kind, row, col);
      result.at(row, col) = grid.at(from_row, from_col);
    }
  }
  return result;
}

class TaskSymmetry final : public Symmetry {
 public:
  TaskSymmetry(int kind, const Renaming& renaming) : kind_(kind), renaming_(renaming) {}

  Question apply(const Question& question) const override {
    Draft draft = question.draft();
    for (NamedGrid& named : draft.grids) named.grid = mapped(named.grid);
    return question.puzzle().make(std::move(draft)).value();
  }
  Answer apply(const Answer& answer) const override {
    Answer result = answer;
    for (auto& candidates : result.queries) {
      for (Grid& grid : candidates) grid = mapped(grid);
    }
    return result;
  }
  std::vector<float> apply_cells(int, const std::vector<float>& values) const override {
    // The answer's sides are not known here, and they say where its cells go.
    return kind_ == 0 ? values : std::vector<float>();
  }
  std::shared_ptr<const Symmetry> inverse() const override {
    Renaming back{};
    for (std::size_t value = 0; value < renaming_.size(); ++value)
      back[renaming_[value]] = static_cast<Cell>(value);
    return std::make_shared<TaskSymmetry>(inverse_of[static_cast<std::size_t>(kind_)], back);
  }
  // As the official builder writes it behind a task's id: "t5|||0213456789".
  std::string description() const override {
    std::string text = "t" + std::to_string(kind_) + "|||";
    for (int value = 0; value < colours; ++value)
      text += static_cast<char>('0' + renaming_[static_cast<std::size_t>(value)]);
    return text;
  }

 private:
  Grid mapped(const Grid& grid) const {
    Grid result = turned(grid, kind_);
    for (Cell& cell : result.cells) cell = renaming_[cell];
    return result;
  }

  int kind_;
  Renaming renaming_;
};

Renaming unchanged() {
  Renaming renaming{};
  for (std::size_t value = 0; value < renaming.size(); ++value)
    renaming[value] = static_cast<Cell>(value);
  return renaming;
}

// The colours but 0 that `may` change are renamed among themselves.
template <class May>
Renaming renamed(Rng& rng, May&& may) {
  std::vector<Cell> old;
  for (int value = 1; value < colours; ++value) {
    if (may(static_cast<Cell>(value))) old.push_back(static_cast<Cell>(value));
  }
  std::vector<Cell> names = old;
  rng.shuffle(names);
  Renaming renaming = unchanged();
  for (std::size_t i = 0; i < old.size(); ++i) renaming[old[i]] = names[i];
  return renaming;
}

// Colours 1 to 9 named in the order in which they appear.
class FirstNames {
 public:
  void append(std::string& text, const Grid& grid) {
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        Cell& name = names_[grid.at(row, col)];
        if (grid.at(row, col) != 0 && name == 0) name = ++used_;
        text += static_cast<char>('0' + name);
      }
      text += '/';
    }
  }

 private:
  Renaming names_{};  // 0: none yet
  Cell used_ = 0;
};

}  // namespace

std::shared_ptr<const Symmetry> random_symmetry(Rng& rng) {
  const int kind = static_cast<int>(rng.below(inverse_of.size()));
  return std::make_shared<TaskSymmetry>(kind, renamed(rng, [](Cell) { return true; }));
}

std::shared_ptr<const Symmetry> random_variation(Rng& rng, const Question& question, bool turn) {
  using Colours = std::bitset<colours>;
  const auto shown = [&](int grid) {
    Colours in_grid;
    for (const Cell cell : question.grid(static_cast<std::size_t>(grid)).cells) in_grid.set(cell);
    return in_grid;
  };
  Colours by_all, introduced;  // in each demonstration; in an output, but not in its input
  if (demos(question) > 0) by_all.set();
  for (int demo = 0; demo < demos(question); ++demo) {
    const Colours input = shown(2 * demo), output = shown(2 * demo + 1);
    by_all &= input | output;
    introduced |= output & ~input;
  }
  introduced.reset(0);  // nothing: it always keeps its name
  const bool free = (introduced & ~by_all).none();
  const int kind = turn ? static_cast<int>(rng.below(inverse_of.size())) : 0;
  return std::make_shared<TaskSymmetry>(kind,
                                        renamed(rng, [&](Cell c) { return free && !by_all[c]; }));
}

std::string canonical_text(const Question& question, const Answer* answer) {
  std::string least;
  for (int kind = 0; kind < static_cast<int>(inverse_of.size()); ++kind) {
    FirstNames names;
    std::string text = std::to_string(demos(question)) + ':';
    const auto append = [&](const Grid& grid) {
      names.append(text, turned(grid, kind));
      text += '|';
    };
    for (const NamedGrid& named : question.grids()) append(named.grid);
    for (std::size_t i = 0; answer != nullptr && i < answer->queries.size(); ++i) {
      if (!answer->queries[i].empty()) append(answer->best(i));
    }
    if (least.empty() || text < least) least = std::move(text);
  }
  return least;
}

Result<std::shared_ptr<const Symmetry>> named_symmetry(std::string_view description) {
  const auto bad = [&](const std::string& what) {
    const std::string start(description.substr(0, 40));
    return fail(ErrorCode::invalid_text,
                "the symmetry \"" + start + "\" " + what +
                    "; expected t0 to t7, ||| and the new names of the colours 0 to 9, as in "
                    "t5|||0213456789",
                "symmetry");
  };
  constexpr std::size_t names_at = 5;
  if (description.size() != names_at + colours || description[0] != 't' ||
      description.substr(2, 3) != "|||") {
    return bad("has another form");
  }
  const int kind = description[1] - '0';
  if (kind < 0 || kind >= static_cast<int>(inverse_of.size())) return bad("is no turn");
  Renaming renaming = unchanged();
  std::array<bool, colours> used{};
  for (std::size_t value = 0; value < used.size(); ++value) {
    const int name = description[names_at + value] - '0';
    if (name < 0 || name >= colours) return bad("has a name that is no colour");
    if (std::exchange(used[static_cast<std::size_t>(name)], true))
      return bad("gives two colours the name " + std::to_string(name));
    renaming[value] = static_cast<Cell>(name);
  }
  if (renaming[0] != 0) return bad("renames colour 0, which keeps its name");
  return std::shared_ptr<const Symmetry>(std::make_shared<TaskSymmetry>(kind, renaming));
}

}  // namespace trm::arc
