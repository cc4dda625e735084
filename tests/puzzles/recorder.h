// A canvas that remembers what was drawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "puzzles/puzzle.h"

namespace trm::test {

class Recorder final : public Canvas {
 public:
  struct Fill {
    Rect rect;
    Color color;
  };
  struct Label {
    Point centre;
    std::string text;
    Color color;
    Color ground;  // the last fill below it
  };
  void fill_rect(const Rect& rect, Color color) override { fills.push_back({rect, color}); }
  void line(Point, Point, float, Color color) override { lines.push_back(color); }
  void fill_circle(Point, float, Color color) override { circles.push_back(color); }
  void text(Point centre, float, std::string_view text, Color color) override {
    Color ground = 0;
    for (const Fill& fill : fills) {
      if (fill.rect.contains(centre)) ground = fill.color;
    }
    labels.push_back({centre, std::string(text), color, ground});
  }

  std::vector<Fill> fills;
  std::vector<Color> lines;
  std::vector<Color> circles;
  std::vector<Label> labels;
};

inline Recorder recorded(const View& view) {
  Recorder recorder;
  view.question->puzzle().draw(recorder, view);
  return recorder;
}

inline Point centre_of(const Rect& rect) {
  return {rect.x + rect.width / 2, rect.y + rect.height / 2};
}

}  // namespace trm::test
