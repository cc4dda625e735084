// `margins`: clue tokens round an empty grid. The question is two lists of clues, 0 or 1, one a row
// and one a column; each cell of the answer is the exclusive or of its two clues.
#include "tests/fakes/fake_base.h"

namespace trm {
namespace {

constexpr Token pad = 0, blank = 1, first = 2;

class Margins final : public fake::FakePuzzle {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "margins";
      i.title = "Margins";
      i.summary = "Fill the grid from the clues at its margins.";
      i.rules = "A cell is 1 where exactly one of its two clues is 1.";
      i.forms = {{"line", "clues of the rows, |, clues of the columns", "011|10"}};
      i.sizes = {"3x3", "2x5"};
      i.generates = i.solves = true;
      return i;
    }();
    return info;
  }
  std::vector<Conflict> problems(const Question&) const override { return {}; }
  Result<Question> empty(std::string_view size) const override {
    const auto cells = parse_size(size.empty() ? info().sizes.front() : size);
    if (!cells) return cells.error();
    Draft draft;
    draft.grids = {{"rows", Grid(cells->rows, 1)}, {"columns", Grid(1, cells->cols)}};
    return make(std::move(draft));
  }

  Result<Question> parse(std::string_view text) const override {
    const auto parts = split(text, '|');
    if (parts.size() != 2) return text_error(1, 1, "expected row clues, |, column clues");
    auto rows = fake::parse_rows(parts[0], 1);
    if (!rows) return std::move(rows).error();
    auto cols = fake::parse_rows(parts[1], 1, static_cast<int>(parts[0].size()) + 1);
    if (!cols) return std::move(cols).error();
    if (rows->rows != 1 || cols->rows != 1) return text_error(1, 1, "clues have no '/'");
    std::swap(rows->rows, rows->cols);
    Draft draft;
    draft.grids = {{"rows", std::move(rows).value()}, {"columns", std::move(cols).value()}};
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    Grid rows = question.grid(0);
    std::swap(rows.rows, rows.cols);
    return fake::format_rows(rows) + "|" + fake::format_rows(question.grid(1));
  }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{4, {"pad", "blank", "0", "1"}, pad, blank};
    return spec;
  }
  TokenLayout layout(const Question& question, int) const override {
    TokenLayout layout{question.grid(0).rows + 1, question.grid(1).cols + 1, {}};
    for (int row = -1; row + 1 < layout.rows; ++row) {
      for (int col = -1; col + 1 < layout.cols; ++col) {
        Position position;
        if (row >= 0 && col >= 0) {
          position = {Role::cell, true, static_cast<std::int16_t>(row),
                      static_cast<std::int16_t>(col)};
        } else if (row >= 0 || col >= 0) {
          position.role = Role::clue;
        }
        layout.positions.push_back(position);
      }
    }
    return layout;
  }
  std::vector<Token> encode(const Question& question, int) const override {
    return fill(question, [](int, int) { return blank; });
  }
  std::vector<Token> encode_answer(const Question& question, int,
                                   const Grid& answer) const override {
    return fake::labels_of(
        fill(question, [&](int row, int col) { return answer.at(row, col) + first; }),
        layout(question, 0));
  }
  Result<Grid> decode(const Question& question, int,
                      const std::vector<Token>& tokens) const override {
    return fake::decode_cells(tokens, layout(question, 0), first, highest(),
                              Grid(question.grid(0).rows, question.grid(1).cols));
  }
  TokenMask mask(const Question& question, int) const override {
    return fake::cell_mask(encode(question, 0), layout(question, 0), tokens().vocab, first,
                           highest());
  }
  Geometry geometry(const Question& question, int) const override {
    const TokenLayout where = layout(question, 0);
    std::vector<std::vector<std::int32_t>> rows(static_cast<std::size_t>(where.rows));
    std::vector<std::vector<std::int32_t>> cols(static_cast<std::size_t>(where.cols));
    for (int i = 0; i < where.size(); ++i) {
      rows[static_cast<std::size_t>(i / where.cols)].push_back(i);
      cols[static_cast<std::size_t>(i % where.cols)].push_back(i);
    }
    Geometry geometry;
    add_groups(geometry, "row", rows);
    add_groups(geometry, "column", cols);
    return geometry;
  }

  // No grid of the question is the one that is asked for.
  Answer start_answer(const Question& question) const override {
    return Answer(Grid(question.grid(0).rows, question.grid(1).cols));
  }
  std::vector<Rect> areas(const Question& question, const Rect& area) const override {
    const auto [frame, whole] = frame_of(question, area);
    const Rect corner = cell_rect(whole, frame, 0, 0);
    return {{corner.x, corner.y + corner.height, corner.width, whole.height - corner.height},
            {corner.x + corner.width, corner.y, whole.width - corner.width, corner.height}};
  }
  std::vector<Rect> answer_areas(const Question& question, const Answer&,
                                 const Rect& area) const override {
    const auto [frame, whole] = frame_of(question, area);
    const Rect cell = cell_rect(whole, frame, 1, 1);
    return {{cell.x, cell.y, whole.width - cell.width, whole.height - cell.height}};
  }

  Verdict check(const Question& question, const Answer& answer) const override {
    return fake::compare(answer, solved(question));
  }

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override {
    const auto size = fake::generate_size(request, info());
    if (!size) return size.error();
    Draft draft;
    draft.grids = {{"rows", Grid(size->rows, 1)}, {"columns", Grid(1, size->cols)}};
    for (NamedGrid& named : draft.grids) {
      for (Cell& cell : named.grid.cells) cell = static_cast<Cell>(rng.below(2));
    }
    return make(std::move(draft));
  }
  Result<ExactResult> solve_exact(const Question& question, const ExactLimits&) const override {
    return fake::only(Answer(solved(question)));
  }

 protected:
  int highest() const override { return 1; }
  Result<void> validate(Draft& draft) const override {
    if (draft.grids.size() != 2 || draft.grids[0].grid.cols != 1 || draft.grids[1].grid.rows != 1) {
      return fail(ErrorCode::invalid_board, "expected a column and a row of clues", "board");
    }
    draft.grids[0].name = "rows";
    draft.grids[1].name = "columns";
    return fake::check_values(draft, 1);
  }

 private:
  // The clues and the board as one grid, and its place.
  static std::pair<Grid, Rect> frame_of(const Question& question, const Rect& area) {
    Grid frame(question.grid(0).rows + 1, question.grid(1).cols + 1);
    const Rect place = fit_grid(frame, area);
    return {std::move(frame), place};
  }
  // The tokens of the margins, and `cell` for the cells.
  template <class Function>
  std::vector<Token> fill(const Question& question, Function&& cell) const {
    std::vector<Token> tokens;
    for (int row = -1; row < question.grid(0).rows; ++row) {
      for (int col = -1; col < question.grid(1).cols; ++col) {
        if (row >= 0 && col >= 0) {
          tokens.push_back(cell(row, col));
        } else if (row >= 0) {
          tokens.push_back(question.grid(0).at(row, 0) + first);
        } else if (col >= 0) {
          tokens.push_back(question.grid(1).at(0, col) + first);
        } else {
          tokens.push_back(pad);
        }
      }
    }
    return tokens;
  }
  static Grid solved(const Question& question) {
    Grid grid(question.grid(0).rows, question.grid(1).cols);
    for (int row = 0; row < grid.rows; ++row) {
      for (int col = 0; col < grid.cols; ++col) {
        grid.at(row, col) =
            static_cast<Cell>(question.grid(0).at(row, 0) ^ question.grid(1).at(0, col));
      }
    }
    return grid;
  }
};

}  // namespace

const Puzzle& margins_puzzle() {
  static const Margins puzzle;
  return puzzle;
}

}  // namespace trm
