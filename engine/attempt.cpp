#include "engine/attempt.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

namespace trm {
namespace {

constexpr float kStillConfidence = 1e-3f;

// Confidence of each cell of a query's grid from the confidence of the token positions.
std::vector<float> by_cell(const TokenLayout& layout, const std::vector<float>& by_position,
                           BoardSize size) {
  const Grid grid(size.rows, size.cols);
  std::vector<float> cells(grid.cells.size(), 0.0f);
  for (std::size_t p = 0; p < layout.positions.size() && p < by_position.size(); ++p) {
    const Position& position = layout.positions[p];
    if (position.role == Role::cell && grid.contains(position.row, position.col)) {
      cells[grid.index(position.row, position.col)] = by_position[p];
    }
  }
  return cells;
}

void describe(std::string& text, const std::string& part) {
  text = text == "plain" ? part : text + ", " + part;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

bool near(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return std::abs(x - y) < kStillConfidence; });
}

}  // namespace

std::vector<float> Orientation::cells(int query, const std::vector<float>& positions,
                                      BoardSize size) const {
  if (size == BoardSize{}) return {};
  const auto cells = by_cell(layouts[static_cast<std::size_t>(query)], positions, size);
  return back ? back->apply_cells(query, cells) : cells;
}

float Found::least_halt() const {
  return q_halt.empty() ? 0 : *std::min_element(q_halt.begin(), q_halt.end());
}

int Found::missing() const {
  return static_cast<int>(std::count(sizes.begin(), sizes.end(), BoardSize{}));
}

Attempt::Attempt(const SolveRequest& request, int index)
    : request_(request),
      index_(index),
      orientation_(std::make_shared<Orientation>(request.question)) {
  const Puzzle& puzzle = request.question.puzzle();
  Rng rng = Rng::stream(request.seed, static_cast<std::uint64_t>(index));
  for (int q = 0; q < puzzle.queries(request.question); ++q) seeds_.push_back(rng.next());
  if (index == 0) return;
  if (request.suppose > 0) suppose(rng);
  if (request.symmetries) {
    const auto symmetry = puzzle.symmetry(rng, orientation_->question);
    orientation_->question = symmetry->apply(orientation_->question);
    orientation_->back = symmetry->inverse();
    describe(description_, symmetry->description());
  }
  if (request.noise > 0) describe(description_, "noise " + number(request.noise));
  if (request.start_noise > 0) {
    describe(description_, "start noise " + number(request.start_noise));
  }
}

// Takes some cells as given: an easier question, if they are right. Some attempts guess nothing,
// for where the model needs only another start. Most boards want one guess, which is right more
// often than several; the longer a board resists, the more it seems to want.
void Attempt::suppose(Rng& rng) {
  constexpr int patience = 4;  // attempts until a second guess; a third takes twice as many more
  const int most = std::bit_width(static_cast<unsigned>(1 + index_ / patience));
  const int cells = rng.between(0, std::min(request_.suppose, most));
  if (cells == 0) return;
  auto guessed = request_.question.puzzle().suppose(rng, request_.question, cells);
  if (!guessed) return;
  orientation_->question = std::move(*guessed);
  describe(description_, std::to_string(cells) + " supposed");
}

Result<void> Attempt::load(Backend& backend, std::vector<int> slots) {
  slots_ = std::move(slots);
  orientation_->layouts.clear();
  for (std::size_t q = 0; q < slots_.size(); ++q) {
    SlotInput input = slot_input(orientation_->question, static_cast<int>(q));
    input.seed = seeds_[q];
    if (index_ > 0) {
      input.noise = static_cast<float>(request_.noise);
      input.start_noise = static_cast<float>(request_.start_noise);
    }
    if (auto loaded = backend.load(slots_[q], input); !loaded) return loaded;
    orientation_->layouts.push_back(std::move(input.layout));
  }
  return {};
}

Found Attempt::read(const Backend& backend) {
  const Puzzle& puzzle = request_.question.puzzle();
  Found found;
  found.attempt = index_;
  found.step = ++steps_;
  for (std::size_t q = 0; q < slots_.size(); ++q) {
    const SlotOutput& output = backend.read(slots_[q]);
    found.q_halt.push_back(output.q_halt);
    auto grid = puzzle.decode(orientation_->question, static_cast<int>(q), output.tokens);
    if (grid) {
      found.sizes.push_back({grid->rows, grid->cols});
      found.answer.queries.push_back({std::move(*grid)});
    } else {
      found.sizes.emplace_back();
      found.answer.queries.emplace_back();  // tokens that are no board: no candidate yet
    }
  }
  if (orientation_->back) found.answer = orientation_->back->apply(found.answer);
  if (found.missing() == 0) {
    found.verdict = puzzle.check(request_.question, found.answer);
  } else {
    found.verdict.conflicts.push_back({{0, 0, 0}, "the tokens stand for no board yet"});
  }
  return found;
}

int Attempt::count_still(const Backend& backend, const Found& found) {
  std::vector<std::vector<float>> confidence;
  for (std::size_t q = 0; q < slots_.size(); ++q) {
    confidence.push_back(
        by_cell(orientation_->layouts[q], backend.read(slots_[q]).confidence, found.sizes[q]));
  }
  const bool still = still_answer_ == found.answer &&
                     std::equal(confidence.begin(), confidence.end(), still_confidence_.begin(),
                                still_confidence_.end(), near);
  if (still) return ++still_steps_;
  still_answer_ = found.answer;
  still_confidence_ = std::move(confidence);
  return still_steps_ = 0;
}

}  // namespace trm
