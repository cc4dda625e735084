#include "puzzles/svg_canvas.h"

#include <cstdio>

namespace trm {
namespace {

std::string number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", static_cast<double>(value));
  std::string result = text;
  while (result.ends_with('0')) result.pop_back();
  if (result.ends_with('.')) result.pop_back();
  return result == "-0" ? "0" : result;
}

// fill="#rrggbb", with its opacity where it is not opaque; `what` is fill or stroke.
std::string paint(const char* what, Color color) {
  char text[64];
  std::snprintf(text, sizeof text, " %s=\"#%06x\"", what, static_cast<unsigned>(color >> 8));
  std::string result = text;
  if ((color & 0xffu) != 0xffu) {
    const float share = static_cast<float>(color & 0xffu) / 255.0f;
    result += std::string(" ") + what + "-opacity=\"" + number(share) + "\"";
  }
  return result;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      result += c;
    }
  }
  return result;
}

void SvgCanvas::fill_rect(const Rect& rect, Color color) {
  body_ += "<rect x=\"" + number(rect.x) + "\" y=\"" + number(rect.y) + "\" width=\"" +
           number(rect.width) + "\" height=\"" + number(rect.height) + "\"" + paint("fill", color) +
           "/>\n";
}

void SvgCanvas::line(Point from, Point to, float width, Color color) {
  body_ += "<line x1=\"" + number(from.x) + "\" y1=\"" + number(from.y) + "\" x2=\"" +
           number(to.x) + "\" y2=\"" + number(to.y) + "\" stroke-width=\"" + number(width) +
           "\" stroke-linecap=\"square\"" + paint("stroke", color) + "/>\n";
}

void SvgCanvas::fill_circle(Point centre, float radius, Color color) {
  body_ += "<circle cx=\"" + number(centre.x) + "\" cy=\"" + number(centre.y) + "\" r=\"" +
           number(radius) + "\"" + paint("fill", color) + "/>\n";
}

void SvgCanvas::text(Point centre, float height, std::string_view text, Color color) {
  write_text(centre, height, text, color, "middle");
}

void SvgCanvas::caption(Point from, float height, std::string_view text, Color color) {
  write_text(from, height, text, color, "start");
}

void SvgCanvas::write_text(Point at, float height, std::string_view text, Color color,
                           const char* anchor) {
  // Capitals are about 0.7 of the font size; the baseline lies half of that below the centre.
  body_ += "<text x=\"" + number(at.x) + "\" y=\"" + number(at.y + 0.35f * height) +
           "\" font-size=\"" + number(height) + "\" text-anchor=\"" + anchor + "\"" +
           paint("fill", color) + ">" + xml_escaped(text) + "</text>\n";
}

std::string SvgCanvas::document(float width, float height) const {
  const std::string w = number(width), h = number(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + w + "\" height=\"" + h +
         "\" viewBox=\"0 0 " + w + " " + h +
         "\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" +
         body_ + "</svg>\n";
}

}  // namespace trm
