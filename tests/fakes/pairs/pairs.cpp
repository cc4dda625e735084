// `pairs`: demonstrations, two queries, two candidates each, and rules that cannot be checked, as
// in ARC. A demonstration shows how colours are renamed; the queries are to be renamed alike.
#include "tests/fakes/fake_base.h"

namespace trm {
namespace {

constexpr Token pad = 0, blank = 1, first = 2;
constexpr int colours = 3;  // cells 0 .. 3; 0 stays 0
constexpr const char* demos_param = "demos";

class Pairs final : public fake::FakePuzzle {
 public:
  const PuzzleInfo& info() const override {
    static const PuzzleInfo info = [] {
      PuzzleInfo i;
      i.name = "pairs";
      i.title = "Pairs";
      i.summary = "Rename the colours of the tests as the demonstrations do.";
      i.rules = "Cells keep their places; colours change as in every demonstration.";
      i.forms = {
          {"line", "demonstrations IN>OUT and tests, separated by |", "12/30>23/10|11/22|123"}};
      i.sizes = {"2x2", "3x4"};
      i.generates = i.solves = true;
      i.checks = false;
      return i;
    }();
    return info;
  }
  Result<Question> empty(std::string_view size) const override {
    const auto cells = parse_size(size.empty() ? info().sizes.front() : size);
    if (!cells) return cells.error();
    Draft draft;
    const Grid shown(1, colours), asked(cells->rows, cells->cols);
    draft.grids = {{"", shown}, {"", shown}, {"", asked}, {"", asked}};
    draft.params[demos_param] = 1;
    return make(std::move(draft));
  }
  int queries(const Question& question) const override {
    return static_cast<int>(question.grids().size()) - 2 * demos(question);
  }
  int answers_per_query() const override { return 2; }
  std::vector<std::pair<Question, Answer>> examples(const Question& question) const override {
    std::vector<std::pair<Question, Answer>> pairs;
    for (int i = 0; i < demos(question); ++i) {
      Draft draft;
      draft.grids.push_back({"", question.grid(static_cast<std::size_t>(2 * i))});
      draft.params[demos_param] = 0;
      pairs.emplace_back(make(std::move(draft)).value(),
                         Answer(question.grid(static_cast<std::size_t>(2 * i + 1))));
    }
    return pairs;
  }
  std::vector<Conflict> problems(const Question& question) const override {
    const Renaming names = renaming(question);
    if (!names.consistent) return {{{1, 0, 0}, "the demonstrations contradict each other"}};
    std::vector<Conflict> found;
    for (int query = 0; query < queries(question); ++query) {
      const Grid& grid = test(question, query);
      for (int row = 0; row < grid.rows; ++row) {
        for (int col = 0; col < grid.cols; ++col) {
          if (names.to[grid.at(row, col)] != unknown) continue;
          found.push_back(
              {{2 * demos(question) + query, row, col}, "no demonstration shows this colour"});
        }
      }
    }
    return found;
  }

  Result<Question> parse(std::string_view text) const override {
    Draft draft;
    int count = 0;
    int offset = 0;
    bool tests = false;
    for (const std::string_view part : split(text, '|')) {
      const auto sides = split(part, '>');
      if (sides.size() > 2 || (tests && sides.size() == 2)) {
        return text_error(1, offset + 1, "demonstrations are IN>OUT and come before the tests");
      }
      tests = sides.size() == 1;
      count += sides.size() == 2;
      for (const std::string_view side : sides) {
        auto grid = fake::parse_rows(side, colours, offset);
        if (!grid) return std::move(grid).error();
        draft.grids.push_back({"", std::move(grid).value()});
        offset += static_cast<int>(side.size()) + 1;
      }
    }
    draft.params[demos_param] = count;
    return make(std::move(draft));
  }
  std::string format_line(const Question& question) const override {
    std::string text;
    for (std::size_t i = 0; i < question.grids().size(); ++i) {
      const bool out = i % 2 == 1 && static_cast<int>(i) < 2 * demos(question);
      if (i > 0) text += out ? '>' : '|';
      text += fake::format_rows(question.grid(i));
    }
    return text;
  }

  const TokenSpec& tokens() const override {
    static const TokenSpec spec{6, {"pad", "blank", "0", "1", "2", "3"}, pad, blank};
    return spec;
  }
  // First row: what colours 1, 2, 3 become (blank: not shown); then the test.
  TokenLayout layout(const Question& question, int query) const override {
    const Grid& grid = test(question, query);
    TokenLayout layout{grid.rows + 1, std::max(grid.cols, colours), {}};
    for (int row = -1; row < grid.rows; ++row) {
      for (int col = 0; col < layout.cols; ++col) {
        Position position;
        if (row < 0 && col < colours) position.role = Role::clue;
        if (grid.contains(row, col)) {
          position = {Role::cell, true, static_cast<std::int16_t>(row),
                      static_cast<std::int16_t>(col)};
        }
        layout.positions.push_back(position);
      }
    }
    return layout;
  }
  std::vector<Token> encode(const Question& question, int query) const override {
    return fill(question, query, test(question, query));
  }
  std::vector<Token> encode_answer(const Question& question, int query,
                                   const Grid& answer) const override {
    return fake::labels_of(fill(question, query, answer), layout(question, query));
  }
  Result<Grid> decode(const Question& question, int query,
                      const std::vector<Token>& tokens) const override {
    return fake::decode_cells(tokens, layout(question, query), first, highest(),
                              test(question, query));
  }
  TokenMask mask(const Question& question, int query) const override {
    return fake::cell_mask(encode(question, query), layout(question, query), tokens().vocab, first,
                           highest());
  }
  Geometry geometry(const Question& question, int query) const override {
    const TokenLayout where = layout(question, query);
    Relation relation;
    relation.name = "clue";
    relation.kind = RelationKind::edges;
    for (int i = where.cols; i < where.size(); ++i) {
      if (!where.positions[static_cast<std::size_t>(i)].answer) continue;
      for (int clue = 0; clue < colours; ++clue) {
        relation.from.push_back(clue);
        relation.to.push_back(i);
        relation.type.push_back(clue);
      }
    }
    return {relation};
  }

  // The renaming itself is a guess from demonstrations, so nothing is ever verified.
  Verdict check(const Question& question, const Answer& answer) const override {
    Verdict verdict;
    const Renaming names = renaming(question);
    if (static_cast<int>(answer.queries.size()) != queries(question)) {
      verdict.conflicts.push_back({{0, 0, 0}, "wrong number of queries"});
      return verdict;
    }
    for (int query = 0; query < queries(question); ++query) {
      const auto& candidates = answer.queries[static_cast<std::size_t>(query)];
      if (demos(question) == 0) {  // nothing says what is right
        if (candidates.empty()) verdict.conflicts.push_back({{query, 0, 0}, "no candidate"});
        continue;
      }
      const Grid right = renamed(test(question, query), names);
      const auto counted = std::min<std::size_t>(candidates.size(), 2);
      const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(counted);
      if (std::find(candidates.begin(), end, right) == end) {
        verdict.conflicts.push_back({{query, 0, 0}, "no candidate follows the demonstrations"});
      }
    }
    if (names.consistent && verdict.conflicts.empty() && demos(question) > 0) {
      verdict.status = Status::plausible;
      const std::string count = std::to_string(demos(question));
      verdict.evidence = count + " of " + count + " demonstrations reproduced";
    }
    return verdict;
  }
  int query_grid(const Question& question, int query) const override {
    return 2 * demos(question) + query;
  }
  std::vector<Conflict> partial_conflicts(const Question& question,
                                          const Answer& partial) const override {
    std::vector<Conflict> found;
    const int answered = std::min(queries(question), static_cast<int>(partial.queries.size()));
    for (int query = 0; query < answered; ++query) {
      const Grid& begun = test(question, query);
      const Grid right = renamed(begun, renaming(question));
      for (const Grid& grid : partial.queries[static_cast<std::size_t>(query)]) {
        if (grid.rows != begun.rows || grid.cols != begun.cols ||
            grid.cells.size() != begun.cells.size())
          continue;
        for (int row = 0; row < grid.rows; ++row) {
          for (int col = 0; col < grid.cols; ++col) {
            const Cell value = grid.at(row, col), wanted = right.at(row, col);
            if (value == wanted || value == begun.at(row, col) || wanted == unknown) continue;
            found.push_back({{query, row, col}, "the demonstrations rename it otherwise"});
          }
        }
      }
    }
    return found;
  }
  std::shared_ptr<const Symmetry> symmetry(Rng& rng, const Question&) const override {
    return std::make_shared<fake::Dihedral>(static_cast<int>(rng.below(8)));
  }

  Result<Question> generate(Rng& rng, const GenerateRequest& request) const override {
    const auto size = fake::generate_size(request, info());
    if (!size) return size.error();
    std::vector<Cell> to{1, 2, 3};
    rng.shuffle(to);
    Renaming names;
    names.to = {0, to[0], to[1], to[2]};
    Draft draft;
    Grid shown(1, colours);
    for (int i = 0; i < colours; ++i) shown.at(0, i) = static_cast<Cell>(i + 1);
    draft.grids = {{"", shown}, {"", renamed(shown, names)}};
    draft.params[demos_param] = 1;
    for (int query = 0; query < 2; ++query) {
      Grid grid(size->rows, size->cols);
      for (Cell& cell : grid.cells) cell = static_cast<Cell>(rng.below(colours + 1));
      draft.grids.push_back({"", std::move(grid)});
    }
    return make(std::move(draft));
  }
  Result<ExactResult> solve_exact(const Question& question, const ExactLimits&) const override {
    if (const auto broken = problems(question); !broken.empty()) {
      return fail(ErrorCode::invalid_board, broken.front().message, "board");
    }
    Answer answer;
    for (int query = 0; query < queries(question); ++query) {
      answer.queries.push_back({renamed(test(question, query), renaming(question))});
    }
    return fake::only(std::move(answer));
  }

 protected:
  int highest() const override { return colours; }
  Result<void> validate(Draft& draft) const override {
    const auto it = draft.params.try_emplace(demos_param, 0).first;
    const auto grids = static_cast<int>(draft.grids.size());
    if (draft.params.size() != 1 || it->second < 0 || it->second > 32 || grids > 100 ||
        grids <= 2 * it->second) {
      return fail(ErrorCode::invalid_board, "expected demonstrations and at least one test",
                  "board");
    }
    for (int i = 0; i < grids; ++i) {
      const bool demo = i < 2 * it->second;
      const int number = demo ? i / 2 + 1 : i - 2 * it->second + 1;
      const char* kind = !demo ? "test " : i % 2 == 0 ? "input " : "output ";
      draft.grids[static_cast<std::size_t>(i)].name = kind + std::to_string(number);
    }
    for (int i = 0; i < 2 * it->second; i += 2) {
      const Grid& in = draft.grids[static_cast<std::size_t>(i)].grid;
      const Grid& out = draft.grids[static_cast<std::size_t>(i + 1)].grid;
      if (in.rows != out.rows || in.cols != out.cols) {
        return fail(ErrorCode::invalid_board, "input and output of a demonstration have one size",
                    draft.grids[static_cast<std::size_t>(i + 1)].name);
      }
    }
    return fake::check_values(draft, colours);
  }

 private:
  static constexpr Cell unknown = 255;
  struct Renaming {
    std::vector<Cell> to{0, unknown, unknown, unknown};
    bool consistent = true;
  };

  static int demos(const Question& question) { return question.param(demos_param); }
  static const Grid& test(const Question& question, int query) {
    return question.grid(static_cast<std::size_t>(2 * demos(question) + query));
  }
  static Renaming renaming(const Question& question) {
    Renaming names;
    for (int i = 0; i < demos(question); ++i) {
      const Grid& in = question.grid(static_cast<std::size_t>(2 * i));
      const Grid& out = question.grid(static_cast<std::size_t>(2 * i + 1));
      for (std::size_t cell = 0; cell < in.cells.size(); ++cell) {
        Cell& to = names.to[in.cells[cell]];
        if (to == unknown) to = out.cells[cell];
        if (to != out.cells[cell]) names.consistent = false;
      }
    }
    return names;
  }
  static Grid renamed(const Grid& grid, const Renaming& names) {
    Grid result = grid;
    for (Cell& cell : result.cells) cell = names.to[cell];
    return result;
  }
  std::vector<Token> fill(const Question& question, int query, const Grid& cells) const {
    const TokenLayout where = layout(question, query);
    const Renaming names = renaming(question);
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < where.positions.size(); ++i) {
      const Position& position = where.positions[i];
      if (position.role == Role::clue) {
        const Cell to = names.to[i + 1];
        tokens.push_back(to == unknown ? blank : to + first);
      } else if (position.role == Role::cell) {
        tokens.push_back(cells.at(position.row, position.col) + first);
      } else {
        tokens.push_back(pad);
      }
    }
    return tokens;
  }
};

}  // namespace

const Puzzle& pairs_puzzle() {
  static const Pairs puzzle;
  return puzzle;
}

}  // namespace trm
