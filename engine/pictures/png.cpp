#include "engine/pictures/png.h"

#include "engine/pictures/raster.h"
#include "engine/weights/atomic_file.h"

namespace trm {

Result<std::string> svg_to_png(const std::string& svg, double scale) {
  const auto pixels = svg_to_pixels(svg, scale);
  if (!pixels) return pixels.error();
  return pixels_to_png(*pixels);
}

Result<void> write_picture(const std::string& path, const std::string& svg) {
  if (!path.ends_with(".png")) return write_file_atomic(path, svg);
  const auto png = svg_to_png(svg);
  if (!png) return png.error();
  return write_file_atomic(path, *png);
}

}  // namespace trm
