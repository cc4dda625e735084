// SVG documents as pixels, PNG, PDF and GIF.
#include "engine/pictures/raster.h"

#include <limits>

#include "engine/pictures/png.h"
#include "puzzles/rng.h"
#include "puzzles/svg_canvas.h"
#include "tests/catch.h"
#include "tests/engine/gif.h"

namespace trm {
namespace {

using test::png_size;
using test::read_gif;

std::array<int, 3> at(const Pixels& pixels, int x, int y) {
  const auto i = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.width) +
                      static_cast<std::size_t>(x));
  return {pixels.rgb[i], pixels.rgb[i + 1], pixels.rgb[i + 2]};
}

// A red left half without ground.
constexpr const char* kHalf =
    R"(<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#c01020"/></svg>)";

Pixels noise(int width, int height, std::uint64_t seed) {
  Rng rng(seed);
  Pixels pixels{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i)
    pixels.rgb.push_back(static_cast<std::uint8_t>(rng.below(256)));
  return pixels;
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto i = text.find(what); i != text.npos; i = text.find(what, i + 1)) ++count;
  return count;
}

TEST_CASE("An SVG document becomes pixels on white, at any scale", "[pictures]") {
  const auto plain = svg_to_pixels(kHalf);
  if (!plain) FAIL(plain.error().message);
  CHECK(plain->width == 20);
  CHECK(plain->height == 10);
  REQUIRE(plain->rgb.size() == 600);
  CHECK(at(*plain, 0, 0) == std::array{0xc0, 0x10, 0x20});
  CHECK(at(*plain, 9, 9) == std::array{0xc0, 0x10, 0x20});
  CHECK(at(*plain, 10, 0) == std::array{255, 255, 255});
  const auto larger = svg_to_pixels(kHalf, 2.5);
  REQUIRE(larger.ok());
  CHECK(larger->width == 50);
  CHECK(larger->height == 25);
  CHECK(at(*larger, 24, 24) == std::array{0xc0, 0x10, 0x20});
}

TEST_CASE("What is no picture, or too large a one, is refused", "[pictures]") {
  CHECK(svg_to_pixels("no svg").error().code == ErrorCode::invalid_data);
  CHECK(svg_to_pixels("").error().code == ErrorCode::invalid_data);
  CHECK(svg_to_pixels(kHalf, 1000).error().code == ErrorCode::too_large);
  CHECK(svg_to_pixels(kHalf, 0).error().code == ErrorCode::too_large);
  CHECK(svg_to_pixels(kHalf, -1).error().code == ErrorCode::too_large);
  CHECK(svg_to_pixels(kHalf, std::numeric_limits<double>::quiet_NaN()).error().code ==
        ErrorCode::too_large);
  CHECK(svg_to_png("no svg").error().code == ErrorCode::invalid_data);
  CHECK(pixels_to_png({0, 0, {}}).error().code == ErrorCode::too_large);
  CHECK(pixels_to_png({2, 2, {1, 2, 3}}).error().code == ErrorCode::invalid_data);
  CHECK(svgs_to_pdf({}).error().code == ErrorCode::invalid_data);
  CHECK(svgs_to_pdf({kHalf, "no svg"}).error().code == ErrorCode::invalid_data);
}

TEST_CASE("PNG files have the picture's size and come back as they were", "[pictures]") {
  CHECK(png_size(svg_to_png(kHalf).value()) == std::pair(40, 20));
  const Pixels pixels = noise(7, 5, 1);
  const auto png = pixels_to_png(pixels);
  REQUIRE(png.ok());
  CHECK(png_size(*png) == std::pair(7, 5));
  CHECK(*png == *pixels_to_png(pixels));
  CHECK(*png != *pixels_to_png(noise(7, 5, 2)));
}

TEST_CASE("A PDF file has a page for each document, each of its size", "[pictures]") {
  SvgCanvas canvas;
  canvas.fill_rect({10, 10, 50, 50}, 0x336699ff);
  const auto pdf = svgs_to_pdf({canvas.document(595, 842), canvas.document(842, 595)});
  if (!pdf) FAIL(pdf.error().message);
  CHECK(pdf->starts_with("%PDF-1."));
  CHECK(pdf->find("%%EOF") != std::string::npos);
  CHECK(count_of(*pdf, "/MediaBox [ 0 0 595 842 ]") == 1);
  CHECK(count_of(*pdf, "/MediaBox [ 0 0 842 595 ]") == 1);
}

TEST_CASE("A GIF with few colours comes back pixel by pixel, endless, with its times",
          "[pictures]") {
  const Pixels first = svg_to_pixels(kHalf).value();
  Pixels second = first;
  for (std::size_t i = 0; i < 30; ++i) second.rgb[i] = 7;
  const auto gif = frames_to_gif({{first, 25}, {second, 300}, {first, 0}});
  if (!gif) FAIL(gif.error().message);
  CHECK(gif->starts_with("GIF89a"));
  const auto read = read_gif(*gif);
  REQUIRE(read.frames.size() == 3);
  CHECK(read.endless);
  CHECK(read.colors == 4);  // three, and tables have powers of two
  CHECK(read.frames[0].pixels.rgb == first.rgb);
  CHECK(read.frames[1].pixels.rgb == second.rgb);
  CHECK(read.frames[2].pixels.rgb == first.rgb);
  CHECK(read.frames[0].centiseconds == 25);
  CHECK(read.frames[1].centiseconds == 300);
  CHECK(read.frames[2].centiseconds == 0);
  CHECK(read_gif(*frames_to_gif({{Pixels{1, 1, {9, 9, 9}}}})).frames[0].pixels.rgb ==
        std::vector<std::uint8_t>{9, 9, 9});
}

TEST_CASE("Of many colours the most used stay, others become the nearest of them", "[pictures]") {
  // 256 colours, each twice, and one more that stands once.
  Pixels pixels{513, 1, {}};
  for (int i = 0; i < 512; ++i) {
    const auto grey = static_cast<std::uint8_t>(i / 2);
    pixels.rgb.insert(pixels.rgb.end(), {grey, grey, grey});
  }
  pixels.rgb.insert(pixels.rgb.end(), {100, 103, 99});
  const auto read = read_gif(frames_to_gif({{pixels, 10}}).value());
  CHECK(read.colors == 256);
  const Pixels& back = read.frames.front().pixels;
  CHECK(std::equal(back.rgb.begin(), back.rgb.begin() + 3 * 512, pixels.rgb.begin()));
  CHECK(at(back, 512, 0) == std::array{101, 101, 101});

  const Pixels wild = noise(64, 64, 3);
  CHECK(read_gif(frames_to_gif({{wild, 10}}).value()).frames.front().pixels.rgb.size() ==
        wild.rgb.size());
}

TEST_CASE("Frames that are no animation are refused", "[pictures]") {
  const auto code = [](const std::vector<Frame>& frames) {
    const auto gif = frames_to_gif(frames);
    REQUIRE_FALSE(gif.ok());
    return gif.error().code;
  };
  const Pixels small = noise(2, 2, 1);
  CHECK(code({}) == ErrorCode::invalid_data);
  CHECK(code({{small, 1}, {noise(2, 3, 1), 1}}) == ErrorCode::invalid_data);
  CHECK(code({{Pixels{2, 2, {1}}, 1}}) == ErrorCode::invalid_data);
  CHECK(code({{Pixels{0, 0, {}}, 1}}) == ErrorCode::invalid_data);
  CHECK(code({{small, -1}}) == ErrorCode::invalid_data);
  CHECK(code({{small, 65536}}) == ErrorCode::invalid_data);
  CHECK(code({{Pixels{4097, 1, std::vector<std::uint8_t>(3 * 4097)}, 1}}) == ErrorCode::too_large);
}

}  // namespace
}  // namespace trm
