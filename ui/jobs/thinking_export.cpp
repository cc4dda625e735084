// The model's thinking as pictures.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "engine/pictures/png.h"
#include "engine/pictures/raster.h"
#include "engine/weights/atomic_file.h"
#include "ui/jobs/export.h"
#include "ui/jobs/picture.h"

namespace trm::ui {
namespace {

constexpr Color kChanged = 0xd97706ff, kChangedNight = 0xfbbf24ff;
constexpr float kFrameSide = 456, kStripSide = 300;
constexpr float kMargin = 12, kLine = 15;
constexpr std::size_t kMostFrames = 128, kMostInStrip = 64;
constexpr std::size_t kInRow = 8;
constexpr int kStay = 50, kStayLast = 300;  // hundredths of a second

void frame_cell(Canvas& canvas, const Rect& cell, Color color) {
  const float width = std::max(1.0f, std::min(cell.width, cell.height) * 0.07f);
  const float left = cell.x + width, right = cell.x + cell.width - width;
  const float top = cell.y + width, bottom = cell.y + cell.height - width;
  canvas.line({left, top}, {right, top}, width, color);
  canvas.line({right, top}, {right, bottom}, width, color);
  canvas.line({right, bottom}, {left, bottom}, width, color);
  canvas.line({left, bottom}, {left, top}, width, color);
}

/// Steps of a query before this one that belong to the same supervision step of the attempt.
std::vector<std::size_t> together_with(const Thinking& thinking, std::size_t step) {
  const event::Step& now = thinking.steps[step];
  std::vector<std::size_t> found{step};
  for (std::size_t i = step; i-- > 0;) {
    const event::Step& other = thinking.steps[i];
    if (other.attempt != now.attempt) continue;
    if (other.step != now.step) break;
    found.push_back(i);
  }
  return found;
}

/// The confidences of query 0, which are those that a view can show.
const std::vector<float>* confidence_at(const Thinking& thinking, std::size_t step) {
  for (std::size_t i = step + 1; i-- > 0;) {
    const event::Step& one = thinking.steps[i];
    if (one.attempt == thinking.steps[step].attempt && one.query == 0) return &one.confidence;
  }
  return nullptr;
}

/// At most `most` of the indices, evenly, with the first and the last.
std::vector<std::size_t> thinned(const std::vector<std::size_t>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return some;
}

/// For each supervision step of an attempt the last of its events: all queries have moved then.
std::vector<std::size_t> pictured_steps(const Thinking& thinking, int attempt, std::size_t most) {
  std::map<int, std::size_t> last;
  for (std::size_t i = 0; i < thinking.steps.size(); ++i) {
    if (thinking.steps[i].attempt == attempt) last[thinking.steps[i].step] = i;
  }
  std::vector<std::size_t> all;
  for (const auto& [number, i] : last) all.push_back(i);
  return thinned(all, most);
}

std::string caption_of(const Thinking& thinking, std::size_t step) {
  std::size_t conflicts = 0;
  for (const std::size_t i : together_with(thinking, step))
    conflicts += thinking.steps[i].conflicts.size();
  const event::Step& now = thinking.steps[step];
  return "step " + std::to_string(now.step) + ", halt " +
         std::to_string(std::lround(100 * now.q_halt)) + " %, " + std::to_string(conflicts) +
         (conflicts == 1 ? " conflict" : " conflicts");
}

std::string description_of(const Thinking& thinking, int attempt) {
  for (const event::Attempt& one : thinking.attempts) {
    if (one.attempt == attempt && attempt > 0)
      return "attempt " + std::to_string(attempt + 1) + ": " + one.description;
  }
  return {};
}

/// Pictures of steps, all of one size.
class Pictures {
 public:
  Pictures(const Thinking& thinking, int attempt, float side)
      : thinking_(thinking), description_(description_of(thinking, attempt)), side_(side) {
    const Rect bounds = board_bounds(thinking.question, nullptr, {0, 0, side, side});
    board_ = {0, 0, side, std::max(2 * kLine, std::ceil(bounds.height))};
  }

  float width() const { return side_ + 2 * kMargin; }
  float height() const { return board_.height + text_height() + 2 * kMargin; }

  void draw(SvgCanvas& canvas, std::size_t step, Point at) const {
    const Point from{at.x + kMargin, at.y + kMargin};
    fitted_caption(canvas, {from.x, from.y + kLine / 2}, kLine, caption_of(thinking_, step),
                   picture_ink, side_);
    if (!description_.empty()) {
      fitted_caption(canvas, {from.x, from.y + 1.7f * kLine}, 0.8f * kLine, description_,
                     picture_muted, side_);
    }
    const Rect place{from.x, from.y + text_height(), board_.width, board_.height};
    draw_step(canvas, thinking_, step, centred_area(thinking_.question, nullptr, place), false);
  }

 private:
  float text_height() const { return (description_.empty() ? 1.6f : 2.8f) * kLine; }

  const Thinking& thinking_;
  std::string description_;
  float side_;
  Rect board_;
};

Result<std::string> animation(const Thinking& thinking, int attempt,
                              const std::atomic<bool>* stop) {
  const Pictures pictures(thinking, attempt, kFrameSide);
  std::vector<Frame> frames;
  for (const std::size_t step : pictured_steps(thinking, attempt, kMostFrames)) {
    if (is_set(stop)) return cancelled_export();
    SvgCanvas canvas;
    pictures.draw(canvas, step, {0, 0});
    auto pixels = svg_to_pixels(canvas.document(pictures.width(), pictures.height()));
    if (!pixels) return pixels.error();
    frames.push_back({std::move(*pixels), kStay});
  }
  if (is_set(stop)) return cancelled_export();
  frames.back().centiseconds = kStayLast;
  return frames_to_gif(frames);
}

Result<std::string> strip(const Thinking& thinking, int attempt, const std::atomic<bool>* stop) {
  const Pictures pictures(thinking, attempt, kStripSide);
  const auto steps = pictured_steps(thinking, attempt, kMostInStrip);
  SvgCanvas canvas;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (is_set(stop)) return cancelled_export();
    pictures.draw(canvas, steps[i],
                  {static_cast<float>(i % kInRow) * pictures.width(),
                   static_cast<float>(i / kInRow) * pictures.height()});
  }
  const std::size_t columns = std::min(steps.size(), kInRow);
  const std::size_t rows = (steps.size() + kInRow - 1) / kInRow;
  return svg_to_png(canvas.document(static_cast<float>(columns) * pictures.width(),
                                    static_cast<float>(rows) * pictures.height()),
                    1);
}

}  // namespace

void draw_step(Canvas& canvas, const Thinking& thinking, std::size_t step, const Rect& area,
               bool dark) {
  const Puzzle& puzzle = thinking.question.puzzle();
  const Answer answer = thinking.answer_at(step);
  const auto moved = together_with(thinking, step);
  View view;
  view.question = &thinking.question;
  view.answer = &answer;
  view.confidence = confidence_at(thinking, step);
  view.area = area;
  view.dark = dark;
  for (const std::size_t i : moved) {
    const auto& conflicts = thinking.steps[i].conflicts;
    view.conflicts.insert(view.conflicts.end(), conflicts.begin(), conflicts.end());
  }
  puzzle.draw(canvas, view);
  const auto places = puzzle.answer_areas(thinking.question, answer, area);
  for (const std::size_t i : moved) {
    const auto query = static_cast<std::size_t>(thinking.steps[i].query);
    if (query >= places.size()) continue;
    for (const CellRef& cell : thinking.changed_at(i)) {
      frame_cell(canvas, cell_rect(places[query], thinking.steps[i].answer, cell.row, cell.col),
                 dark ? kChangedNight : kChanged);
    }
  }
}

Result<void> write_thinking(const std::string& path, const Thinking& thinking, int attempt,
                            const std::atomic<bool>* stop) {
  const bool gif = has_ending(path, ".gif"), json = has_ending(path, ".json");
  if (!gif && !json && !has_ending(path, ".png")) return wrong_ending(path, ".gif, .png or .json");
  if (json ? thinking.steps.empty() : pictured_steps(thinking, attempt, 2).empty()) {
    return fail(ErrorCode::invalid_field,
                "attempt " + std::to_string(attempt + 1) + " has no steps to show", "attempt");
  }
  if (is_set(stop)) return cancelled_export();
  const auto bytes = json  ? Result<std::string>(thinking_to_json(thinking).dump() + "\n")
                     : gif ? animation(thinking, attempt, stop)
                           : strip(thinking, attempt, stop);
  if (!bytes) return bytes.error();
  if (is_set(stop)) return cancelled_export();
  return write_file_atomic(path, *bytes);
}

}  // namespace trm::ui
