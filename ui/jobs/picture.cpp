#include "ui/jobs/picture.h"

#include <algorithm>
#include <cctype>

namespace trm::ui {
namespace {

constexpr float kLetterWidth = 0.6f;  // of its height, in the fonts that documents ask for

}  // namespace

Rect board_bounds(const Question& question, const Answer* answer, const Rect& area) {
  const Puzzle& puzzle = question.puzzle();
  std::vector<Rect> parts = puzzle.areas(question, area);
  if (answer != nullptr) {
    const auto more = puzzle.answer_areas(question, *answer, area);
    parts.insert(parts.end(), more.begin(), more.end());
  }
  if (parts.empty()) return area;
  float left = parts.front().x, top = parts.front().y, right = left, bottom = top;
  for (const Rect& part : parts) {
    left = std::min(left, part.x), right = std::max(right, part.x + part.width);
    top = std::min(top, part.y), bottom = std::max(bottom, part.y + part.height);
  }
  return {left, top, right - left, bottom - top};
}

Rect centred_area(const Question& question, const Answer* answer, const Rect& place) {
  const Rect bounds = board_bounds(question, answer, place);
  return {place.x + place.x + (place.width - bounds.width) / 2 - bounds.x,
          place.y + place.y + (place.height - bounds.height) / 2 - bounds.y, place.width,
          place.height};
}

void fitted_caption(SvgCanvas& canvas, Point from, float height, std::string_view text, Color color,
                    float width) {
  const float wanted = kLetterWidth * height * static_cast<float>(text.size());
  canvas.caption(from, wanted > width ? height * width / wanted : height, text, color);
}

bool has_ending(std::string_view path, std::string_view ending) {
  const auto name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (name.size() <= ending.size()) return false;
  return std::equal(
      ending.begin(), ending.end(), path.end() - static_cast<std::ptrdiff_t>(ending.size()),
      [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

Error wrong_ending(const std::string& path, const std::string& expected) {
  return fail(ErrorCode::invalid_field, path + ": expected a name that ends in " + expected,
              "path");
}

bool is_set(const std::atomic<bool>* stop) {
  return stop != nullptr && stop->load(std::memory_order_relaxed);
}

Error cancelled_export() { return fail(ErrorCode::cancelled, "cancelled"); }

}  // namespace trm::ui
