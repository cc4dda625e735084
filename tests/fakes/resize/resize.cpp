// `resize`: an answer of another size than its question, cropped at end markers as in the official
// ARC encoding. The answer is the smallest rectangle that holds all coloured cells of the board.
#include "tests/fakes/fake_base.h"

namespace trm {
namespace {

constexpr Token pad = 0, end_marker = 1, first = 2;
constexpr int colours = 3;  // cells 0 .. 3, 0 uncoloured

class ResizePuzzle final : public fake::FakePuzzle {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "resize";
      i.title = "Resize";
      i.summary = "Cut out the smallest rectangle with all coloured cells.";
      i.rules = "The answer is the board without the uncoloured margins.";
      i.forms = {{"line", "rows of 0 1 2 3 joined by /", "000/012/000"}};
      i.sizes = {"4x4", "3x6"};
      i.generates = i.solves = true;
      return i;
    }();
    return info;
  }
  std::vector<Conflict> problems(const Question& question) const override {
    if (solved(question.grid()).rows > 0) return {};
    return {{{0, 0, 0}, "no cell is coloured"}};
  }

  Result<Question> parse(std::string_view text) const override {
    auto grid = fake::parse_rows(text, colours);
    if (!grid) return std::move(grid).error();
    Draft draft;
    draft.grids.push_back({"board", std::move(grid).value()});
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    return fake::format_rows(question.grid());
  }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{6, {"pad", "end", "0", "1", "2", "3"}, pad, first};
    return spec;
  }
  // One row and one column more than the board: room for the end markers of a full-size answer.
  TokenLayout layout(const Question& question, int) const override {
    const Grid& grid = question.grid();
    TokenLayout layout{grid.rows + 1, grid.cols + 1, {}};
    for (int row = 0; row < layout.rows; ++row) {
      for (int col = 0; col < layout.cols; ++col) {
        const bool cell = row < grid.rows && col < grid.cols;
        layout.positions.push_back({cell ? Role::cell : Role::end, true,
                                    static_cast<std::int16_t>(cell ? row : -1),
                                    static_cast<std::int16_t>(cell ? col : -1)});
      }
    }
    return layout;
  }
  std::vector<Token> encode(const Question& question, int) const override {
    return framed(question.grid(), question.grid());
  }
  std::vector<Token> encode_answer(const Question& question, int,
                                   const Grid& answer) const override {
    return framed(question.grid(), answer);
  }
  Result<Grid> decode(const Question& question, int,
                      const std::vector<Token>& tokens) const override {
    const int height = question.grid().rows + 1;
    const int width = question.grid().cols + 1;
    if (static_cast<int>(tokens.size()) != height * width) {
      return fail(ErrorCode::invalid_data, "wrong number of tokens", "tokens");
    }
    const auto token = [&](int row, int col) {
      return tokens[static_cast<std::size_t>(row * width + col)];
    };
    int cols = 0, rows = 0;
    while (cols < width && token(0, cols) >= first) ++cols;
    while (rows < height && token(rows, 0) >= first) ++rows;
    if (cols == 0 || rows == 0 || cols == width || rows == height) {
      return fail(ErrorCode::invalid_data, "the answer has no end marker or no cell", "tokens");
    }
    Grid grid(rows, cols);
    for (int row = 0; row < rows; ++row) {
      for (int col = 0; col < cols; ++col) {
        if (token(row, col) < first || token(row, col) > first + colours) {
          return fail(ErrorCode::invalid_data,
                      "token " + std::to_string(token(row, col)) + " is no cell",
                      cell_place(row, col));
        }
        grid.at(row, col) = static_cast<Cell>(token(row, col) - first);
      }
    }
    return grid;
  }
  TokenMask mask(const Question& question, int) const override {
    const TokenLayout where = layout(question, 0);
    TokenMask mask(where.size(), tokens().vocab, true);
    for (int i = 0; i < where.size(); ++i) {
      if (where.positions[static_cast<std::size_t>(i)].role != Role::end) continue;
      for (Token t = first; t < tokens().vocab; ++t) mask.at(i, t) = 0;
    }
    return mask;
  }
  Geometry geometry(const Question& question, int query) const override {
    return near_relations(layout(question, query));
  }

  Verdict check(const Question& question, const Answer& answer) const override {
    return fake::compare(answer, solved(question.grid()));
  }
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question&) const override {
    return std::make_shared<fake::Dihedral>(static_cast<int>(rng.below(8)));
  }

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override {
    const auto size = fake::generate_size(request, info());
    if (!size) return size.error();
    Draft draft;
    draft.grids.push_back({"board", Grid(size->rows, size->cols)});
    Grid& grid = draft.grids.front().grid;
    const int coloured = rng.between(1, 3);
    for (int i = 0; i < coloured; ++i) {
      grid.at(rng.between(0, grid.rows - 1), rng.between(0, grid.cols - 1)) =
          static_cast<Cell>(rng.between(1, colours));
    }
    return make(std::move(draft));
  }
  Result<ExactResult> solve_exact(const Question& question, const ExactLimits&) const override {
    Grid grid = solved(question.grid());
    if (grid.rows == 0) return fail(ErrorCode::invalid_board, "no cell is coloured", "board");
    return fake::only(Answer(std::move(grid)));
  }

 protected:
  int highest() const override { return colours; }
  Result<void> validate(Draft& draft) const override {
    if (draft.grids.size() != 1) {
      return fail(ErrorCode::invalid_board, "expected one grid", "board");
    }
    draft.grids.front().name = "board";
    return fake::check_values(draft, colours);
  }

 private:
  // An answer in a frame one larger than the board: its cells, end markers round them, pads.
  static std::vector<Token> framed(const Grid& board, const Grid& answer) {
    std::vector<Token> tokens;
    for (int row = 0; row <= board.rows; ++row) {
      for (int col = 0; col <= board.cols; ++col) {
        if (answer.contains(row, col)) {
          tokens.push_back(answer.at(row, col) + first);
        } else {
          tokens.push_back(row <= answer.rows && col <= answer.cols ? end_marker : pad);
        }
      }
    }
    return tokens;
  }
  static Grid solved(const Grid& board) {
    int top = board.rows, bottom = -1, left = board.cols, right = -1;
    for (int row = 0; row < board.rows; ++row) {
      for (int col = 0; col < board.cols; ++col) {
        if (board.at(row, col) == 0) continue;
        top = std::min(top, row);
        bottom = std::max(bottom, row);
        left = std::min(left, col);
        right = std::max(right, col);
      }
    }
    if (bottom < 0) return {};
    Grid grid(bottom - top + 1, right - left + 1);
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        grid.at(row, col) = board.at(top + row, left + col);
      }
    }
    return grid;
  }
};

}  // namespace

const Puzzle& resize_puzzle() {
  static const ResizePuzzle puzzle;
  return puzzle;
}

}  // namespace trm
