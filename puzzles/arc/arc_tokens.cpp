// Tokens as in the official builder: a grid in a frame of 30 x 30 positions, at its top left
// corner, with end markers on the row below it and the column to the right of it, as far as they
// fit.
#include <algorithm>

#include "puzzles/arc/arc_internal.h"
#include "puzzles/arc/arc_module.h"
#include "puzzles/text.h"

namespace trm::arc {
namespace {

bool is_colour(Token token) {
  return token >= first_colour_token && token < first_colour_token + colours;
}

Token token_at(const std::vector<Token>& tokens, int row, int col) {
  return tokens[static_cast<std::size_t>(row * longest_side + col)];
}

// The grid with its top left cell at (top, left); what lies beyond the frame is left out.
std::vector<Token> placed(const Grid& grid, int top, int left) {
  std::vector<Token> tokens(frame_cells, pad_token);
  const int below = top + grid.rows, right = left + grid.cols;
  for (int row = top; row <= below && row < longest_side; ++row) {
    for (int col = left; col <= right && col < longest_side; ++col) {
      Token token = end_token;
      if (row < below && col < right) token = grid.at(row - top, col - left) + first_colour_token;
      if (row == below && col == right) token = pad_token;  // the corner has no marker
      tokens[static_cast<std::size_t>(row * longest_side + col)] =
          token < first_colour_token + colours ? token : pad_token;
    }
  }
  return tokens;
}

std::vector<Token> as_labels(std::vector<Token> tokens) {
  std::replace(tokens.begin(), tokens.end(), pad_token, Puzzle::ignore_label);
  return tokens;
}

// A grid and where it stands in the frame.
struct Found {
  Grid grid;
  int top = 0, left = 0;
};

// Training data also stand elsewhere than at the corner: rows and columns of pads are skipped.
Result<Found> find_grid(const std::vector<Token>& tokens) {
  if (tokens.size() != frame_cells) {
    return fail(ErrorCode::invalid_data,
                std::to_string(tokens.size()) + " tokens; a frame has 900 positions", "tokens");
  }
  Found found{{}, longest_side, longest_side};
  for (int i = 0; i < frame_cells; ++i) {
    if (tokens[static_cast<std::size_t>(i)] == pad_token) continue;
    found.top = std::min(found.top, i / longest_side);
    found.left = std::min(found.left, i % longest_side);
  }
  if (found.top == longest_side)
    return fail(ErrorCode::invalid_data, "every position is a pad", "tokens");
  int rows = 0, cols = 0, width = longest_side - found.left;
  for (int r = 1; found.top + r <= longest_side && width > 0; ++r) {
    int c = 0;
    while (c < width && is_colour(token_at(tokens, found.top + r - 1, found.left + c))) ++c;
    width = c;
    if (r * width > rows * cols) rows = r, cols = width;
  }
  if (rows == 0) {
    const std::string place = cell_place(found.top, found.left);
    return fail(ErrorCode::invalid_data,
                place + ": token " + std::to_string(token_at(tokens, found.top, found.left)) +
                    " is no colour",
                place);
  }
  found.grid = Grid(rows, cols);
  for (int row = 0; row < rows; ++row) {
    for (int col = 0; col < cols; ++col) {
      found.grid.at(row, col) = static_cast<Cell>(
          token_at(tokens, found.top + row, found.left + col) - first_colour_token);
    }
  }
  return found;
}

// The cells of one colour that hang together with (row, col) by their sides; marks them as taken.
std::vector<std::pair<int, int>> touching_cells(const Grid& grid, int row, int col,
                                                std::vector<bool>& taken) {
  std::vector<std::pair<int, int>> cells{{row, col}};
  taken[grid.index(row, col)] = true;
  for (std::size_t next = 0; next < cells.size(); ++next) {
    const auto [r, c] = cells[next];
    for (const auto& [to_row, to_col] : {std::pair(r - 1, c), {r + 1, c}, {r, c - 1}, {r, c + 1}}) {
      if (!grid.contains(to_row, to_col) || taken[grid.index(to_row, to_col)] ||
          grid.at(to_row, to_col) != grid.at(row, col)) {
        continue;
      }
      taken[grid.index(to_row, to_col)] = true;
      cells.emplace_back(to_row, to_col);
    }
  }
  return cells;
}

}  // namespace

const TokenSpec& Arc::tokens() const {
  static const TokenSpec spec{first_colour_token + colours,
                              {"pad", "end", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
                              pad_token,
                              first_colour_token,
                              first_colour_token + 1};  // colour 0 keeps its meaning
  return spec;
}

// The answer's size is unknown: each position may be one of its cells.
TokenLayout Arc::layout(const Question&, int) const {
  TokenLayout layout{longest_side, longest_side, {}, colours - 1};
  layout.positions.reserve(frame_cells);
  for (int row = 0; row < longest_side; ++row) {
    for (int col = 0; col < longest_side; ++col) {
      layout.positions.push_back(
          {Role::cell, true, static_cast<std::int16_t>(row), static_cast<std::int16_t>(col)});
    }
  }
  return layout;
}

std::vector<Token> Arc::encode(const Question& question, int query) const {
  return placed(test_input(question, query), 0, 0);
}

std::vector<Token> Arc::encode_answer(const Question&, int, const Grid& answer) const {
  return as_labels(placed(answer, 0, 0));
}

std::optional<EncodedPair> Arc::encode_displaced(Rng& rng, const Question& question, int query,
                                                 const Grid& answer) const {
  const Grid& input = test_input(question, query);
  const int rows = std::max(input.rows, answer.rows), cols = std::max(input.cols, answer.cols);
  if (rows > longest_side || cols > longest_side) return std::nullopt;
  const int top = rng.between(0, longest_side - rows);
  const int left = rng.between(0, longest_side - cols);
  return EncodedPair{placed(input, top, left), as_labels(placed(answer, top, left))};
}

Result<Grid> Arc::decode(const Question&, int, const std::vector<Token>& tokens) const {
  auto found = find_grid(tokens);
  if (!found) return std::move(found).error();
  return std::move(found->grid);
}

Result<Question> Arc::question_from_tokens(const Question& like,
                                           const std::vector<Token>& tokens) const {
  auto found = find_grid(tokens);
  if (!found) return std::move(found).error();
  const auto again = placed(found->grid, found->top, found->left);
  for (int i = 0; i < frame_cells; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (again[at] == tokens[at]) continue;
    const std::string place = cell_place(i / longest_side, i % longest_side);
    return fail(ErrorCode::invalid_data,
                place + ": token " + std::to_string(tokens[at]) +
                    " does not belong to one grid with its end markers",
                place);
  }
  Task task;
  task.tests.push_back(std::move(found->grid));
  return make(std::move(task).draft(like.notation()));
}

TokenMask Arc::mask(const Question&, int) const {
  TokenMask mask(frame_cells, tokens().vocab, true);
  for (int position = 0; position < frame_cells; ++position) mask.at(position, pad_token) = 0;
  return mask;
}

Geometry Arc::geometry(const Question& question, int query) const {
  Geometry geometry = near_relations(layout(question, query));
  std::vector<std::vector<std::int32_t>> rows(longest_side), cols(longest_side);
  for (std::int32_t position = 0; position < frame_cells; ++position) {
    rows[static_cast<std::size_t>(position / longest_side)].push_back(position);
    cols[static_cast<std::size_t>(position % longest_side)].push_back(position);
  }
  add_groups(geometry, "row", rows);
  add_groups(geometry, "column", cols);
  return geometry;
}

Geometry Arc::content_relations(const Question& question, int query) const {
  const Grid& grid = test_input(question, query);
  const auto position = [](int row, int col) { return row * longest_side + col; };
  std::vector<std::vector<std::int32_t>> objects, same(colours);
  std::vector<bool> taken(grid.cells.size(), false);
  for (int row = 0; row < grid.rows; ++row) {
    for (int col = 0; col < grid.cols; ++col) {
      same[grid.at(row, col)].push_back(position(row, col));
      if (taken[grid.index(row, col)]) continue;
      objects.emplace_back();
      for (const auto& [r, c] : touching_cells(grid, row, col, taken))
        objects.back().push_back(position(r, c));
    }
  }
  std::erase_if(same, [](const auto& set) { return set.empty(); });
  std::sort(same.begin(), same.end());  // by their first cells: renaming colours changes nothing
  Geometry relations;
  add_groups(relations, "object", objects);
  add_groups(relations, "colour", same);
  return relations;
}

}  // namespace trm::arc
