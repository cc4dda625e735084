// Defaults of the puzzle contract: construction, edits, and what a module may leave out.
// The JSON defaults are in puzzle_json.cpp, the drawing ones in draw.cpp.
#include "puzzles/puzzle.h"

#include <algorithm>
#include <utility>

#include "puzzles/text.h"

namespace trm {
namespace {

Result<void> check_grid(const NamedGrid& named, std::size_t number) {
  const Grid& grid = named.grid;
  const std::string place =
      named.name.empty() ? "grid " + std::to_string(number + 1) : "grid '" + named.name + "'";
  if (grid.rows < 1 || grid.cols < 1) {
    return fail(ErrorCode::invalid_board,
                place + " is " + size_text(grid.rows, grid.cols) + "; a side has at least 1 cell",
                place);
  }
  if (grid.rows > Puzzle::max_side || grid.cols > Puzzle::max_side) {
    return fail(ErrorCode::too_large,
                place + " is " + size_text(grid.rows, grid.cols) + "; a side may have at most " +
                    std::to_string(Puzzle::max_side) + " cells",
                place);
  }
  if (grid.cells.size() != static_cast<std::size_t>(grid.size())) {
    return fail(ErrorCode::invalid_board,
                place + " is " + size_text(grid.rows, grid.cols) + " but holds " +
                    std::to_string(grid.cells.size()) + " cells",
                place);
  }
  return {};
}

Result<Grid*> edited_grid(Draft& draft, int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= draft.grids.size()) {
    return fail(ErrorCode::invalid_field,
                "grid " + std::to_string(index) + " does not exist; the question has grids 0 to " +
                    std::to_string(static_cast<int>(draft.grids.size()) - 1),
                "grid");
  }
  return &draft.grids[static_cast<std::size_t>(index)].grid;
}

Result<void> edit(Draft& draft, const SetCell& change) {
  const auto grid = edited_grid(draft, change.grid);
  if (!grid) return grid.error();
  if (!(*grid)->contains(change.row, change.col)) {
    const bool row_is_wrong = change.row < 0 || change.row >= (*grid)->rows;
    return fail(ErrorCode::invalid_field,
                cell_place(change.row, change.col) + " lies outside the " +
                    size_text((*grid)->rows, (*grid)->cols) + " grid",
                row_is_wrong ? "row" : "col");
  }
  (*grid)->at(change.row, change.col) = change.value;
  return {};
}

Result<void> edit(Draft& draft, const Resize& change) {
  const auto grid = edited_grid(draft, change.grid);
  if (!grid) return grid.error();
  // make() checks the size as well, but only after the cells would have been allocated.
  const std::string size = size_text(change.rows, change.cols);
  if (change.rows < 1 || change.cols < 1) {
    return fail(ErrorCode::invalid_field, "size " + size + ": a side has at least 1 cell", "size");
  }
  if (change.rows > Puzzle::max_side || change.cols > Puzzle::max_side) {
    return fail(
        ErrorCode::too_large,
        "size " + size + ": a side may have at most " + std::to_string(Puzzle::max_side) + " cells",
        "size");
  }
  Grid resized(change.rows, change.cols);
  for (int row = 0; row < std::min(resized.rows, (*grid)->rows); ++row) {
    for (int col = 0; col < std::min(resized.cols, (*grid)->cols); ++col) {
      resized.at(row, col) = (*grid)->at(row, col);
    }
  }
  **grid = std::move(resized);
  return {};
}

Result<void> edit(Draft&, const AddExample&) {
  return fail(ErrorCode::unsupported, "this puzzle has no demonstrations to add", "edit");
}

Result<void> edit(Draft&, const RemoveExample&) {
  return fail(ErrorCode::unsupported, "this puzzle has no demonstrations to remove", "edit");
}

/// What symmetry() returns for modules without symmetries.
class IdentitySymmetry final : public Symmetry {
 public:
  Question apply(const Question& question) const override { return question; }
  Answer apply(const Answer& answer) const override { return answer; }
  std::shared_ptr<const Symmetry> inverse() const override {
    return std::make_shared<IdentitySymmetry>();
  }
  std::vector<float> apply_cells(int, const std::vector<float>& values) const override {
    return values;
  }
  std::string description() const override { return "identity"; }
};

Error not_offered(const Puzzle& puzzle, std::string_view what) {
  return fail(ErrorCode::unsupported, "the puzzle '" + puzzle.name() + "' " + std::string(what),
              "puzzle");
}

}  // namespace

Result<Question> Puzzle::make(Draft draft) const {
  for (std::size_t i = 0; i < draft.grids.size(); ++i) {
    if (auto grid = check_grid(draft.grids[i], i); !grid) return std::move(grid).error();
  }
  if (auto valid = validate(draft); !valid) return std::move(valid).error();
  return Question(*this, std::move(draft));
}

Result<Question> Puzzle::apply(const Question& question, const Edit& change) const {
  Draft draft = question.draft();
  auto done = std::visit([&](const auto& one) { return edit(draft, one); }, change);
  if (!done) return std::move(done).error();
  return make(std::move(draft));
}

int Puzzle::queries(const Question&) const { return 1; }

std::vector<std::pair<Question, Answer>> Puzzle::examples(const Question&) const { return {}; }

Answer Puzzle::target(const Question&, const Answer& exact) const { return exact; }

std::shared_ptr<const Symmetry> Puzzle::symmetry(Rng&, const Question&) const {
  return std::make_shared<IdentitySymmetry>();
}

std::shared_ptr<const Symmetry> Puzzle::variation(Rng&, const Question&, int) const {
  return std::make_shared<IdentitySymmetry>();
}

Geometry Puzzle::content_relations(const Question&, int) const { return {}; }

std::optional<Question> Puzzle::suppose(Rng&, const Question&, int) const { return std::nullopt; }

std::string Puzzle::isomorph_key(const Question& question) const {
  Rng rng(0);
  std::string least = format_line(question);
  for (int i = 0; i < 256; ++i) {
    least = std::min(least, format_line(symmetry(rng, question)->apply(question)));
  }
  return least;
}

std::string Puzzle::pair_key(const Question& question, const Answer&) const {
  return isomorph_key(question);
}

Result<std::shared_ptr<const Symmetry>> Puzzle::symmetry_named(std::string_view) const {
  return not_offered(*this, "does not read the names of its symmetries");
}

std::optional<EncodedPair> Puzzle::encode_displaced(Rng&, const Question&, int, const Grid&) const {
  return std::nullopt;
}

Result<Question> Puzzle::question_from_tokens(const Question& like,
                                              const std::vector<Token>& tokens) const {
  Draft draft = like.draft();
  const auto untold = [&] { return not_offered(*this, "cannot read its questions from tokens"); };
  const auto cells = draft.grids.empty() ? 0 : draft.grids.front().grid.cells.size();
  if (draft.grids.size() != 1 || encode(like, 0).size() != cells) return untold();
  if (tokens.size() != cells) {
    return fail(ErrorCode::invalid_data,
                std::to_string(tokens.size()) + " tokens for a board of " + std::to_string(cells) +
                    " cells",
                "tokens");
  }
  Grid& grid = draft.grids.front().grid;
  std::vector<bool> found(cells, false);
  Grid read(grid.rows, grid.cols);
  for (const PaletteEntry& entry : palette(like)) {
    grid.cells.assign(cells, entry.value);  // what this value's token is
    const auto uniform = make(draft);
    if (!uniform) continue;  // a value of answers only
    const auto shown = encode(*uniform, 0);
    for (std::size_t i = 0; i < cells; ++i) {
      if (shown[i] != tokens[i]) continue;
      read.cells[i] = entry.value;
      found[i] = true;
    }
  }
  for (std::size_t i = 0; i < cells; ++i) {
    if (found[i]) continue;
    const auto cell = static_cast<int>(i);
    const std::string place = cell_place(cell / grid.cols, cell % grid.cols);
    return fail(ErrorCode::invalid_data,
                place + ": token " + std::to_string(tokens[i]) + " is no cell of a question",
                place);
  }
  grid = std::move(read);
  auto question = make(std::move(draft));
  if (question && encode(*question, 0) != tokens) return untold();
  return question;
}

Result<Question> Puzzle::empty(std::string_view size) const {
  if (info().forms.empty()) return not_offered(*this, "cannot make an empty board");
  const auto example = parse(info().forms.front().example);
  if (!example) return example.error();
  Draft draft = example->draft();
  for (NamedGrid& named : draft.grids)
    std::fill(named.grid.cells.begin(), named.grid.cells.end(), Cell{0});
  draft.notation = {};
  auto cleared = make(std::move(draft));
  if (size.empty() && !info().sizes.empty()) size = info().sizes.front();
  if (!cleared || size.empty()) return cleared;
  if (cleared->grids().size() > 1) return not_offered(*this, "makes no empty boards of that size");
  const auto cells = parse_size(size);
  if (!cells) return cells.error();
  return apply(*cleared, Resize{0, cells->rows, cells->cols});
}

std::vector<PaletteEntry> Puzzle::answer_palette(const Question& question) const {
  return palette(question);
}

int Puzzle::query_grid(const Question&, int query) const { return query; }

Answer Puzzle::start_answer(const Question& question) const {
  Answer answer;
  for (int query = 0; query < queries(question); ++query)
    answer.queries.push_back({query_input(question, query)});
  return answer;
}

std::vector<Conflict> Puzzle::partial_conflicts(const Question& question,
                                                const Answer& partial) const {
  const Answer start = start_answer(question);
  std::vector<Conflict> found = check(question, partial).conflicts;
  std::erase_if(found, [&](const Conflict& conflict) {
    const auto [query, row, col] = conflict.cell;
    const auto at = static_cast<std::size_t>(query);
    if (query < 0 || at >= partial.queries.size() || at >= start.queries.size()) return true;
    if (partial.queries[at].empty()) return true;
    const Grid &now = partial.best(at), &before = start.best(at);
    if (!now.contains(row, col) || now.cells.size() != static_cast<std::size_t>(now.size()))
      return true;
    // In an answer of another size nothing corresponds: there 0 is what nobody has filled in.
    const bool comparable = now.rows == before.rows && now.cols == before.cols;
    return now.at(row, col) == (comparable ? before.at(row, col) : Cell{0});
  });
  return found;
}

std::optional<std::string> Puzzle::reason(const Question& question, const Answer& partial,
                                          const CellRef& cell, Cell value) const {
  const auto next = hint(question, partial);
  if (!next || next->cell != cell || next->value != value) return std::nullopt;
  return next->reason;
}

Result<Question> Puzzle::generate(Rng&, const GenerateRequest&) const {
  return not_offered(*this, "has no generator");
}

Result<ExactResult> Puzzle::solve_exact(const Question&, const ExactLimits&) const {
  return not_offered(*this, "has no rule solver");
}

Result<Hint> Puzzle::hint(const Question&, const Answer&) const {
  return not_offered(*this, "gives no hints");
}

}  // namespace trm
