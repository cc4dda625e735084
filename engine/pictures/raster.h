// SVG documents as pixels and as pages, and frames as animated GIFs. Torch-free. By librsvg, cairo
// and giflib.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "puzzles/result.h"

namespace trm {

/// Opaque pixels, row by row from the top.
struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  ///< 3 * width * height
};

/// An SVG document at `scale` pixels a unit, on white. Errors: as svg_to_png(). Thread-safe.
Result<Pixels> svg_to_pixels(const std::string& svg, double scale = 1);

/// PNG bytes of pixels. Errors: invalid_data (too few or too many of them), too_large, internal.
Result<std::string> pixels_to_png(const Pixels& pixels);

/// A PDF file with one page for each document, a point for each of its units. Errors: as
/// svg_to_png(); invalid_data for no pages.
Result<std::string> svgs_to_pdf(const std::vector<std::string>& pages);

/// One picture of an animation.
struct Frame {
  Pixels pixels;
  int centiseconds = 50;  ///< how long it stays
};

/// An endless animated GIF: the 256 most used colours of all frames, the nearest of them elsewhere.
/// All frames have one size. Errors: invalid_data (none, other sizes, times over 65535), too_large
/// (over 4096 pixels a side), internal.
Result<std::string> frames_to_gif(const std::vector<Frame>& frames);

}  // namespace trm
