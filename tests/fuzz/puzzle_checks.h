// What must hold for every question that a module lets in, whatever text or JSON it came from.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "puzzles/puzzle.h"
#include "puzzles/rng.h"
#include "tests/fuzz/fuzz.h"

namespace trm::fuzz {

/// Queries of one question that are looked at: inputs with a hundred test one path a hundred times.
inline constexpr int max_queries = 3;

/// A canvas that only makes sure that it is given something to draw.
class NullCanvas final : public Canvas {
 public:
  void fill_rect(const Rect&, Color) override {}
  void line(Point, Point, float, Color) override {}
  void fill_circle(Point, float, Color) override {}
  void text(Point, float, std::string_view text, Color) override { drawn_ += text.size(); }
  std::size_t drawn() const { return drawn_; }

 private:
  std::size_t drawn_ = 0;
};

inline void check_grid(const Grid& grid) {
  FUZZ_CHECK(grid.rows >= 1 && grid.rows <= Puzzle::max_side, std::to_string(grid.rows));
  FUZZ_CHECK(grid.cols >= 1 && grid.cols <= Puzzle::max_side, std::to_string(grid.cols));
  FUZZ_CHECK(grid.cells.size() == static_cast<std::size_t>(grid.size()), "cells do not fill it");
}

/// A text reads back as the same question.
inline void check_reads_back(const Question& question, const std::string& text) {
  const auto again = question.puzzle().parse(text);
  FUZZ_CHECK(again.ok(), text + (again ? "" : "\n" + again.error().message));
  FUZZ_CHECK(*again == question, text);
}

inline void check_texts(const Question& question) {
  const Puzzle& puzzle = question.puzzle();
  const std::string line = puzzle.format_line(question);
  FUZZ_CHECK(line.find_first_of("\r\n") == std::string::npos, line);
  check_reads_back(question, line);
  check_reads_back(question, puzzle.format_readable(question));
  const std::string own = puzzle.format(question);
  check_reads_back(question, own);
  // The notation is kept: the same form is written again.
  const auto again = puzzle.parse(own);
  FUZZ_CHECK(puzzle.format(*again) == own, own);
}

inline void check_json(const Question& question) {
  const Json json = question.puzzle().to_json(question);
  const auto again = question.puzzle().from_json(json);
  FUZZ_CHECK(again.ok(), json.dump() + (again ? "" : "\n" + again.error().message));
  FUZZ_CHECK(*again == question, json.dump());
  FUZZ_CHECK(question.puzzle().to_json(*again) == json, json.dump());
}

/// Sets and sequences, edges or neighbours: every index is a position of the layout.
inline void check_relation(const Relation& relation, int positions) {
  const auto inside = [&](std::int32_t p) { return p >= 0 && p < positions; };
  const auto all_inside = [&](const auto& list) { return std::ranges::all_of(list, inside); };
  FUZZ_CHECK(!relation.name.empty(), "a relation without name");
  FUZZ_CHECK(all_inside(relation.members), relation.name);
  FUZZ_CHECK(all_inside(relation.from) && all_inside(relation.to), relation.name);
  FUZZ_CHECK(relation.from.size() == relation.to.size(), relation.name);
  FUZZ_CHECK(relation.type.size() == relation.from.size(), relation.name);
  FUZZ_CHECK(std::ranges::is_sorted(relation.starts), relation.name);
  if (!relation.starts.empty()) {
    FUZZ_CHECK(relation.starts.front() == 0, relation.name);
    FUZZ_CHECK(relation.starts.back() == static_cast<int>(relation.members.size()), relation.name);
  }
  if (relation.kind == RelationKind::offset) {
    FUZZ_CHECK(static_cast<int>(relation.neighbour.size()) == positions, relation.name);
  }
  for (const std::int32_t p : relation.neighbour) FUZZ_CHECK(p == -1 || inside(p), relation.name);
}

/// An answer from legal tokens: judged, written and drawn without a crash.
inline void check_answer(const Question& question, const Answer& answer) {
  const Puzzle& puzzle = question.puzzle();
  const Verdict verdict = puzzle.check(question, answer);
  FUZZ_CHECK(verdict.status != Status::verified || verdict.conflicts.empty(), "verified conflicts");
  (void)puzzle.format_answer_readable(question, answer);
  (void)puzzle.answer_to_json(question, answer);
  (void)puzzle.hint(question, answer);
  View view;
  view.question = &question;
  view.answer = &answer;
  view.conflicts = verdict.conflicts;
  NullCanvas canvas;
  puzzle.draw(canvas, view);
}

/// A written answer reads back; malformed ones may be written, but then nothing reads them.
inline void check_answer_text(const Question& question, std::string_view text) {
  const Puzzle& puzzle = question.puzzle();
  const auto answer = puzzle.parse_answer(question, text);
  if (!answer) {
    FUZZ_CHECK(!answer.error().message.empty(), "an error without words");
    return;
  }
  for (const auto& candidates : answer->queries) {
    for (const Grid& grid : candidates) check_grid(grid);
  }
  const std::string written = puzzle.format_answer(question, *answer);
  const auto again = puzzle.parse_answer(question, written);
  FUZZ_CHECK(again.ok(), written + (again ? "" : "\n" + again.error().message));
  FUZZ_CHECK(*again == *answer, written);
  check_answer(question, *answer);
}

inline void check_mask(const TokenMask& mask, int positions, int vocab) {
  FUZZ_CHECK(mask.vocab == vocab, std::to_string(mask.vocab));
  FUZZ_CHECK(mask.legal.size() == static_cast<std::size_t>(positions) * vocab, "mask size");
  for (int p = 0; p < positions; ++p) {
    const auto first = mask.legal.begin() + static_cast<std::ptrdiff_t>(p) * vocab;
    FUZZ_CHECK(std::count(first, first + vocab, 0) < vocab, "position " + std::to_string(p));
  }
}

inline void check_layout(const TokenLayout& layout) {
  FUZZ_CHECK(layout.rows > 0 && layout.cols > 0, "an empty layout");
  FUZZ_CHECK(static_cast<int>(layout.positions.size()) == layout.size(),
             "positions do not fill it");
  FUZZ_CHECK(std::ranges::any_of(layout.positions, &Position::answer), "nothing is asked");
}

/// Foreign tokens are refused in words, and so is a wrong number of them.
inline void check_foreign_tokens(const Question& question, int query, std::vector<Token> tokens) {
  const Puzzle& puzzle = question.puzzle();
  for (const Token foreign : {Token{-1}, Token{puzzle.tokens().vocab}, Token{INT32_MAX},
                              Token{INT32_MIN}, Puzzle::ignore_label}) {
    std::fill(tokens.begin(), tokens.end(), foreign);
    const auto grid = puzzle.decode(question, query, tokens);
    FUZZ_CHECK(!grid && grid.error().code == ErrorCode::invalid_data, std::to_string(foreign));
  }
  tokens.pop_back();
  FUZZ_CHECK(!puzzle.decode(question, query, tokens), "a token is missing");
}

/// Tokens that the mask allows, at random: what a model may answer.
inline std::vector<Token> legal_tokens(const TokenMask& mask, std::size_t positions, Rng& rng) {
  std::vector<Token> tokens(positions);
  for (std::size_t p = 0; p < positions; ++p) {
    Token token = static_cast<Token>(rng.below(static_cast<std::uint32_t>(mask.vocab)));
    while (!mask.at(static_cast<int>(p), token)) token = (token + 1) % mask.vocab;
    tokens[p] = token;
  }
  return tokens;
}

inline void check_tokens_of(const Question& question, int query, Rng& rng) {
  const Puzzle& puzzle = question.puzzle();
  const TokenLayout layout = puzzle.layout(question, query);
  check_layout(layout);
  const int vocab = puzzle.tokens().vocab;
  const auto tokens = puzzle.encode(question, query);
  FUZZ_CHECK(tokens.size() == layout.positions.size(), "encode does not fill the layout");
  for (const Token token : tokens) FUZZ_CHECK(token >= 0 && token < vocab, std::to_string(token));
  const TokenMask mask = puzzle.mask(question, query);
  check_mask(mask, layout.size(), vocab);
  for (const Relation& relation : puzzle.geometry(question, query)) {
    check_relation(relation, layout.size());
  }
  // The question's own tokens may hold blanks; then decode says so.
  for (const auto& read : {tokens, legal_tokens(mask, tokens.size(), rng)}) {
    const auto grid = puzzle.decode(question, query, read);
    if (!grid) {
      FUZZ_CHECK(grid.error().code == ErrorCode::invalid_data, grid.error().message);
      continue;
    }
    check_grid(*grid);
    const auto labels = puzzle.encode_answer(question, query, *grid);
    FUZZ_CHECK(labels.size() == tokens.size(), "encode_answer does not fill the layout");
    if (puzzle.queries(question) == 1) check_answer(question, Answer(*grid));
  }
  check_foreign_tokens(question, query, tokens);
}

inline void check_drawing(const Question& question, const std::vector<Conflict>& conflicts) {
  const Puzzle& puzzle = question.puzzle();
  FUZZ_CHECK(!puzzle.palette(question).empty(), "nothing to paint with");
  View view;
  view.question = &question;
  view.conflicts = conflicts;
  NullCanvas canvas;
  puzzle.draw(canvas, view);
  for (const Point point : {Point{0, 0}, Point{200, 200}, Point{399.9f, 399.9f}, Point{-1, 500}}) {
    const auto cell = puzzle.hit(question, view.area, point);
    if (!cell) continue;
    FUZZ_CHECK(cell->grid >= 0 && cell->grid < static_cast<int>(question.grids().size()), "grid");
    FUZZ_CHECK(question.grid(static_cast<std::size_t>(cell->grid)).contains(cell->row, cell->col),
               "a hit outside the grid");
  }
}

inline void check_symmetry(const Question& question, Rng& rng) {
  const auto symmetry = question.puzzle().symmetry(rng, question);
  FUZZ_CHECK(symmetry != nullptr, "no symmetry");
  const Question mapped = symmetry->apply(question);
  FUZZ_CHECK(symmetry->inverse()->apply(mapped) == question, symmetry->description());
}

/// What a player does: begin, put any value anywhere, ask.
inline void check_playing(const Question& question, Rng& rng) {
  const Puzzle& puzzle = question.puzzle();
  Answer partial = puzzle.start_answer(question);
  FUZZ_CHECK(static_cast<int>(partial.queries.size()) == puzzle.queries(question), "queries");
  if (puzzle.problems(question).empty()) {
    FUZZ_CHECK(puzzle.partial_conflicts(question, partial).empty(), "a conflict before it began");
  }
  const auto palette = puzzle.answer_palette(question);
  FUZZ_CHECK(!palette.empty(), "nothing to put in");
  for (auto& candidates : partial.queries) {
    FUZZ_CHECK(candidates.size() == 1, "a player has one candidate");
    Grid& grid = candidates.front();
    for (int i = 0; i < 3; ++i) {
      const auto cell = rng.below(static_cast<std::uint32_t>(grid.cells.size()));
      grid.cells[cell] = palette[rng.below(static_cast<std::uint32_t>(palette.size()))].value;
    }
  }
  const auto conflicts = puzzle.partial_conflicts(question, partial);
  for (const CellRef cell : {CellRef{0, 0, 0}, CellRef{1, 2, 3}, CellRef{-1, -1, 99}}) {
    const auto reason = puzzle.reason(question, partial, cell, palette.back().value);
    FUZZ_CHECK(!reason || !reason->empty(), "a reason without words");
  }
  View view;
  view.question = &question;
  view.answer = &partial;
  view.conflicts = conflicts;
  view.dark = true;
  NullCanvas canvas;
  puzzle.draw(canvas, view);
  const auto areas = puzzle.answer_areas(question, partial, view.area);
  FUZZ_CHECK(areas.size() == partial.queries.size(), "an answer without a place");
}

/// One change, legal or not, through the editor's door.
inline void check_edit(const Question& question, Rng& rng) {
  const Edit edit = SetCell{rng.between(-1, 2), rng.between(-1, 9), rng.between(-1, 9),
                            static_cast<Cell>(rng.below(6))};
  const auto edited = question.puzzle().apply(question, edit);
  if (edited) check_texts(*edited);
  const Edit resize = Resize{rng.between(-1, 1), rng.between(-1, 12), rng.between(-1, 65)};
  const auto resized = question.puzzle().apply(question, resize);
  if (resized) check_reads_back(*resized, question.puzzle().format_line(*resized));
}

/// Whatever the exact solver finds within a small budget is right, and can be written and labelled.
inline void check_solutions(const Question& question) {
  const Puzzle& puzzle = question.puzzle();
  constexpr ExactLimits limits{2, 2000};
  const auto found = puzzle.solve_exact(question, limits);
  if (!found) {
    FUZZ_CHECK(!found.error().message.empty(), "an error without words");
    return;
  }
  FUZZ_CHECK(static_cast<int>(found->solutions.size()) <= limits.solutions, "too many solutions");
  for (const Answer& answer : found->solutions) {
    const Verdict verdict = puzzle.check(question, answer);
    FUZZ_CHECK(!puzzle.info().checks || verdict.status == Status::verified,
               puzzle.format_line(question));
    FUZZ_CHECK(verdict.conflicts.empty(), verdict.conflicts.front().message);
    check_answer_text(question, puzzle.format_answer(question, answer));
    const int queries = std::min(max_queries, puzzle.queries(question));
    for (int query = 0; query < queries; ++query) {
      auto tokens = puzzle.encode(question, query);
      const Grid& grid = answer.best(static_cast<std::size_t>(query));
      const auto labels = puzzle.encode_answer(question, query, grid);
      const TokenMask mask = puzzle.mask(question, query);
      for (std::size_t p = 0; p < labels.size(); ++p) {
        if (labels[p] == Puzzle::ignore_label) continue;
        FUZZ_CHECK(mask.at(static_cast<int>(p), labels[p]), "the mask forbids a solution");
        tokens[p] = labels[p];
      }
      const auto decoded = puzzle.decode(question, query, tokens);
      FUZZ_CHECK(decoded && *decoded == grid, puzzle.format_line(question));
    }
  }
}

/// Everything above. `seed` picks the random tokens, edits and symmetries: the same input, the same
/// run.
inline void check_question(const Question& question, std::uint64_t seed) {
  const Puzzle& puzzle = question.puzzle();
  Rng rng(seed);
  for (const NamedGrid& named : question.grids()) check_grid(named.grid);
  check_texts(question);
  check_json(question);
  const auto problems = puzzle.problems(question);
  check_drawing(question, problems);
  check_symmetry(question, rng);
  check_edit(question, rng);
  check_playing(question, rng);
  (void)puzzle.examples(question);
  FUZZ_CHECK(puzzle.queries(question) >= 1, "nothing is asked");
  const int queries = std::min(max_queries, puzzle.queries(question));
  for (int query = 0; query < queries; ++query) check_tokens_of(question, query, rng);
  if (problems.empty()) check_solutions(question);
}

/// A seed from the input's bytes (FNV-1a).
inline std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace trm::fuzz
