// Drawings as SVG text: pictures of boards for reports and printing.
#pragma once

#include <string>

#include "puzzles/canvas.h"

namespace trm {

/// Text as it stands between the tags of an XML document; control characters are left out.
std::string xml_escaped(std::string_view text);

/// Collects what is drawn; document() is a complete SVG file. Not thread-safe.
class SvgCanvas final : public Canvas {
 public:
  void fill_rect(const Rect& rect, Color color) override;
  void line(Point from, Point to, float width, Color color) override;
  void fill_circle(Point centre, float radius, Color color) override;
  void text(Point centre, float height, std::string_view text, Color color) override;

  /// Text that begins at a point (captions); same height as text().
  void caption(Point from, float height, std::string_view text, Color color);
  /// The picture of this size on a white ground.
  std::string document(float width, float height) const;

 private:
  void write_text(Point at, float height, std::string_view text, Color color, const char* anchor);
  std::string body_;
};

}  // namespace trm
