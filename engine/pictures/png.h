// SVG documents as PNG, by librsvg. Torch-free.
#pragma once

#include <string>

#include "puzzles/result.h"

namespace trm {

/// Draws an SVG document at `scale` pixels a unit; returns the bytes of a PNG file. Errors:
/// invalid_data (no SVG), too_large (over 16,384 pixels a side), internal. Thread-safe.
Result<std::string> svg_to_png(const std::string& svg, double scale = 2);

/// Writes a picture atomically: PNG where the path ends in ".png", else SVG. Errors: as above;
/// io_error.
Result<void> write_picture(const std::string& path, const std::string& svg);

}  // namespace trm
