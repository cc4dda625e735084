// Unique puzzles by difficulty: a random full board from which digits are taken away.
#include <algorithm>
#include <optional>

#include "puzzles/sudoku/sudoku_internal.h"
#include "puzzles/text.h"

namespace trm::sudoku {
namespace {

constexpr const char* kDifficulties[] = {"easy", "medium", "hard", "expert"};
constexpr int kTries = 400;               // boards dug before a difficulty is given up
constexpr std::int64_t kDigNodes = 2000;  // a removal that needs a longer search is not made

enum class Difficulty { easy, medium, hard, expert };

// A random full board; a 16x16 that runs into a dead end is begun anew.
std::optional<Grid> full_board(Rng& rng, const Shape& shape) {
  ExactLimits limits;
  limits.solutions = 1;
  limits.nodes = 5000;
  for (int i = 0; i < 50; ++i) {
    auto found = search(Grid(shape.side, shape.side), shape, limits, &rng);
    if (!found.solutions.empty()) return found.solutions.front();
  }
  return std::nullopt;
}

bool unique(const Grid& grid, const Shape& shape) {
  ExactLimits limits;
  limits.nodes = kDigNodes;
  const auto found = search(grid, shape, limits);
  return found.complete && found.solutions.size() == 1;
}

// Takes digits away in random order while `allowed` holds, down to `least` clues.
template <class Allowed>
Grid dig(Grid grid, Rng& rng, int least, Allowed&& allowed) {
  std::vector<int> order(static_cast<std::size_t>(grid.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  rng.shuffle(order);
  int clues = grid.size();
  for (const int cell : order) {
    if (clues <= least) break;
    Cell& value = grid.cells[static_cast<std::size_t>(cell)];
    const Cell kept = value;
    value = blank;
    if (allowed(grid)) {
      --clues;
    } else {
      value = kept;
    }
  }
  return grid;
}

std::optional<Grid> dig_for(Rng& rng, const Shape& shape, Difficulty difficulty, int least) {
  const auto full = full_board(rng, shape);
  if (!full) return std::nullopt;
  const auto singles = [&](const Grid& g) { return solved_by_singles(g, shape); };
  if (difficulty == Difficulty::easy) {
    // 45 to 57 % of the cells stay.
    const int cells = full->size();
    return dig(*full, rng, std::max(least, rng.between(cells * 45 / 100, cells * 57 / 100)),
               singles);
  }
  if (difficulty == Difficulty::medium) return dig(*full, rng, least, singles);
  const Grid grid = dig(*full, rng, least, [&](const Grid& g) { return unique(g, shape); });
  ExactLimits limits;
  const auto guesses = search(grid, shape, limits).guesses;
  // At least one branch for hard, three wrong or right ones for expert.
  return guesses >= (difficulty == Difficulty::hard ? 1 : 3) ? std::optional(grid) : std::nullopt;
}

}  // namespace

std::vector<std::string> generator_sizes() { return {"9x9", "4x4", "6x6", "6x6:3x2", "16x16"}; }

std::vector<std::string> generator_difficulties() {
  return {std::begin(kDifficulties), std::end(kDifficulties)};
}

std::vector<GenerateOption> generator_options() {
  return {
      {"clues", 0, 256, 0, "keep at least so many digits (0: as few as the difficulty allows)"}};
}

Result<const Shape*> parse_shape(std::string_view size) {
  if (size.empty()) return standard_shape(9);
  const auto colon = size.find(':');
  const auto board = parse_size(size.substr(0, colon));
  if (!board) return board.error();
  const Shape* shape = board->rows == board->cols ? standard_shape(board->rows) : nullptr;
  if (shape != nullptr && colon != std::string_view::npos) {
    const auto box = parse_size(size.substr(colon + 1));
    if (!box) return box.error();
    shape = find_shape(board->rows, box->rows, box->cols);
  }
  if (shape == nullptr) return unknown_size(size);
  return shape;
}

Error unknown_size(std::string_view size) {
  return fail(
      ErrorCode::invalid_field,
      "size " + std::string(size.substr(0, 40)) + ": expected 4x4, 6x6, 6x6:3x2, 9x9 or 16x16",
      "size");
}

Result<Grid> generate_grid(Rng& rng, const GenerateRequest& request, int chosen,
                           const Shape& shape) {
  const auto clues = request.options.find("clues");
  const double least = clues == request.options.end() ? 0 : clues->second;
  if (least > shape.side * shape.side) {
    return fail(ErrorCode::invalid_field, "clues must be 0 to the number of cells", "clues");
  }
  // Without a word: easy, medium and hard in equal shares; 4x4 has no hard boards.
  const auto difficulty = static_cast<Difficulty>(chosen >= 0 ? static_cast<std::uint32_t>(chosen)
                                                              : rng.below(shape.side > 4 ? 3 : 2));
  int i = 0;
  for (; i < kTries && !request.over(); ++i) {
    if (const auto grid = dig_for(rng, shape, difficulty, static_cast<int>(least))) return *grid;
  }
  return fail(ErrorCode::exhausted,
              "no board of that difficulty was found in " + std::to_string(i) +
                  " tries: small boards and many clues have no hard ones",
              "difficulty");
}

}  // namespace trm::sudoku
