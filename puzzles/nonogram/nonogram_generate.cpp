// Pictures that their clues determine: random blots, mended where line logic stands still.
#include <algorithm>

#include "puzzles/nonogram/nonogram_internal.h"
#include "puzzles/text.h"

namespace trm::nonogram {
namespace {

constexpr const char* kDifficulties[] = {"easy", "medium", "hard"};
enum class Difficulty { easy, medium, hard };

constexpr int kPictures = 500;            // pictures begun before the request is given up
constexpr int kMends = 400;               // changes to one picture
constexpr std::int64_t kHardNodes = 500;  // branches in which a hard picture must prove unique
constexpr std::size_t kHardCells = 60;    // cells of it that line logic may leave open

/// Filled cells among the eight neighbours and the cell itself; outside counts as empty.
int neighbourhood(const Grid& picture, int row, int col) {
  int count = 0;
  for (int r = row - 1; r <= row + 1; ++r) {
    for (int c = col - 1; c <= col + 1; ++c) {
      count += picture.contains(r, c) && picture.at(r, c) == filled;
    }
  }
  return count;
}

// Noise, a part of it smoothed: the smoother a picture, the longer its runs and the easier it is.
Grid random_picture(Rng& rng, BoardSize size, Difficulty difficulty) {
  Grid picture(size.rows, size.cols, empty_cell);
  // Whole hundredths: the same picture on every machine.
  const double density = rng.between(45, 65) / 100.0;
  for (Cell& cell : picture.cells) {
    if (rng.chance(density)) cell = filled;
  }
  const bool easy = difficulty == Difficulty::easy;
  const double smooth = rng.between(easy ? 50 : 0, easy ? 100 : 50) / 100.0;
  const Grid noise = picture;
  for (int row = 0; row < picture.rows; ++row) {
    for (int col = 0; col < picture.cols; ++col) {
      if (!rng.chance(smooth)) continue;
      picture.at(row, col) = neighbourhood(noise, row, col) >= 5 ? filled : empty_cell;
    }
  }
  return picture;
}

/// Cells that line logic leaves open.
std::vector<int> unsettled(const Grid& picture) {
  const Clues clues = clues_of_picture(picture);
  Board board(clues, Grid(picture.rows, picture.cols));
  board.propagate();  // the picture itself fits
  const Grid known = board.grid();
  std::vector<int> cells;
  for (int cell = 0; cell < known.size(); ++cell) {
    if (known.cells[static_cast<std::size_t>(cell)] == open) cells.push_back(cell);
  }
  return cells;
}

// Ambiguity comes from loose cells that could be elsewhere as well: some of the unsettled cells are
// turned over, rather to filled.
void turn_over(Rng& rng, Grid& picture, std::vector<int> cells) {
  rng.shuffle(cells);
  const std::size_t changes = std::max<std::size_t>(1, cells.size() / 12);
  for (std::size_t k = 0; k < changes; ++k) {
    Cell& value = picture.cells[static_cast<std::size_t>(cells[k])];
    value = value == filled && rng.chance(0.6) ? empty_cell : filled;
  }
}

bool mend(Rng& rng, Grid& picture, const GenerateRequest& request) {
  for (int i = 0; i < kMends && !request.over(); ++i) {
    const std::vector<int> cells = unsettled(picture);
    if (cells.empty()) return true;
    turn_over(rng, picture, cells);
  }
  return false;
}

/// Rounds over all lines that line logic needs.
int rounds_of(const Grid& picture) {
  const Clues clues = clues_of_picture(picture);
  Board board(clues, Grid(picture.rows, picture.cols));
  board.propagate();
  return board.rounds();
}

bool unique(const Grid& picture) {
  ExactLimits limits;
  limits.nodes = kHardNodes;
  const Clues clues = clues_of_picture(picture);
  const ExactResult found = search(clues, Grid(picture.rows, picture.cols), limits);
  return found.complete && found.solutions.size() == 1;
}

// A picture whose clues settle it, but not line by line: mended until few cells are unsettled, and
// those have one solution.
bool mend_to_hard(Rng& rng, Grid& picture, const GenerateRequest& request) {
  for (int i = 0; i < kMends && !request.over(); ++i) {
    const std::vector<int> cells = unsettled(picture);
    if (cells.empty()) return false;
    if (cells.size() <= kHardCells && unique(picture)) return true;
    turn_over(rng, picture, cells);
  }
  return false;
}

/// Nearly empty and quite full: no picture.
bool is_dull(const Grid& picture) {
  const auto count = std::count(picture.cells.begin(), picture.cells.end(), filled);
  return picture.size() >= 16 && (count * 4 < picture.size() || count == picture.size());
}

bool suits(Rng& rng, Grid& picture, Difficulty difficulty, const GenerateRequest& request) {
  if (difficulty == Difficulty::hard) return mend_to_hard(rng, picture, request);
  if (!mend(rng, picture, request)) return false;
  // How far conclusions must travel grows with the board.
  const int side = std::max(picture.rows, picture.cols);
  const int rounds = rounds_of(picture);
  return difficulty == Difficulty::easy ? rounds <= 3 + side / 5 : rounds >= std::min(4, side - 1);
}

}  // namespace

std::vector<std::string> generator_difficulties() {
  return {std::begin(kDifficulties), std::end(kDifficulties)};
}

Result<Grid> generate_picture(Rng& rng, const GenerateRequest& request, int chosen) {
  const auto size = parse_size(request.size.empty() ? default_size : request.size);
  if (!size) return size.error();
  if (size->rows > largest_side || size->cols > largest_side) {
    return fail(ErrorCode::too_large, "a nonogram has at most 30 rows and 30 columns", "size");
  }
  // Without a word: smooth and noisy pictures in equal shares, however hard they turn out; every
  // size has them.
  const bool any = chosen < 0;
  const auto difficulty = any ? (rng.chance(0.5) ? Difficulty::easy : Difficulty::medium)
                              : static_cast<Difficulty>(chosen);
  int i = 0;
  for (; i < kPictures && !request.over(); ++i) {
    Grid picture = random_picture(rng, *size, difficulty);
    const bool found = suits(rng, picture, difficulty, request);
    if (is_dull(picture)) continue;
    if (found || (any && unsettled(picture).empty())) return picture;
  }
  return fail(ErrorCode::exhausted,
              "no picture of that difficulty was found in " + std::to_string(i) +
                  " tries; not every size has all of them",
              "difficulty");
}

}  // namespace trm::nonogram
