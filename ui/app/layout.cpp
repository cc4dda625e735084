#include "ui/app/layout.h"

#include <algorithm>

namespace trm::ui {
namespace {

// In letter heights.
constexpr float narrow_width = 45, narrow_height = 14, tiny_height = 10;
constexpr float least_left = 10, least_right = 13, least_middle = 16;
constexpr float least_board = 7, least_steps = 6;
constexpr float gap_share = 0.4f;

float share_of(float whole, double share, float least, float most) {
  return std::clamp(whole * static_cast<float>(share), least, std::max(least, most));
}

bool has(const LayoutInput& in, Place place) { return in.has[static_cast<int>(place)]; }

// The column between the sides: board over steps.
void place_middle(const LayoutInput& in, const Rect& middle, float gap, Layout& out) {
  Rect& board = out.pane[static_cast<int>(Place::board)];
  Rect& steps = out.pane[static_cast<int>(Place::steps)];
  if (has(in, Place::board) && has(in, Place::steps)) {
    const float height = share_of(middle.height, in.steps, least_steps * in.line,
                                  middle.height - gap - least_board * in.line);
    board = {middle.x, middle.y, middle.width, middle.height - gap - height};
    out.split_steps = {middle.x, board.y + board.height, middle.width, gap};
    steps = {middle.x, out.split_steps.y + gap, middle.width, height};
  } else if (has(in, Place::board)) {
    board = middle;
  } else if (has(in, Place::steps)) {
    steps = middle;
  }
}

void place_columns(const LayoutInput& in, const Rect& inside, float gap, Layout& out) {
  const bool left = has(in, Place::left), right = has(in, Place::right);
  const bool middle = has(in, Place::board) || has(in, Place::steps);
  const float room = inside.width - (middle ? least_middle * in.line + gap : 0);
  float right_width = right ? share_of(inside.width, in.right, least_right * in.line,
                                       room - (left ? least_left * in.line + gap : 0))
                            : 0;
  float left_width = left ? share_of(inside.width, in.left, least_left * in.line,
                                     room - (right ? right_width + gap : 0))
                          : 0;
  if (!middle) {  // the sides share what is there
    if (!left) right_width = inside.width;
    if (!right && left) left_width = inside.width;
    if (left && right) right_width = inside.width - gap - left_width;
  }
  float x = inside.x, end = inside.x + inside.width;
  if (left) {
    out.pane[static_cast<int>(Place::left)] = {x, inside.y, left_width, inside.height};
    x += left_width;
    if (middle || right) out.split_left = {x, inside.y, gap, inside.height};
    x += gap;
  }
  if (right) {
    end -= right_width;
    out.pane[static_cast<int>(Place::right)] = {end, inside.y, right_width, inside.height};
    if (middle) out.split_right = {end - gap, inside.y, gap, inside.height};
    end -= gap;
  }
  if (middle) place_middle(in, {x, inside.y, end - x, inside.height}, gap, out);
}

}  // namespace

Layout lay_out(const LayoutInput& in) {
  Layout out;
  const float height = std::max(0.0f, in.height);
  out.narrow = in.width < narrow_width * in.line || height < narrow_height * in.line;
  out.tiny = out.narrow && height < tiny_height * in.line;
  const float status = out.tiny ? 0 : std::min(in.status, height);
  out.status = {0, in.top + height - status, in.width, status};
  const Rect inside{0, in.top, in.width, height - status};
  if (out.narrow) {
    out.whole = inside;
    return out;
  }
  const float gap = gap_share * in.line;
  place_columns(in, {gap, inside.y, inside.width - 2 * gap, inside.height}, gap, out);
  return out;
}

}  // namespace trm::ui
