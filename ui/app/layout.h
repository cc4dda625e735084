// Where the panes lie. No ImGui: numbers in, rectangles out.
//
// Wide windows: left | board over steps | right. Narrow ones (below 45 letter heights), and very
// low ones: one pane, chosen by tabs at the top, so that everything stays reachable at 200 x 100
// pixels.
#pragma once

#include "puzzles/canvas.h"

namespace trm::ui {

/// Places that views can be in; several views of one place are tabs.
enum class Place { left, board, steps, right };
inline constexpr int place_count = 4;

struct LayoutInput {
  float width = 0, height = 0;                       ///< of the window's inside, below the menu bar
  float top = 0;                                     ///< height of the menu bar
  float status = 0;                                  ///< height of the line at the bottom
  float line = 16;                                   ///< height of a line of letters
  double left = 0.2, right = 0.28, steps = 0.3;      ///< wished shares
  bool has[place_count] = {true, true, true, true};  ///< places with an open view
};

struct Layout {
  bool narrow = false;
  bool tiny = false;       ///< narrow, and too low for tabs and the line at the bottom
  Rect whole;              ///< narrow: the one pane
  Rect pane[place_count];  ///< width 0: not shown
  Rect split_left, split_right, split_steps;  ///< to drag; width or height 0: none
  Rect status;                                ///< height 0: none
};

Layout lay_out(const LayoutInput& input);

}  // namespace trm::ui
